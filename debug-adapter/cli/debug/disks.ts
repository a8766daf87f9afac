/** Commands of the terminal debugger that are about the disks in the drives. */
import path from 'node:path';
import type { MediaResponse } from '../../protocol/messages';
import { Refused } from './client';
import type { TerminalDebugger } from './terminal';

/** The drive that a word names, such as `B` or `floppy1`; without a word the only one that there is. */
async function driveOf(debug: TerminalDebugger, word: string | undefined): Promise<string | undefined> {
  const { drives } = await debug.client.request<MediaResponse>('stepback.media');
  const letter = word?.replace(/:$/, '').toUpperCase();
  const named = drives.find(({ id, title }) => word === id || letter === title.at(-1));
  return named?.id ?? (word === undefined && drives.length === 1 ? drives[0]?.id : undefined);
}

function show(debug: TerminalDebugger, { drives }: MediaResponse): void {
  if (drives.length === 0) debug.screen.print('There are no drives whose disks can be changed.');
  for (const { id, title, medium } of drives) {
    const disk =
      medium === undefined ? 'empty' : `${medium.name}, ${medium.format}${medium.written ? ', written to' : ''}`;
    debug.screen.print(`${id.padEnd(10)} ${title}: ${disk}`);
  }
}

export async function changeDisk(debug: TerminalDebugger, rest: string): Promise<void> {
  const [, first = '', others] = /^(\S+)(?:\s+(.+))?$/.exec(rest) ?? [];
  if (first === '') throw new Refused('Say which image, such as: change disk2.img');
  const named = others === undefined ? undefined : await driveOf(debug, first);
  const drive = named ?? (await driveOf(debug, undefined));
  if (drive === undefined) throw new Refused('Say which drive: change B disk2.img; "drives" lists them.');
  const image = path.resolve(((named === undefined ? rest : others) ?? '').replace(/^"(.*)"$/, '$1'));
  show(debug, await debug.client.request<MediaResponse>('stepback.changeMedium', { drive, image }));
}

export async function ejectDisk(debug: TerminalDebugger, rest: string): Promise<void> {
  const drive = await driveOf(debug, rest === '' ? undefined : rest);
  if (drive === undefined) throw new Refused('Say which drive: eject A; "drives" lists them.');
  show(debug, await debug.client.request<MediaResponse>('stepback.changeMedium', { drive }));
}

export async function listDrives(debug: TerminalDebugger): Promise<void> {
  show(debug, await debug.client.request<MediaResponse>('stepback.media'));
}

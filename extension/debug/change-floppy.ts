/** Change Floppy: which drive, where there are several, then an image or nothing. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { DriveMessage } from '../../debug-adapter/protocol/messages';
import { IMAGE_ENDINGS } from './file-kinds';
import type { StepbackSession } from './session';
import type { Sessions } from './sessions';

/** The answers to what the command would ask, for tests and key bindings. */
export interface FloppyChange {
  readonly drive: string;
  /** Path of an image; without it the disk is taken out. */
  readonly image?: string;
}

const contents = ({ medium }: DriveMessage): string =>
  medium === undefined ? 'empty' : `${path.basename(medium.name)}, ${medium.format}`;

async function chooseDrive(drives: readonly DriveMessage[]): Promise<DriveMessage | undefined> {
  if (drives.length < 2) return drives[0];
  const rows = drives.map((drive) => ({ label: drive.title, description: contents(drive), drive }));
  return (await vscode.window.showQuickPick(rows, { title: 'Change the disk of which drive?' }))?.drive;
}

async function chooseImage({ title, medium }: DriveMessage): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: `Disk for ${title}`,
    openLabel: 'Insert',
    ...(medium === undefined ? {} : { defaultUri: vscode.Uri.file(path.dirname(medium.name)) }),
    filters: { 'Floppy images': IMAGE_ENDINGS.map((ending) => ending.slice(1)), 'All files': ['*'] },
  });
  return chosen?.[0]?.fsPath;
}

async function ask(drives: readonly DriveMessage[]): Promise<FloppyChange | undefined> {
  const drive = await chooseDrive(drives);
  if (drive === undefined) return undefined;
  const insert = { label: '$(folder-opened) Insert an image...' };
  const eject = { label: '$(debug-disconnect) Eject', description: contents(drive) };
  const title = `${drive.title}: ${contents(drive)}`;
  const what = drive.medium === undefined ? insert : await vscode.window.showQuickPick([insert, eject], { title });
  if (what === undefined) return undefined;
  if (what === eject) return { drive: drive.id };
  const image = await chooseImage(drive);
  return image === undefined ? undefined : { drive: drive.id, image };
}

async function change(session: StepbackSession, given: FloppyChange | undefined): Promise<void> {
  const { drives } = await session.request('stepback.media');
  if (drives.length === 0) {
    await vscode.window.showInformationMessage('This machine has no drive whose disk can be changed.');
    return;
  }
  const wanted = given ?? (await ask(drives));
  if (wanted === undefined) return;
  const { drives: now } = await session.request('stepback.changeMedium', wanted);
  const drive = now.find(({ id }) => id === wanted.drive);
  if (drive !== undefined) vscode.window.setStatusBarMessage(`$(save) ${drive.title}: ${contents(drive)}`, 5000);
}

export async function changeFloppy(sessions: Sessions, given?: FloppyChange): Promise<void> {
  const { active } = sessions;
  if (active === undefined) {
    await vscode.window.showInformationMessage('No machine of Stepback is running.');
    return;
  }
  try {
    await change(active, given);
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

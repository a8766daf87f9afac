/** What can be done with bytes that were chosen in a Memory panel. */
import * as vscode from 'vscode';
import type { StepbackSession } from '../debug/session';
import type { MemoryRange } from '../shared/memory';

/** The space whose addresses need no name. */
const isCode = (session: StepbackSession, space: string): boolean => session.offers?.spaces[0]?.id === space;

/** As requests of the protocol name it. */
export const referenceOf = ({ space, address }: MemoryRange): string => `${space}:${address}`;

/** As the debugger's expressions name it. */
function placeOf(session: StepbackSession, { space, address }: MemoryRange): string {
  return isCode(session, space) ? address : `byte[${space}:${address}]`;
}

/** Most bytes that are copied or saved. */
const MOST_COPIED = 1 << 20;
const MOST_SAVED = 16 << 20;

/** Readable bytes of a range, all of them. @throws Error that says how many there are, where that is fewer */
async function readAll(session: StepbackSession, range: MemoryRange, most: number): Promise<Uint8Array> {
  if (range.length > most) throw new Error(`At most ${most} bytes can be taken at once; ${range.length} are chosen.`);
  const bytes = await session.readMemory(referenceOf(range), range.length);
  if (bytes.length < range.length)
    throw new Error(`Only ${bytes.length} of the ${range.length} bytes at ${range.address} can be read.`);
  return bytes;
}

/** Bytes on the clipboard: `33 C0 8E D8`, or their ASCII characters with dots for all others. */
export async function copyRange(session: StepbackSession, range: MemoryRange, as: 'hex' | 'text'): Promise<void> {
  const bytes = Buffer.from(await readAll(session, range, MOST_COPIED));
  const text =
    as === 'hex'
      ? (bytes.toString('hex').toUpperCase().match(/../g) ?? []).join(' ')
      : bytes.toString('latin1').replaceAll(/[^ -~\r\n\t]/g, '.');
  await vscode.env.clipboard.writeText(text);
}

/** Adds a breakpoint for accesses to the range; it stands in the Breakpoints view. */
export function breakOn(session: StepbackSession, range: MemoryRange, access: 'write' | 'read' | 'access'): void {
  const length = range.length === 1 ? '' : `, ${range.length}`;
  const name = `${access} ${placeOf(session, range)}${length}`;
  vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint(name)]);
}

export async function whoWroteRange(session: StepbackSession, range: MemoryRange): Promise<void> {
  await session.request('stepback.whoWrote', { expression: placeOf(session, range), bytes: range.length });
}

const whole = (text: string): number | undefined => {
  const value = /^0x[0-9a-f]+$|^\d+$/i.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= 1 && value <= MOST_SAVED ? value : undefined;
};

/** Asks how many bytes and where to, unless told. */
export async function saveRange(session: StepbackSession, range: MemoryRange, target?: vscode.Uri): Promise<void> {
  let { length } = range;
  if (target === undefined) {
    const answer = await vscode.window.showInputBox({
      title: `Save Memory from ${range.address}`,
      prompt: 'How many bytes: 512 or 0x200',
      value: String(length),
      validateInput: (text) => (whole(text) === undefined ? `A whole number from 1 to ${MOST_SAVED}.` : undefined),
    });
    if (answer === undefined) return;
    length = whole(answer) ?? length;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const options: vscode.SaveDialogOptions = { title: 'Save Memory', filters: { 'Binary files': ['bin'] } };
  if (folder !== undefined) options.defaultUri = vscode.Uri.joinPath(folder, `${range.address}.bin`);
  const file = target ?? (await vscode.window.showSaveDialog(options));
  if (file === undefined) return;
  await vscode.workspace.fs.writeFile(file, await readAll(session, { ...range, length }, MOST_SAVED));
}

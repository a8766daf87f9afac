/** What QEMU's text screen shows when it boots a medium. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../support/children';
import { CP437 } from '../../emulator/devices/display/cp437';

const COLUMNS = 80;
const SCREEN_BYTES = 4000;
const PATIENCE_MS = 60_000;
/** Between two looks at the screen, unless told. */
const LOOK_MS = 200;
const KEY_MS = 60;

/** QEMU's names of the keys that are no letter or digit. */
const KEY_NAMES: Readonly<Record<string, string>> = {
  '\n': 'ret',
  ' ': 'spc',
  '.': 'dot',
  ',': 'comma',
  '/': 'slash',
  '-': 'minus',
  '=': 'equal',
  '(': 'shift-9',
  ')': 'shift-0',
};

/** A text page in video memory (character, attribute, ...) as lines without blanks at their ends. */
function linesOf(page: Uint8Array): readonly string[] {
  const characters = Array.from(page.filter((_, index) => index % 2 === 0));
  const text = String.fromCodePoint(...characters.map((code) => CP437[code] ?? 0));
  return Array.from({ length: text.length / COLUMNS }, (_, row) =>
    text.slice(row * COLUMNS, (row + 1) * COLUMNS).trimEnd(),
  );
}

export interface QemuBoot {
  readonly image: string;
  readonly kind: 'floppy' | 'disk';
  /** What to wait for. */
  readonly wanted: string;
  /** Text to type as soon as the screen shows `prompt`. */
  readonly typing?: { readonly prompt: string; readonly text: string };
  /** Path of a file that may be written. */
  readonly scratch: string;
  readonly memoryMb?: number;
  readonly lookMs?: number;
  /** More arguments for QEMU. */
  readonly more?: readonly string[];
}

/**
 * The lines of the screen as soon as they hold `wanted`; the image is not written.
 * @throws Error with what is there when that does not come
 */
export async function qemuScreen(boot: QemuBoot): Promise<readonly string[]> {
  const { image, kind, wanted, typing, scratch, lookMs = LOOK_MS } = boot;
  const drive = `file=${image},format=raw,if=${kind === 'floppy' ? 'floppy' : 'ide'},snapshot=on`;
  const child = startChild('qemu-system-i386', [
    ...['-display', 'none', '-net', 'none', '-serial', 'none', '-monitor', 'stdio', '-m', String(boot.memoryMb ?? 32)],
    ...['-boot', kind === 'floppy' ? 'a' : 'c', '-drive', drive, ...(boot.more ?? [])],
  ]);
  child.stdout.resume();
  child.stderr.pipe(process.stderr, { end: false });
  let lines: readonly string[] = [];
  const start = performance.now();
  const until = async (text: string): Promise<readonly string[]> => {
    while (performance.now() - start < PATIENCE_MS) {
      if (child.pid === undefined || child.exitCode !== null) throw new Error('QEMU can not be started, or has ended.');
      await delay(lookMs);
      rmSync(scratch, { force: true });
      child.stdin.write(`pmemsave 0xb8000 ${SCREEN_BYTES} "${scratch}"\n`);
      await delay(lookMs);
      if (!existsSync(scratch)) continue;
      const page = readFileSync(scratch);
      if (page.length < SCREEN_BYTES) continue;
      lines = linesOf(page);
      if (lines.some((line) => line.includes(text))) return lines;
    }
    throw new Error(`QEMU did not show "${text}"; there is:\n${lines.filter((line) => line !== '').join('\n')}`);
  };
  try {
    if (typing !== undefined) {
      await until(typing.prompt);
      for (const character of typing.text) {
        child.stdin.write(`sendkey ${KEY_NAMES[character] ?? character} 20\n`);
        await delay(KEY_MS);
      }
    }
    return await until(wanted);
  } finally {
    child.kill('SIGKILL');
  }
}

/** What QEMU's text screen shows when it boots a medium. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const COLUMNS = 80;
const SCREEN_BYTES = 4000;
const PATIENCE_MS = 30_000;
const LOOK_MS = 200;

/** A text page in video memory (character, attribute, ...) as lines without blanks at their ends. */
function linesOf(page: Uint8Array): readonly string[] {
  const text = Buffer.from(page.filter((_, index) => index % 2 === 0)).toString('latin1');
  return Array.from({ length: text.length / COLUMNS }, (_, row) =>
    text.slice(row * COLUMNS, (row + 1) * COLUMNS).replace(/[\0 ]+$/, ''),
  );
}

/**
 * The lines of the screen as soon as they hold `wanted`; the image is not written.
 * @param scratch path of a file that may be written
 * @throws Error with what is there when that does not come
 */
export async function qemuScreen(
  image: string,
  kind: 'floppy' | 'disk',
  wanted: string,
  scratch: string,
): Promise<readonly string[]> {
  const drive = `file=${image},format=raw,if=${kind === 'floppy' ? 'floppy' : 'ide'},snapshot=on`;
  const child = spawn(
    'qemu-system-i386',
    ['-display', 'none', '-net', 'none', '-serial', 'none', '-monitor', 'stdio', '-drive', drive],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  let lines: readonly string[] = [];
  try {
    for (const start = performance.now(); performance.now() - start < PATIENCE_MS; ) {
      await delay(LOOK_MS);
      rmSync(scratch, { force: true });
      child.stdin.write(`pmemsave 0xb8000 ${SCREEN_BYTES} "${scratch}"\n`);
      await delay(LOOK_MS);
      if (!existsSync(scratch)) continue;
      const page = readFileSync(scratch);
      if (page.length < SCREEN_BYTES) continue;
      lines = linesOf(page);
      if (lines.some((line) => line.includes(wanted))) return lines;
    }
  } finally {
    child.kill('SIGKILL');
  }
  throw new Error(`QEMU did not show "${wanted}"; there is:\n${lines.filter((line) => line !== '').join('\n')}`);
}

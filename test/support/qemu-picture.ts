/** What QEMU's VGA shows when a guest has told port E9h that its picture is there. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/** Three bytes a pixel. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A binary portable pixmap. @throws Error for anything else */
function parsePpm(bytes: Buffer): RgbPicture {
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 64));
  if (header === null) throw new Error('QEMU wrote no picture of kind P6.');
  const [all, width, height] = header;
  return { width: Number(width), height: Number(height), rgb: bytes.subarray(all.length) };
}

/** Looks until `find` gives something. @throws Error when it does not come */
async function wait<T>(what: string, find: () => T | undefined): Promise<T> {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS; ) {
    const found = find();
    if (found !== undefined) return found;
    await delay(LOOK_MS);
  }
  throw new Error(`QEMU: ${what} did not come.`);
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

export interface QemuRun {
  /** What the screen shows in the end. */
  readonly picture: RgbPicture;
  /** What the guest sent to port E9h, its mark last. */
  readonly said: string;
}

/** Boots a floppy image of one sector or more, and waits for the guest's mark, `R`. */
export async function qemuRun(image: string): Promise<QemuRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-qemu-'));
  const [marks, picture] = ['marks', 'picture.ppm'].map((name) => path.join(folder, name));
  const child = spawn(
    'qemu-system-i386',
    [
      ...['-display', 'none', '-vga', 'std', '-net', 'none', '-serial', 'none', '-monitor', 'stdio'],
      ...['-debugcon', `file:${marks}`, '-drive', `file=${image},format=raw,if=floppy,snapshot=on`],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  try {
    await wait('the mark of the guest', () => (readMarks(marks).includes('R') ? true : undefined));
    // The device draws when it is asked to: the first picture may still be that of the mode before.
    for (let turn = 0; turn < 2; turn++) {
      rmSync(picture, { force: true });
      child.stdin.write(`screendump "${picture}"\n`);
      let before = -1;
      await wait('the picture', () => {
        const size = sizeOf(picture);
        const whole = size > 0 && size === before;
        before = size;
        return whole ? true : undefined;
      });
    }
    return { picture: parsePpm(readFileSync(picture)), said: readMarks(marks) };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

const readMarks = (file: string): string => (existsSync(file) ? readFileSync(file, 'latin1') : '');

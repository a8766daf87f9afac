/** v86 as a program: runs a guest and passes on what it writes to COM1. Its argument: what to start, as JSON. */
import { readFileSync, writeSync } from 'node:fs';
import type { GuestImage } from './kernels';

export interface V86Told {
  readonly image: GuestImage;
  /** Files with the firmware. */
  readonly bios: string;
  readonly vgaBios: string;
  readonly memoryBytes: number;
  /** Ends the run as soon as the screen shows this. */
  readonly until: string | undefined;
}

const STDOUT = 1;
const ROWS = 25;
const COLUMNS = 80;

const buffer = (file: string) => ({ buffer: new Uint8Array(readFileSync(file)).buffer });

async function main({ image, bios, vgaBios, memoryBytes, until }: V86Told): Promise<void> {
  const { V86 } = await import('v86');
  const emulator = new V86({
    wasm_path: require.resolve('v86/build/v86.wasm'),
    bios: buffer(bios),
    vga_bios: buffer(vgaBios),
    [image.kind === 'multiboot' ? 'multiboot' : 'fda']: buffer(image.path),
    memory_size: memoryBytes,
    autostart: true,
  });
  const screen = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => ' '));
  emulator.add_listener('screen-put-char', ([row, column, character]) => {
    const line = screen[row];
    if (line === undefined || until === undefined) return;
    line[column] = String.fromCharCode(character);
    if (line.join('').includes(until)) writeSync(STDOUT, 'DONE\n');
  });
  emulator.add_listener('serial0-output-byte', (byte) => void writeSync(STDOUT, Uint8Array.of(byte)));
}

void main(JSON.parse(process.argv[2] ?? '') as V86Told);

/** The VGA's picture beside QEMU's: the same boot sector, pixel by pixel. The guests set modes through ports alone. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DisplayFrame } from '../../emulator/bus/display';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { inRoot } from '../../scripts/lib/root';
import { qemuPicture, type RgbPicture } from '../support/qemu-picture';
import { hasTool } from '../support/tools';
import { VGA_MODES, type VgaMode } from '../support/vga-modes';

/** Counts in which every guest has drawn. */
const ENOUGH = 60_000_000;

/** The table that the guests include. */
function modeSource({ misc, sequencer, crtc, graphics, attribute }: VgaMode): string {
  return `mode_table: db ${[misc, ...sequencer, ...crtc, ...graphics, ...attribute].join(', ')}\n`;
}

/** What our machine shows when the guest has said that its picture is there. */
function ourFrame(image: string): DisplayFrame {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
  const marks: number[] = [];
  machine.listener = {
    output: (channel, byte) => {
      if (channel === 'debugcon') marks.push(byte);
    },
    note: () => undefined,
  };
  while (marks.length === 0 && machine.count < ENOUGH) {
    machine.run({ count: machine.count + 100_000, time: Infinity, breakpoints: false }, false);
  }
  assert.ok(marks.length > 0, 'the guest has not drawn');
  return machine.board.display.frame();
}

/** A frame at another size, each pixel repeated. Colours of 6 bits, because DACs differ in how they fill up 8. */
function pixelsAt(frame: DisplayFrame, { width, height }: RgbPicture): Uint8Array {
  if (frame.kind !== 'indexed') assert.fail(`a frame of kind ${frame.kind}`);
  const [x, y] = [width / frame.width, height / frame.height];
  assert.ok(Number.isInteger(x) && Number.isInteger(y), `${frame.width} x ${frame.height} beside ${width} x ${height}`);
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const index = frame.pixels[Math.floor(row / y) * frame.width + Math.floor(column / x)];
      for (let part = 0; part < 3; part++)
        rgb[(row * width + column) * 3 + part] = frame.palette[index * 3 + part] >> 2;
    }
  }
  return rgb;
}

function assertSame(frame: DisplayFrame, qemu: RgbPicture): void {
  const ours = pixelsAt(frame, qemu);
  const at = ours.findIndex((value, n) => value !== qemu.rgb[n] >> 2);
  if (at < 0) return;
  const pixel = Math.floor(at / 3);
  const wrong = ours.reduce((sum, value, n) => sum + (value === qemu.rgb[n] >> 2 ? 0 : 1), 0);
  assert.fail(
    `pixel ${pixel % qemu.width}, ${Math.floor(pixel / qemu.width)} differs: ${ours.slice(pixel * 3, pixel * 3 + 3).join(' ')} ` +
      `instead of ${[...qemu.rgb.subarray(pixel * 3, pixel * 3 + 3)].map((v) => v >> 2).join(' ')}; ${wrong} bytes differ`,
  );
}

describe('pictures beside QEMU', function () {
  this.timeout(120_000);
  let folder: string;

  before(function () {
    if (!hasTool('qemu-system-i386')) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'stepback-video-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** The guest assembled for a mode, its name in test/guests/video. */
  function build(guest: string, mode: VgaMode): string {
    const image = path.join(folder, 'guest.img');
    writeFileSync(path.join(folder, 'mode.inc'), modeSource(mode));
    const sources = inRoot('test', 'guests', 'video');
    const include = [`-I${folder}/`, `-I${sources}/`];
    execFileSync('nasm', ['-f', 'bin', ...include, '-o', image, path.join(sources, `${guest}.asm`)], {
      stdio: 'inherit',
    });
    return image;
  }

  const compare = async (guest: string, mode: VgaMode): Promise<void> => {
    const image = build(guest, mode);
    assertSame(ourFrame(image), await qemuPicture(image));
  };

  it('mode 13h', () => compare('chain4', VGA_MODES[0x13]));
  for (const number of [0x0d, 0x0e, 0x10, 0x12] as const) {
    it(`mode ${number.toString(16)}h with every way of writing`, () => compare('planar', VGA_MODES[number]));
  }
});

/** Guests of test/guests/video: assembled for a mode, booted on our machine. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineName } from '../../emulator/machines/board';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { inRoot } from '../../scripts/lib/root';
import { hasTool } from './tools';
import type { VgaMode } from './vga-modes';

/** What a guest sends to port E9h when its picture is there. */
const READY = 0x52;
/** Counts in which every guest has drawn. */
const ENOUGH = 60_000_000;
const SLICE = 100_000;

class VideoGuests {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'stepback-video-'));

  /** The boot sector's file, valid until the next one is asked for. */
  build(guest: string, { misc, sequencer, crtc, graphics, attribute }: VgaMode): string {
    const image = path.join(this.folder, 'guest.img');
    const registers = [misc, ...sequencer, ...crtc, ...graphics, ...attribute];
    writeFileSync(path.join(this.folder, 'mode.inc'), `mode_table: db ${registers.join(', ')}\n`);
    const sources = inRoot('test', 'guests', 'video');
    const include = [`-I${this.folder}/`, `-I${sources}/`];
    const source = path.join(sources, `${guest}.asm`);
    execFileSync('nasm', ['-f', 'bin', ...include, '-o', image, source], { stdio: 'inherit' });
    return image;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Sets up and ends the tests of a `describe` block.
 * @param tool without which they are skipped
 * @returns gives the guests, within a test
 */
export function useVideoGuests(tool: string): () => VideoGuests {
  let guests: VideoGuests | undefined;
  before(function () {
    if (!hasTool(tool)) this.skip();
    guests = new VideoGuests();
  });
  after(() => guests?.dispose());
  return () => {
    if (guests === undefined) throw new Error('Video guests are there within tests only.');
    return guests;
  };
}

export function videoMachine(image: string, engine: EngineName = 'compiler'): Machine {
  return new Machine({
    machine: 'pc',
    cpu: '80386',
    engine,
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
}

/** Who runs a machine: itself, or a timeline that records it. */
type Runs = Pick<Machine, 'run'>;

/** Runs until the guest has drawn; gives what it sent to port E9h. @throws Error when it does not come to that */
export function runToPicture(machine: Machine, runs: Runs, listen: (listener: Machine['listener']) => void): string {
  const marks: number[] = [];
  listen({
    output: (channel, byte) => {
      if (channel === 'debugcon') marks.push(byte);
    },
    note: () => undefined,
  });
  while (!marks.includes(READY)) {
    if (machine.count > ENOUGH) throw new Error('The guest has not drawn.');
    runs.run({ count: machine.count + SLICE, time: Infinity, breakpoints: false }, false);
  }
  return String.fromCharCode(...marks);
}

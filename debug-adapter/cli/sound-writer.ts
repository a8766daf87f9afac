/** What the PC speaker sounds like as a WAV file: 8 bits, one channel, in the guest's time from power-on. */
import { writeFileSync } from 'node:fs';
import type { SoundChange } from '../../emulator/debug/target';
import { asked } from './exit-codes';

/** Samples a second. */
const RATE = 22_050;
/** The file ends here, in seconds, however long the guest runs. */
const LONGEST_SOUND = 600;
const HEADER = 44;
/** Samples are unsigned: silence lies in the middle. */
const LEVEL = { silence: 128, high: 168, low: 88 } as const;

export class SoundWriter {
  private readonly changes: SoundChange[] = [];

  add(changes: readonly SoundChange[]): void {
    for (const change of changes) if (change.time < LONGEST_SOUND * 1e9) this.changes.push(change);
  }

  /** Writes the sound up to virtual time `end` (ns). @throws UsageError when the file can't be written */
  write(path: string, end: number): void {
    const samples = Math.ceil(Math.min(end / 1e9, LONGEST_SOUND) * RATE);
    const bytes = Buffer.alloc(HEADER + samples, LEVEL.silence);
    writeHeader(bytes, samples);
    this.changes.forEach(({ time, hertz }, n) => {
      if (hertz === 0) return;
      const from = Math.round((time / 1e9) * RATE);
      const to = Math.min(samples, Math.round(((this.changes[n + 1]?.time ?? end) / 1e9) * RATE));
      for (let at = from; at < to; at++) {
        const phase = ((at - from) * hertz) / RATE;
        bytes[HEADER + at] = phase % 1 < 0.5 ? LEVEL.high : LEVEL.low;
      }
    });
    asked(() => writeFileSync(path, bytes));
  }
}

/** RIFF WAVE, PCM (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991). */
function writeHeader(bytes: Buffer, samples: number): void {
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(HEADER - 8 + samples, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples, 40);
}

/** The executed instructions as text: one line each, with what the one before changed. */
import { closeSync, writeSync } from 'node:fs';
import { CALL_KIND } from '../../emulator/cpu/x86/helpers';
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import { openForWriting } from './channels';
import type { InstructionLines } from './instruction-lines';

const WATCHED = ['EAX', 'EBX', 'ECX', 'EDX', 'ESI', 'EDI', 'EBP', 'ESP', 'EFLAGS', 'ES', 'CS', 'SS', 'DS', 'FS', 'GS'];
const SEGMENT = /^[CDEFGS]S$/;
/** Text is written in pieces of about this many characters. */
const PIECE = 1 << 16;

export class TraceWriter {
  private readonly file: number;
  private pending = '';
  private before: readonly bigint[] = [];
  private last = -1;

  /** @throws UsageError when the file can't be written */
  constructor(
    path: string,
    private readonly target: BuiltInTarget,
    private readonly lines: InstructionLines,
  ) {
    this.file = openForWriting(path);
  }

  /** Notes the instruction about to be executed, and what changed since the last call. */
  note(): void {
    const values = this.target.registers.read(WATCHED) as readonly bigint[];
    const changes = this.before.length === 0 ? '' : changed(this.before, values);
    this.before = values;
    const delivered = this.delivered();
    if (delivered !== undefined) this.pending += `    (${delivered})\n`;
    this.last = this.target.machine.count;
    if (changes !== '') this.pending += `    ${changes}\n`;
    this.pending += `${String(this.target.machine.count).padStart(10)}  ${this.lines.line()}\n`;
    if (this.pending.length > PIECE) this.flush();
  }

  /** The interrupt or exception that was delivered instead of the instruction noted last. */
  private delivered(): string | undefined {
    const { calls } = this.target.machine.processor.cpu;
    if (calls.depth === 0 || calls.entry(calls.depth - 1).position !== this.last) return undefined;
    const kind = calls.entry(calls.depth - 1).kind;
    const vector = ((kind >>> 8) & 0xff).toString(16).toUpperCase().padStart(2, '0');
    switch (kind & 0xff) {
      case CALL_KIND.EXTERNAL:
        return `interrupt ${vector}h`;
      case CALL_KIND.EXCEPTION:
        return `exception ${vector}h`;
      default:
        return undefined;
    }
  }

  private flush(): void {
    writeSync(this.file, this.pending);
    this.pending = '';
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }
}

function changed(before: readonly bigint[], after: readonly bigint[]): string {
  return WATCHED.flatMap((name, i) => {
    const value = after[i];
    if (value === before[i]) return [];
    return [
      `${name}=${value
        .toString(16)
        .toUpperCase()
        .padStart(SEGMENT.test(name) ? 4 : 8, '0')}`,
    ];
  }).join(' ');
}

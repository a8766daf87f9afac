/** The executed instructions as text: one line each, with what the one before changed. */
import { CALL_KIND } from '../../emulator/cpu/x86/interrupts';
import * as R from '../../emulator/cpu/x86/registers';
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import type { FileWriter } from '../host/file-writer';
import { openForWriting } from './channels';
import { hex } from './values';
import type { InstructionLines } from './instruction-lines';

/** What changes are told of, with the digits that it takes. */
const WATCHED = [
  ...R.GPR_NAMES.map((name, i) => ({ name, digits: 8, offset: R.gpr(i) })),
  ...R.SEGMENT_NAMES.map((name, i) => ({ name, digits: 4, offset: R.segment(i, R.SEG_SELECTOR) })),
] as const;
/** Text is written in pieces of about this many characters. */
const PIECE = 1 << 16;

export class TraceWriter {
  private readonly file: FileWriter;
  private pending = '';
  private readonly before = new Int32Array(WATCHED.length);
  private flags = 0;
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
    const first = this.last < 0;
    const changes = this.changes();
    const delivered = this.delivered();
    if (delivered !== undefined) this.pending += `    (${delivered})\n`;
    this.last = this.target.machine.count;
    if (changes !== '' && !first) this.pending += `    ${changes}\n`;
    this.pending += `${String(this.target.machine.count).padStart(10)}  ${this.lines.line()}\n`;
    if (this.pending.length > PIECE) this.flush();
  }

  /** What differs from the last call: `EAX=00000001 EFLAGS=00000046`. */
  private changes(): string {
    const { core } = this.target.machine.processor.cpu;
    let text = '';
    WATCHED.forEach(({ name, digits, offset }, i) => {
      const value = core.get(offset);
      if (this.before[i] === (value | 0)) return;
      this.before[i] = value;
      text += ` ${name}=${hex(value, digits)}`;
    });
    const flags = core.getFlags();
    if (flags !== this.flags) text += ` EFLAGS=${hex(flags, 8)}`;
    this.flags = flags;
    return text.slice(1);
  }

  /** The interrupt or exception that was delivered instead of the instruction noted last. */
  private delivered(): string | undefined {
    const { calls } = this.target.machine.processor.cpu;
    if (calls.depth === 0 || calls.entry(calls.depth - 1).position !== this.last) return undefined;
    const kind = calls.entry(calls.depth - 1).kind;
    const vector = hex((kind >>> 8) & 0xff, 2);
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
    this.file.write(this.pending);
    this.pending = '';
  }

  close(): void {
    this.flush();
    this.file.close();
  }
}

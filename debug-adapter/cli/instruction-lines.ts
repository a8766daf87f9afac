/** Instructions of a machine as lines of text. */
import { CS, SEG_SELECTOR } from '../../emulator/cpu/x86/registers';
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import { bytesText, InstructionText, type Syntax } from '../session/instruction-text';

/** Lines kept, at most. */
const MOST_KNOWN = 1 << 16;

/** A line made before, with what it depends on. */
interface Known {
  readonly bytes: Uint8Array;
  readonly selector: number;
  readonly bits: number;
  readonly line: string;
}

export class InstructionLines {
  private readonly text: InstructionText;
  private readonly known = new Map<number, Known>();

  constructor(
    private readonly target: BuiltInTarget,
    syntax: Syntax = 'nasm',
  ) {
    this.text = new InstructionText(target.description, syntax);
  }

  /** To be awaited before the first line. */
  load(): Promise<void> {
    return this.text.load();
  }

  /** The instruction about to be executed. */
  line(): string {
    const { core } = this.target.machine.processor.cpu;
    const { pc } = core;
    const selector = core.seg(CS, SEG_SELECTOR);
    const bits = core.codeSize;
    const known = this.known.get(pc);
    if (known?.selector === selector && known.bits === bits && this.isAt(known.bytes, pc)) return known.line;
    const line = this.lineAt(BigInt(pc));
    const [decoded] = this.target.code.decode(BigInt(pc), 1);
    if (decoded !== undefined) {
      if (this.known.size === MOST_KNOWN) this.known.clear();
      this.known.set(pc, { bytes: decoded.bytes, selector, bits, line });
    }
    return line;
  }

  private isAt(bytes: Uint8Array, linear: number): boolean {
    const { core } = this.target.machine.processor.cpu;
    return bytes.every((byte, i) => core.space.peek(linear + i) === byte);
  }

  /** `0000:7C00  FA                        cli` */
  lineAt(address: bigint): string {
    const { code } = this.target;
    const [decoded] = code.decode(address, 1);
    if (decoded === undefined) return `${code.format(address)}  nothing is there`;
    const text = this.text.format(decoded, code.mode().bits, () => undefined);
    return `${decoded.addressText}  ${bytesText(decoded.bytes).padEnd(24)}  ${text}`;
  }
}

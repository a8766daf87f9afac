/** Instructions of a machine as lines of text. */
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import { bytesText, InstructionText, type Syntax } from '../session/instruction-text';

export class InstructionLines {
  private readonly text: InstructionText;

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
    return this.lineAt(this.target.code.pc());
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

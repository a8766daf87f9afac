/**
 * The text of instructions. It is a library's work (iced-x86 for x86) and loaded when the first text is asked for;
 * lengths, flow and targets come from the target's own decoder.
 */
import type * as IcedModule from 'iced-x86';
import type { Decoder as IcedDecoder, Formatter as IcedFormatter, Instruction as IcedInstruction } from 'iced-x86';
import type { DecodedInstruction, TargetDescription } from '../../emulator/debug/target';

export type Syntax = 'nasm' | 'intel' | 'masm' | 'gas';

type Iced = typeof IcedModule;

/** `F0 0F C7 08` */
export function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}

/** Bytes as data: `db 0x48, 0x65`. */
export function dataText(bytes: Uint8Array, syntax: Syntax): string {
  const list = Array.from(bytes, (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ');
  return `${syntax === 'gas' ? '.byte' : 'db'} ${list}`;
}

/** What the formatter is to do in each syntax. */
function makeFormatter(iced: Iced, syntax: Syntax): IcedFormatter {
  const kinds = {
    nasm: iced.FormatterSyntax.Nasm,
    intel: iced.FormatterSyntax.Intel,
    masm: iced.FormatterSyntax.Masm,
    gas: iced.FormatterSyntax.Gas,
  } as const;
  const formatter = new iced.Formatter(kinds[syntax]);
  formatter.spaceAfterOperandSeparator = true;
  formatter.uppercaseHex = syntax !== 'gas';
  if (syntax === 'nasm') {
    formatter.hexPrefix = '0x';
    formatter.hexSuffix = '';
    formatter.addLeadingZeroToHexNumbers = false;
  }
  return formatter;
}

/** What a CPU model has that later ones have something else for, or nothing. */
function decoderOptions({ DecoderOptions }: Iced, cpu: string): number {
  switch (cpu) {
    case '80286':
      return DecoderOptions.Loadall286;
    case '80386':
    case '80486':
      return DecoderOptions.MovTr | DecoderOptions.Umov;
    default:
      return DecoderOptions.None;
  }
}

/** Text by a library, one instance a program. */
export class InstructionText {
  #iced: Iced | undefined;
  #formatter: IcedFormatter | undefined;
  #instruction: IcedInstruction | undefined;
  #options = 0;

  constructor(
    readonly description: Pick<TargetDescription, 'architecture' | 'cpu'>,
    readonly syntax: Syntax,
  ) {}

  /** Loads the library that the architecture needs; do this before the first {@link format}. */
  async load(): Promise<void> {
    if (this.description.architecture !== 'x86' || this.#iced !== undefined) return;
    const iced = await import('iced-x86');
    this.#iced = iced;
    this.#options = decoderOptions(iced, this.description.cpu);
    this.#formatter = makeFormatter(iced, this.syntax);
    this.#instruction = new iced.Instruction();
  }

  /**
   * One instruction as text.
   * @param bits the CPU's mode: 16, 32 or 64
   * @param name gives the name of a branch target
   */
  format(decoded: DecodedInstruction, bits: number, name: (address: bigint) => string | undefined): string {
    if (decoded.text !== undefined) return decoded.text;
    const iced = this.#iced;
    const formatter = this.#formatter;
    const instruction = this.#instruction;
    if (iced === undefined || formatter === undefined || instruction === undefined)
      return dataText(decoded.bytes, this.syntax);
    if (decoded.bytes.length === 0 || (bits !== 16 && bits !== 32 && bits !== 64))
      return dataText(decoded.bytes, this.syntax);
    const decoder: IcedDecoder = new iced.Decoder(bits, decoded.bytes, this.#options);
    try {
      decoder.ip = offsetOf(decoded);
      decoder.decodeOut(instruction);
      if (instruction.isInvalid) return dataText(decoded.bytes, this.syntax);
      const text = formatter.format(instruction);
      const target = decoded.target === undefined ? undefined : name(decoded.target);
      if (target === undefined || formatter.operandCount(instruction) !== 1) return text;
      const operand = formatter.formatOperand(instruction, 0);
      const size = /^(?:short|near|far) /.exec(operand)?.[0] ?? '';
      return text.endsWith(operand) ? `${text.slice(0, -operand.length)}${size}${target}` : `${text}  ; ${target}`;
    } finally {
      decoder.free();
    }
  }

  /** Gives the library's memory back. */
  dispose(): void {
    this.#formatter?.free();
    this.#instruction?.free();
    this.#iced = undefined;
    this.#formatter = undefined;
    this.#instruction = undefined;
  }
}

/** The offset within its segment: what the instruction's own branch targets are written in. */
function offsetOf(decoded: DecodedInstruction): bigint {
  const text = /:([0-9A-Fa-f]+)$/.exec(decoded.addressText)?.[1];
  return text === undefined ? decoded.address : BigInt(`0x${text}`);
}

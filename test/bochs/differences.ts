/**
 * Where Bochs does something else and is not wrong, or can not be asked: each with its reason. One that no instruction
 * tells by itself: an access or a fetch over the top of a segment of 4 GiB faults here and goes on at 0 there; it is the
 * processor's own affair (Intel SDM volume 3, 5.3). Random cases seldom meet it.
 */
import type { Instruction } from '../../emulator/cpu/x86/decode';

interface Difference {
  /** What Bochs does, and the source that allows both. */
  readonly reason: string;
  readonly applies: (instruction: Instruction) => boolean;
}

/** Behind one of these the two sides are not compared. */
const DIFFERENCES: readonly Difference[] = [
  {
    reason:
      'PUSH of a segment register with 32-bit operands: Bochs writes 16 bits and leaves the rest of the slot, as recent ' +
      'processors do; earlier ones write 32 (Intel SDM volume 2, PUSH)',
    applies: ({ row, operands, operandSize }) =>
      row.mnemonic === 'PUSH' && operands[0]?.kind === 'segment' && operandSize === 32,
  },
  {
    reason: 'Bochs has a coprocessor, this 386 has none (80386 Programmer’s Reference Manual, 11.2)',
    applies: ({ row }) => row.mnemonic === 'ESC',
  },
  {
    reason: 'the devices behind the ports are others',
    applies: ({ row }) => /^(IN|OUT|INSB|OUTSB|INSV|OUTSV)$/.test(row.mnemonic),
  },
  {
    reason: 'HLT: Bochs waits instead of going back to its debugger',
    applies: ({ row }) => row.mnemonic === 'HLT',
  },
];

/** Why nothing is compared behind an instruction that has gone through without a fault; undefined: it is. */
export const whyNotCompared = (instruction: Instruction): string | undefined =>
  DIFFERENCES.find(({ applies }) => applies(instruction))?.reason;

/** Files of ISA cases of which Bochs is not asked. */
export const FILES_LEFT_OUT: Readonly<Record<string, string>> = {
  'paging-edits.txt': 'Bochs keeps translations until INVLPG, as chips may',
  'paging-order.txt':
    'Bochs reads in another order, asks for the rights of the write first, or has bits that a 386 has not',
};

const PREFIXES: ReadonlySet<number> = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

/** Second bytes of the two-byte opcodes that a 386 has, and UD2's, which is #UD everywhere. */
const TWO_BYTE: ReadonlySet<number> = new Set([
  ...[0x02, 0x03, 0x06, 0x0b, 0x21, 0x23, 0x24, 0x26],
  ...Array.from({ length: 0x20 }, (_, i) => 0x80 + i),
  ...[0xa0, 0xa1, 0xa3, 0xa4, 0xa5, 0xa8, 0xa9, 0xab, 0xac, 0xad, 0xaf],
  ...[0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf],
]);

/**
 * Whether bytes are an instruction of a later CPU, which Bochs executes and a 386 refuses: an opcode without a row here,
 * CR4, INVLPG and what else came into groups 6 and 7.
 */
export function isLater(bytes: Uint8Array): boolean {
  const at = bytes.findIndex((byte) => !PREFIXES.has(byte));
  const [opcode, second, modrm] = bytes.subarray(at);
  if (opcode !== 0x0f || second === undefined) return false;
  const register = (modrm >> 3) & 7;
  if (second === 0x20 || second === 0x22) return register >= 4;
  if (second === 0x00) return register >= 6;
  if (second === 0x01) return register === 5 || register === 7 || modrm >= 0xc0;
  return !TWO_BYTE.has(second);
}

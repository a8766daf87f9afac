/** Names of the registers in the texts of tests. */
import type { RegisterNames } from '../../../../emulator/ir/text';
import { FLAGS } from './region-harness';

const REGISTERS = new Map<string, number>([
  ['a', 0x100],
  ['b', 0x110],
  ['c', 0x120],
  ['result', FLAGS.result],
  ['carries', FLAGS.carries],
  // Lies in memory.
  ['m', 0x200],
]);
export const NAMES: RegisterNames = {
  name: (offset) => [...REGISTERS].find(([, at]) => at === offset)?.[0],
  offset: (name) => REGISTERS.get(name),
};

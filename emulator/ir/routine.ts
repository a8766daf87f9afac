/**
 * Routines: parts of helpers written in IR, so that translated code does them without calling the host. A block with an
 * `routine` op names one, and the helper that is called where the routine declines.
 *
 * A routine's temporaries t0 and t1 are the two values; `give` ends it with 1 when everything is done, with 0 when it has
 * declined and changed nothing. It may look at all of the machine's memory (`peek`, `poke`), and knows neither fuel nor faults.
 */
import type { IrBlock, Operand } from './block';

export interface Routine {
  readonly name: string;
  readonly block: IrBlock;
  /** Whether it reads or writes registers that compiled code may hold in locals: general ones, condition codes. */
  readonly usesRegisters: boolean;
}

/** A routine as a function of the host. */
export type RoutineFunction = (a: number, b: number) => number;

/** The two values that a routine is given. */
export const PARAMETERS: readonly [Operand, Operand] = [
  { kind: 'temp', index: 0 },
  { kind: 'temp', index: 1 },
];

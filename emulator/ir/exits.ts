/** Why an engine leaves translated code. One place for the numbers that bytecode, engines and the run loop share. */
export const EXIT = {
  /** The fuel is used up: something is due. The program counter is at an instruction that has not begun. */
  FUEL: 0,
  /** A block must be found for the program counter. Detail: address of the chain cell to fill, or 0. */
  LOOKUP: 1,
  /** The instruction begun faults. Detail: the guest's fault code. Nothing of it has happened but its fuel. */
  FAULT: 2,
  /** A breakpoint at the program counter. */
  BREAKPOINT: 3,
  /** A helper or a slow access asked to leave; the guest's front end knows why. */
  HELPER: 4,
  /** A trap of the board's firmware. Detail: its number. */
  FIRMWARE: 5,
  /** The CPU has stopped until an interrupt comes. */
  HALT: 6,
  /** The block at the program counter has been executed often: it is worth compiling. Nothing of it has happened. */
  HOT: 8,
  /** The instruction has ended and the boundary behind it must be looked at before the next one begins. */
  BOUNDARY: 7,
} as const;

/** Helper numbers below zero are the engine's own; the others are the guest's. */
export const FRAME_HELPER = { OVERFLOW: -1, UNMATCHED: -2 } as const;

/** Inputs: what comes from outside, and how each is applied to a machine. */
import type { FloppyDisk } from '../storage/floppy-disk';
import type { Machine } from './machine';

/** What comes from outside and can change the machine. Stamped with the count at which it is applied, and logged. */
export type Input =
  /** A key by its DOM `KeyboardEvent.code` name (`KeyA`, `Enter`, `ArrowUp`, `F1`). */
  | { readonly type: 'key'; readonly code: string; readonly pressed: boolean }
  /** Counts to the right and down, notches of the wheel towards the user, buttons held: 1 left, 2 right, 4 middle, 8, 16. */
  | {
      readonly type: 'mouse';
      readonly dx: number;
      readonly dy: number;
      readonly wheel: number;
      readonly buttons: number;
    }
  /** Another disk in a floppy drive (`floppy0`), or none. */
  | { readonly type: 'media'; readonly drive: string; readonly disk: FloppyDisk | undefined }
  | { readonly type: 'serial'; readonly port: string; readonly bytes: Uint8Array }
  | { readonly type: 'rate'; readonly nsPerInstruction: number }
  | { readonly type: 'register'; readonly name: string; readonly value: bigint }
  | { readonly type: 'memory'; readonly space: string; readonly address: bigint; readonly bytes: Uint8Array }
  | { readonly type: 'chip'; readonly chip: string; readonly register: string; readonly value: number };

/**
 * Applies an input at the present moment.
 * @throws Error that says why when it is impossible: an unknown key, drive, port, register or chip, an unwritable address.
 */
export function applyInput(machine: Machine, input: Input): void {
  const { board, processor } = machine;
  switch (input.type) {
    case 'key':
      board.key(input.code, input.pressed);
      return;
    case 'mouse':
      board.mouse(input);
      return;
    case 'serial':
      for (const byte of input.bytes) board.serialIn(input.port, byte);
      return;
    case 'media':
      board.floppies.exchange(input.drive, input.disk);
      return;
    case 'rate':
      if (!Number.isInteger(input.nsPerInstruction) || input.nsPerInstruction < 1) {
        throw new Error(
          `The rate must be a whole number of nanoseconds an instruction, not ${input.nsPerInstruction}.`,
        );
      }
      board.clock.setRate(input.nsPerInstruction);
      return;
    case 'register':
      processor.cpu.writeRegister(input.name, input.value);
      return;
    case 'memory':
      writeMemory(machine, input);
      return;
    case 'chip': {
      const chip = board.chips.find((one) => one.id === input.chip);
      if (chip === undefined) throw new Error(`There is no chip '${input.chip}'.`);
      chip.poke(input.register, input.value);
    }
  }
}

function writeMemory(machine: Machine, input: Extract<Input, { type: 'memory' }>): void {
  const { board, processor } = machine;
  const start = Number(input.address);
  if (input.space === 'io') {
    if (start + input.bytes.length > board.ports.size) throw new Error(`There is no I/O port ${start.toString(16)}h.`);
    input.bytes.forEach((byte, i) => board.ports.write(start + i, 1, byte));
    return;
  }
  const { space } = processor.cpu.core;
  const places = Array.from(input.bytes, (_, i) => {
    const address = (start + i) >>> 0;
    return input.space === 'physical' ? address : space.physical(address);
  });
  const absent = places.indexOf(undefined);
  if (absent >= 0) {
    const address = ((start + absent) >>> 0).toString(16).toUpperCase();
    throw new Error(`Linear address ${address}h can not be written: no page is present there.`);
  }
  places.forEach((physical, i) => {
    if (physical !== undefined) board.memory.load(physical, input.bytes.subarray(i, i + 1));
  });
}

/** Changing what an expression or a variable stands for. */
import { RequestError } from '../dap/errors';
import { type Environment, numberToBytes, type Place, type Value } from './expressions/evaluator';
import { type Program, memoryReference } from './program';
import type { Session } from './session';

/** How wide a place is, in bits. */
async function placeWidth(program: Program, place: Place): Promise<number> {
  switch (place.kind) {
    case 'register':
      return program.environment.register(place.name)?.width ?? 0;
    case 'bits':
      return place.width;
    case 'memory':
      return 8 * place.bytes;
    case 'chip': {
      if (place.field !== undefined) return place.field.width;
      const chips = await program.environment.chips();
      const chip = chips.find((candidate) => candidate.id === place.chip);
      return chip?.registers.find((candidate) => candidate.name === place.register)?.width ?? 0;
    }
  }
}

function insertBits(whole: bigint, lsb: number, width: number, value: bigint): bigint {
  const mask = ((1n << BigInt(width)) - 1n) << BigInt(lsb);
  return (whole & ~mask) | (value << BigInt(lsb));
}

async function readChip(environment: Environment, chip: string, register: string): Promise<bigint> {
  const found = (await environment.chips()).find((candidate) => candidate.id === chip);
  return BigInt(found?.registers.find((candidate) => candidate.name === register)?.value ?? 0);
}

/** Writes a value. @throws RequestError when it does not fit or the place can't be changed */
export async function writePlace(session: Session, program: Program, place: Place, value: Value): Promise<void> {
  const width = await placeWidth(program, place);
  const least = -(1n << BigInt(Math.max(width - 1, 0)));
  if (value.value >= 1n << BigInt(width) || value.value < least) {
    throw new RequestError(`${value.value} does not fit into ${width} bit${width === 1 ? '' : 's'}.`);
  }
  const bits = BigInt.asUintN(width, value.value);
  try {
    await write(session, program, place, bits);
  } catch (error) {
    // The target's own refusals ("CR0 is read-only") are answers, not faults.
    throw error instanceof RequestError
      ? error
      : new RequestError(error instanceof Error ? error.message : String(error));
  }
}

async function write(session: Session, program: Program, place: Place, bits: bigint): Promise<void> {
  const { target } = program;
  switch (place.kind) {
    case 'register':
      await target.registers.write(place.name, bits);
      return;
    case 'bits': {
      const [whole = 0n] = await target.registers.read([place.register]);
      await target.registers.write(place.register, insertBits(whole, place.lsb, place.width, bits));
      return;
    }
    case 'memory': {
      const bytes = numberToBytes(bits, place.bytes, target.description.byteOrder);
      const written = await target.memory.write(place.space, place.address, bytes);
      if (written < place.bytes) throw new RequestError('The memory there can not be written.');
      tellMemory(session, program, place.space, place.address, written);
      return;
    }
    case 'chip': {
      if (target.devices === undefined) throw new RequestError('The target shows no chips.');
      const { field } = place;
      const whole =
        field === undefined
          ? bits
          : insertBits(await readChip(program.environment, place.chip, place.register), field.lsb, field.width, bits);
      await target.devices.write(place.chip, place.register, Number(whole));
      return;
    }
  }
}

/** Tells the client that memory changed, so that its memory views are read again. */
export function tellMemory(session: Session, program: Program, space: string, address: bigint, length: number): void {
  if (!session.client.memory) return;
  const reference = memoryReference(space, address, program.target.description.codeSpace);
  session.event('memory', { memoryReference: reference, offset: 0, count: length });
}

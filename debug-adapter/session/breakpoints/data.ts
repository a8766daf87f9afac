/** What data breakpoints watch: ranges of memory, I/O ports, registers and bit fields of chips; and their `dataId`. */
import type { Watched, WatchedRange } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import type { Place, Value } from '../expressions/evaluator';
import { evaluateText } from '../locate';
import { hex, type Program } from '../program';
import type { Resolved } from './resolve';

export type AccessType = 'read' | 'write' | 'readWrite';
export const ACCESS_TYPES: readonly AccessType[] = ['read', 'write', 'readWrite'];

/** Longest range of one data breakpoint, bytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * A thing to watch as the client holds it. `change`: `write` means a change of the value, because the client offers it as
 * "Break on Value Change".
 */
export interface DataTarget {
  readonly place: Place & { readonly kind: 'memory' | 'chip' };
  readonly change: boolean;
}

export interface DataInfo {
  readonly target: DataTarget;
  readonly description: string;
  readonly accessTypes: readonly AccessType[];
}

/** `change linear:0x7E00:2`, `write io:0x60:1`, `change chip:com1:LCR:DLAB:7:1`. */
export function dataIdOf({ place, change }: DataTarget): string {
  const how = change ? 'change' : 'write';
  if (place.kind === 'memory') return `${how} ${place.space}:${hex(place.address)}:${place.bytes}`;
  const { field } = place;
  const bits = field === undefined ? '' : `:${field.name}:${field.lsb}:${field.width}`;
  return `${how} chip:${place.chip}:${place.register}${bits}`;
}

/** The way back. @throws RequestError for what no `dataBreakpointInfo` has given */
export function watchedOf(dataId: string, accessType: AccessType): Watched {
  const range = /^(change|write) ([a-z]\w*):0x([0-9A-F]{1,16}):(\d{1,8})$/i.exec(dataId);
  if (range !== null) {
    const [, how = '', space = '', address = '', length = ''] = range;
    return { space, address: BigInt(`0x${address}`), length: Number(length), access: accessOf(accessType, how) };
  }
  const chip = /^change chip:([^:]+):([^:]+)(?::([^:]+):(\d{1,3}):(\d{1,3}))?$/.exec(dataId);
  if (chip === null)
    throw new RequestError(`"${dataId}" is no data that can be watched; ask dataBreakpointInfo for one.`);
  if (accessType !== 'write') throw new RequestError('Of a chip only changes of the value can be watched.');
  const [, id = '', register = '', name, lsb, width] = chip;
  return {
    chip: id,
    register,
    ...(name === undefined ? {} : { field: { name, lsb: Number(lsb), width: Number(width) } }),
  };
}

function accessOf(accessType: AccessType, how: string): WatchedRange['access'] {
  if (accessType === 'readWrite') return 'access';
  return accessType === 'read' || how === 'write' ? accessType : 'change';
}

/** An address with a length behind it: `0x7E00`, `es:di`, `port 60h`; bytes where it names none. */
async function parsePlace(program: Program, text: string, bytes: number | undefined): Promise<Place> {
  const { value, space } = await evaluateText(program, text);
  const { place, address, width } = value;
  if (space !== undefined) return rangeAt(program, space, value, bytes ?? 1);
  if (place?.kind === 'memory') return bytes === undefined ? place : { ...place, bytes };
  if (place?.kind === 'chip') return place;
  if (place !== undefined) throw new RequestError(registerHelp(text));
  if (address === true || width === undefined)
    return rangeAt(program, program.target.description.codeSpace, value, bytes ?? 1);
  throw new RequestError(
    `"${text.trim()}" is a number and lies nowhere: write byte[...] or word[...] around an address.`,
  );
}

const registerHelp = (name: string): string =>
  `${name.trim()} is a register and has no address. What it points to can be watched: byte[${name.trim()}], or with a segment es:${name.trim()}.`;

function rangeAt(program: Program, space: string, { value }: Value, bytes: number): Place {
  if (program.environment.space(space) === undefined) throw new RequestError(`This machine has no space "${space}".`);
  if (value < 0n) throw new RequestError(`The address ${hex(value)} is negative.`);
  return { kind: 'memory', space, address: value, bytes };
}

/** What can be watched of a place, with the words for it. @throws RequestError where nothing can */
export async function dataInfo(program: Program, place: Place, asAddress: boolean): Promise<DataInfo> {
  if (program.target.watchpoints === undefined) throw new RequestError('This target has no data breakpoints.');
  if (place.kind === 'chip') {
    const field = place.field === undefined ? '' : `.${place.field.name}`;
    return {
      target: { place, change: true },
      description: `${place.chip}.${place.register}${field}`,
      accessTypes: ['write'],
    };
  }
  if (place.kind !== 'memory')
    throw new RequestError(registerHelp(place.kind === 'bits' ? place.register : place.name));
  const { space, address, bytes } = place;
  if (bytes < 1 || bytes > MOST_BYTES) {
    throw new RequestError(`${bytes} bytes can not be watched; a data breakpoint has 1 to ${MOST_BYTES}.`);
  }
  const { codeSpace } = program.target.description;
  const where = space === codeSpace ? await program.formatAddress(address) : `${space} ${hex(address)}`;
  const name = space === codeSpace ? program.describe(address) : undefined;
  const size = bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return {
    target: { place, change: !asAddress },
    description: `${where}${name === undefined ? '' : ` ${name}`}, ${size}`,
    accessTypes: ACCESS_TYPES,
  };
}

/** The same for text that a person or the editor gives. @throws RequestError */
export async function dataInfoOf(
  program: Program,
  text: string,
  bytes: number | undefined,
  asAddress: boolean,
): Promise<DataInfo> {
  return dataInfo(program, await parsePlace(program, text, bytes), asAddress);
}

/** @throws RequestError where the target has no such place */
async function checkWatched(program: Program, watched: Watched): Promise<void> {
  if ('chip' in watched) {
    const chip = (await program.environment.chips()).find(({ id }) => id === watched.chip);
    const register = chip?.registers.find(({ name }) => name === watched.register);
    if (register === undefined)
      throw new RequestError(`There is no chip register ${watched.chip}.${watched.register}.`);
    return;
  }
  const { space, address, length } = watched;
  const found = program.target.description.spaces.find(({ id }) => id === space);
  if (found === undefined) throw new RequestError(`This machine has no space "${space}".`);
  const size = 1n << BigInt(found.addressBits);
  if (length < 1 || length > MOST_BYTES || address + BigInt(length) > size) {
    throw new RequestError(
      `${found.title} ends at ${hex(size - 1n)}; ${length} bytes at ${hex(address)} can not be watched.`,
    );
  }
}

const WATCHING = /^\s*(change|write|read|access)\s+(\S.*)$/is;

/** A length behind the place: `0x7e00, 16`. */
const LENGTH = /^(.*\S)\s*,\s*(\d{1,8})$/s;

/**
 * Whether a function breakpoint's name asks for data: `change com1.lcr.dlab`, `write word[0x7e00]`, `read port 60h`,
 * `write 0x7e00, 16`.
 */
export const watchesData = (name: string): boolean => WATCHING.test(name);

/**
 * A data breakpoint that is named like a function: clients without data breakpoints can have them so, and what they hold
 * outlives the session.
 */
export async function resolveWatching(program: Program, name: string): Promise<Resolved> {
  const [, how = '', text = ''] = WATCHING.exec(name) ?? [];
  try {
    const kind = how.toLowerCase();
    const [, place = text, bytes] = LENGTH.exec(text) ?? [];
    const length = bytes === undefined ? undefined : Number(bytes);
    const { target, description } = await dataInfoOf(program, place, length, kind !== 'change');
    const accessType = kind === 'access' ? 'readWrite' : kind === 'read' ? 'read' : 'write';
    const resolved = await resolveData(program, dataIdOf(target), accessType);
    return resolved.watched === undefined ? resolved : { ...resolved, message: `Watches ${description}.` };
  } catch (error) {
    return { addresses: [], message: error instanceof Error ? error.message : String(error) };
  }
}

/** A data breakpoint as it was asked for. */
export async function resolveData(program: Program, dataId: string, accessType: AccessType): Promise<Resolved> {
  try {
    if (program.target.watchpoints === undefined) throw new RequestError('This target has no data breakpoints.');
    const watched = watchedOf(dataId, accessType);
    await checkWatched(program, watched);
    return { addresses: [], watched };
  } catch (error) {
    return { addresses: [], message: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Machine state is declared once, as a table of fields; creating, resetting, saving, loading, digesting and showing
 * it are all derived from that table, so that no device can forget a field in one of them.
 */

/** What a saved field looks like: plain data that can be copied between threads and written to a file. */
export type SavedValue = number | boolean | Uint8Array | readonly number[];
/** A saved object: one value a field, by field name. */
export type SavedState = Readonly<Record<string, SavedValue>>;

/** `uint`: an unsigned number of `bits` bits; `int`: any safe integer (a time in ns, a count) or `Infinity`. */
export type Field =
  | { readonly kind: 'uint'; readonly bits: number; readonly reset: number; readonly doc: string }
  | { readonly kind: 'int'; readonly reset: number; readonly doc: string }
  | { readonly kind: 'bool'; readonly reset: boolean; readonly doc: string }
  /** A fixed number of bytes. */
  | { readonly kind: 'bytes'; readonly length: number; readonly reset: number; readonly doc: string }
  /** A fixed number of safe integers. */
  | { readonly kind: 'ints'; readonly length: number; readonly reset: number; readonly doc: string }
  /** A queue of at most `limit` integers, empty after reset. */
  | { readonly kind: 'list'; readonly limit: number; readonly doc: string };

export type FieldTable = Readonly<Record<string, Field>>;

type ValueOf<F extends Field> = F extends { kind: 'bool' }
  ? boolean
  : F extends { kind: 'bytes' }
    ? Uint8Array
    : F extends { kind: 'ints' | 'list' }
      ? number[]
      : number;

/** The live object that a table describes. */
export type StateOf<T extends FieldTable> = { -readonly [K in keyof T]: ValueOf<T[K]> };

/** An unsigned register of `bits` bits (at most 53). */
export const uint = (bits: number, doc: string, reset = 0) => ({ kind: 'uint', bits, reset, doc }) as const;
/** A safe integer: a count, a time in nanoseconds. `Infinity` stands for never. */
export const int = (doc: string, reset = 0) => ({ kind: 'int', reset, doc }) as const;
export const bool = (doc: string, reset = false) => ({ kind: 'bool', reset, doc }) as const;
/** `length` bytes, each `reset` at reset. */
export const bytes = (length: number, doc: string, reset = 0) => ({ kind: 'bytes', length, reset, doc }) as const;
/** `length` safe integers, each `reset` at reset. */
export const ints = (length: number, doc: string, reset = 0) => ({ kind: 'ints', length, reset, doc }) as const;
/** A queue of at most `limit` safe integers, empty at reset. */
export const list = (limit: number, doc: string) => ({ kind: 'list', limit, doc }) as const;

function initial(field: Field): number | boolean | Uint8Array | number[] {
  switch (field.kind) {
    case 'bytes':
      return new Uint8Array(field.length).fill(field.reset);
    case 'ints':
      return new Array<number>(field.length).fill(field.reset);
    case 'list':
      return [];
    default:
      return field.reset;
  }
}

/** Says why `value` is no value of `field`, or nothing when it is one. */
function complaint(field: Field, value: SavedValue | undefined): string | undefined {
  const integer = (v: unknown) => typeof v === 'number' && (Number.isSafeInteger(v) || v === Infinity);
  switch (field.kind) {
    case 'uint':
      return integer(value) && (value as number) >= 0 && (value as number) < 2 ** field.bits
        ? undefined
        : `is not an unsigned number of ${field.bits} bits`;
    case 'int':
      return integer(value) ? undefined : 'is not an integer';
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'is not true or false';
    case 'bytes':
      return value instanceof Uint8Array && value.length === field.length ? undefined : `is not ${field.length} bytes`;
    case 'ints':
      return Array.isArray(value) && value.length === field.length && value.every(integer)
        ? undefined
        : `is not ${field.length} integers`;
    default:
      return Array.isArray(value) && value.length <= field.limit && value.every(integer)
        ? undefined
        : `is not a list of at most ${field.limit} integers`;
  }
}

/** A declared kind of state: makes, resets, saves and loads objects of it. */
export class Fields<T extends FieldTable = FieldTable> {
  constructor(readonly table: T) {}

  /** `live`: accessors for fields whose values are kept elsewhere; they are saved, loaded and reset through them. */
  create(live?: Partial<StateOf<T>>): StateOf<T> {
    const rows = Object.entries(this.table).filter(([name]) => live === undefined || !(name in live));
    const state = Object.fromEntries(rows.map(([name, field]) => [name, initial(field)]));
    // As the prototype, not as own accessors: with those V8 makes a slow object of it.
    return (live === undefined ? state : Object.setPrototypeOf(state, live)) as StateOf<T>;
  }

  /** Puts every field back to its reset value, except those named in `keep`. */
  reset(state: StateOf<T>, keep: readonly (keyof T)[] = []): void {
    for (const name of Object.keys(this.table)) {
      if (!keep.includes(name)) (state as Record<string, unknown>)[name] = initial(this.table[name]);
    }
  }

  /** A copy of every field, in the order of the table. */
  save(state: StateOf<T>): SavedState {
    const saved: Record<string, SavedValue> = {};
    for (const name of Object.keys(this.table)) {
      const value = (state as Record<string, SavedValue>)[name];
      saved[name] = typeof value === 'object' ? value.slice() : value;
    }
    return saved;
  }

  /**
   * Takes over saved values.
   * @throws Error that names the field when one is missing, unknown or out of range; the state is then unchanged.
   */
  load(state: StateOf<T>, saved: SavedState): void {
    for (const name of Object.keys(saved)) {
      if (!(name in this.table)) throw new Error(`Saved state has an unknown field '${name}'.`);
    }
    for (const [name, field] of Object.entries(this.table)) {
      const why = complaint(field, saved[name]);
      if (why !== undefined) throw new Error(`Saved field '${name}' ${why}.`);
    }
    for (const name of Object.keys(this.table)) {
      const value = saved[name];
      (state as Record<string, unknown>)[name] = typeof value === 'object' ? value.slice() : value;
    }
  }

  /**
   * Sets one field by name, as a debugger does.
   * @throws Error that says why when the field is unknown or the value does not fit.
   */
  set(state: StateOf<T>, name: string, value: SavedValue): void {
    const field = this.table[name];
    if (field === undefined) throw new Error(`There is no field '${name}'.`);
    const why = complaint(field, value);
    if (why !== undefined) throw new Error(`The value of '${name}' ${why}.`);
    (state as Record<string, unknown>)[name] = typeof value === 'object' ? value.slice() : value;
  }
}

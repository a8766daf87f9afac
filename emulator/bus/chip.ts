/** What all chips have in common: declared state, timers, and registers to look at. */
import { type BitField, extract } from '../state/bits';
import { Fields, type FieldTable, type SavedState, type StateOf } from '../state/fields';
import type { Scheduler, Timer } from '../time/scheduler';

/** A register as the datasheet names it, for people to look at and change. `C` is the chip's class. */
export interface ChipRegister<C> {
  readonly name: string;
  /** Width in bits, at most 53. */
  readonly width: number;
  readonly doc?: string;
  readonly bits?: readonly BitField[];
  /** The value, without any side effect. */
  readonly peek: (chip: C) => number;
  /** Sets the value as the debugger's user wants it, with its consequences (wires, timers); absent: read-only. */
  readonly poke?: (chip: C, value: number) => void;
}

/** A chip's register as every client of the debug seam sees it. */
export interface RegisterView {
  readonly name: string;
  readonly width: number;
  readonly doc: string;
  readonly value: number;
  readonly writable: boolean;
  readonly fields: readonly { readonly field: BitField; readonly value: number }[];
}

/** The face that a chip shows to the board and to the debug seam, whatever its type. */
export interface AnyChip {
  readonly id: string;
  readonly model: string;
  readonly stateFields: FieldTable;
  reset(): void;
  save(): SavedState;
  load(saved: SavedState): void;
  setField(name: string, value: number | boolean): void;
  view(): readonly RegisterView[];
  notes(): readonly string[];
  /** A register's value, without any side effect. @throws Error when there is no such register */
  peekRegister(register: string): number;
  poke(register: string, value: number): void;
}

/**
 * A chip: its mutable state is `state`, declared by the field table, and nothing else. Wires, timers and callbacks are
 * read-only members. It knows no addresses, no interrupt numbers and no other chips.
 */
export abstract class Chip<T extends FieldTable> implements AnyChip {
  readonly state: StateOf<T>;
  protected readonly fields: Fields<T>;

  /** `id`: unique on the board, such as `com1`; `model`: what it is, such as `16550A UART`; `live`: see `Fields.create`. */
  constructor(
    readonly id: string,
    readonly model: string,
    table: T,
    live?: Partial<StateOf<T>>,
  ) {
    this.fields = new Fields(table);
    this.state = this.fields.create(live);
  }

  /** The registers to show, in the datasheet's order. */
  protected abstract get registers(): readonly ChipRegister<this>[];

  get stateFields(): FieldTable {
    return this.fields.table;
  }

  /** Power-on or hardware reset: the fields' reset values. A chip that drives wires or timers adds to it. */
  reset(): void {
    this.fields.reset(this.state);
  }

  save(): SavedState {
    return this.fields.save(this.state);
  }

  load(saved: SavedState): void {
    this.fields.load(this.state, saved);
  }

  setField(name: string, value: number | boolean): void {
    this.fields.set(this.state, name, value);
  }

  /** Every register with its fields' values, now. Has no side effects. */
  view(): readonly RegisterView[] {
    return this.registers.map((register) => {
      const value = register.peek(this);
      return {
        name: register.name,
        width: register.width,
        doc: register.doc ?? '',
        value,
        writable: register.poke !== undefined,
        fields: (register.bits ?? []).map((field) => ({ field, value: extract(value, field) })),
      };
    });
  }

  /** What the chip will do next, in words, a line each (for the machine view). */
  notes(): readonly string[] {
    return [];
  }

  private register(name: string): ChipRegister<this> {
    const register = this.registers.find((row) => row.name === name);
    if (register === undefined) throw new Error(`${this.id} has no register '${name}'.`);
    return register;
  }

  peekRegister(name: string): number {
    return this.register(name).peek(this);
  }

  /** @throws Error when there is no such register or it can't be changed. */
  poke(name: string, value: number): void {
    const register = this.register(name);
    if (register.poke === undefined) throw new Error(`${this.id}.${name} can only be read.`);
    register.poke(this, value);
  }
}

/** A timer of `chip`, named after it: `pit.counter0`. */
export function chipTimer(scheduler: Scheduler, chip: AnyChip, name: string, fire: (due: number) => void): Timer {
  return scheduler.timer(`${chip.id}.${name}`, fire);
}

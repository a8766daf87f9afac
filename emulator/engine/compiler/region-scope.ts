/**
 * What a region's function is written with: its locals, the control structures that are open, places of the machine's memory,
 * and where the present instruction begins in the interpreter's bytecode.
 */
import type { Routine } from '../../ir/routine';
import type { StringRegisters } from '../handler-scope';
import { exitConstant } from '../leaving';
import type { NanRule } from '../lowering';
import type { Emitter } from '../wasm/emitter';
import type { ValueType, WasmMnemonic } from '../wasm/opcodes';
import type { GraphNode, Reach } from './graph';
import { LOWER, UPPER } from './halves';
import type { FlagSlots } from './passes';

export interface RegionConfig {
  readonly pcOffset: number;
  readonly nan: NanRule;
  /** Offsets of the 32-bit registers that live in locals, but for the condition codes. */
  readonly promoted: readonly number[];
  readonly flags: FlagSlots;
  readonly strings: StringRegisters;
  /** Helpers that know no register but their values and can not fault, in the order of `RegionHost.quick`. */
  readonly quick: readonly number[];
  readonly routines: readonly Routine[];
  /** Whether the host has tail calls; else engine/driver calls what is next. */
  readonly tailCalls: boolean;
  /** Number of the routine that is asked for accesses before the machine is. */
  readonly admits?: number;
}

/** What a region is compiled against: places in the machine's memory. */
export interface RegionPlace {
  /** Number in the table of regions; the context that it was translated in. */
  readonly slot: number;
  readonly context: number;
  /** What is added to a program counter to make its linear address; offset of a block's link from its bytecode. */
  readonly codeBase: number;
  readonly linkField: number;
  /** Host address of the soft TLB's table. */
  readonly tlb: number;
  /** Memory is reached in place: see memory/tlb. */
  readonly inPlace: boolean;
  /**
   * An access that the soft TLB does not grant asks for it, instead of leaving, and one to a page of planes is made through
   * their logic. Only where that happens often: with a call in it a small loop is a fifth slower.
   */
  readonly asks: boolean;
  /** It looks before it asks whether the access lies beside what is marked in its page. */
  readonly marks: boolean;
  /** Host address of the word that counts how often the region leaves in the midst of a block. */
  readonly leaves: number;
  /** Host address of the word that holds the mapping epoch in which the region is valid, 0 where mapping never changes. */
  readonly stamp: number;
  /** Bytecode of the block at a program counter; undefined where there is none. */
  readonly block: (pc: number) => number | undefined;
  /** Label of the region's entry at a program counter, -1 where it has none. */
  readonly entry: (pc: number) => number;
}

/** Functions of the module that regions call, by index. */
export interface RegionCallees {
  readonly helper: number;
  /** What regions leave by (engine/leaving). */
  readonly settle: number;
  readonly leave: number;
  readonly lookUp: number;
  readonly admit: number;
  readonly planesLoad: number;
  readonly planesStore: number;
  /** The first of those of bulk ops, in the order of BULK_OPS. */
  readonly bulk: number;
  /** The first of the quick helpers. */
  readonly quick: number;
  /** The first routine. */
  readonly routines: number;
  readonly carries: number;
  /** Type index of region functions. */
  readonly type: number;
}

export const LABEL = 0;
export const FUEL = 1;
/** The first local that is a register. */
export const FIRST_REGISTER = 2;

/** Where a branch can lead: control structures that are open. */
type Scope =
  | { readonly kind: 'loop' | 'merge'; readonly node: number }
  | { readonly kind: 'exit' | 'transfer' | 'indirect' | 'inner' };

/** What is known at a place in a node: the flags' kind, and how many bits temporaries have at most. */
interface Known {
  flags: number | undefined;
  readonly bits: Map<number, number>;
  /** The check whose page the local `addend` is for. */
  addend?: number | undefined;
}

export class RegionScope<E extends Emitter> {
  /** Types of locals behind the parameters. */
  readonly locals: ValueType[] = [];
  readonly localNames: string[] = [];
  private readonly named = new Map<string, number>();
  private readonly scopes: Scope[] = [];
  protected readonly registers: ReadonlyMap<number, number>;
  /** Of registers that are held as halves (compiler/halves) the local of the upper one; theirs in `registers` is the lower. */
  private readonly upper: ReadonlyMap<number, number>;
  /** The node being written, how many of its instructions have begun, and where the present one lies. */
  protected node: GraphNode | undefined;
  protected begun = 0;
  protected insn = 0;
  protected pc = 0;
  /** Of the access being written: its group, where that is granted as a whole; its part in checks. */
  protected group: number | undefined;
  protected reach: Reach | undefined;
  protected known: Known = { flags: undefined, bits: new Map() };

  constructor(
    readonly out: E,
    protected readonly config: RegionConfig,
    protected readonly place: RegionPlace,
    protected readonly callees: RegionCallees,
    halved: ReadonlySet<number> = new Set(),
  ) {
    this.registers = new Map(config.promoted.map((offset, index) => [offset, FIRST_REGISTER + index]));
    this.localNames.push('label', 'fuel', ...config.promoted.map((offset) => `r${offset}`));
    this.upper = new Map([...halved].map((offset) => [offset, this.local(`r${offset}_upper`, 'i32')]));
  }

  protected open(name: 'block' | 'loop' | 'if', scope: Scope, result?: ValueType): void {
    this.out.open(name, result);
    this.scopes.push(scope);
  }

  protected close(): void {
    this.scopes.pop();
    this.out.emit('end');
  }

  /** How many control structures a branch goes out of. @throws Error when there is no such one to branch to */
  protected depthOf(kind: Scope['kind'], node?: number): number {
    const index = this.scopes.findLastIndex(
      (scope) => scope.kind === kind && (!('node' in scope) || scope.node === node),
    );
    if (index < 0) throw new Error(`There is no way to ${kind} ${node ?? ''} here.`);
    return this.scopes.length - 1 - index;
  }

  protected branch(name: 'br' | 'br_if', kind: Scope['kind'], node?: number): void {
    this.out.emit(name, this.depthOf(kind, node));
  }

  protected save(): { node: GraphNode | undefined; begun: number; insn: number; pc: number; known: Known } {
    const { node, begun, insn, pc, known } = this;
    return { node, begun, insn, pc, known: { ...known, bits: new Map(known.bits) } };
  }

  protected restore(state: ReturnType<typeof this.save>): void {
    ({ node: this.node, begun: this.begun, insn: this.insn, pc: this.pc, known: this.known } = state);
  }

  /** The exit at the start of the present instruction: it and what follows in the node give their fuel back. */
  protected exitHere(): number {
    return exitConstant(this.insn, (this.node?.fuel ?? 0) - this.begun + 1);
  }

  protected local(name: string, type: ValueType): number {
    const known = this.named.get(name);
    if (known !== undefined) return known;
    const index = FIRST_REGISTER + this.config.promoted.length + this.locals.length;
    this.locals.push(type);
    this.localNames.push(name);
    this.named.set(name, index);
    return index;
  }

  protected isHalved(offset: number): boolean {
    return this.upper.has(offset);
  }

  /** Pushes all bits of a promoted register. */
  protected pushWhole(offset: number): void {
    const { out } = this;
    out.emit('local.get', this.registers.get(offset) ?? 0);
    const upper = this.upper.get(offset);
    if (upper === undefined) return;
    out.emit('local.get', upper);
    out.emit('i32.or');
  }

  /** Sets them to the value on the stack. */
  protected setWhole(offset: number): void {
    const { out } = this;
    const local = this.registers.get(offset) ?? 0;
    const upper = this.upper.get(offset);
    if (upper === undefined) {
      out.emit('local.set', local);
      return;
    }
    out.emit('local.tee', local);
    out.emit('i32.const', UPPER);
    out.emit('i32.and');
    out.emit('local.set', upper);
    out.emit('local.get', local);
    out.emit('i32.const', LOWER);
    out.emit('i32.and');
    out.emit('local.set', local);
  }

  /** Takes apart what came as parameters. */
  protected takeHalves(): void {
    for (const offset of this.upper.keys()) {
      this.out.emit('local.get', this.registers.get(offset) ?? 0);
      this.setWhole(offset);
    }
  }

  /** A load from a fixed place of the machine's memory. */
  protected absolute(load: WasmMnemonic, address: number): void {
    this.out.emit('i32.const', 0);
    this.out.emit(load, address);
  }

  protected storeAbsolute(address: number, push: () => void, store: WasmMnemonic = 'i32.store'): void {
    this.out.emit('i32.const', 0);
    push();
    this.out.emit(store, address);
  }
}

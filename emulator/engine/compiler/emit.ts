/**
 * A region as one wasm function: `region(label, fuel, register ...) -> exit reason`.
 *
 * Promoted registers are locals and parameters. Fuel is taken once a node, and looked at where a loop could go round
 * without end; an access that is not plain RAM, a fault and too little fuel leave for the interpreter at the start of the
 * instruction: `br` to one epilogue with a constant that says which. Nothing of an instruction has changed a register
 * by then, so that the interpreter may begin it anew.
 */
import type { IrOp, Operand } from '../../ir/block';
import { EXIT } from '../../ir/exits';
import { opRow, resultType } from '../../ir/ops';
import {
  CODE,
  CPU_BASE,
  FRAME_ENTRY_BYTES,
  FRAME_LIMIT,
  FRAME_RECORD,
  FRAMES,
  JUMP_ENTRIES,
  JUMPS,
  PAGE_SIZE,
  RUN_COMPILED,
  RUN_DEPTH,
  RUN_DETAIL,
  RUN_ENTERED,
  RUN_EPOCH,
  RUN_EXITS,
  RUN_FUEL,
  RUN_LIMIT,
  RUN_REPEATING,
  RUN_SCRATCH,
  TLB_ENTRIES,
} from '../../memory/layout';
import { TLB_ADDEND, TLB_READ, TLB_READ_IN_PLACE, TLB_WRITE, TLB_WRITE_IN_PLACE } from '../../memory/tlb';
import { accessType, swapBytes } from '../handlers-memory';
import { isWord, lower, type NanRule, sourceType } from '../lowering';
import type { Emitter } from '../wasm/emitter';
import type { ValueType, WasmMnemonic } from '../wasm/opcodes';
import { kindOf, KIND, VALUE_A } from './flags';
import type { Graph, GraphNode, Target } from './graph';
import type { StringRegisters } from '../handler-scope';
import { type FlagSlots, isPlain } from './passes';
import type { Structure } from './structure';

export interface RegionConfig {
  readonly pcOffset: number;
  readonly nan: NanRule;
  /** Offsets of the 32-bit registers that live in locals, but for the condition codes. */
  readonly promoted: readonly number[];
  readonly flags: FlagSlots;
  readonly strings: StringRegisters;
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
   * An access that the soft TLB does not grant asks for it, instead of leaving. Only where that happens often: with a call
   * in it a small loop is a fifth slower.
   */
  readonly asks: boolean;
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
  readonly interpret: number;
  readonly helper: number;
  readonly admit: number;
  readonly carries: number;
  /** Type index of region functions. */
  readonly type: number;
}

const LABEL = 0;
const FUEL = 1;
/** The first local that is a register. */
export const FIRST_REGISTER = 2;

/** Bits of an exit's constant that say how much fuel to give back; the rest is the place in the bytecode, in words. */
const BACK_BITS = 8;

/** So many iterations cost less than going to the interpreter and coming back. */
const FEW_ITERATIONS = 24;

const exitConstant = (place: number, back: number): number => (((place - CODE) >>> 2) << BACK_BITS) | back;

/** Where a branch can lead: control structures that are open. */
type Scope =
  | { readonly kind: 'loop' | 'merge'; readonly node: number }
  | { readonly kind: 'exit' | 'transfer' | 'indirect' | 'inner' };

/** What is known at a place in a node: the flags' kind, and how many bits temporaries have at most. */
interface Known {
  flags: number | undefined;
  readonly bits: Map<number, number>;
}

export class RegionEmitter<E extends Emitter> {
  /** Types of locals behind the parameters. */
  readonly locals: ValueType[] = [];
  readonly localNames: string[] = [];
  private readonly named = new Map<string, number>();
  private readonly scopes: Scope[] = [];
  private readonly registers: ReadonlyMap<number, number>;
  private readonly usesFlags: boolean;
  private readonly needs: ReadonlyMap<number, number>;
  private readonly checks: ReadonlySet<number>;
  /** The node being written, how many of its instructions have begun, and where the present one lies. */
  private node: GraphNode | undefined;
  private begun = 0;
  private insn = 0;
  private pc = 0;
  private known: Known = { flags: undefined, bits: new Map() };

  constructor(
    readonly out: E,
    private readonly graph: Graph,
    private readonly structure: Structure,
    private readonly config: RegionConfig,
    private readonly place: RegionPlace,
    private readonly callees: RegionCallees,
  ) {
    this.registers = new Map(config.promoted.map((offset, index) => [offset, FIRST_REGISTER + index]));
    this.localNames.push('label', 'fuel', ...config.promoted.map((offset) => `r${offset}`));
    const { result, carries } = config.flags;
    const isFlag = (operand: Operand | undefined) =>
      operand?.kind === 'register' && ((operand.offset & -8) === result || (operand.offset & -8) === carries);
    this.usesFlags = graph.nodes.some(({ ops }) => ops.some(({ op }) => isFlag(op.dst) || op.sources.some(isFlag)));
    this.checks = this.findChecks();
    this.needs = this.findNeeds();
  }

  /* ------------------------------------------------------------------------------ the function */

  /** Writes the body, without its last `end`. */
  emit(): void {
    const { out } = this;
    this.open('block', { kind: 'exit' }, 'i32');
    this.open('block', { kind: 'transfer' });
    this.checkEpoch();
    if (this.usesFlags) this.loadFlags();
    if (this.comesBack) this.tree(this.structure.root);
    else this.withJumps(() => this.tree(this.structure.root));
    // Ways from everywhere meet in what follows.
    this.known = { flags: undefined, bits: new Map() };
    this.close();
    this.transfer();
    this.close();
    this.leave();
    out.emit('unreachable');
  }

  /** What `write` writes, with the look-up of jumps by register behind it. */
  private withJumps(write: () => void): void {
    this.open('block', { kind: 'indirect' });
    write();
    this.known = { flags: undefined, bits: new Map() };
    this.close();
    this.lookUpJump();
  }

  /** A region that is entered in another mapping epoch than it was found valid in is looked up again. */
  private checkEpoch(): void {
    const { out, place } = this;
    if (place.stamp === 0) return;
    this.absolute('i32.load', CPU_BASE + RUN_EPOCH);
    this.absolute('i32.load', place.stamp);
    out.emit('i32.ne');
    out.open('if');
    this.scopes.push({ kind: 'inner' });
    this.storeAbsolute(CPU_BASE + this.config.pcOffset, () => {
      out.emit('i32.const', (this.graph.nodes[this.graph.entries[0]]?.pc ?? 0) | 0);
      this.graph.entries.slice(1).forEach((entry, index) => {
        out.emit('i32.const', (this.graph.nodes[entry]?.pc ?? 0) | 0);
        out.emit('local.get', LABEL);
        out.emit('i32.const', index + 1);
        out.emit('i32.ne');
        out.emit('select');
      });
    });
    // The condition codes are where they were: in memory.
    this.spillPromoted();
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => out.emit('local.get', FUEL));
    this.leaveForLookUp();
    this.close();
  }

  /** Behind the label `indirect`: the local `pc` holds where to go on. The jump cache knows the block and its region. */
  private lookUpJump(): void {
    const { out, place } = this;
    const pc = this.local('pc', 'i32');
    const entry = this.local('entry', 'i32');
    const link = this.local('link', 'i32');
    out.emit('local.get', pc);
    out.emit('local.get', pc);
    out.emit('i32.const', 12);
    out.emit('i32.shr_u');
    out.emit('i32.xor');
    out.emit('i32.const', JUMP_ENTRIES - 1);
    out.emit('i32.and');
    out.emit('i32.const', 4);
    out.emit('i32.shl');
    out.emit('local.tee', entry);
    out.emit('i64.load', CPU_BASE + JUMPS);
    out.emit('local.get', pc);
    out.emit('i64.extend_i32_u');
    out.emit('i64.const', BigInt(place.context) << 32n);
    out.emit('i64.or');
    out.emit('i64.eq');
    this.open('if', { kind: 'inner' });
    out.emit('local.get', entry);
    out.emit('i32.load', CPU_BASE + JUMPS + 12);
    out.emit('local.tee', link);
    this.open('if', { kind: 'inner' });
    this.goByLink();
    this.close();
    this.storeAbsolute(CPU_BASE + this.config.pcOffset, () => out.emit('local.get', pc));
    // As an exit's constant: the place of the block's first op.
    out.emit('local.get', entry);
    out.emit('i32.load', CPU_BASE + JUMPS + 8);
    out.emit('i32.const', CODE);
    out.emit('i32.sub');
    out.emit('i32.const', BACK_BITS - 2);
    out.emit('i32.shl');
    this.branch('br', 'exit');
    this.close();
    this.storeAbsolute(CPU_BASE + this.config.pcOffset, () => out.emit('local.get', pc));
    this.spillRegisters();
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => out.emit('local.get', FUEL));
    this.leaveForLookUp();
  }

  /** Adds the counts since the region was entered from the interpreter to those that compiled code has executed; one exit more. */
  private account(): void {
    const { out } = this;
    this.storeAbsolute(
      CPU_BASE + RUN_EXITS,
      () => {
        this.absolute('i64.load', CPU_BASE + RUN_EXITS);
        out.emit('i64.const', 1);
        out.emit('i64.add');
      },
      'i64.store',
    );
    this.storeAbsolute(
      CPU_BASE + RUN_COMPILED,
      () => {
        this.absolute('i64.load', CPU_BASE + RUN_COMPILED);
        this.absolute('i64.load', CPU_BASE + RUN_LIMIT);
        out.emit('i64.add');
        this.absolute('i64.load32_u', CPU_BASE + RUN_FUEL);
        out.emit('i64.sub');
        this.absolute('i64.load', CPU_BASE + RUN_ENTERED);
        out.emit('i64.sub');
      },
      'i64.store',
    );
  }

  private leaveForLookUp(): void {
    this.account();
    this.storeAbsolute(CPU_BASE + RUN_DETAIL, () => this.out.emit('i32.const', 0));
    this.out.emit('i32.const', EXIT.LOOKUP);
    this.out.emit('return');
  }

  /** Behind the label `transfer`: the local `link` names a region and a label in it. */
  private transfer(): void {
    const { out } = this;
    const link = this.local('link', 'i32');
    if (this.usesFlags) this.spillFlags();
    out.emit('local.get', link);
    out.emit('i32.const', 0xffff);
    out.emit('i32.and');
    out.emit('local.get', FUEL);
    for (const local of this.registers.values()) out.emit('local.get', local);
    out.emit('local.get', link);
    out.emit('i32.const', 16);
    out.emit('i32.shr_u');
    out.callIndirect('return_call_indirect', this.callees.type);
  }

  /** Behind the label `exit`: its constant lies on the stack. */
  private leave(): void {
    const { out } = this;
    const constant = this.local('exit', 'i32');
    out.emit('local.set', constant);
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => {
      out.emit('local.get', FUEL);
      out.emit('local.get', constant);
      out.emit('i32.const', (1 << BACK_BITS) - 1);
      out.emit('i32.and');
      out.emit('i32.add');
    });
    this.account();
    this.storeAbsolute(this.place.leaves, () => {
      this.absolute('i32.load', this.place.leaves);
      out.emit('local.get', constant);
      out.emit('i32.const', (1 << BACK_BITS) - 1);
      out.emit('i32.and');
      out.emit('i32.const', 0);
      out.emit('i32.ne');
      out.emit('i32.add');
    });
    this.spillRegisters();
    out.emit('i32.const', CPU_BASE);
    out.emit('local.get', constant);
    out.emit('i32.const', BACK_BITS);
    out.emit('i32.shr_u');
    out.emit('i32.const', 2);
    out.emit('i32.shl');
    out.emit('i32.const', CODE);
    out.emit('i32.add');
    out.emit('return_call', this.callees.interpret);
  }

  private spillPromoted(): void {
    for (const [offset, local] of this.registers) {
      this.storeAbsolute(CPU_BASE + offset, () => this.out.emit('local.get', local));
    }
  }

  private spillRegisters(): void {
    this.spillPromoted();
    if (this.usesFlags) this.spillFlags();
  }

  private reloadRegisters(): void {
    for (const [offset, local] of this.registers) {
      this.absolute('i32.load', CPU_BASE + offset);
      this.out.emit('local.set', local);
    }
    if (this.usesFlags) this.loadFlags();
  }

  private spillFlags(): void {
    const { result, carries } = this.config.flags;
    this.storeAbsolute(CPU_BASE + carries, () => this.pushCarries());
    this.storeAbsolute(CPU_BASE + result, () => this.out.emit('local.get', this.resultLocal));
  }

  private loadFlags(): void {
    const { out } = this;
    this.absolute('i32.load', CPU_BASE + this.config.flags.result);
    out.emit('local.set', this.resultLocal);
    this.absolute('i32.load', CPU_BASE + this.config.flags.carries);
    this.setCarries();
  }

  /* ------------------------------------------------------------------------------ structure */

  private open(name: 'block' | 'loop' | 'if', scope: Scope, result?: ValueType): void {
    this.out.open(name, result);
    this.scopes.push(scope);
  }

  private close(): void {
    this.scopes.pop();
    this.out.emit('end');
  }

  private branch(name: 'br' | 'br_if', kind: Scope['kind'], node?: number): void {
    const index = this.scopes.findLastIndex(
      (scope) => scope.kind === kind && (!('node' in scope) || scope.node === node),
    );
    if (index < 0) throw new Error(`There is no way to ${kind} ${node ?? ''} here.`);
    this.out.emit(name, this.scopes.length - 1 - index);
  }

  private findChecks(): ReadonlySet<number> {
    const { graph, structure } = this;
    const found = new Set<number>(graph.entries);
    for (const [, targets] of structure.dispatchers) for (const node of targets) found.add(node);
    for (const node of graph.nodes) if (node.checks || structure.isLoop(node.id)) found.add(node.id);
    return found;
  }

  /** How much fuel there must be for going on in a node rather than in the interpreter; nothing where it is not looked at. */
  fuelNeeded(node: number): number | undefined {
    return this.checks.has(node) ? (this.needs.get(node) ?? 0) : undefined;
  }

  /** How much fuel the longest way from a node to the next check takes. */
  private findNeeds(): ReadonlyMap<number, number> {
    const { graph, structure } = this;
    const needs = new Map<number, number>();
    const ordered = graph.nodes.filter(({ id }) => structure.order[id] >= 0);
    ordered.sort((a, b) => structure.order[b.id] - structure.order[a.id]);
    for (const { id, fuel } of ordered) {
      const further = structure.successors[id].map((next) => (this.checks.has(next) ? 0 : (needs.get(next) ?? 0)));
      needs.set(id, fuel + Math.max(0, ...further));
    }
    return needs;
  }

  /** Writes a node with everything that it dominates. */
  private tree(node: number): void {
    const loop = this.structure.isLoop(node);
    if (loop) this.open('loop', { kind: 'loop', node });
    // The look-up lies in the loop of the dispatcher that it may lead back to.
    if (node === this.structure.root && this.comesBack) this.withJumps(() => this.dominated(node));
    else this.dominated(node);
    if (loop) this.close();
  }

  private dominated(node: number): void {
    const merges = this.structure.children[node].filter((child) => this.isBranchedTo(node, child));
    merges.sort((a, b) => this.structure.order[b] - this.structure.order[a]);
    for (const merge of merges) this.open('block', { kind: 'merge', node: merge });
    this.body(node);
    for (const merge of merges.toReversed()) {
      this.close();
      this.known = { flags: undefined, bits: new Map() };
      this.tree(merge);
    }
  }

  /** Whether a child in the dominator tree stands behind a block, rather than in the place of the one jump to it. */
  private isBranchedTo(parent: number, child: number): boolean {
    return this.structure.isMerge(child) || this.structure.dispatchers.has(parent);
  }

  private body(id: number): void {
    const targets = this.structure.dispatchers.get(id);
    if (targets !== undefined) {
      this.dispatch(id, targets);
      return;
    }
    const node = this.graph.nodes[id];
    this.node = node;
    this.begun = 0;
    this.insn = node.underWay;
    const { out } = this;
    if (this.checks.has(id)) {
      // Nothing is known of what comes round a loop.
      this.known = { flags: undefined, bits: new Map() };
      out.emit('i32.const', exitConstant(node.ops[0]?.place ?? this.insn, 0));
      out.emit('local.get', FUEL);
      out.emit('i32.const', this.needs.get(id) ?? 0);
      out.emit('i32.lt_s');
      this.branch('br_if', 'exit');
      out.emit('drop');
    }
    if (node.fuel > 0) {
      out.emit('local.get', FUEL);
      out.emit('i32.const', node.fuel);
      out.emit('i32.sub');
      out.emit('local.set', FUEL);
    }
    this.ops(node);
    this.terminate(node);
  }

  /** Where a number in the local `label` says which node is meant. */
  private dispatch(id: number, targets: readonly number[]): void {
    const { out } = this;
    const direct = targets.every((node) => this.structure.route(id, node).label === undefined);
    if (direct) {
      const depths = targets.map((node) => {
        const index = this.scopes.findLastIndex((scope) => scope.kind === 'merge' && scope.node === node);
        return this.scopes.length - 1 - index;
      });
      out.emit('local.get', LABEL);
      out.table(depths.slice(0, -1), depths[depths.length - 1]);
      return;
    }
    targets.forEach((node, label) => {
      out.emit('local.get', LABEL);
      out.emit('i32.const', label);
      out.emit('i32.eq');
      this.open('if', { kind: 'inner' });
      this.go(id, { kind: 'node', node });
      this.close();
    });
    out.emit('unreachable');
  }

  private terminate(node: GraphNode): void {
    const { out } = this;
    const { terminator } = node;
    switch (terminator.kind) {
      case 'jump':
        this.go(node.id, terminator.to);
        return;
      case 'branch': {
        const { condition, taken, otherwise } = terminator;
        const state = this.save();
        if (taken.kind === 'interpreter') {
          out.emit('i32.const', this.exitHere());
          this.push(condition, 'i32', 32);
          this.branch('br_if', 'exit');
          out.emit('drop');
        } else if (!this.branchIf(node.id, condition, taken)) {
          this.push(condition, 'i32', 32);
          this.open('if', { kind: 'inner' });
          this.go(node.id, taken);
          this.close();
        }
        this.restore(state);
        this.go(node.id, otherwise);
        return;
      }
      case 'indirect': {
        const pc = this.local('pc', 'i32');
        this.push(terminator.target, 'i32', 32);
        out.emit('local.set', pc);
        if (terminator.returns) this.goByRecord();
        this.branch('br', 'indirect');
      }
    }
  }

  /** A conditional branch to what is a label already: says whether it is. */
  private branchIf(from: number, condition: Operand, target: Target): boolean {
    if (target.kind !== 'node') return false;
    const { node, label } = this.structure.route(from, target.node);
    if (label !== undefined) return false;
    const back = this.structure.order[node] <= this.structure.order[from];
    if (!back && !this.structure.isMerge(node)) return false;
    this.push(condition, 'i32', 32);
    this.branch('br_if', back ? 'loop' : 'merge', node);
    return true;
  }

  private go(from: number, target: Target): void {
    const { out, structure } = this;
    switch (target.kind) {
      case 'interpreter':
        out.emit('i32.const', target.place === undefined ? this.exitHere() : exitConstant(target.place, 0));
        this.branch('br', 'exit');
        return;
      case 'block': {
        const block = this.place.block(target.pc);
        if (block === undefined) {
          out.emit('i32.const', target.pc | 0);
          out.emit('local.set', this.local('pc', 'i32'));
          this.branch('br', 'indirect');
          return;
        }
        this.storeAbsolute(CPU_BASE + this.config.pcOffset, () => out.emit('i32.const', target.pc | 0));
        this.absolute('i32.load', block + this.place.linkField);
        out.emit('local.tee', this.local('link', 'i32'));
        this.branch('br_if', 'transfer');
        out.emit('i32.const', exitConstant(block, 0));
        this.branch('br', 'exit');
        return;
      }
      case 'node': {
        const { node, label } = structure.route(from, target.node);
        if (label !== undefined) {
          out.emit('i32.const', label);
          out.emit('local.set', LABEL);
        }
        if (structure.order[node] <= structure.order[from]) this.branch('br', 'loop', node);
        else if (structure.isMerge(node) || structure.dispatchers.has(from)) this.branch('br', 'merge', node);
        else this.tree(node);
      }
    }
  }

  private save(): { node: GraphNode | undefined; begun: number; insn: number; pc: number; known: Known } {
    const { node, begun, insn, pc, known } = this;
    return { node, begun, insn, pc, known: { flags: known.flags, bits: new Map(known.bits) } };
  }

  private restore(state: ReturnType<typeof this.save>): void {
    ({ node: this.node, begun: this.begun, insn: this.insn, pc: this.pc, known: this.known } = state);
  }

  /** The exit at the start of the present instruction: it and what follows in the node give their fuel back. */
  private exitHere(): number {
    return exitConstant(this.insn, (this.node?.fuel ?? 0) - this.begun + 1);
  }

  /* ------------------------------------------------------------------------------ locals, registers */

  private local(name: string, type: ValueType): number {
    const known = this.named.get(name);
    if (known !== undefined) return known;
    const index = FIRST_REGISTER + this.config.promoted.length + this.locals.length;
    this.locals.push(type);
    this.localNames.push(name);
    this.named.set(name, index);
    return index;
  }

  private get resultLocal(): number {
    return this.local('result', 'i32');
  }

  /** A load from a fixed place of the machine's memory. */
  private absolute(load: WasmMnemonic, address: number): void {
    this.out.emit('i32.const', 0);
    this.out.emit(load, address);
  }

  private storeAbsolute(address: number, push: () => void, store: WasmMnemonic = 'i32.store'): void {
    this.out.emit('i32.const', 0);
    push();
    this.out.emit(store, address);
  }

  /** Pushes a value as `type`, cut to `width` and zero-extended where that is narrower. */
  private push(operand: Operand, type: ValueType, width: number): void {
    const { out } = this;
    const narrow = type === 'i32' && width < 32;
    switch (operand.kind) {
      case 'const': {
        const value = narrow ? BigInt.asUintN(width, operand.value) : operand.value;
        out.emit(`${heldAs(type)}.const` as WasmMnemonic, value);
        this.fromBits(type);
        return;
      }
      case 'temp':
        out.emit('local.get', this.temp(operand.index, heldAs(type)));
        this.fromBits(type);
        if (narrow && (this.known.bits.get(operand.index) ?? 32) > width) this.cut(width);
        return;
      case 'register':
        this.pushRegister(operand.offset, type, width);
    }
  }

  /** Makes the bits on the stack a value of `type`, where that is a float. */
  private fromBits(type: ValueType): void {
    if (type === 'f32') this.out.emit('f32.reinterpret_i32');
    if (type === 'f64') this.out.emit('f64.reinterpret_i64');
  }

  /** The other way round. */
  private toBits(type: ValueType): void {
    if (type === 'f32') this.out.emit('i32.reinterpret_f32');
    if (type === 'f64') this.out.emit('i64.reinterpret_f64');
  }

  private cut(width: number): void {
    this.out.emit('i32.const', 2 ** width - 1);
    this.out.emit('i32.and');
  }

  private pushRegister(offset: number, type: ValueType, width: number): void {
    const { out } = this;
    const narrow = type === 'i32' && width < 32;
    const bytes = narrow ? width / 8 : BYTES[type];
    const within = 8 * (offset & 7);
    if (within + 8 * bytes <= 32 && this.pushHeld(offset & -8)) {
      if (within > 0) {
        out.emit('i32.const', within);
        out.emit('i32.shr_u');
      }
      if (narrow) this.cut(width);
      this.fromBits(type);
      return;
    }
    this.spillOverlapped(offset, bytes);
    this.absolute(
      narrow ? (width === 8 ? 'i32.load8_u' : 'i32.load16_u') : (`${type}.load` as WasmMnemonic),
      CPU_BASE + offset,
    );
  }

  /** Pushes the 32 bits of the slot at `offset` when they are held in locals: says whether they are. */
  private pushHeld(offset: number): boolean {
    if (offset === this.config.flags.carries) {
      this.pushCarries();
      return true;
    }
    const local = this.heldIn(offset);
    if (local !== undefined) this.out.emit('local.get', local);
    return local !== undefined;
  }

  private heldIn(offset: number): number | undefined {
    return offset === this.config.flags.result ? this.resultLocal : this.registers.get(offset);
  }

  /**
   * Brings what is held in locals of the `bytes` bytes at a register's place to memory, for an access that takes more than
   * one of them, or a part and what lies beside it. Gives how to read it again when the access has written.
   */
  private spillOverlapped(offset: number, bytes: number): () => void {
    const touched = (slot: number) => slot < offset + bytes && offset < slot + 4;
    const { result, carries } = this.config.flags;
    const promoted = [...this.registers].filter(([slot]) => touched(slot));
    for (const [slot, local] of promoted) this.storeAbsolute(CPU_BASE + slot, () => this.out.emit('local.get', local));
    const flags = this.usesFlags && (touched(result) || touched(carries));
    if (flags) this.spillFlags();
    return () => {
      for (const [slot, local] of promoted) {
        this.absolute('i32.load', CPU_BASE + slot);
        this.out.emit('local.set', local);
      }
      if (flags) this.loadFlags();
    };
  }

  private temp(index: number, type: ValueType): number {
    return this.local(`t${index}${type === 'i32' ? '' : `_${type}`}`, type);
  }

  /** Writes what `compute` pushes to the destination of `op`. */
  private assign(op: IrOp, compute: () => void): void {
    const { out } = this;
    const { dst } = op;
    const row = opRow(op.op);
    const type = resultType(row, op.width);
    if (dst === undefined || type === undefined) throw new Error(`${op.op} gives nothing.`);
    const narrow = type === 'i32' && row.result === 'same' && op.width < 32;
    if (dst.kind === 'temp') {
      compute();
      this.toBits(type);
      out.emit('local.set', this.temp(dst.index, heldAs(type)));
      this.known.bits.set(dst.index, boundOf(op));
      return;
    }
    if (dst.kind === 'const') throw new Error("A constant can't be written.");
    const { offset } = dst;
    const bytes = narrow ? op.width / 8 : BYTES[type];
    if (offset === this.config.flags.carries && bytes === 4) {
      compute();
      this.toBits(type);
      this.setCarries();
      return;
    }
    const local = (offset & 7) + bytes <= 4 ? this.heldIn(offset & -8) : undefined;
    if (local === undefined) {
      const reload = this.spillOverlapped(offset, bytes);
      this.storeAbsolute(
        CPU_BASE + offset,
        compute,
        narrow ? (op.width === 8 ? 'i32.store8' : 'i32.store16') : (`${type}.store` as WasmMnemonic),
      );
      reload();
      return;
    }
    if (!narrow) {
      compute();
      this.toBits(type);
      out.emit('local.set', local);
      return;
    }
    const shift = 8 * (offset & 7);
    out.emit('local.get', local);
    out.emit('i32.const', ~((2 ** op.width - 1) << shift));
    out.emit('i32.and');
    compute();
    if (shift > 0) {
      out.emit('i32.const', shift);
      out.emit('i32.shl');
    }
    out.emit('i32.or');
    out.emit('local.set', local);
  }

  /* ------------------------------------------------------------------------------ flags */

  private setKind(kind: number): void {
    this.out.emit('i32.const', kind);
    this.out.emit('local.set', this.local('flags_kind', 'i32'));
    this.known.flags = kind;
  }

  /** `carries` becomes the value on the stack. */
  private setCarries(): void {
    const { out } = this;
    out.emit('local.set', this.local('flags_b', 'i32'));
    out.emit('i32.const', VALUE_A);
    out.emit('local.set', this.local('flags_a', 'i32'));
    this.setKind(KIND.VALUE);
  }

  /** Pushes the carry as 0 or 1: the same for all kinds. */
  private pushCarry(): void {
    this.out.emit('local.get', this.local('flags_a', 'i32'));
    this.out.emit('local.get', this.local('flags_b', 'i32'));
    this.out.emit('i32.lt_u');
  }

  /** Pushes `carries`, made from what is kept of it. */
  private pushCarries(): void {
    const { out } = this;
    const b = this.local('flags_b', 'i32');
    const { flags } = this.known;
    if (flags === KIND.VALUE) {
      out.emit('local.get', b);
      return;
    }
    if (flags === undefined) out.emit('local.get', this.local('flags_kind', 'i32'));
    else out.emit('i32.const', flags);
    out.emit('local.get', this.local('flags_a', 'i32'));
    out.emit('local.get', b);
    out.emit('local.get', this.resultLocal);
    out.emit('call', this.callees.carries);
  }

  /** Keeps what `carries` is to be made from: of a sum the sum and an operand, of a difference the operands. */
  private deferCarries(op: IrOp): void {
    const { out } = this;
    const [a, b, result] = op.sources;
    if (a === undefined || b === undefined || result === undefined) throw new Error(`${op.op} needs three operands.`);
    const adds = op.op === 'carries_add';
    this.push(adds ? result : a, 'i32', op.width);
    this.push(adds ? a : b, 'i32', op.width);
    out.emit('local.set', this.local('flags_b', 'i32'));
    out.emit('local.set', this.local('flags_a', 'i32'));
    this.setKind(kindOf(adds ? 'carries_add' : 'carries_sub', op.width, false));
  }

  /** Conditions that need the carry and the result only; says whether `op` is one. */
  private carryCondition(op: IrOp): boolean {
    const { out } = this;
    const { result, carries } = this.config.flags;
    const isRegister = (operand: Operand | undefined, offset: number) =>
      operand?.kind === 'register' && operand.offset === offset;
    const [first, second] = op.sources;
    const ofFlags = isRegister(first, result) && isRegister(second, carries);
    const shift = op.op === 'shru' && op.width === 32 && second?.kind === 'const' && second.value === 31n;
    if ((shift && isRegister(first, carries)) || (ofFlags && op.op === 'flag_c')) {
      this.assign(op, () => this.pushCarry());
      return true;
    }
    if (!ofFlags || op.op !== 'flag_be') return false;
    this.assign(op, () => {
      this.pushCarry();
      out.emit('local.get', this.resultLocal);
      out.emit('i32.eqz');
      out.emit('i32.or');
    });
    return true;
  }

  /* ------------------------------------------------------------------------------ ops */

  private ops(node: GraphNode): void {
    const { flags } = this.config;
    for (let i = 0; i < node.ops.length; i++) {
      const { op, place } = node.ops[i];
      const isCarries = op.dst?.kind === 'register' && op.dst.offset === flags.carries;
      if (op.op === 'carries_add' || op.op === 'carries_sub') {
        const keep = node.ops[i + 1]?.op;
        if (isCarries && isPlain(node.ops, i)) {
          this.deferCarries(op);
          continue;
        }
        if (keep !== undefined && this.keepsCarry(op, keep)) {
          // The carry stays what it is.
          this.setKind(kindOf(op.op, op.width, true));
          i++;
          continue;
        }
      }
      if (op.op === 'insn') {
        this.begun++;
        this.insn = place;
        this.pc = op.immediates[0] ?? 0;
        continue;
      }
      if (!this.carryCondition(op)) this.op(op);
    }
  }

  /** Whether `keep` makes of `op` the flags of an INC or DEC. */
  private keepsCarry(op: IrOp, keep: IrOp): boolean {
    const { carries } = this.config.flags;
    const [old, fresh] = keep.sources;
    return (
      keep.op === 'keep_carry' &&
      keep.dst?.kind === 'register' &&
      keep.dst.offset === carries &&
      old?.kind === 'register' &&
      old.offset === carries &&
      fresh?.kind === 'temp' &&
      op.dst?.kind === 'temp' &&
      op.dst.index === fresh.index &&
      op.sources[1]?.kind === 'const' &&
      op.sources[1].value === 1n
    );
  }

  private source(op: IrOp, index: number): void {
    const operand = op.sources[index];
    if (operand === undefined) throw new Error(`${op.op} has no source ${index}.`);
    this.push(operand, sourceType(op.op, op.width, index), isWord(op.op, index) ? 32 : op.width);
  }

  private op(op: IrOp): void {
    switch (op.op) {
      case 'load':
      case 'load_be':
        this.load(op, op.op === 'load_be');
        return;
      case 'store':
      case 'store_be':
        this.store(op, op.op === 'store_be');
        return;
      case 'bound':
        this.bound(op);
        return;
      case 'bulk_move':
      case 'bulk_fill':
      case 'bulk_skip':
      case 'bulk_compare':
      case 'bulk_scan':
        this.bulk(op);
        return;
      case 'call':
      case 'call_value':
        this.call(op);
        return;
      case 'frame_push':
        this.framePush(op);
        return;
      case 'frame_pop':
        this.framePop(op);
        return;
      case 'repeat':
        this.storeAbsolute(CPU_BASE + RUN_REPEATING, () => this.out.emit('i32.const', 1));
        return;
      default:
        this.assign(op, () =>
          lower(op.op, {
            out: this.out,
            width: op.width,
            nan: this.config.nan,
            source: (index) => this.source(op, index),
            local: (type, index) => this.local(`${type}_${index}`, type),
          }),
        );
    }
  }

  /* ------------------------------------------------------------------------------ memory */

  /** The same where linear addresses are physical ones and memory lies in place: the distance from the tag decides. */
  private grantedInPlace(address: () => void, tag: number, bytes: number): () => void {
    const { out, place } = this;
    out.emit('i32.const', this.exitHere());
    address();
    address();
    out.emit('i32.const', 12 - 5);
    out.emit('i32.shr_u');
    out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
    out.emit('i32.and');
    out.emit('i32.load', place.tlb + tag);
    out.emit('i32.sub');
    out.emit('i32.const', PAGE_SIZE - bytes);
    out.emit('i32.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
    return address;
  }

  /** Leaves unless the soft TLB grants the access, now or when it is asked; gives how to push the address in wasm memory. */
  private granted(op: IrOp, tag: number, bytes: number): () => void {
    const { out, place } = this;
    const entry = this.local('entry', 'i32');
    const operand = op.sources[0];
    const simple =
      operand !== undefined &&
      (operand.kind === 'temp' || (operand.kind === 'register' && this.registers.has(operand.offset)));
    const address = () => {
      if (simple) this.source(op, 0);
      else out.emit('local.get', this.local('address', 'i32'));
    };
    if (!simple) {
      this.source(op, 0);
      out.emit('local.set', this.local('address', 'i32'));
    }
    if (place.inPlace)
      return this.grantedInPlace(address, tag === TLB_READ ? TLB_READ_IN_PLACE : TLB_WRITE_IN_PLACE, bytes);
    if (!place.asks) out.emit('i32.const', this.exitHere());
    address();
    out.emit('i32.const', 12 - 5);
    out.emit('i32.shr_u');
    out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
    out.emit('i32.and');
    out.emit('local.tee', entry);
    out.emit('i32.load', place.tlb + tag);
    address();
    if (bytes > 1) {
      out.emit('i32.const', bytes - 1);
      out.emit('i32.add');
    }
    out.emit('i32.const', -PAGE_SIZE);
    out.emit('i32.and');
    out.emit('i32.ne');
    if (place.asks) {
      this.open('if', { kind: 'inner' });
      out.emit('i32.const', this.exitHere());
      address();
      out.emit('i32.const', bytes | (tag === TLB_WRITE ? 0x100 : 0));
      out.emit('call', this.callees.admit);
      out.emit('i32.eqz');
      this.branch('br_if', 'exit');
      out.emit('drop');
      this.close();
    } else {
      this.branch('br_if', 'exit');
      out.emit('drop');
    }
    return () => {
      address();
      out.emit('local.get', entry);
      out.emit('i32.load', place.tlb + TLB_ADDEND);
      out.emit('i32.add');
    };
  }

  private load(op: IrOp, big: boolean): void {
    const access = accessType(op.width);
    const address = this.granted(op, TLB_READ, op.width / 8);
    this.assign(op, () => {
      address();
      this.out.emit(access.load, this.place.inPlace ? FRAMES : 0);
      if (big) swapBytes(this.out, op.width, this.local(`swap_${access.type}`, access.type));
    });
  }

  private store(op: IrOp, big: boolean): void {
    const access = accessType(op.width);
    const address = this.granted(op, TLB_WRITE, op.width / 8);
    address();
    this.source(op, 1);
    if (big) swapBytes(this.out, op.width, this.local(`swap_${access.type}`, access.type));
    this.out.emit(access.store, this.place.inPlace ? FRAMES : 0);
  }

  private bound(op: IrOp): void {
    const { out } = this;
    const [bounds, bytes] = op.immediates;
    out.emit('i32.const', this.exitHere());
    this.source(op, 0);
    this.absolute('i32.load', CPU_BASE + (bounds ?? 0));
    out.emit('i32.sub');
    out.emit('i64.extend_i32_u');
    out.emit('i64.const', bytes ?? 0);
    out.emit('i64.add');
    this.absolute('i64.load', CPU_BASE + (bounds ?? 0) + 8);
    out.emit('i64.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
  }

  /** Many iterations of a string instruction are for the interpreter, which does them at once; a few are done here. */
  private bulk(op: IrOp): void {
    const { out } = this;
    const { counter } = this.config.strings;
    const local = this.registers.get(counter);
    out.emit('i32.const', this.exitHere());
    if (local === undefined) this.absolute('i32.load', CPU_BASE + counter);
    else out.emit('local.get', local);
    out.emit('i32.const', op.immediates[0] ?? 0);
    out.emit('i32.and');
    out.emit('i32.const', FEW_ITERATIONS);
    out.emit('i32.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
  }

  /* ------------------------------------------------------------------------------ calls */

  /** Calls the host with everything where it looks for it; it may change registers and take the fuel away. */
  private call(op: IrOp): void {
    const { out } = this;
    const left = (this.node?.fuel ?? 0) - this.begun;
    // Values first: the spilling of flags must not come between.
    this.source(op, 0);
    out.emit('local.set', this.local('call_a', 'i32'));
    this.source(op, 1);
    out.emit('local.set', this.local('call_b', 'i32'));
    this.spillRegisters();
    this.storeAbsolute(CPU_BASE + this.config.pcOffset, () => out.emit('i32.const', this.pc | 0));
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => {
      out.emit('local.get', FUEL);
      out.emit('i32.const', left);
      out.emit('i32.add');
    });
    out.emit('i32.const', op.immediates[0] ?? 0);
    out.emit('local.get', this.local('call_a', 'i32'));
    out.emit('local.get', this.local('call_b', 'i32'));
    out.emit('call', this.callees.helper);
    this.open('if', { kind: 'inner' });
    out.emit('i32.const', EXIT.HELPER);
    out.emit('return');
    this.close();
    this.reloadRegisters();
    this.absolute('i32.load', CPU_BASE + RUN_FUEL);
    out.emit('i32.const', left);
    out.emit('i32.sub');
    out.emit('local.set', FUEL);
    if (op.op === 'call_value') this.assign(op, () => this.absolute('i32.load', CPU_BASE + RUN_SCRATCH));
  }

  /** Notes a call; a record that is full is the interpreter's matter. */
  private framePush(op: IrOp): void {
    const { out, place } = this;
    const entry = this.local('entry', 'i32');
    const depth = this.local('depth', 'i32');
    const zero = () => out.emit('i32.const', 0);
    out.emit('i32.const', this.exitHere());
    this.absolute('i32.load', CPU_BASE + RUN_DEPTH);
    out.emit('local.tee', depth);
    out.emit('i32.const', FRAME_LIMIT);
    out.emit('i32.eq');
    this.branch('br_if', 'exit');
    out.emit('drop');
    out.emit('local.get', depth);
    out.emit('i32.const', 5);
    out.emit('i32.shl');
    out.emit('local.set', entry);
    const field = (at: number, push: () => void, store: WasmMnemonic = 'i32.store') => {
      out.emit('local.get', entry);
      push();
      out.emit(store, CPU_BASE + FRAME_RECORD + at);
    };
    for (const index of [0, 1, 2]) field(4 * index, () => this.source(op, index));
    field(12, zero);
    field(
      16,
      () => {
        this.absolute('i64.load', CPU_BASE + RUN_LIMIT);
        out.emit('local.get', FUEL);
        out.emit('i64.extend_i32_u');
        out.emit('i64.sub');
        out.emit('i64.const', 1 + (this.node?.fuel ?? 0) - this.begun);
        out.emit('i64.sub');
      },
      'i64.store',
    );
    const to = op.sources[0];
    const returnTo = to?.kind === 'const' ? (Number(to.value) - place.codeBase) >>> 0 : undefined;
    const own = returnTo === undefined ? -1 : place.entry(returnTo);
    const block = returnTo === undefined ? undefined : place.block(returnTo);
    if (own >= 0) {
      field(
        24,
        () => out.emit('i64.const', (BigInt(place.context) << 32n) | BigInt((place.slot << 16) | own)),
        'i64.store',
      );
    } else if (block !== undefined) {
      field(24, () => this.absolute('i32.load', block + place.linkField));
      field(28, () => out.emit('i32.const', place.context));
    } else field(24, () => out.emit('i64.const', 0), 'i64.store');
    this.storeAbsolute(CPU_BASE + RUN_DEPTH, () => {
      out.emit('local.get', depth);
      out.emit('i32.const', 1);
      out.emit('i32.add');
    });
  }

  /**
   * Takes the record's last entry, which the return must match (else it is the interpreter's matter, as where there is none),
   * and sets the local `link` to what its call noted.
   */
  private framePop(op: IrOp): void {
    const { out } = this;
    const depth = this.local('depth', 'i32');
    const entry = this.local('entry', 'i32');
    const field = (at: number) => {
      out.emit('local.get', entry);
      out.emit('i32.load', CPU_BASE + FRAME_RECORD - FRAME_ENTRY_BYTES + at);
    };
    out.emit('i32.const', this.exitHere());
    this.absolute('i32.load', CPU_BASE + RUN_DEPTH);
    out.emit('local.tee', depth);
    out.emit('i32.const', 5);
    out.emit('i32.shl');
    out.emit('local.set', entry);
    // Without an entry this reads what lies before the record, and does not count.
    field(0);
    this.source(op, 0);
    out.emit('i32.xor');
    field(4);
    this.source(op, 1);
    out.emit('i32.xor');
    out.emit('i32.or');
    out.emit('local.get', depth);
    out.emit('i32.eqz');
    out.emit('i32.or');
    this.branch('br_if', 'exit');
    out.emit('drop');
    this.storeAbsolute(CPU_BASE + RUN_DEPTH, () => {
      out.emit('local.get', depth);
      out.emit('i32.const', 1);
      out.emit('i32.sub');
    });
    field(24);
    out.emit('i32.const', 0);
    field(28);
    out.emit('i32.const', this.place.context);
    out.emit('i32.eq');
    out.emit('select');
    out.emit('local.set', this.local('link', 'i32'));
  }

  /** Behind a return: goes where the call's record says. */
  private goByRecord(): void {
    this.out.emit('local.get', this.local('link', 'i32'));
    this.open('if', { kind: 'inner' });
    this.goByLink();
    this.close();
  }

  /** Goes where the local `link`, which is not 0, leads: in this region or in another one. */
  private goByLink(): void {
    const { out, place, structure } = this;
    const link = this.local('link', 'i32');
    if (this.comesBack) {
      out.emit('local.get', link);
      out.emit('i32.const', 16);
      out.emit('i32.shr_u');
      out.emit('i32.const', place.slot);
      out.emit('i32.eq');
      this.open('if', { kind: 'inner' });
      out.emit('local.get', link);
      out.emit('i32.const', 0xffff);
      out.emit('i32.and');
      out.emit('local.set', LABEL);
      this.branch('br', 'loop', structure.root);
      this.close();
    }
    this.branch('br', 'transfer');
  }

  /** Whether jumps by register may lead back into the region: to the dispatcher at its root. */
  private get comesBack(): boolean {
    return this.structure.dispatchers.has(this.structure.root) && this.structure.isLoop(this.structure.root);
  }
}

/** Bytes that a value takes in the register file. */
const BYTES: Readonly<Record<ValueType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };

/** The type in which locals hold a value: of a float its bits, so that it may be read as either, as in the register file. */
const heldAs = (type: ValueType): ValueType => (type === 'f32' ? 'i32' : type === 'f64' ? 'i64' : type);

/** Bits that the result of a computing or loading op can have set at most. */
function boundOf(op: IrOp): number {
  const row = opRow(op.op);
  if (row.result === 'same') return op.width;
  if (op.op === 'zext') return op.width;
  return /^(eq|ne|lt|le|f)/.test(op.op) && row.result === 'i32' ? 1 : 32;
}

/**
 * The control flow of a region: blocks of IR as nodes of straight-line ops with edges between them.
 *
 * A node begins where control can come in (a block's start, a label) and behind each instruction that calls the host, or
 * does many iterations at once, since the fuel may have been taken there. All of a node's fuel is taken at its start; an exit gives the rest back.
 */
import type { IrBlock, IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';
import { RUN_BREAKPOINTS } from '../../memory/layout';
import type { Span } from './groups';

/** A translated block as the region's builder gets it. */
export interface SourceBlock {
  readonly pc: number;
  readonly block: IrBlock;
  /** Host address of its bytecode, and where in it each op lies. */
  readonly ip: number;
  readonly places: Uint16Array;
}

/** The part that an access has in checks (compiler/checks, compiler/groups). */
export type Reach =
  | ({ readonly kind: 'first' } & Span)
  /** Is granted when its group is; a limit that the group's bytes keep within, too. */
  | { readonly kind: 'other'; readonly group: number }
  /** Others of the node rely on its check, which has a number and asks for writing where one of them writes. */
  | { readonly kind: 'single'; readonly check: number; readonly writes: boolean }
  /** Relies on that check, or without a number on another one on the way here. */
  | { readonly kind: 'known'; readonly check?: number };

/** An op with where the interpreter has it. */
export interface PlacedOp {
  readonly op: IrOp;
  readonly place: number;
  /** Of an access that is looked at together with others, or of its limit. */
  readonly reach?: Reach;
}

/** Where control goes on: in a node, or outside of the region. */
export type Target =
  | { readonly kind: 'node'; readonly node: number }
  /** A block that is not in the region; `place`: of the op that goes there. */
  | { readonly kind: 'block'; readonly pc: number; readonly place: number }
  /** The interpreter: at `place`, which lies between instructions, or else at the start of the present one. */
  | { readonly kind: 'interpreter'; readonly place?: number };

export type Terminator =
  | { readonly kind: 'jump'; readonly to: Target }
  | { readonly kind: 'branch'; readonly condition: Operand; readonly taken: Target; readonly otherwise: Target }
  /** By whether all bytes of a group, at some distance from `address`, are granted. */
  | {
      readonly kind: 'granted';
      readonly address: Operand;
      readonly span: Span;
      readonly taken: Target;
      readonly otherwise: Target;
    }
  /** To the program counter `target`; `returns`: behind the call record's pop. */
  | { readonly kind: 'indirect'; readonly target: Operand; readonly place: number; readonly returns: boolean };

/** Whether a node calls the host, so that another context may be the present one where it leads. */
export const switchesContext = (node: GraphNode): boolean => node.ops.some(({ op }) => isCall(op));

/** Where a node may lead; jumps by register lead anywhere. */
export function targetsOf(terminator: Terminator): readonly Target[] {
  switch (terminator.kind) {
    case 'jump':
      return [terminator.to];
    case 'branch':
    case 'granted':
      return [terminator.taken, terminator.otherwise];
    case 'indirect':
      return [];
  }
}

export interface GraphNode {
  readonly id: number;
  /** Program counter of its block; for people. */
  readonly pc: number;
  readonly ops: readonly PlacedOp[];
  /** Instructions that begin in it. */
  readonly fuel: number;
  /** The place of the instruction that is under way, or of the breakpoint, when it begins; 0 when it begins with an instruction. */
  readonly underWay: number;
  /** The fuel must be looked at before it, whatever way led here. */
  readonly checks: boolean;
  readonly terminator: Terminator;
  /** Groups that are granted wherever it begins (compiler/versions). */
  readonly granted?: readonly number[];
  /** The node whose ops, or the last of them, it has once more (compiler/unroll, compiler/versions); for people. */
  readonly copyOf?: number;
}

/** A loop that was written several times. */
export interface UnrolledLoop {
  readonly header: number;
  /** The first copy: the header, and in no order its others. */
  readonly nodes: readonly number[];
  /** The header's copy that the first copy leads on to. */
  readonly next: number;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Nodes that control comes into from outside, the region's first block at first. */
  readonly entries: readonly number[];
  readonly unrolled?: readonly UnrolledLoop[];
}

/** What the builder must know of the guest. */
export interface GraphOptions {
  /** Whether a helper may be called from compiled code. */
  readonly calls: (helper: number) => boolean;
  readonly isPromoted: (offset: number) => boolean;
  /** Fuel is looked at before each instruction, so that even a single step runs compiled code; for tests. */
  readonly checksEach?: boolean;
}

/** Most instructions of a node: what an exit gives back must fit its constant (engine/leaving). */
const MAX_FUEL = 250;

/**
 * Ops at which an instruction may have to begin anew in the interpreter. None may follow once the instruction has changed a
 * register, or has called the host.
 */
export function mayLeave(op: IrOp, options: GraphOptions): boolean {
  switch (op.op) {
    case 'load':
    case 'load_be':
    case 'store':
    case 'store_be':
    case 'bound':
    case 'limit':
    case 'frame_push':
    case 'frame_pop':
    case 'exit':
      return true;
    case 'call':
    case 'call_value':
    case 'routine':
      return !options.calls(helperOf(op));
    default:
      return false;
  }
}

/** Whether an op calls the host, or may. */
const isCall = (op: IrOp): boolean => op.op === 'call' || op.op === 'call_value' || op.op === 'routine';

/** Whether an op does iterations of its instruction, many at once: it moves registers on that it does not name. */
export const isBulk = (op: IrOp): boolean => opRow(op.op).kind === 'bulk';

/** Whether an op may change registers that it does not name, and take fuel. */
export const changesMuch = (op: IrOp): boolean => isCall(op) || isBulk(op);

/** The helper that it calls. */
const helperOf = (op: IrOp): number => op.immediates[opRow(op.op).immediates.indexOf('helper')] ?? 0;

/**
 * Indices of `insn` ops whose instructions can not be compiled: something may leave behind a change of a register, which
 * would then happen twice; or behind a store that may have changed what the instruction reads of its own bytes.
 */
function instructionsToLeave(block: IrBlock, options: GraphOptions): ReadonlySet<number> {
  const bad = new Set<number>();
  const changedAt = new Map<number, boolean>();
  let changed = false;
  // What a store has changed in memory the instruction may have read: a helper behind it must not begin it again.
  let stored = false;
  let readsCode = false;
  let insn = -1;
  block.ops.forEach((op, index) => {
    block.labels.forEach((at, label) => {
      if (at === index && op.op !== 'insn') changed ||= changedAt.get(label) ?? false;
    });
    if (op.op === 'insn') {
      insn = index;
      changed = false;
      stored = false;
      readsCode = false;
    } else if ((changed || (stored && (readsCode || isCall(op)))) && mayLeave(op, options)) bad.add(insn);
    if (op.op === 'code') readsCode = true;
    if (op.op === 'store' || op.op === 'store_be') stored = true;
    const target = opRow(op.op).immediates.indexOf('label');
    if (target >= 0 && op.op !== 'repeat') {
      const label = op.immediates[target] ?? -1;
      changedAt.set(label, changed || (changedAt.get(label) ?? false));
    }
    switch (op.op) {
      case 'br':
      case 'goto':
      case 'goto_ind':
      case 'exit':
      case 'repeat':
        changed = false;
        break;
      default:
        if (op.dst?.kind === 'register' || isCall(op)) changed = true;
    }
  });
  return bad;
}

/** Makes the graph of blocks; the first is where the region begins. `returnsTo`: program counters that calls return to. */
export function buildGraph(
  blocks: readonly SourceBlock[],
  returnsTo: ReadonlySet<number>,
  options: GraphOptions,
): Graph {
  const builder = new GraphBuilder(blocks, options);
  const nodes = builder.build();
  const first = builder.nodeOf(blocks[0]?.pc ?? -1);
  const returns = blocks.filter(({ pc }, index) => index > 0 && returnsTo.has(pc)).map(({ pc }) => builder.nodeOf(pc));
  return { nodes, entries: [first, ...returns] };
}

interface OpenNode {
  id: number;
  pc: number;
  ops: PlacedOp[];
  underWay: number;
  checks: boolean;
  terminator: Terminator | undefined;
}

const INTERPRETER: Target = { kind: 'interpreter' };

class GraphBuilder {
  private readonly nodes: OpenNode[] = [];
  /** Node at the start of each block. */
  private readonly starts = new Map<number, number>();

  constructor(
    private readonly blocks: readonly SourceBlock[],
    private readonly options: GraphOptions,
  ) {}

  nodeOf(pc: number): number {
    const node = this.starts.get(pc);
    if (node === undefined) throw new Error(`The region has no block at ${pc.toString(16)}h.`);
    return node;
  }

  build(): readonly GraphNode[] {
    // Node numbers of block starts are needed by jumps to blocks further on.
    for (const { pc } of this.blocks) this.starts.set(pc, this.open(pc, 0).id);
    for (const block of this.blocks) this.addBlock(block);
    return this.nodes.map(({ terminator, ...node }) => ({
      ...node,
      fuel: node.ops.filter(({ op }) => op.op === 'insn').length,
      terminator: this.threaded(terminator ?? { kind: 'jump', to: INTERPRETER }),
    }));
  }

  /** The same without the detour over nodes that do nothing. */
  private threaded(terminator: Terminator): Terminator {
    const end = (target: Target): Target => {
      let to = target;
      for (let steps = 0; to.kind === 'node' && steps < this.nodes.length; steps++) {
        const node: OpenNode = this.nodes[to.node];
        if (node.ops.length > 0 || node.checks || node.terminator?.kind !== 'jump') break;
        to = node.terminator.to;
      }
      return to;
    };
    if (terminator.kind === 'jump') return { ...terminator, to: end(terminator.to) };
    if (terminator.kind === 'branch')
      return { ...terminator, taken: end(terminator.taken), otherwise: end(terminator.otherwise) };
    return terminator;
  }

  private open(pc: number, underWay: number): OpenNode {
    const node: OpenNode = { id: this.nodes.length, pc, ops: [], underWay, checks: false, terminator: undefined };
    this.nodes.push(node);
    return node;
  }

  private target(pc: number, place: number): Target {
    const node = this.starts.get(pc);
    return node === undefined ? { kind: 'block', pc, place } : { kind: 'node', node };
  }

  private addBlock({ pc, block, ip, places }: SourceBlock): void {
    const bad = instructionsToLeave(block, this.options);
    /** Nodes at labels that something jumps to or stands before. */
    const labelled = new Map<number, OpenNode>();
    let current: OpenNode | undefined = this.nodes[this.nodeOf(pc)];
    let insn = 0;
    let called = false;
    let joined = false;
    let instructions = 0;
    const jumpTo = (node: OpenNode): Target => ({ kind: 'node', node: node.id });
    const at = (label: number, underWay: number): OpenNode => {
      const index = block.labels[label] ?? -1;
      const known = labelled.get(index);
      if (known !== undefined) return known;
      const node = this.open(pc, underWay);
      labelled.set(index, node);
      return node;
    };
    /** Ends the present node and goes on in `node`. */
    const goOn = (node: OpenNode): void => {
      if (current !== undefined && current.terminator === undefined)
        current.terminator = { kind: 'jump', to: jumpTo(node) };
      current = node;
    };
    const repeats = new Set(
      block.ops.filter(({ op }) => op === 'repeat').map(({ immediates }) => block.labels[immediates[0] ?? -1]),
    );
    block.ops.forEach((op, index) => {
      const place = ip + places[index];
      if (joined) return;
      const other = op.op === 'insn' ? this.starts.get((op.immediates[0] ?? 0) >>> 0) : undefined;
      if (other !== undefined && other !== this.nodeOf(pc)) {
        // From here on it is the same as a block of its own.
        const node = labelled.get(index);
        if (node !== undefined) goOn(node);
        if (current !== undefined) current.terminator ??= { kind: 'jump', to: { kind: 'node', node: other } };
        if (called) this.nodes[other].checks = true;
        joined = true;
        return;
      }
      if (op.op === 'insn') {
        // Behind such a call the fuel may be gone; a repeated instruction's start is come back to.
        const begins = repeats.has(index) && (current?.ops.length ?? 0) > 0;
        const each = this.options.checksEach === true && index > 0;
        if (called || begins || each || (instructions >= MAX_FUEL && current !== undefined)) {
          const next = labelled.get(index) ?? this.open(pc, 0);
          next.checks = called || each || instructions >= MAX_FUEL;
          if (repeats.has(index)) labelled.set(index, next);
          goOn(next);
          instructions = 0;
        } else if (labelled.has(index)) goOn(at(block.labels.indexOf(index), insn));
        else if (repeats.has(index) && current !== undefined) labelled.set(index, current);
        called = false;
        instructions++;
        insn = place;
      } else {
        const node = labelled.get(index);
        if (node !== undefined) goOn(node);
      }
      if (current === undefined || current.terminator !== undefined) return;
      if (op.op === 'insn' && bad.has(index)) {
        current.ops.push({ op, place });
        current.terminator = { kind: 'jump', to: INTERPRETER };
        return;
      }
      this.addOp(current, op, place, insn, at, (node) => {
        current = node;
      });
      if (called) this.checkBehind(current.terminator);
      if (changesMuch(op)) called = true;
    });
  }

  /** Something was called that may have taken the fuel away: it is looked at where the block's end leads. */
  private checkBehind(terminator: Terminator | undefined): void {
    if (terminator?.kind === 'jump' && terminator.to.kind === 'node') this.nodes[terminator.to.node].checks = true;
  }

  private addOp(
    node: OpenNode,
    op: IrOp,
    place: number,
    insn: number,
    at: (label: number, underWay: number) => OpenNode,
    goOn: (node: OpenNode) => void,
  ): void {
    const [first] = op.immediates;
    switch (op.op) {
      case 'br':
        node.terminator = { kind: 'jump', to: { kind: 'node', node: at(first ?? -1, insn).id } };
        return;
      case 'br_if':
      case 'goto_if': {
        const taken: Target =
          op.op === 'br_if' ? { kind: 'node', node: at(first ?? -1, insn).id } : this.target((first ?? 0) >>> 0, place);
        const next = this.open(node.pc, insn);
        const [condition] = op.sources;
        if (condition === undefined) throw new Error(`${op.op} has no condition.`);
        node.terminator = { kind: 'branch', condition, taken, otherwise: { kind: 'node', node: next.id } };
        goOn(next);
        return;
      }
      case 'repeat':
        // What `repeat` notes is noted before the jump.
        node.ops.push({ op, place });
        node.terminator = { kind: 'jump', to: { kind: 'node', node: at(first ?? -1, 0).id } };
        return;
      case 'goto':
        node.terminator = { kind: 'jump', to: this.target((first ?? 0) >>> 0, place) };
        return;
      case 'goto_ind': {
        const [target] = op.sources;
        if (target === undefined) throw new Error('goto_ind has no target.');
        const returns = node.ops.some((one) => one.op.op === 'frame_pop');
        node.terminator = { kind: 'indirect', target, place, returns };
        return;
      }
      case 'breakpoint': {
        const next = this.open(node.pc, 0);
        // The interpreter goes on here, too, where there is too little fuel.
        if (node.ops.length === 0) node.underWay = place;
        node.terminator = {
          kind: 'branch',
          condition: { kind: 'register', offset: RUN_BREAKPOINTS },
          taken: { kind: 'interpreter', place },
          otherwise: { kind: 'node', node: next.id },
        };
        goOn(next);
        return;
      }
      case 'exit':
        node.terminator = { kind: 'jump', to: INTERPRETER };
        return;
      case 'call':
      case 'call_value':
      case 'routine':
        if (!this.options.calls(helperOf(op))) {
          node.terminator = { kind: 'jump', to: INTERPRETER };
          return;
        }
        node.ops.push({ op, place });
        return;
      default:
        node.ops.push({ op, place });
    }
  }
}

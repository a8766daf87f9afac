/**
 * A region as one wasm function: `region(label, fuel, register ...) -> exit reason`.
 *
 * Promoted registers are locals and parameters. Fuel is taken once a node, and looked at where a loop could go round
 * without end; an access that is not plain RAM, a fault and too little fuel leave for the interpreter at the start of the
 * instruction: `br` to one epilogue with a constant that says which. Nothing of an instruction has changed a register
 * by then, so that the interpreter may begin it anew.
 */
import type { IrOp, Operand } from '../../ir/block';
import { CPU_BASE, RUN_EPOCH, RUN_FUEL, RUN_REPEATING } from '../../memory/layout';
import { accessType } from '../handlers-memory';
import { lower } from '../lowering';
import type { Emitter } from '../wasm/emitter';
import type { Agenda } from './agenda';
import { kindOf } from './flags';
import { halvedRegisters } from './halves';
import { type Graph, type GraphNode, switchesContext, type Target } from './graph';
import { copiedRegisters } from './copies';
import { isPlain } from './passes';
import { exitConstant } from '../leaving';
import { FUEL, LABEL, type RegionCallees, type RegionConfig, type RegionPlace } from './region-scope';
import { RegionTransfers } from './region-transfers';
import type { Structure } from './structure';

/** How much longer it takes to write an op than to look at it. */
const WRITING = 3;
/** Ops of a node that are written without a break. */
const PIECE = 64;

/** Ways and nodes are written one by one: what follows behind one is put on the agenda, by the method that writes it. */
export class RegionEmitter<E extends Emitter> extends RegionTransfers<E> {
  protected readonly usesFlags: boolean;
  protected readonly switches: boolean;
  protected readonly copied: ReadonlySet<number>;
  private readonly needs: ReadonlyMap<number, number>;
  private readonly checks: ReadonlySet<number>;
  private readonly checkedOutside: ReadonlySet<number>;

  constructor(
    out: E,
    private readonly graph: Graph,
    protected readonly structure: Structure,
    config: RegionConfig,
    place: RegionPlace,
    callees: RegionCallees,
    private readonly agenda: Agenda,
  ) {
    super(out, config, place, callees, halvedRegisters(graph, config.promoted));
    const { result, carries } = config.flags;
    const isFlag = (operand: Operand | undefined) =>
      operand?.kind === 'register' && ((operand.offset & -8) === result || (operand.offset & -8) === carries);
    this.switches = graph.nodes.some(switchesContext);
    this.usesFlags = graph.nodes.some(({ ops }) => ops.some(({ op }) => isFlag(op.dst) || op.sources.some(isFlag)));
    const { isLoop } = structure;
    const held = new Set([...config.promoted, result, carries]);
    // Behind a call the host's registers are gone, and copies cost more than they save; accesses that ask are calls, too.
    const copies = !this.switches && !place.asks && graph.nodes.some(({ id }) => isLoop(id));
    this.copied = copies ? copiedRegisters(graph, (slot) => held.has(slot)) : new Set();
    this.checks = this.findChecks();
    this.needs = this.findNeeds();
    this.checkedOutside = this.findCheckedOutside();
  }

  /** Has the body written, without its last `end`. */
  emit(): void {
    this.open('block', { kind: 'exit' }, 'i32');
    this.open('block', { kind: 'transfer' });
    this.takeHalves();
    this.checkEpoch();
    if (this.usesFlags) this.takeFlags();
    this.takeCopies();
    const tree = () => this.tree(this.structure.root);
    this.agenda.next(this.comesBack ? tree : () => this.withJumps(tree), () => this.end());
  }

  private end(): void {
    // Ways from everywhere meet in what follows.
    this.forgetFlags();
    this.close();
    this.transfer();
    this.close();
    this.leave();
    this.out.emit('unreachable');
  }

  private forgetFlags(): void {
    this.known = { flags: undefined, bits: new Map() };
  }

  /** What `write` writes, with the look-up of jumps by register behind it. */
  private withJumps(write: () => void): void {
    this.open('block', { kind: 'indirect' });
    this.agenda.next(write, () => {
      this.forgetFlags();
      this.close();
      this.lookUpJump();
    });
  }

  /** A region that is entered in another mapping epoch than it was found valid in is looked up again. */
  private checkEpoch(): void {
    const { out, place } = this;
    if (place.stamp === 0) return;
    this.absolute('i32.load', CPU_BASE + RUN_EPOCH);
    this.absolute('i32.load', place.stamp);
    out.emit('i32.ne');
    this.open('if', { kind: 'inner' });
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

  private findChecks(): ReadonlySet<number> {
    const { graph, structure } = this;
    const found = new Set<number>(graph.entries);
    for (const [, targets] of structure.dispatchers) for (const node of targets) found.add(node);
    for (const node of graph.nodes) if (node.checks || structure.isLoop(node.id)) found.add(node.id);
    return found;
  }

  /**
   * Loops whose fuel is looked at before they are begun and where they go round, rather than at their start: there the flags
   * are those of an instruction nearby, and need not be carried round the loop for an exit.
   */
  private findCheckedOutside(): ReadonlySet<number> {
    const { graph, structure } = this;
    const found = new Set(
      graph.nodes.filter(({ id }) => this.checks.has(id) && structure.isLoop(id)).map(({ id }) => id),
    );
    structure.successors.forEach((targets, from) => {
      for (const to of targets)
        if (structure.dispatchers.has(from) || structure.route(from, to).label !== undefined) found.delete(to);
    });
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
    if (this.checkedOutside.has(node)) this.checkFuel(node);
    if (loop) this.open('loop', { kind: 'loop', node });
    const dominated = () => this.dominated(node);
    // The look-up lies in the loop of the dispatcher that it may lead back to.
    const isOuter = node === this.structure.root && this.comesBack;
    this.agenda.next(isOuter ? () => this.withJumps(dominated) : dominated, () => {
      if (loop) this.close();
    });
  }

  private dominated(node: number): void {
    const merges = this.structure.children[node].filter((child) => this.isBranchedTo(node, child));
    merges.sort((a, b) => this.structure.order[b] - this.structure.order[a]);
    for (const merge of merges) this.open('block', { kind: 'merge', node: merge });
    const behind = merges.toReversed().map((merge) => () => {
      this.close();
      this.forgetFlags();
      this.tree(merge);
    });
    this.agenda.next(() => this.body(node), ...behind);
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
      this.forgetFlags();
      if (!this.checkedOutside.has(id)) this.checkFuel(id);
    }
    if (node.fuel > 0) {
      out.emit('local.get', FUEL);
      out.emit('i32.const', node.fuel);
      out.emit('i32.sub');
      out.emit('local.set', FUEL);
    }
    const granted = new Map(node.granted?.map((group) => [group, true]));
    this.agenda.next(
      () => this.ops(node, 0, granted),
      () => this.terminate(node),
    );
  }

  /** Leaves unless there is fuel for the longest way from a node to the next check. */
  private checkFuel(id: number): void {
    const { out } = this;
    out.emit('i32.const', this.exitBefore(id));
    out.emit('local.get', FUEL);
    out.emit('i32.const', this.needs.get(id) ?? 0);
    out.emit('i32.lt_s');
    this.branch('br_if', 'exit');
    out.emit('drop');
  }

  /** The exit's constant for a node that is not begun. */
  private exitBefore(id: number): number {
    const { ops, underWay } = this.graph.nodes[id];
    return exitConstant(ops[0]?.place ?? underWay, 0);
  }

  /** Goes round a loop. */
  private goRound(id: number): void {
    const { out } = this;
    if (!this.checkedOutside.has(id)) {
      this.branch('br', 'loop', id);
      return;
    }
    out.emit('local.get', FUEL);
    out.emit('i32.const', this.needs.get(id) ?? 0);
    out.emit('i32.ge_s');
    this.branch('br_if', 'loop', id);
    out.emit('i32.const', this.exitBefore(id));
    this.branch('br', 'exit');
  }

  /** Where a number in the local `label` says which node is meant. */
  private dispatch(id: number, targets: readonly number[]): void {
    const { out } = this;
    const direct = targets.every((node) => this.structure.route(id, node).label === undefined);
    if (direct) {
      const depths = targets.map((node) => this.depthOf('merge', node));
      out.emit('local.get', LABEL);
      out.table(depths.slice(0, -1), depths[depths.length - 1]);
      return;
    }
    const ways = targets.flatMap((node, label) => [
      () => {
        out.emit('local.get', LABEL);
        out.emit('i32.const', label);
        out.emit('i32.eq');
        this.open('if', { kind: 'inner' });
        this.go(id, { kind: 'node', node });
      },
      () => this.close(),
    ]);
    this.agenda.next(...ways, () => out.emit('unreachable'));
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
          out.emit('i32.const', this.exitTo(taken.place));
          this.push(condition, 'i32', 32);
          this.branch('br_if', 'exit');
          out.emit('drop');
        } else if (!this.branchIf(node.id, condition, taken)) {
          this.push(condition, 'i32', 32);
          this.open('if', { kind: 'inner' });
          this.goEitherWay(node.id, taken, otherwise, state);
          return;
        }
        this.restore(state);
        this.go(node.id, otherwise);
        return;
      }
      case 'granted': {
        const { address, span, taken, otherwise } = terminator;
        const state = this.save();
        this.open('block', { kind: 'inner' });
        this.branchApart(address, span);
        this.goEitherWay(node.id, taken, otherwise, state);
        return;
      }
      case 'indirect': {
        const pc = this.local('pc', 'i32');
        this.push(terminator.target, 'i32', 32);
        out.emit('local.set', pc);
        if (terminator.returns) this.goByRecord(switchesContext(node));
        this.branch('br', 'indirect');
      }
    }
  }

  /** Goes one way within what is open, and behind it the other way, with what was known before. */
  private goEitherWay(from: number, inside: Target, behind: Target, state: ReturnType<typeof this.save>): void {
    this.agenda.next(
      () => this.go(from, inside),
      () => {
        this.close();
        this.restore(state);
        this.go(from, behind);
      },
    );
  }

  /** A conditional branch to what is a label already: says whether it is. */
  private branchIf(from: number, condition: Operand, target: Target): boolean {
    if (target.kind !== 'node') return false;
    const { node, label } = this.structure.route(from, target.node);
    if (label !== undefined) return false;
    const back = this.structure.order[node] <= this.structure.order[from];
    if (!back && !this.structure.isMerge(node)) return false;
    this.push(condition, 'i32', 32);
    if (back && this.checkedOutside.has(node)) {
      this.open('if', { kind: 'inner' });
      this.goRound(node);
      this.close();
    } else this.branch('br_if', back ? 'loop' : 'merge', node);
    return true;
  }

  /** The exit's constant for a place between instructions, or for the start of the present one. */
  private exitTo(place: number | undefined): number {
    return place === undefined ? this.exitHere() : exitConstant(place, 0);
  }

  private go(from: number, target: Target): void {
    const { out, structure } = this;
    switch (target.kind) {
      case 'interpreter':
        out.emit('i32.const', this.exitTo(target.place));
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
        if (structure.order[node] <= structure.order[from]) this.goRound(node);
        else if (structure.isMerge(node) || structure.dispatchers.has(from)) this.branch('br', 'merge', node);
        else this.tree(node);
      }
    }
  }

  /** The ops from one on. `granted`: the groups that were looked at, and whether they are granted as a whole. */
  private ops(node: GraphNode, from: number, granted: ReadonlyMap<number, boolean>): void {
    const { flags } = this.config;
    for (let i = from; i < node.ops.length; i++) {
      if (i - from >= PIECE) {
        this.agenda.note(WRITING * (i - from));
        this.agenda.next(() => this.ops(node, i, granted));
        return;
      }
      const { op, place, reach } = node.ops[i];
      if (reach?.kind === 'first' && !granted.has(reach.group)) {
        const state = this.save();
        const [address] = op.sources;
        if (address === undefined) throw new Error(`${op.op} has no address.`);
        this.open('block', { kind: 'inner' });
        this.open('block', { kind: 'inner' });
        this.branchApart(address, reach);
        this.agenda.note(WRITING * (i - from));
        this.agenda.next(
          () => this.ops(node, i, new Map([...granted, [reach.group, true]])),
          () => {
            this.out.emit('br', 1);
            this.close();
            this.restore(state);
            this.ops(node, i, new Map([...granted, [reach.group, false]]));
          },
          () => this.close(),
        );
        return;
      }
      this.reach = reach;
      this.group =
        reach !== undefined && 'group' in reach && granted.get(reach.group) === true ? reach.group : undefined;
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
    this.agenda.note(WRITING * (node.ops.length - from));
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
      case 'limit':
        this.limit(op);
        return;
      case 'code':
        this.assign(op, () => this.absolute(accessType(op.width).load, (op.immediates[0] ?? 0) >>> 0));
        return;
      case 'bulk_move':
      case 'bulk_fill':
      case 'bulk_skip':
      case 'bulk_compare':
      case 'bulk_scan':
        this.bulk(op, op.op);
        return;
      case 'call':
      case 'call_value':
        this.call(op);
        return;
      case 'routine':
        this.routine(op);
        return;
      case 'frame_push':
        this.framePush(op);
        return;
      case 'frame_pop':
        this.framePop(op);
        return;
      case 'same_context':
        this.sameContext(op);
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
}

/** Ways out of a region: to the host and back, along the call record, by the jump cache, to other regions, to the interpreter. */
import type { IrOp } from '../../ir/block';
import { EXIT } from '../../ir/exits';
import {
  CODE,
  CPU_BASE,
  FRAME_ENTRY_BYTES,
  FRAME_LIMIT,
  FRAME_RECORD,
  JUMPS,
  RUN_CONTEXT,
  RUN_DEPTH,
  RUN_FUEL,
  RUN_LIMIT,
  RUN_LINK,
  RUN_SCRATCH,
} from '../../memory/layout';
import { BACK_BITS } from '../leaving';
import { emitLabelOf, emitSlotOf, linkTo } from '../link';
import { NEXT } from '../driver';
import { pushJumpOffset } from '../handlers-flow';
import type { Emitter } from '../wasm/emitter';
import type { WasmMnemonic } from '../wasm/opcodes';
import { RegionAccesses } from './region-accesses';
import { FUEL, LABEL } from './region-scope';
import type { Structure } from './structure';

export abstract class RegionTransfers<E extends Emitter> extends RegionAccesses<E> {
  protected abstract readonly structure: Structure;
  /** Whether the context may be another one where a jump by register leads. */
  protected abstract readonly switches: boolean;

  /** Sets the locals that hold the two values of a call. Before anything is spilled: making flags must not come between. */
  private callValues(op: IrOp): void {
    this.source(op, 0);
    this.out.emit('local.set', this.local('call_a', 'i32'));
    this.source(op, 1);
    this.out.emit('local.set', this.local('call_b', 'i32'));
  }

  /** What the node has taken of the fuel for instructions that have not begun. */
  private get left(): number {
    return (this.node?.fuel ?? 0) - this.begun;
  }

  /** Stores program counter and fuel where the host looks for them. */
  private giveCount(): void {
    const { out } = this;
    this.storeAbsolute(CPU_BASE + this.config.pcOffset, () => out.emit('i32.const', this.pc | 0));
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => {
      out.emit('local.get', FUEL);
      out.emit('i32.const', this.left);
      out.emit('i32.add');
    });
  }

  /** Takes the fuel back: the host may have taken it away. */
  private takeFuel(): void {
    const { out } = this;
    this.absolute('i32.load', CPU_BASE + RUN_FUEL);
    out.emit('i32.const', this.left);
    out.emit('i32.sub');
    out.emit('local.set', FUEL);
  }

  /** The same with everything that the host may look at. */
  private giveState(): void {
    this.spillRegisters();
    this.giveCount();
  }

  /** Takes it back: the host may have changed registers. */
  private takeState(): void {
    this.reloadRegisters();
    this.takeFuel();
  }

  private callHelper(helper: number): void {
    const { out } = this;
    out.emit('i32.const', helper);
    out.emit('local.get', this.local('call_a', 'i32'));
    out.emit('local.get', this.local('call_b', 'i32'));
    out.emit('call', this.callees.helper);
    this.open('if', { kind: 'inner' });
    out.emit('i32.const', EXIT.HELPER);
    out.emit('return');
    this.close();
  }

  /** Calls the host. */
  protected call(op: IrOp): void {
    const quick = this.config.quick.indexOf(op.immediates[0] ?? -1);
    if (quick >= 0) {
      this.callQuick(op, this.callees.quick + quick);
      return;
    }
    this.callValues(op);
    this.giveState();
    this.callHelper(op.immediates[0] ?? 0);
    this.takeState();
    if (op.op === 'call_value') this.assign(op, () => this.absolute('i32.load', CPU_BASE + RUN_SCRATCH));
  }

  /** The same for a function that asks for no register and changes none. */
  private callQuick(op: IrOp, callee: number): void {
    const { out } = this;
    this.giveCount();
    const result = this.local('call_a', 'i32');
    this.source(op, 0);
    this.source(op, 1);
    out.emit('call', callee);
    out.emit('local.set', result);
    this.takeFuel();
    if (op.op === 'call_value') this.assign(op, () => out.emit('local.get', result));
  }

  /** Does a routine, or calls the host where it declines. */
  protected routine(op: IrOp): void {
    const { out } = this;
    const [number, helper] = op.immediates;
    const usesRegisters = this.config.routines[number ?? -1]?.usesRegisters ?? true;
    this.callValues(op);
    if (usesRegisters) this.giveState();
    out.emit('local.get', this.local('call_a', 'i32'));
    out.emit('local.get', this.local('call_b', 'i32'));
    out.emit('call', this.callees.routines + (number ?? 0));
    out.emit('i32.eqz');
    this.open('if', { kind: 'inner' });
    if (!usesRegisters) this.giveState();
    this.callHelper(helper ?? 0);
    if (!usesRegisters) this.takeState();
    this.close();
    if (usesRegisters) this.takeState();
    // One of two ways has led here.
    else this.known.flags = undefined;
  }

  /** Notes a call; a record that is full is the interpreter's matter. */
  protected framePush(op: IrOp): void {
    const { out, place } = this;
    const entry = this.local('entry', 'i32');
    const depth = this.local('depth', 'i32');
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
    field(12, () => out.emit('i32.const', op.immediates[0] ?? 0));
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
        () => out.emit('i64.const', (BigInt(place.context) << 32n) | BigInt(linkTo(place.slot, own))),
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
   * and sets the locals `link` and `link_context` to what its call noted.
   */
  protected framePop(op: IrOp): void {
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
    out.emit('local.set', this.local('link', 'i32'));
    field(28);
    out.emit('local.set', this.local('link_context', 'i32'));
  }

  /** Whether jumps by register may lead back into the region: to the dispatcher at its root. */
  protected get comesBack(): boolean {
    return this.structure.dispatchers.has(this.structure.root) && this.structure.isLoop(this.structure.root);
  }

  /** Behind a return: goes where the call's record says. `switches`: the context may be another one by now. */
  protected goByRecord(switches: boolean): void {
    const { out } = this;
    out.emit('local.get', this.local('link', 'i32'));
    out.emit('i32.const', 0);
    out.emit('local.get', this.local('link_context', 'i32'));
    if (switches) this.absolute('i32.load', CPU_BASE + RUN_CONTEXT);
    else out.emit('i32.const', this.place.context);
    out.emit('i32.eq');
    out.emit('select');
    out.emit('local.tee', this.local('link', 'i32'));
    this.open('if', { kind: 'inner' });
    this.goByLink();
    this.close();
  }

  /** Goes where the local `link`, which is not 0, leads: in this region or in another one. */
  protected goByLink(): void {
    const { out, place, structure } = this;
    const link = this.local('link', 'i32');
    if (this.comesBack) {
      out.emit('local.get', link);
      emitSlotOf(out);
      out.emit('i32.const', place.slot);
      out.emit('i32.eq');
      this.open('if', { kind: 'inner' });
      out.emit('local.get', link);
      emitLabelOf(out);
      out.emit('local.set', LABEL);
      this.branch('br', 'loop', structure.root);
      this.close();
    }
    this.branch('br', 'transfer');
  }

  /** Goes on elsewhere, as a jump by register, if the host has changed the context. */
  protected sameContext(op: IrOp): void {
    const { out } = this;
    this.absolute('i32.load', CPU_BASE + RUN_CONTEXT);
    out.emit('i32.const', this.place.context);
    out.emit('i32.ne');
    this.open('if', { kind: 'inner' });
    out.emit('i32.const', (op.immediates[1] ?? 0) | 0);
    out.emit('local.set', this.local('pc', 'i32'));
    this.branch('br', 'indirect');
    this.close();
  }

  /** Behind the label `indirect`: the local `pc` holds where to go on. The jump cache knows the block and its region. */
  protected lookUpJump(): void {
    const { out, place } = this;
    const pc = this.local('pc', 'i32');
    const entry = this.local('entry', 'i32');
    const link = this.local('link', 'i32');
    pushJumpOffset(out, pc);
    out.emit('local.tee', entry);
    out.emit('i64.load', CPU_BASE + JUMPS);
    out.emit('local.get', pc);
    out.emit('i64.extend_i32_u');
    if (this.switches) {
      this.absolute('i64.load32_u', CPU_BASE + RUN_CONTEXT);
      out.emit('i64.const', 32);
      out.emit('i64.shl');
    } else out.emit('i64.const', BigInt(place.context) << 32n);
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
    this.keepRegisters();
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => out.emit('local.get', FUEL));
    this.leaveForLookUp();
  }

  /** Goes on at another function: what that gives is what this one gives. */
  private goTo(callee: number): void {
    if (this.config.tailCalls) {
      this.out.emit('return_call', callee);
      return;
    }
    this.out.emit('call', callee);
    this.out.emit('return');
  }

  /** Leaves with everything in memory. */
  protected leaveForLookUp(): void {
    this.goTo(this.callees.lookUp);
  }

  /** Behind the label `transfer`: the local `link` names a region and a label in it. */
  protected transfer(): void {
    const { out } = this;
    const link = this.local('link', 'i32');
    if (!this.config.tailCalls) {
      this.keepRegisters();
      this.storeAbsolute(CPU_BASE + RUN_FUEL, () => out.emit('local.get', FUEL));
      this.storeAbsolute(CPU_BASE + RUN_LINK, () => out.emit('local.get', link));
      out.emit('i32.const', NEXT.REGION);
      out.emit('return');
      return;
    }
    if (this.usesFlags) this.keepFlags();
    out.emit('local.get', link);
    emitLabelOf(out);
    out.emit('local.get', FUEL);
    for (const offset of this.registers.keys()) this.pushWhole(offset);
    out.emit('local.get', link);
    emitSlotOf(out);
    out.callIndirect('return_call_indirect', this.callees.type);
  }

  /** Behind the label `exit`: its constant lies on the stack. */
  protected leave(): void {
    const { out } = this;
    const constant = this.local('exit', 'i32');
    out.emit('local.set', constant);
    this.keepRegisters();
    this.storeAbsolute(CPU_BASE + RUN_FUEL, () => out.emit('local.get', FUEL));
    out.emit('local.get', constant);
    out.emit('i32.const', this.place.leaves);
    this.goTo(this.callees.leave);
  }
}

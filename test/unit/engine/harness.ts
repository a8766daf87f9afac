/** An interpreter over a little memory, to run blocks of IR on their own. */
import { AddressSpace } from '../../../emulator/bus/address-space';
import { encodeBlock } from '../../../emulator/engine/bytecode';
import type { PlaneFunctions } from '../../../emulator/engine/plane-functions';
import type { BulkFunctions } from '../../../emulator/engine/handler-scope';
import type { LeavingFunctions } from '../../../emulator/engine/leaving';
import { createInterpreter, type Interpret, type InterpreterHost } from '../../../emulator/engine/interpreter';
import type { InterpreterConfig } from '../../../emulator/engine/handler-scope';
import type { NanRule } from '../../../emulator/engine/lowering';
import type { IrBlock } from '../../../emulator/ir/block';
import { EXIT } from '../../../emulator/ir/exits';
import type { Routine, RoutineFunction } from '../../../emulator/ir/routine';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import {
  CODE,
  CPU_BASE,
  RUN_CONTEXT,
  RUN_DETAIL,
  RUN_FUEL,
  RUN_LIMIT,
  RUN_SCRATCH,
  RUN_TLB,
  TLB,
} from '../../../emulator/memory/layout';
import { SoftTlb } from '../../../emulator/memory/tlb';

export const X86_NAN: NanRule = { propagate: 'first', defaultSign: 1 };
/** Slots that tests use as registers. */
export const SLOT = { A: 0, B: 16, C: 32, D: 48, PC: 64, BOUNDS: 80, STEP: 96, BASE: 104 } as const;
export const HARNESS_CONFIG: InterpreterConfig = {
  pcOffset: SLOT.PC,
  nan: X86_NAN,
  promoted: [],
  flags: { result: 0x180, carries: 0x188 },
  strings: { counter: SLOT.A, source: SLOT.B, target: SLOT.C, value: SLOT.D, step: SLOT.STEP },
  routines: [],
  tailCalls: true,
};

export class EngineHarness {
  readonly memory: GuestMemory;
  readonly tlb: SoftTlb;
  /** Helper calls, in order. */
  readonly calls: { readonly id: number; readonly a: number; readonly b: number }[] = [];
  /** What slow accesses were asked for. */
  readonly slow: { readonly kind: 'load' | 'store'; readonly address: number; readonly size: number }[] = [];
  /** What helpers give back to the interpreter, and whether they ask to leave. */
  helperResult = 0;
  helperLeaves = false;
  readonly interpret: Interpret;
  readonly routines: ReadonlyMap<string, RoutineFunction>;
  readonly planes: PlaneFunctions;
  readonly bulk: BulkFunctions;
  readonly leaving: LeavingFunctions;
  readonly helper: InterpreterHost['helper'];

  constructor(nan: NanRule = X86_NAN, ram = 0x1_0000, routines: readonly Routine[] = []) {
    this.memory = new GuestMemory(ram, new AddressSpace('memory', 2 ** 32));
    this.memory.addRegion('ram', 'ram', 0, ram);
    this.tlb = new SoftTlb(this.memory);
    this.memory.onRevoke = (all) => (all ? this.tlb.flush() : this.tlb.flushWrites());
    const host: InterpreterHost = {
      load: (address, size) => this.access('load', address >>> 0, size),
      store: (address, size) => this.access('store', address >>> 0, size),
      helper: (id, a, b) => {
        this.calls.push({ id, a, b });
        this.memory.view.setUint32(CPU_BASE + RUN_SCRATCH, this.helperResult, true);
        return this.helperLeaves ? 1 : 0;
      },
    };
    this.helper = host.helper;
    const interpreter = createInterpreter({ ...HARNESS_CONFIG, nan, routines }, this.memory.memory, host);
    this.interpret = interpreter.interpret;
    this.routines = interpreter.routines;
    this.planes = interpreter.planes;
    this.bulk = interpreter.bulk;
    this.leaving = interpreter.leaving;
    this.memory.view.setUint32(CPU_BASE + RUN_TLB, TLB, true);
    this.context = 1;
  }

  /** The execution context. */
  set context(context: number) {
    this.memory.view.setUint32(CPU_BASE + RUN_CONTEXT, context, true);
  }

  private access(kind: 'load' | 'store', address: number, size: number): number {
    this.slow.push({ kind, address, size });
    const { view } = this.memory;
    for (let i = 0; i < size; i++) {
      const at = CPU_BASE + RUN_SCRATCH + i;
      if (kind === 'load') view.setUint8(at, this.memory.read(address + i, 1));
      else this.memory.write(address + i, 1, view.getUint8(at));
    }
    return 0;
  }

  /** Runs a block from its start with `fuel`; gives the exit reason, its detail and the fuel left. */
  run(block: IrBlock, fuel = 10): { readonly reason: number; readonly detail: number; readonly fuel: number } {
    const { bytes } = encodeBlock(block);
    this.memory.u8.set(bytes, CODE);
    const { view } = this.memory;
    view.setUint32(CPU_BASE + RUN_FUEL, fuel, true);
    view.setBigInt64(CPU_BASE + RUN_LIMIT, BigInt(fuel), true);
    const reason = this.interpret(CPU_BASE, CODE);
    return {
      reason,
      detail: view.getUint32(CPU_BASE + RUN_DETAIL, true),
      fuel: view.getUint32(CPU_BASE + RUN_FUEL, true),
    };
  }

  /** Runs what lies at the start of the code memory. */
  rerun(): number {
    return this.interpret(CPU_BASE, CODE);
  }

  /** The low `bits` bits of a slot. */
  get(offset: number, bits: number): bigint {
    let value = 0n;
    for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.memory.u8[CPU_BASE + offset + i]);
    return value;
  }

  set(offset: number, bits: number, value: bigint): void {
    for (let i = 0; i < bits / 8; i++) this.memory.u8[CPU_BASE + offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}

/** What ends a block in tests. */
export const LEAVE = { op: 'exit', width: 32, sources: [], immediates: [EXIT.HALT, 7] } as const;

/** A CPU with its engine: executes counts until something needs the machine's attention. */
import type { AddressSpace } from '../bus/address-space';
import type { CpuBoard } from '../cpu/x86/core';
import { X86Cpu } from '../cpu/x86/cpu';
import { CpuFault, Unsupported } from '../cpu/x86/fault';
import type { CpuModel } from '../cpu/x86/models';
import { isCalledDirectly, QUICK_HELPERS, quickFunctions } from '../cpu/x86/helpers';
import { ROUTINE } from '../cpu/x86/memos';
import * as R from '../cpu/x86/registers';
import { X86_ROUTINES } from '../cpu/x86/routines';
import { BlockCache, type CachedBlock, isKept } from '../engine/block-cache';
import { LAYOUTS } from '../engine/bytecode';
import { type CompilerOptions, Regions } from '../engine/compiler/regions';
import type { InterpreterConfig } from '../engine/handler-scope';
import { createInterpreter, type Interpret } from '../engine/interpreter';
import { hostFeatures } from '../engine/wasm/features';
import { EXIT } from '../ir/exits';
import type { Board, EngineName } from '../machines/board';
import { putCount } from '../memory/counts';
import type { GuestMemory } from '../memory/guest-memory';
import {
  CPU_BASE,
  REGION_SLOTS,
  RUN_BREAKPOINTS,
  RUN_BULK,
  RUN_COMPILED,
  RUN_CONTEXT,
  RUN_DETAIL,
  RUN_EPOCH,
  RUN_EXITS,
  RUN_FUEL,
  RUN_IP,
  RUN_LIMIT,
} from '../memory/layout';
import type { Clock } from '../time/clock';
import { BUILT_INTERPRETER } from './built-interpreter';

/** Why execution came back. */
export type Execution =
  /** The fuel is used up, or something asked for the boundary to be looked at. */
  | { readonly kind: 'boundary' }
  /** The instruction at EIP faults; its count is taken. */
  | { readonly kind: 'fault'; readonly fault: CpuFault }
  /** A breakpoint at EIP, whose instruction has not begun. */
  | { readonly kind: 'breakpoint' }
  | { readonly kind: 'firmware'; readonly trap: number }
  /** Something that is not built. The instruction at EIP has not happened. */
  | { readonly kind: 'unsupported'; readonly what: string };

/** x86 SSE and x87: the first NaN made quiet, else the default one with its sign set (SDM vol. 1, 4.8.3.5). */
const X86_NAN = { propagate: 'first', defaultSign: 1 } as const;
/** What compiled code has in locals: the general registers, and the condition codes in its own way. */
const PROMOTED = R.GPR_NAMES.map((_, index) => R.gpr(index));
export const X86_INTERPRETER: InterpreterConfig = {
  pcOffset: R.EIP,
  nan: X86_NAN,
  promoted: PROMOTED,
  flags: { result: R.FLAGS_RESULT, carries: R.FLAGS_CARRIES },
  strings: { counter: R.ECX, source: R.ESI, target: R.EDI, step: R.FLAGS_STEP, value: R.EAX },
  routines: X86_ROUTINES,
  tailCalls: hostFeatures.tailCalls,
};
const X86_COMPILER: CompilerOptions = {
  ...X86_INTERPRETER,
  quick: QUICK_HELPERS,
  calls: isCalledDirectly,
  admits: ROUTINE.ADMIT,
};

/** How often a block runs before it is compiled. */
const THRESHOLD = 4000;
/**
 * Nothing is compiled while the interpreter executes less than this part of all counts: what is left to it then is the rest of
 * loops that an interrupt or the end of a run has cut, which would become regions of their own beside those of the loops.
 */
const WORTH_COMPILING = 1 / 1000;
/** Regions are looked at when so many counts have been executed, or they have left so often, at the end of a run. */
const REVIEW = 4_000_000;
const REVIEW_EXITS = 2000;
/** And before one that could not be, or that is only a part of a region, is looked at again. */
const AGAIN = 4000;
/** The same for one that waits for being compiled: each time that is gone on with. */
const SOON = 400;
/** The same where code has been changed: so often it would have to run to be worth it, if what is compiled is soon lost. */
const PATIENCE = 40_000;
/** A run of so little is a step: nothing is compiled that it would have to wait for. */
const STEP = 1000;

/** Counts that were executed, and those of them that were neither compiled nor done many at once. */
interface Work {
  readonly counts: number;
  readonly interpreted: number;
}

const BOUNDARY: Execution = { kind: 'boundary' };
const BREAKPOINT: Execution = { kind: 'breakpoint' };

/** What it needs of the board besides memory, ports and time. */
export type Surroundings = Pick<Board, 'interruptLine' | 'isFirmware'>;

export class Processor implements CpuBoard {
  readonly cpu: X86Cpu;
  readonly blocks: BlockCache;
  readonly regions: Regions;
  private readonly interpret: Interpret;
  private readonly view: DataView;
  private readonly i32: Int32Array;
  /** Counts executed since the machine was made, replays included; for people. */
  executedCounts = 0;
  /** At the last review of regions, and at the one before. */
  private reviewed: Work = { counts: 0, interpreted: 0 };
  private before: Work = this.reviewed;
  private reviewedExits = 0;
  private startCount = 0;
  private granted = 0;
  /** Blocks that lie where code has been changed, and have been waited for. */
  private readonly patient = new WeakSet<CachedBlock>();
  /** Where the fuel was used up last. */
  private readonly left = { ip: 0, pc: 0, context: 0, epoch: 0, generation: 0 };

  constructor(
    model: CpuModel,
    readonly memory: GuestMemory,
    readonly ports: AddressSpace,
    private readonly clock: Clock,
    private readonly surroundings: Surroundings,
    engine: EngineName = 'compiler',
  ) {
    this.view = memory.view;
    this.i32 = memory.i32;
    this.cpu = new X86Cpu(model, this);
    this.blocks = new BlockCache(memory, this.cpu);
    const { core } = this.cpu;
    memory.onCodeWrite = (frame, offset, size) => {
      if (this.blocks.invalidate(frame, offset, size)) this.breakOff();
    };
    const helper = (id: number, a: number, b: number) => {
      this.cpu.helper(id, a, b);
      return 0;
    };
    const { tailCalls } = hostFeatures;
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: REGION_SLOTS });
    const { interpret, routines, planes, bulk, leaving } = createInterpreter(
      { ...X86_INTERPRETER, tailCalls },
      memory.memory,
      {
        load: (address, size) => core.slowLoad(address, size),
        store: (address, size) => core.slowStore(address, size),
        helper,
      },
      table,
      tailCalls ? BUILT_INTERPRETER : undefined,
    );
    this.interpret = interpret;
    const byNumber = [...routines.values()];
    core.routine = (number, a, b) => byNumber[number](a, b);
    this.regions = new Regions(
      memory,
      this.blocks,
      this.cpu.calls,
      { ...X86_COMPILER, tailCalls },
      {
        table,
        leaving,
        helper,
        admit: (address, what) => core.admit(address, what),
        quick: quickFunctions(core),
        routines,
        planes,
        bulk,
        codeBase: () => core.seg(R.CS, R.SEG_BASE),
        elsewhere: () => core.tlb.elsewhere,
        holdsElsewhere: () => core.tlb.holdsElsewhere,
        holdsPlanes: () => core.tlb.holdsPlanes,
        grantedInPlace: () => core.tlb.grantedInPlace,
        beside: () => core.tlb.beside,
      },
    );
    this.blocks.threshold = engine !== 'compiler' ? 0 : Regions.eager === 'no' ? THRESHOLD : 1;
    this.blocks.onDrop = (block) => this.regions.dropBlock(block);
    this.blocks.onSuspend = (block) => this.regions.suspendBlock(block);
    this.blocks.onSettle = (block) => this.regions.settle(block);
    this.blocks.onFlush = () => this.regions.flush();
  }

  /** Instructions executed in the present run, the one being executed included. */
  private get executed(): number {
    return this.granted - this.i32[(CPU_BASE + RUN_FUEL) >>> 2];
  }

  private readonly liveCount = (): number => this.startCount + this.executed - 1;

  private get isRunning(): boolean {
    return this.clock.live !== undefined;
  }

  get count(): number {
    return this.clock.count;
  }

  get interruptLine(): boolean {
    return this.surroundings.interruptLine;
  }

  isFirmware(physical: number): boolean {
    return this.surroundings.isFirmware(physical);
  }

  /** Counts that compiled code has executed since the start, or since the machine was made; for people. */
  get compiledCounts(): number {
    return Number(this.view.getBigInt64(CPU_BASE + RUN_COMPILED, true));
  }

  /** Of the others: iterations of string instructions that were done many at once; for people. */
  get bulkCounts(): number {
    return Number(this.view.getBigInt64(CPU_BASE + RUN_BULK, true));
  }

  /** How often compiled code went over to the interpreter; for people. */
  get exits(): number {
    return Number(this.view.getBigInt64(CPU_BASE + RUN_EXITS, true));
  }

  time(): number {
    return this.clock.now;
  }

  breakOff(): void {
    if (!this.isRunning) return;
    const fuel = (CPU_BASE + RUN_FUEL) >>> 2;
    if (this.i32[fuel] === 0) return;
    this.granted -= this.i32[fuel];
    this.i32[fuel] = 0;
    this.setLimit();
  }

  /** Linear addresses at which translated code stops when breakpoints are obeyed; replaces the ones before. */
  setBreakpoints(wanted: ReadonlySet<number>): void {
    const { cpu, blocks } = this;
    const changed = new Set<number>();
    for (const address of wanted) if (!cpu.breakpoints.has(address)) changed.add(address);
    for (const address of cpu.breakpoints) if (!wanted.has(address)) changed.add(address);
    cpu.breakpoints = wanted;
    if (changed.size > 0) blocks.dropAt(changed);
  }

  flushCode(): void {
    this.blocks.flush();
    this.breakOff();
  }

  private setLimit(): void {
    putCount(this.i32, CPU_BASE + RUN_LIMIT, this.startCount + this.granted);
  }

  /**
   * Executes at most `fuel` counts (1 to 2^31 - 1) and moves the clock on by what was executed.
   * `breakpoints`: whether those in translated code are obeyed.
   */
  execute(fuel: number, breakpoints: boolean): Execution {
    const { core } = this.cpu;
    const resuming = core.beginResume();
    const granted = resuming ? 1 : fuel;
    core.interrupted = false;
    core.noteLine();
    core.space.settle();
    this.startCount = this.clock.count;
    this.granted = granted;
    this.view.setUint32(CPU_BASE + RUN_FUEL, granted, true);
    this.view.setUint32(CPU_BASE + RUN_BREAKPOINTS, breakpoints ? 1 : 0, true);
    this.setLimit();
    this.clock.live = this.liveCount;
    try {
      return this.loop();
    } catch (thrown) {
      if (thrown instanceof CpuFault) return { kind: 'fault', fault: thrown };
      if (thrown instanceof Unsupported) {
        // The instruction gives its count back: it has not happened.
        this.view.setUint32(CPU_BASE + RUN_FUEL, this.view.getUint32(CPU_BASE + RUN_FUEL, true) + 1, true);
        return { kind: 'unsupported', what: thrown.what };
      }
      throw this.explain(thrown);
    } finally {
      this.clock.live = undefined;
      const { executed } = this;
      this.executedCounts += executed;
      this.clock.advance(executed);
      if (resuming) core.endResume(executed > 0);
      this.review();
      if (granted >= STEP || this.regions.eager) this.regions.compilePending();
    }
  }

  private loop(): Execution {
    const place = this.placeLeft();
    let block = place === 0 ? this.blocks.find(this.cpu.pc) : undefined;
    this.noteEntry();
    for (;;) {
      const reason = this.interpret(CPU_BASE, block?.ip ?? place);
      const detail = this.view.getUint32(CPU_BASE + RUN_DETAIL, true);
      switch (reason) {
        case EXIT.LOOKUP: {
          // Something is due before the next instruction, which may change where that is.
          if (this.view.getUint32(CPU_BASE + RUN_FUEL, true) === 0) return BOUNDARY;
          const { generation } = this.blocks;
          block = this.blocks.find(this.cpu.pc);
          if (detail === 0) this.regions.drafts.noteJump(this.view.getUint32(CPU_BASE + RUN_IP, true), block.pc);
          if (generation === this.blocks.generation) this.blocks.chain(detail, block);
          this.noteEntry();
          break;
        }
        case EXIT.HOT:
          block = this.blocks.find(this.cpu.pc);
          this.runsOften(block);
          this.noteEntry();
          break;
        case EXIT.FAULT:
          return { kind: 'fault', fault: this.cpu.faultOf(detail) };
        case EXIT.BREAKPOINT:
          return BREAKPOINT;
        case EXIT.FIRMWARE:
          return { kind: 'firmware', trap: detail };
        case EXIT.FUEL:
          if (block === undefined || isKept(block)) this.notePlace();
          return BOUNDARY;
        default:
          return BOUNDARY;
      }
    }
  }

  /** What makes translated code good is noted where it is gone into: it may change while the code runs. */
  private noteEntry(): void {
    this.left.ip = 0;
    this.left.epoch = this.epoch;
    this.left.generation = this.blocks.generation;
  }

  /** Notes where in the bytecode the interpreter stands, before an instruction. */
  private notePlace(): void {
    const { left, view } = this;
    left.ip = view.getUint32(CPU_BASE + RUN_IP, true);
    left.pc = this.cpu.pc;
    left.context = this.context;
  }

  private get epoch(): number {
    return this.view.getUint32(CPU_BASE + RUN_EPOCH, true);
  }

  private get context(): number {
    return this.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
  }

  /** Where the interpreter goes on in the midst of a block, so that steps need no blocks of their own; 0 where it does not. */
  private placeLeft(): number {
    const { blocks, context, left } = this;
    const isGood = left.generation === blocks.generation && left.epoch === this.epoch;
    if (left.ip === 0 || !isGood || left.pc !== this.cpu.pc || left.context !== context) return 0;
    // Where a block begins compiled code may; tests want to see that.
    return this.regions.eager || blocks.known(left.pc, context) !== undefined ? 0 : left.ip;
  }

  /** What was executed since the machine was made, now. */
  private get work(): Work {
    const counts = this.executedCounts + (this.isRunning ? this.executed : 0);
    return { counts, interpreted: counts - this.compiledCounts - this.bulkCounts };
  }

  /** A block has run so often as it was to before it is looked at. */
  private runsOften(block: CachedBlock): void {
    const { work, before } = this;
    if (!this.regions.eager && !this.patient.has(block) && this.blocks.mayChange(block)) {
      this.patient.add(block);
      this.blocks.rewind(block, PATIENCE);
      return;
    }
    const isWorthIt = work.interpreted - before.interpreted >= (work.counts - before.counts) * WORTH_COMPILING;
    const waits = (isWorthIt || this.regions.eager) && this.regions.request(block);
    this.blocks.rewind(block, waits ? SOON : AGAIN);
  }

  /** At the end of a run: now and then the regions are looked at. */
  private review(): void {
    const exits = this.i32[(CPU_BASE + RUN_EXITS) >>> 2];
    const isLongAgo = this.executedCounts - this.reviewed.counts >= REVIEW;
    if (!isLongAgo && (exits - this.reviewedExits) >>> 0 < REVIEW_EXITS) return;
    this.reviewedExits = exits;
    this.regions.review(isLongAgo);
    if (!isLongAgo) return;
    this.before = this.reviewed;
    this.reviewed = this.work;
  }

  /** An internal trap, with where the guest was. */
  private explain(thrown: unknown): Error {
    const ip = this.view.getUint32(CPU_BASE + RUN_IP, true);
    const op = ip === 0 ? 'none yet' : (LAYOUTS[this.view.getUint16(ip, true)]?.form.op ?? 'none');
    const where = `EIP ${this.cpu.pc.toString(16)}h, instruction ${this.startCount + this.executed}, last op noted ${op}`;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new Error(`Internal fault at ${where}: ${message}`, { cause: thrown });
  }
}

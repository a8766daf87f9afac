/**
 * A machine: a board with its CPU, run count by count. Nothing here waits or looks at a clock on the wall.
 *
 * State N is the machine after N counts with everything done that is due at N, in this order: inputs, timers, a CPU
 * reset, debug traps, interrupts. What is due is done when the machine leaves the boundary, so a machine that stops at N
 * has done all of it but the delivery of interrupts, which takes a count itself.
 */
import { CPU_MODELS, type CpuModelId } from '../cpu/x86/models';
import { type CpuFault, exceptionInfo } from '../cpu/x86/fault';
import { SHADOW } from '../cpu/x86/core';
import type { Delivery } from '../cpu/x86/interrupts';
import { SEGMENT_NAMES } from '../cpu/x86/registers';
import { loadReal } from '../cpu/x86/segments';
import type { UnmodelledAccess } from '../bus/address-space';
import { type Board, type BoardConfig, type BoardEvents, type SpeakerDrive } from '../machines/board';
import { boardEntry } from '../machines/registry';
import { bool, Fields, type SavedState } from '../state/fields';
import { BusyWait } from './busy-wait';
import { Processor } from './processor';

/** Why the machine came back. */
export type MachineStop =
  /** A limit of the run was reached. */
  | { readonly kind: 'limit' }
  | { readonly kind: 'breakpoint' }
  /** A fault that is to be caught is about to be delivered; the instruction has not happened. */
  | { readonly kind: 'exception'; readonly fault: CpuFault }
  /** Something that was to be watched for happened in the instruction just executed. */
  | { readonly kind: 'event'; readonly id: string; readonly text: string; readonly access?: UnmodelledAccess }
  /** Nothing more will happen. `code`: what the guest chose as exit code. */
  | { readonly kind: 'dead'; readonly reason: string; readonly code?: number };

/** What the machine tells while it runs. */
export interface MachineListener {
  output(channel: string, byte: number): void;
  note(category: 'firmware' | 'unmodelled' | 'guest', text: string): void;
  /** The speaker is driven in another way from virtual time `time` (ns) on. */
  speaker?(time: number, drive: SpeakerDrive): void;
}

/** What stops a run besides its limits. Not part of the machine's state. */
export interface CatchSet {
  /** Vectors of CPU exceptions to stop at before they are delivered. */
  readonly vectors: ReadonlySet<number>;
  readonly unmodelled: boolean;
  /** Code that is nothing but zeros: the CPU went where nothing was loaded. */
  readonly zeros?: boolean;
}

/** Id of the event that `CatchSet.zeros` makes. */
export const ZEROS_EVENT = 'zeros';

export const CATCH_NOTHING: CatchSet = { vectors: new Set(), unmodelled: false };

/** Who does what happens now: an instruction, the delivery of an interrupt, a firmware trap, or a chip by itself. */
export type Actor = 'instruction' | 'interrupt' | 'firmware' | 'device';

export interface RunLimits {
  /** Count at which to stop. */
  readonly count: number;
  /** Virtual time (whole ns, or Infinity) beyond which a halted CPU is not carried. */
  readonly time: number;
  readonly breakpoints: boolean;
}

const FIELDS = new Fields({
  resetPending: bool('the CPU is to be reset at the next boundary'),
  trapPending: bool('the instruction before this boundary was executed with TF set'),
  isDead: bool('nothing more will happen'),
});

/** Longest run of the engine in one go: it must be left now and then, so that V8 can put better code in its place. */
const MAX_FUEL = 500_000;

const LIMIT: MachineStop = { kind: 'limit' };
const BREAKPOINT: MachineStop = { kind: 'breakpoint' };
const ZEROS: MachineStop = {
  kind: 'event',
  id: ZEROS_EVENT,
  text: 'The CPU is about to execute nothing but zeros: most likely nothing was loaded here, or a jump or return went astray.',
};

export class Machine implements BoardEvents {
  readonly board: Board;
  readonly processor: Processor;
  listener: MachineListener = { output: () => undefined, note: () => undefined };
  private caught: CatchSet = CATCH_NOTHING;
  /** True while a seek passes through: nothing that happens on the way stops it. */
  passing = false;
  /** Not part of the state: only for people. */
  actor: Actor = 'instruction';
  /** Looks at what changes by itself: called when a run begins, and behind everything that no instruction did. */
  onRun: ((begins: boolean) => void) | undefined;
  readonly state = FIELDS.create();
  /** Why the machine is dead, while it is. Follows from the state by running it again. */
  private death: Extract<MachineStop, { kind: 'dead' }> | undefined;
  private event: Extract<MachineStop, { kind: 'event' }> | undefined;
  private readonly addressMask: number;
  /** Loops that wait for something are not executed over and over. */
  readonly busyWait: BusyWait;

  /** @throws Error when the configuration can't be built; it says why. */
  constructor(readonly config: BoardConfig & { readonly machine: string }) {
    const entry = boardEntry(config.machine);
    if (!entry.cpus.includes(config.cpu)) {
      throw new Error(`The machine '${entry.id}' has no CPU '${config.cpu}'. Known: ${entry.cpus.join(', ')}.`);
    }
    const model = CPU_MODELS[config.cpu as CpuModelId];
    this.addressMask = model.addressMask;
    this.board = entry.create(config);
    const { board } = this;
    this.processor = new Processor(model, board.memory, board.ports, board.clock, board, config.engine);
    this.busyWait = new BusyWait(board, this.processor);
    board.scheduler.onChange = () => this.processor.breakOff();
    for (const space of [board.ports, board.mmio]) {
      space.onUnmodelled = (access) => {
        const what = `${access.kind === 'read' ? 'read of' : 'write to'} ${space.name} ${hex(access.address)}h`;
        const text = `${what}, ${access.size} byte${access.size > 1 ? 's' : ''}, value ${hex(access.value)}h: nothing is there`;
        this.listener.note('unmodelled', text);
        if (this.catches.unmodelled) this.stopBehind('unmodelled', `Unmodelled ${text}.`, access);
      };
    }
    const { core } = this.processor.cpu;
    board.connect(
      {
        registers: core.registers,
        loadSegment: (name, selector) => {
          loadReal(core, SEGMENT_NAMES.indexOf(name as (typeof SEGMENT_NAMES)[number]), selector);
          core.contexts.mayHaveChanged();
        },
        forgetCalls: () => this.processor.cpu.calls.clear(),
      },
      this,
    );
    this.powerOn();
  }

  /** The first state: count 0, the CPU about to fetch from its reset vector. */
  powerOn(): void {
    const { board, processor } = this;
    FIELDS.reset(this.state);
    this.death = undefined;
    board.clock.reset();
    board.scheduler.reset();
    board.powerOn();
    processor.cpu.reset();
    this.addressMaskChanged();
  }

  get count(): number {
    return this.board.clock.count;
  }

  get catches(): CatchSet {
    return this.caught;
  }

  set catches(wanted: CatchSet) {
    this.caught = wanted;
    const { cpu } = this.processor;
    const zeros = wanted.zeros ?? false;
    if (cpu.stopsAtZeros === zeros) return;
    cpu.stopsAtZeros = zeros;
    this.processor.flushCode();
  }

  /* ------------------------------------------------------------------------------ what the board tells */

  output(channel: string, byte: number): void {
    this.listener.output(channel, byte);
  }

  speaker(drive: SpeakerDrive): void {
    this.listener.speaker?.(this.board.clock.now, drive);
  }

  resetCpu(): void {
    this.state.resetPending = true;
    this.processor.breakOff();
  }

  interruptChanged(): void {
    this.processor.cpu.core.lookAtBoundary();
  }

  exit(code: number): void {
    this.die({
      kind: 'dead',
      reason: `The guest ended the machine through the debug exit port with code ${code}.`,
      code,
    });
  }

  dead(reason: string): void {
    this.die({ kind: 'dead', reason });
  }

  firmwareCall(text: () => string, isPoll: boolean): void {
    if (isPoll) return;
    this.busyWait.spoil();
    this.listener.note('firmware', text());
  }

  addressMaskChanged(): void {
    this.board.memory.setAddressMask(this.addressMask & this.board.addressMask);
  }

  private die(death: Extract<MachineStop, { kind: 'dead' }>): void {
    this.state.isDead = true;
    this.death = death;
    // A guest that sets the start address and halts would not see it taken: its time stands still, unlike a real one's.
    this.board.display.settle();
    this.processor.breakOff();
  }

  /** Stops behind the instruction being executed. */
  stopBehind(id: string, text: string, access?: UnmodelledAccess): void {
    if (this.passing) return;
    this.event ??= access === undefined ? { kind: 'event', id, text } : { kind: 'event', id, text, access };
    this.processor.breakOff();
  }

  /* ------------------------------------------------------------------------------ running */

  /**
   * Runs until a limit is reached or something stops it. `resume`: a breakpoint or a caught exception at the present
   * count is passed over once.
   */
  run(limits: RunLimits, resume: boolean): MachineStop {
    try {
      return this.goOn(limits, resume);
    } finally {
      this.busyWait.stop();
    }
  }

  private goOn(limits: RunLimits, resume: boolean): MachineStop {
    const { busyWait } = this;
    const { clock, scheduler } = this.board;
    const { cpu } = this.processor;
    const start = clock.count;
    this.event = undefined;
    this.onRun?.(true);
    for (;;) {
      this.actor = 'device';
      scheduler.runDue(clock.now);
      this.onRun?.(false);
      this.actor = 'interrupt';
      if (this.event !== undefined) return this.event;
      if (this.state.isDead) return this.death ?? { kind: 'dead', reason: 'The machine has stopped for good.' };
      if (clock.count >= limits.count) return LIMIT;
      if (this.state.resetPending) this.resetNow();
      if (this.state.trapPending || cpu.debugTrap) {
        busyWait.spoil();
        const stepped = this.state.trapPending;
        this.state.trapPending = false;
        if (!this.settle(cpu.deliverTrap(clock.count, stepped))) continue;
        clock.advance(1);
        continue;
      }
      if (this.board.interruptLine && cpu.interruptible) {
        busyWait.spoil();
        const vector = this.board.acknowledge();
        if (!this.settle(cpu.deliverInterrupt(vector, clock.count))) continue;
        this.onRun?.(false);
        clock.advance(1);
        continue;
      }
      if (cpu.halted) {
        busyWait.spoil();
        const stop = this.halt(limits);
        if (stop !== undefined) return stop;
        continue;
      }
      if (this.onRun === undefined || this.passing) {
        const before = clock.count;
        busyWait.look(limits.count);
        if (clock.count !== before) continue;
      }
      this.actor = 'instruction';
      const stop = this.execute(limits, resume && clock.count === start);
      if (stop !== undefined) return stop;
    }
  }

  /** Carries a halted CPU to the next thing that is due. */
  private halt(limits: RunLimits): MachineStop | undefined {
    const { clock, scheduler } = this.board;
    if (this.processor.cpu.deadlyHalt) {
      this.die({ kind: 'dead', reason: 'HLT with interrupts disabled: nothing can wake this CPU any more.' });
      return undefined;
    }
    const until = Math.min(scheduler.deadline, limits.time);
    if (until === Infinity) return LIMIT;
    clock.skipTo(until);
    return scheduler.deadline > limits.time && clock.now >= limits.time ? LIMIT : undefined;
  }

  private execute(limits: RunLimits, resume: boolean): MachineStop | undefined {
    const { clock, scheduler } = this.board;
    const { cpu } = this.processor;
    const trap = cpu.trapFlag;
    const shadow = cpu.core.shadow !== SHADOW.NONE;
    const due = clock.countAt(scheduler.deadline) - clock.count;
    let fuel = Math.max(1, Math.min(limits.count - clock.count, due, MAX_FUEL, this.busyWait.most));
    if (trap || shadow || resume || this.busyWait.isActive) fuel = 1;
    const before = clock.count;
    const end = this.processor.execute(fuel, limits.breakpoints && !resume);
    switch (end.kind) {
      case 'breakpoint':
        return cpu.breakpoints.has(cpu.core.pc) ? BREAKPOINT : ZEROS;
      case 'fault':
        if (this.catches.vectors.has(end.fault.vector) && !resume && !this.passing) {
          clock.advance(-1);
          return { kind: 'exception', fault: end.fault };
        }
        this.busyWait.spoil();
        this.actor = 'interrupt';
        // A triple fault gives the count back: the machine stands before the instruction that caused it.
        if (!this.settle(cpu.deliverFault(end.fault, clock.count - 1))) clock.advance(-1);
        return undefined;
      case 'unsupported':
        this.die({ kind: 'dead', reason: `The guest used something that Stepback does not emulate yet: ${end.what}.` });
        return undefined;
      case 'firmware':
        this.actor = 'firmware';
        this.busyWait.trap();
        this.board.trap(end.trap);
        cpu.core.contexts.mayHaveChanged();
        break;
      default:
    }
    // INT enters its handler with TF clear and is followed by no trap; MOV SS holds it back.
    const { interrupted, shadow: held } = cpu.core;
    if (trap && clock.count > before && !interrupted && held !== SHADOW.TRAPS) this.state.trapPending = true;
    return undefined;
  }

  /** Whether a delivery entered a handler; a shutdown ends the machine, with its count not taken. */
  private settle(delivery: Delivery): boolean {
    if (delivery.kind === 'entered') return true;
    const chain = delivery.faults.map((fault) => {
      const name = exceptionInfo(fault.vector)?.mnemonic ?? `interrupt ${hex(fault.vector)}h`;
      return fault.reason === '' ? name : `${name} (${fault.reason})`;
    });
    this.die({ kind: 'dead', reason: `Triple fault: ${chain.join(', then ')}. A real machine would reset here.` });
    return false;
  }

  private resetNow(): void {
    this.state.resetPending = false;
    this.state.trapPending = false;
    this.processor.cpu.reset();
    this.addressMaskChanged();
    this.listener.note('guest', 'The CPU was reset by the guest.');
  }

  /* ------------------------------------------------------------------------------ state */

  saveFields(): SavedState {
    return FIELDS.save(this.state);
  }

  loadFields(saved: SavedState): void {
    FIELDS.load(this.state, saved);
    this.death = undefined;
    this.event = undefined;
  }
}

const hex = (value: number): string => (value >>> 0).toString(16).toUpperCase();

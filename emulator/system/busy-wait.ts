/**
 * Loops that wait: a program that asks a port, a word of memory or the firmware again and again until something is there. When
 * one time round such a loop has changed nothing, and what it read stays as it is, the next times round change nothing either,
 * until something is due. They are not executed: the count moves on by whole iterations. Nobody can tell.
 *
 * Now and then the machine is stepped to see whether it is in such a loop. A loop's beginning (the *head*) is any place of it
 * where the call record is shortest. From one time there to the next, registers, memory that was written and call record are
 * compared; ports that were read must be steady (`BusDevice.steadyUntil`), and nothing else may have been asked of a device.
 */
import type { AccessObserver, AddressSpace } from '../bus/address-space';
import { SHADOW } from '../cpu/x86/core';
import * as R from '../cpu/x86/registers';
import type { Board } from '../machines/board';
import { PagesBefore } from '../memory/pages-before';
import { CPU_BASE, PLANES, REGISTER_BYTES, RUN_REPEATING } from '../memory/layout';
import { PLANE_FIELDS } from '../memory/planes';
import type { IrOp } from '../ir/block';
import type { Processor } from './processor';
import { testedBits } from './tested-bits';

/**
 * Counts of the longest iteration that is found. GRUB's takes 380: it goes to real mode and back to ask for a key and for the time.
 * To look for longer ones takes longer, in all guests.
 */
const LONGEST = 400;
/** Counts between two looks: so few where a loop was found, some where it was left, and twice as many each time that there is none. */
const SHORTEST_PAUSE = 500;
const LOST_PAUSE = 2_000;
const FIRST_PAUSE = 50_000;
const LONGEST_PAUSE = 100_000_000;
/** Instructions of a loop for which it is found out which bits of a port it looks at, where those change sooner than in so many counts. */
const MOST_FOLLOWED = 8;
const SOON = 20_000;
const ALL_BITS = 0xff;

/** Registers that are compared, as words: all but those that are other ways of keeping the flags. */
const WORDS: readonly number[] = Array.from({ length: REGISTER_BYTES >>> 2 }, (_, word) => word).filter((word) => {
  const slot = (word << 2) & -8;
  return !R.LAZY_FLAGS.has(slot) && slot !== R.EFLAGS;
});

const steadyUntil = (ports: AddressSpace, address: number, bits: number): number => {
  const mapping = ports.find(address);
  return mapping?.device.steadyUntil?.(address - mapping.base + mapping.offset, bits) ?? 0;
};

const NONE: ReadonlySet<number> = new Set();

/** The IR of the instruction at a program counter. */
function firstInstruction({ cpu }: Processor, pc: number): readonly IrOp[] {
  const { ops } = cpu.translate(pc, NONE).block;
  const second = ops.findIndex(({ op }, index) => op === 'insn' && index > 0);
  return second < 0 ? ops : ops.slice(0, second);
}

/** What is done: nothing; the length of an iteration is found; its head is gone to; an iteration is looked at. */
type Stage = 'off' | 'measuring' | 'approaching' | 'looking';

export class BusyWait {
  /** Counts that were not executed. */
  skipped = 0;
  /** For tests. */
  enabled = true;
  private stage: Stage = 'off';
  private pause = FIRST_PAUSE;
  private nextLook = FIRST_PAUSE;
  /** Count at which the stage began. */
  private since = 0;
  private headPc = 0;
  private headDepth = 0;
  /** Where the call record was shortest. */
  private lowPc = 0;
  private lowDepth = 0;
  /** Whether a loop was found at the head when it was last looked for. */
  private isKnown = false;
  private readonly registers = new Int32Array(WORDS.length);
  private flags = 0;
  private latch = 0;
  private deadline = 0;
  /** Until when what was read stays as it is, ns. */
  private steady = 0;
  private isSpoilt = false;
  /** The program counters of the iteration, as far as it is short; where it read a port, and which one. */
  private readonly path: number[] = [];
  private readAt = 0;
  private readAddress = 0;
  private reads = 0;
  private chips: string | undefined;
  private before: PagesBefore | undefined;
  private readonly ports: AccessObserver;
  private readonly mmio: AccessObserver;

  constructor(
    private readonly board: Board,
    private readonly processor: Processor,
  ) {
    const spoil = () => this.spoil();
    this.mmio = { writing: spoil, accessed: spoil };
    this.ports = {
      writing: spoil,
      accessed: (kind, address, size) => {
        if (kind === 'read') this.read(board.ports, address, size);
      },
    };
  }

  /** Whether one instruction at a time is to be executed. */
  get isActive(): boolean {
    return this.stage !== 'off';
  }

  /** Something has happened that is more than a loop going round. */
  spoil(): void {
    this.isSpoilt = true;
  }

  private read(ports: AddressSpace, address: number, size: number): void {
    const until = size === 1 ? steadyUntil(ports, address, ALL_BITS) : 0;
    if (until <= this.board.clock.now) this.spoil();
    else this.steady = Math.min(this.steady, until);
    this.reads++;
    this.readAt = this.processor.cpu.pc;
    this.readAddress = address;
  }

  /** Whether the next look is to be soon: at most so many counts are to be executed before. */
  get most(): number {
    return this.isKnown && this.stage === 'off' ? Math.max(1, this.nextLook - this.processor.executedCounts) : Infinity;
  }

  /**
   * At a boundary before an instruction, with nothing due before count `limit` but by the scheduler: may move the clock on to
   * another such boundary.
   */
  look(limit: number): void {
    if (this.stage === 'off') {
      if (this.processor.executedCounts >= this.nextLook && this.enabled) this.begin();
      return;
    }
    const { clock, scheduler } = this.board;
    if (this.isSpoilt || scheduler.deadline !== this.deadline || clock.count - this.since > LONGEST) {
      this.fail();
      return;
    }
    const { pc } = this.processor.cpu;
    const { depth } = this.processor.cpu.core;
    const isHead = pc === this.headPc && depth === this.headDepth && clock.count > this.since;
    switch (this.stage) {
      case 'measuring':
        if (isHead && this.isAsBefore) this.approach();
        else if (depth < this.lowDepth) {
          this.lowDepth = depth;
          this.lowPc = pc;
        }
        break;
      case 'approaching':
        if (isHead) this.watch();
        break;
      case 'looking':
        if (depth < this.headDepth) this.fail();
        else if (isHead && this.isAsBefore && this.before?.isSame === true && this.chipsAreSame) this.skip(limit);
        else if (this.path.length <= MOST_FOLLOWED) this.path.push(pc);
        break;
    }
  }

  /** Ends what is under way without a result. */
  stop(): void {
    if (this.stage === 'off') return;
    this.detach();
    this.stage = 'off';
  }

  private get mayBegin(): boolean {
    const { board, processor } = this;
    const { cpu } = processor;
    const isObserved = board.memory.isWatched || board.ports.isObserved || board.mmio.isObserved;
    return !isObserved && !cpu.trapFlag && cpu.core.shadow === SHADOW.NONE;
  }

  private begin(): void {
    const { core, pc } = this.processor.cpu;
    this.nextLook = this.processor.executedCounts + this.pause;
    if (!this.mayBegin) return;
    // In the midst of a repeated instruction no loop has its beginning.
    if (core.get(RUN_REPEATING) !== 0) {
      this.fail();
      return;
    }
    this.since = this.board.clock.count;
    this.deadline = this.board.scheduler.deadline;
    this.isSpoilt = false;
    if (this.isKnown) {
      this.stage = 'approaching';
      if (pc === this.headPc && core.depth === this.headDepth) this.watch();
      return;
    }
    this.stage = 'measuring';
    this.headPc = this.lowPc = pc;
    this.headDepth = this.lowDepth = core.depth;
    this.keep();
  }

  /** Goes on to where the call record is shortest. */
  private approach(): void {
    if (this.lowDepth === this.headDepth) {
      this.watch();
      return;
    }
    this.headPc = this.lowPc;
    this.headDepth = this.lowDepth;
    this.since = this.board.clock.count;
    this.stage = 'approaching';
  }

  /** Begins to look at an iteration. */
  private watch(): void {
    const { board } = this;
    if (!this.mayBegin) {
      this.fail();
      return;
    }
    this.stage = 'looking';
    this.since = board.clock.count;
    this.steady = Infinity;
    this.path.length = 0;
    this.path.push(this.headPc);
    this.reads = 0;
    this.chips = undefined;
    this.keep();
    this.before ??= new PagesBefore(board.memory);
    this.before.clear();
    board.memory.attach(this.before);
    board.ports.observer = this.ports;
    board.mmio.observer = this.mmio;
  }

  private detach(): void {
    if (this.stage !== 'looking' || this.before === undefined) return;
    const { board } = this;
    board.memory.detach(this.before);
    board.ports.observer = undefined;
    board.mmio.observer = undefined;
  }

  /** A trap of the firmware is about to be done: chips must not be changed by it. */
  trap(): void {
    if (this.stage === 'looking') this.chips ??= this.chipsNow;
  }

  private get chipsNow(): string {
    return JSON.stringify(this.board.chips.map((chip) => Object.values(chip.save()).map(String)));
  }

  private get chipsAreSame(): boolean {
    return this.chips === undefined || this.chips === this.chipsNow;
  }

  /** Notes the registers. */
  private keep(): void {
    const { i32 } = this.board.memory;
    WORDS.forEach((word, n) => {
      this.registers[n] = i32[(CPU_BASE >>> 2) + word];
    });
    this.flags = this.processor.cpu.core.getFlags();
    this.latch = i32[(PLANES + PLANE_FIELDS.LATCH) >>> 2];
  }

  /** Whether the registers are as they were noted, at a boundary like any other. */
  private get isAsBefore(): boolean {
    const { core } = this.processor.cpu;
    const { i32 } = this.board.memory;
    if (core.getFlags() !== this.flags || core.get(RUN_REPEATING) !== 0 || core.shadow !== SHADOW.NONE) return false;
    if (i32[(PLANES + PLANE_FIELDS.LATCH) >>> 2] !== this.latch) return false;
    for (let n = 0; n < WORDS.length; n++) if (i32[(CPU_BASE >>> 2) + WORDS[n]] !== this.registers[n]) return false;
    return true;
  }

  /** The machine is as it was an iteration before: so will it be behind each of the next ones. */
  private skip(limit: number): void {
    const { clock } = this.board;
    const iteration = clock.count - this.since;
    this.stop();
    const due = Math.min(limit, clock.countAt(this.deadline));
    const changes = clock.countAt(this.steady);
    let times = Math.floor((Math.min(due, changes) - clock.count) / iteration);
    if (this.reads === 1 && changes < due && changes - clock.count < SOON) {
      // What the loop does not look at may be another value from time to time: the last one is read.
      const longer = Math.floor((Math.min(due, clock.countAt(this.steadyAsTested)) - clock.count) / iteration) - 1;
      times = Math.max(times, longer);
    }
    const counts = Math.max(0, times) * iteration;
    if (counts > 0) {
      clock.advance(counts);
      this.skipped += counts;
    }
    this.isKnown = true;
    this.pause = SHORTEST_PAUSE;
    this.nextLook = this.processor.executedCounts + this.pause;
  }

  /** Until when the bits of the only port stay that the loop goes by; 0 where that is not known. */
  private get steadyAsTested(): number {
    const { board, path, processor } = this;
    const first = path.indexOf(this.readAt);
    if (first < 0 || path.length > MOST_FOLLOWED) return 0;
    const ops = [...path.slice(first), ...path.slice(0, first)].flatMap((pc) => firstInstruction(processor, pc));
    const bits = testedBits(ops);
    return bits === undefined ? 0 : steadyUntil(board.ports, this.readAddress, bits);
  }

  private fail(): void {
    this.stop();
    this.pause = this.isKnown ? LOST_PAUSE : Math.min(2 * this.pause, LONGEST_PAUSE);
    this.isKnown = false;
    this.nextLook = this.processor.executedCounts + this.pause;
  }
}

/**
 * Time travel: a machine with its past. Going back is loading the nearest earlier snapshot and running forward exactly;
 * the same start and the same inputs give the same run. Snapshots are taken on the way and thinned with age.
 *
 * The past reaches from the first snapshot to `head`, the newest moment. A change by the user in the past cuts off
 * everything behind it: the timeline forks there.
 */
import { Stopwatch } from '../time/stopwatch';
import { applyInput, type Input } from '../system/input';
import type { Machine, MachineListener, MachineStop, RunLimits } from '../system/machine';
import { loadMachine, saveMachine } from '../system/machine-state';
import type { FloppyDisk } from '../storage/floppy-disk';
import type { Overlay } from '../storage/overlay';
import { InputLog } from './input-log';
import { PageStore } from './page-store';
import { type Snapshot, Snapshots } from './snapshots';
import { Spacing } from './spacing';

/** Keys of a medium's blocks in what a snapshot holds lie above those of memory's frames and of the media before it. */
const MEDIUM_KEYS = 2 ** 32;
/** Images of exchanged disks that the past may hold, bytes; where they are more, it begins anew with the newest. */
const MOST_EXCHANGED = 64 * 2 ** 20;
/** A seek this long leaves a snapshot shortly before its target, so that the next step back is cheap. */
const NEAR = 4096;
/** From so many counts on it is worth while not to watch memory while they are passed. */
const LONG_PASS = 20_000;

export interface TimelineOptions {
  /** Bytes that the history may take. */
  readonly historyBytes: number;
  /** The host's clock, ms: snapshots are spaced by what they cost. Without it they are spaced by counts. */
  readonly clock?: () => number;
}

/** What a snapshot is taken for: spaced over the history, near where the user goes to, or for the time of a search. */
type Purpose = 'history' | 'near' | 'bookmark';

const SILENT: MachineListener = { output: () => undefined, note: () => undefined };

export class Timeline {
  private readonly pages: PageStore;
  readonly snapshots: Snapshots;
  readonly inputs = new InputLog();
  /** Of the snapshots that were taken. */
  readonly stopwatch = new Stopwatch();
  private listener: MachineListener = SILENT;
  /** The newest moment. */
  private headCount = 0;
  private headTime = 0;
  /** How many logged inputs have been applied at the present moment. */
  private applied = 0;
  private readonly spacing: Spacing;
  /** Media by the order in which they were first seen, from 1. */
  private readonly media = new WeakMap<Overlay, number>();
  private mediaSeen = 0;
  /** Called when a change in the past cut off what lay behind it. */
  onFork: (count: number) => void = () => undefined;
  /** Called when everything behind the very beginning was forgotten. */
  onRestart: () => void = () => undefined;
  /** Called when the recorded past begins anew, because exchanged disks took too much room in it. */
  onForget: (count: number) => void = () => undefined;

  constructor(
    readonly machine: Machine,
    { historyBytes, clock }: TimelineOptions,
  ) {
    this.snapshots = new Snapshots(historyBytes);
    this.spacing = new Spacing(machine.processor, clock);
    if (clock !== undefined) this.stopwatch.now = clock;
    this.pages = new PageStore(machine.board.memory);
    this.take('history');
  }

  /** Who hears what the machine tells; each thing is told once, replays are silent. */
  listen(listener: MachineListener): void {
    this.listener = listener;
  }

  get count(): number {
    return this.machine.count;
  }

  get first(): number {
    return this.snapshots.first?.count ?? this.count;
  }

  get head(): number {
    return this.headCount;
  }

  get atHead(): boolean {
    return this.count >= this.headCount && this.machine.board.clock.now >= this.headTime;
  }

  /* ------------------------------------------------------------------------------ snapshots */

  private take(purpose: Purpose): void {
    if (this.machine.state.isDead || this.snapshots.at(this.count) !== undefined) return;
    const { snapshots, pages, stopwatch, spacing } = this;
    const { noted } = pages;
    const before = stopwatch.spent;
    const copied = stopwatch.measure(() => this.capture(purpose));
    if (purpose !== 'history') return;
    // What was in memory at the beginning is copied once.
    if (snapshots.all.length === 1) spacing.again();
    else spacing.begin({ copied, noted, took: stopwatch.spent - before });
  }

  /** Says how many pages and blocks were copied. */
  private capture(purpose: Purpose): number {
    const { count } = this;
    const { pages, copied, same } = this.pages.capture();
    const state = saveMachine(this.machine);
    const own = copied;
    for (const { overlay, written } of state.media) {
      const key = this.keyOf(overlay);
      for (const block of written.copied) own.add(key + block);
    }
    const { size } = own;
    this.snapshots.add({ count, state, pages, own, same, inputs: this.applied }, purpose === 'bookmark');
    if (purpose === 'bookmark') return size;
    this.snapshots.thin(count);
    this.forgetInputs();
    return size;
  }

  /** Inputs before the first snapshot are part of it. */
  private forgetInputs(): void {
    this.inputs.forget(this.snapshots.first?.inputs ?? 0);
  }

  /** Where the keys of a medium's blocks begin. */
  private keyOf(overlay: Overlay): number {
    let number = this.media.get(overlay);
    if (number === undefined) {
      number = ++this.mediaSeen;
      this.media.set(overlay, number);
    }
    return MEDIUM_KEYS * number;
  }

  /** Disks that were put into drives in the recorded time, and those that are there now. */
  get disks(): ReadonlySet<FloppyDisk> {
    const disks = new Set(this.machine.board.floppies.disks);
    for (const { input } of this.inputs.all)
      if (input.type === 'media' && input.disk !== undefined) disks.add(input.disk);
    return disks;
  }

  /** Bytes of the images of exchanged disks that the recorded time holds. */
  private get exchangedBytes(): number {
    const lengths = new Map([...this.disks].map(({ digest, content }) => [digest, content.length]));
    return [...lengths.values()].reduce((sum, length) => sum + length, 0);
  }

  /** Forgets everything before the present moment. */
  private beginHere(): void {
    if (this.machine.state.isDead) return;
    this.snapshots.clear();
    this.take('history');
    this.onForget(this.count);
  }

  private restore(snapshot: Snapshot): void {
    this.pages.restore(snapshot.pages);
    loadMachine(this.machine, snapshot.state);
    this.applied = snapshot.inputs;
  }

  /* ------------------------------------------------------------------------------ running */

  /**
   * Runs forward: over known time silently, beyond it for the first time. Same contract as Machine.run, but that the time
   * may be that of a host's clock, with parts of a nanosecond.
   */
  run(given: RunLimits, resume: boolean): MachineStop {
    const limits = { ...given, time: Math.floor(given.time) };
    let first = resume;
    for (;;) {
      const stop = this.segment(limits, first);
      first = false;
      if (stop.kind !== 'limit') return stop;
      if (this.machine.board.clock.now >= limits.time) return stop;
      if (this.count >= limits.count && !this.hasInputHere) return stop;
      if (this.isIdle(limits)) return stop;
    }
  }

  /** An input of the present count is still to be applied. */
  private get hasInputHere(): boolean {
    return this.inputs.at(this.applied)?.count === this.count;
  }

  /** Halted with nothing due: running on would not move anything. */
  private isIdle(limits: RunLimits): boolean {
    return (
      limits.time === Infinity &&
      this.machine.processor.cpu.halted &&
      this.machine.board.scheduler.deadline === Infinity &&
      this.inputs.at(this.applied) === undefined
    );
  }

  /** Runs to the next thing that the timeline itself has to do: an input, a snapshot, the head, or the limits. */
  private segment(limits: RunLimits, resume: boolean): MachineStop {
    const { machine, spacing } = this;
    const replaying = !this.atHead;
    const input = this.inputs.at(this.applied);
    let until = limits.count;
    let time = limits.time;
    if (input !== undefined) {
      until = Math.min(until, input.count);
      if (this.hasInputHere) {
        // Carry a halted CPU to the moment of the input, then apply it.
        if (machine.board.clock.now >= input.time) {
          this.apply(input.input);
          return { kind: 'limit' };
        }
        until = this.count + 1;
        time = Math.min(time, input.time);
      }
    }
    if (replaying && this.count < this.headCount) until = Math.min(until, this.headCount);
    else if (replaying) time = Math.min(time, this.headTime);
    const known = this.snapshots.after(this.count);
    until = Math.min(until, known?.count ?? Infinity, replaying ? Infinity : this.count + spacing.ahead);
    machine.listener = replaying ? SILENT : this.listener;
    const from = this.count;
    const since = spacing.now;
    const stop = machine.run({ count: until, time, breakpoints: limits.breakpoints }, resume);
    machine.listener = SILENT;
    if (!replaying || this.count > this.headCount) this.moveHead();
    if (stop.kind === 'limit' && this.count === known?.count && !this.hasInputsAt(known)) this.pages.adopt(known.pages);
    if (!replaying && spacing.ran(this.count - from, since) && stop.kind === 'limit') this.take('history');
    return stop;
  }

  /** Whether inputs of a snapshot's count are still to be applied: then memory is not yet as the snapshot has it. */
  private hasInputsAt(snapshot: Snapshot): boolean {
    return this.applied !== snapshot.inputs;
  }

  private moveHead(): void {
    this.headCount = this.count;
    this.headTime = this.machine.board.clock.now;
  }

  private apply(input: Input): void {
    this.applied++;
    applyInput(this.machine, input);
  }

  /* ------------------------------------------------------------------------------ the outside */

  /** Something from outside, at the present moment; in the past it forks the timeline here. */
  input(input: Input): void {
    if (!this.atHead) this.fork();
    const { clock } = this.machine.board;
    // Tried before it is logged: an impossible input throws and leaves no trace.
    applyInput(this.machine, input);
    this.inputs.add({ count: clock.count, time: clock.now, input });
    this.applied++;
    if (input.type === 'media' && this.exchangedBytes > MOST_EXCHANGED) this.beginHere();
  }

  /** Forgets everything behind the present moment. */
  private fork(): void {
    this.inputs.truncate(this.applied);
    this.snapshots.truncate(this.count);
    this.spacing.again();
    this.moveHead();
    this.onFork(this.count);
  }

  /* ------------------------------------------------------------------------------ travelling */

  /**
   * Goes to `count`, whichever way it lies: to the state with everything due at it done. Beyond the head it runs on.
   * Never stops for breakpoints. Gives the stop that kept it from arriving, if any.
   */
  seek(count: number): MachineStop | undefined {
    const target = Math.max(count, this.first);
    const near = this.snapshots.before(target);
    if (near !== undefined && (target < this.count || near.count > this.count)) this.restore(near);
    const distance = target - this.count;
    if (distance > NEAR && target <= this.headCount) {
      const stop = this.pass(target - NEAR / 2);
      if (stop.kind !== 'limit') return stop;
      this.take('near');
    }
    const stop = this.pass(target);
    return this.count === target ? undefined : stop;
  }

  /** Runs forward to `count`, past whatever would stop a run. */
  pass(count: number): MachineStop {
    const { memory } = this.machine.board;
    const { watched } = memory;
    const unwatched = watched.length > 0 && count - this.count > LONG_PASS;
    if (unwatched) memory.setWatches([]);
    this.machine.passing = true;
    try {
      return this.run({ count, time: Infinity, breakpoints: false }, false);
    } finally {
      this.machine.passing = false;
      if (unwatched) memory.setWatches(watched);
    }
  }

  /** Takes a snapshot here, so that exactly this moment can be gone back to. */
  mark(): void {
    this.take('near');
  }

  /**
   * Takes a snapshot here that is none of the history's: `dropBookmarks` takes it away again. Says whether there is one; they
   * have a small room of their own.
   */
  bookmark(): boolean {
    if (this.snapshots.hasRoomForBookmark(this.pages.dirtyPages)) this.take('bookmark');
    return this.snapshots.at(this.count) !== undefined;
  }

  /** Takes the bookmarks behind `count` away, all of them without it. */
  dropBookmarks(count?: number): void {
    this.snapshots.dropBookmarks(count);
    if (count === undefined) this.snapshots.thin(this.count);
  }

  /** Back to the very beginning, as a fresh machine with nothing known of what comes. */
  restart(): void {
    const { first } = this.snapshots;
    if (first === undefined) throw new Error('The timeline has no beginning.');
    this.restore(first);
    this.inputs.truncate(this.applied);
    this.snapshots.truncate(this.count);
    this.spacing.again();
    this.moveHead();
    this.onRestart();
  }
}

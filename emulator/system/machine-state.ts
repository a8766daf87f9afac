/** The whole state of a machine but its memory pages (see timeline/page-store): saved, loaded, digested. */
import { EFLAGS, LAZY_FLAGS, X86_REGISTERS } from '../cpu/x86/registers';
import { CPU_BASE, FRAMES, PAGE_SIZE, REGISTER_BYTES, RUN_REPEATING } from '../memory/layout';
import type { Board } from '../machines/board';
import { Digest } from '../state/digest';
import type { SavedState } from '../state/fields';
import type { FloppyDrivesState } from '../storage/floppy-drives';
import type { Overlay, OverlayState } from '../storage/overlay';
import type { Machine } from './machine';

/** Immutable: copies and shared immutable parts. */
export interface MachineState {
  readonly clock: SavedState;
  readonly timers: SavedState;
  readonly machine: SavedState;
  readonly chips: readonly SavedState[];
  /** The CPU's register slots, as they are in memory. */
  readonly registers: Uint8Array;
  readonly repeating: number;
  readonly shadow: number;
  readonly calls: Uint8Array;
  readonly floppies: FloppyDrivesState;
  /** What was written to each medium that the machine has. */
  readonly media: readonly { readonly overlay: Overlay; readonly written: OverlayState }[];
}

/** Of every medium that the machine has now, in a drive or beside it. */
export function overlaysOf({ floppies, disks }: Board): readonly Overlay[] {
  return [...floppies.disks.map(({ medium }) => medium.overlay), ...disks.map(({ overlay }) => overlay)];
}

export function saveMachine(machine: Machine): MachineState {
  const { board, processor } = machine;
  const { core, calls } = processor.cpu;
  return {
    clock: board.clock.save(),
    timers: board.scheduler.save(),
    machine: machine.saveFields(),
    chips: board.chips.map((chip) => chip.save()),
    registers: board.memory.u8.slice(CPU_BASE, CPU_BASE + REGISTER_BYTES),
    repeating: core.get(RUN_REPEATING),
    shadow: core.shadow,
    calls: calls.save(),
    floppies: board.floppies.save(),
    media: overlaysOf(board).map((overlay) => ({ overlay, written: overlay.save() })),
  };
}

/** Puts a saved state back. Memory pages are the caller's. @throws Error when the state is of another machine. */
export function loadMachine(machine: Machine, state: MachineState): void {
  const { board, processor } = machine;
  const { core, calls } = processor.cpu;
  if (state.chips.length !== board.chips.length || state.floppies.drives.length !== board.floppies.drives.length) {
    throw new Error('The saved state is of a machine with other chips or drives.');
  }
  board.memory.u8.set(state.registers, CPU_BASE);
  core.set(RUN_REPEATING, state.repeating);
  calls.load(state.calls);
  board.clock.load(state.clock);
  core.shadow = state.shadow;
  board.scheduler.load(state.timers);
  machine.loadFields(state.machine);
  board.chips.forEach((chip, n) => chip.load(state.chips[n]));
  board.floppies.load(state.floppies);
  for (const { overlay, written } of state.media) overlay.load(written);
  machine.addressMaskChanged();
  core.space.changed();
  core.updateContext();
}

/**
 * The digest of everything that can be told apart by the guest: registers with flags made canonical, timers, chips,
 * memory, media. The call record is for people and left out.
 */
export function digestMachine(machine: Machine): string {
  const digest = new Digest();
  const { board, processor } = machine;
  const { core } = processor.cpu;
  const fields = (saved: SavedState) => {
    for (const [name, value] of Object.entries(saved)) {
      digest.text(name);
      digest.value(value);
    }
  };
  fields(board.clock.save());
  fields(board.scheduler.save());
  fields(machine.saveFields());
  for (const chip of board.chips) {
    digest.text(chip.id);
    fields(chip.save());
  }
  core.set(EFLAGS, core.getFlags());
  for (const row of X86_REGISTERS) {
    if (row.partOf !== undefined || LAZY_FLAGS.has(row.offset)) continue;
    const value = core.registers.get(row);
    digest.word(Number(value & 0xffffffffn));
    digest.word(Number(value >> 32n));
  }
  digest.word(core.get(RUN_REPEATING));
  digest.word(core.shadow);
  board.floppies.digest(digest);
  for (const disk of board.disks) disk.overlay.digest(digest);
  const words = board.memory.i32;
  for (let frame = 0; frame < board.memory.frameCount; frame++) {
    const start = (FRAMES + frame * PAGE_SIZE) >>> 2;
    const end = start + (PAGE_SIZE >>> 2);
    let used = false;
    for (let i = start; i < end && !used; i++) used = words[i] !== 0;
    if (!used) continue;
    digest.word(frame);
    for (let i = start; i < end; i++) digest.word(words[i]);
  }
  return digest.hex();
}

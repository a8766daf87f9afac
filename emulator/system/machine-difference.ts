/** What tells two machines of the same kind apart, for people. */
import { EFLAGS, LAZY_FLAGS, X86_REGISTERS } from '../cpu/x86/registers';
import { PAGE_SIZE, RUN_REPEATING } from '../memory/layout';
import { Digest } from '../state/digest';
import type { SavedState } from '../state/fields';
import type { Machine } from './machine';

/** Most bytes of memory that are named. */
const MOST_BYTES = 8;

/** A line for each register, field and byte of memory that differs: `EAX: 1 and 2`, that of `a` first. */
export function differences(a: Machine, b: Machine): readonly string[] {
  return [...registers(a, b), ...fields(a, b), ...media(a, b), ...memory(a, b)];
}

function registers(a: Machine, b: Machine): readonly string[] {
  const cores = [a, b].map(({ processor }) => processor.cpu.core);
  for (const core of cores) core.set(EFLAGS, core.getFlags());
  return X86_REGISTERS.filter(({ partOf, offset }) => partOf === undefined && !LAZY_FLAGS.has(offset)).flatMap(
    (row) => {
      const [one, other] = cores.map((core) => core.registers.get(row));
      return one === other ? [] : [`${row.name}: ${hex(one)} and ${hex(other)}`];
    },
  );
}

/** What is written to disks, and where they are. */
function media(a: Machine, b: Machine): readonly string[] {
  const digests = [a, b].map(({ board }) => {
    const digest = new Digest();
    board.floppies.digest(digest);
    for (const { overlay } of board.disks) overlay.digest(digest);
    return digest.hex();
  });
  return digests[0] === digests[1] ? [] : ['what is in the drives, or was written to it'];
}

const partsOf = (machine: Machine): readonly (readonly [string, SavedState])[] => [
  ['CPU', { repeating: machine.processor.cpu.core.get(RUN_REPEATING), shadow: machine.processor.cpu.core.shadow }],
  ['clock', machine.board.clock.save()],
  ['timers', machine.board.scheduler.save()],
  ['machine', machine.saveFields()],
  ...machine.board.chips.map((chip) => [chip.id, chip.save()] as const),
];

function fields(a: Machine, b: Machine): readonly string[] {
  const others = partsOf(b);
  return partsOf(a).flatMap(([name, one], n) => {
    const other = others[n]?.[1] ?? {};
    return Object.keys(one)
      .filter((field) => text(one[field]) !== text(other[field]))
      .map((field) => `${name} ${field}: ${text(one[field])} and ${text(other[field])}`);
  });
}

function memory(a: Machine, b: Machine): readonly string[] {
  const lines: string[] = [];
  const { memory: one } = a.board;
  const { memory: other } = b.board;
  for (let frame = 0; frame < one.frameCount; frame++) {
    const [left, right] = [one.frame(frame), other.frame(frame)];
    const base = one.addressOf(frame);
    for (let i = 0; i < PAGE_SIZE; i++) {
      if (left[i] === right[i]) continue;
      if (lines.length === MOST_BYTES) return [...lines, 'and more bytes'];
      const where =
        base === undefined ? `byte ${hex(i)} of frame ${hex(frame)} of a chip's memory` : `memory at ${hex(base + i)}`;
      lines.push(`${where}: ${hex(left[i])} and ${hex(right[i])}`);
    }
  }
  return lines;
}

const hex = (value: bigint | number | undefined): string => `${(value ?? 0).toString(16).toUpperCase()}h`;

/** A saved value, not too long. */
const text = (value: SavedState[string] | undefined): string => {
  const whole = typeof value === 'object' ? Array.from(value).join(' ') : String(value);
  return whole.length > 60 ? `${whole.slice(0, 57)}...` : whole;
};

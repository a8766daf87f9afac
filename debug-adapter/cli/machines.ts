/** `stepback machines`: what there is to run on: boards, CPUs, chips, their registers and fields. */
import type { Command } from 'commander';
import type { AddressSpace } from '../../emulator/bus/address-space';
import { CPU_MODELS } from '../../emulator/cpu/x86/models';
import { X86_REGISTERS } from '../../emulator/cpu/x86/registers';
import { BOARDS, type BoardEntry, boardEntry } from '../../emulator/machines/registry';
import type { BitField } from '../../emulator/state/bits';
import type { Board } from '../../emulator/machines/board';
import { Console } from './channels';
import { asked } from './exit-codes';
import { hex } from './values';

const MEMORY = 32 * 1024 * 1024;

const EXAMPLES = `
Examples:
  stepback machines               every board with its CPUs, memory and chips
  stepback machines pc            with every register and bit field
  stepback machines pc com1       those of one chip
  stepback machines pc cpu        those of the CPU`;

export function defineMachines(command: Command): void {
  command
    .argument('[MACHINE]', 'A board.')
    .argument('[CHIP]', 'One of its chips, or "cpu".')
    .addHelpText('after', EXAMPLES)
    .action(async (machine: string | undefined, chip: string | undefined) => {
      const console = new Console();
      const lines = machine === undefined ? BOARDS.flatMap((entry) => overview(entry)) : details(machine, chip);
      for (const line of lines) console.line(line);
      await console.drain();
    });
}

function build(entry: BoardEntry): Board {
  return entry.create({
    cpu: entry.cpus[0],
    memoryBytes: MEMORY,
    floppies: [],
    disks: [],
    bootOrder: [],
    rtcEpochSeconds: 0,
  });
}

function overview(entry: BoardEntry): readonly string[] {
  const board = build(entry);
  return [
    `${entry.id}  ${entry.title}`,
    '  CPUs',
    ...entry.cpus.map((id) => `    ${id.padEnd(12)}${CPU_MODELS[id as keyof typeof CPU_MODELS].title}`),
    `  memory (with ${MEMORY / 1024 / 1024} MiB)`,
    ...[...board.memory.listRegions(), ...board.mmio.list()]
      .toSorted((a, b) => a.base - b.base)
      .map(({ base, length, name }) => `    ${hex(base, 8)}-${hex(base + length - 1, 8)}  ${name}`),
    '  chips',
    ...board.chips.map((chip) =>
      `    ${chip.id.padEnd(12)}${chip.model.padEnd(32)}${places(board.ports, chip.id)}`.trimEnd(),
    ),
  ];
}

/** The ports at which a chip answers: `3F8-3FF`. */
function places(ports: AddressSpace, chip: string): string {
  const ranges = ports
    .list()
    .filter((mapping) => mapping.name === chip)
    .map(({ base, length }) => (length === 1 ? hex(base, 3) : `${hex(base, 3)}-${hex(base + length - 1, 3)}`));
  return ranges.length === 0 ? '' : `ports ${ranges.join(', ')}`;
}

function details(machine: string, chip: string | undefined): readonly string[] {
  const entry = asked(() => boardEntry(machine));
  const board = build(entry);
  const known = ['cpu', ...board.chips.map(({ id }) => id)];
  return asked(() => {
    if (chip !== undefined && !known.includes(chip)) {
      throw new Error(`The machine ${machine} has no chip '${chip}'. It has: ${known.join(', ')}.`);
    }
    const lines: string[] = chip === undefined ? [...overview(entry), ''] : [];
    if (chip === undefined || chip === 'cpu') lines.push(...cpuRegisters());
    for (const one of board.chips) {
      if (chip !== undefined && one.id !== chip) continue;
      lines.push(`${one.id}  ${one.model}`);
      for (const { name, width, doc, writable, fields } of one.view()) {
        lines.push(registerLine(name, width, `${doc}${writable ? '' : ' (read only)'}`));
        lines.push(...fields.map(({ field }) => fieldLine(field)));
      }
    }
    return lines;
  });
}

function cpuRegisters(): readonly string[] {
  return [
    'cpu  x86',
    ...X86_REGISTERS.filter((row) => row.group !== 'internal' && row.partOf === undefined).flatMap((row) => [
      registerLine(row.name, row.width, row.doc),
      ...(row.bits ?? []).map((field) => fieldLine(field)),
    ]),
  ];
}

const registerLine = (name: string, width: number, doc: string): string =>
  `  ${name.padEnd(24)}${String(width).padStart(2)} bits  ${doc}`.trimEnd();

function fieldLine({ name, lsb, width = 1, values, doc }: BitField): string {
  const bits = width === 1 ? String(lsb) : `${lsb + width - 1}-${lsb}`;
  const meanings = Object.entries(values ?? {}).map(([value, meaning]) => `${value} ${meaning}`);
  const text = [doc ?? '', meanings.join(', ')].filter((part) => part !== '').join(': ');
  return `    ${bits.padEnd(6)}${name.padEnd(24)}${text}`.trimEnd();
}

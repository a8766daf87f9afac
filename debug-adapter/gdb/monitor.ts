/**
 * `monitor` commands (`qRcmd`): what GDB itself has no word for. Names that QEMU's monitor has mean the same here.
 * Source: QEMU documentation, "QEMU Monitor".
 */
import type { DebugTarget, Watched } from '../../emulator/debug/target';
import { examine } from './examine';
import type { StubContext } from './context';

export interface MonitorCommand {
  /** As it is typed: `info registers`. */
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  /** @param rest the words behind the name. @throws Error with a message for the person */
  run(rest: string, stub: StubContext): string | Promise<string>;
}

const STALE = 'GDB still shows the registers of before: "maintenance flush register-cache" reads them anew.';

const hex = (value: bigint, bits: number): string =>
  value
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(bits / 4), '0');

async function registers({ registers: capability, description }: DebugTarget): Promise<string> {
  const rows = description.registers.filter((row) => row.partOf === undefined);
  const values = await capability.read(rows.map((row) => row.name));
  const lines: string[] = [];
  let group = '';
  for (const [n, row] of rows.entries()) {
    if (row.group !== group) lines.push(`${row.group}:`);
    ({ group } = row);
    const value = values[n] ?? 0n;
    const set = (row.bits ?? []).filter((field) => (value >> BigInt(field.lsb)) & 1n && (field.width ?? 1) === 1);
    const names = set.map((field) => field.name).join(' ');
    lines.push(`  ${row.name.padEnd(12)}${hex(value, row.width)}${names === '' ? '' : `  [${names}]`}`);
  }
  return lines.join('\n');
}

async function status(stub: StubContext): Promise<string> {
  const { target } = stub;
  const { execution, code, reverse } = target;
  const pc = code === undefined ? '' : await code.format(await code.pc());
  const mode = code === undefined ? '' : `, ${(await code.mode()).title}`;
  const lines = [
    `${execution.running ? 'running' : 'stopped'} at ${pc}${mode}`,
    `instruction ${execution.position}, ${((await target.time()) / 1e6).toFixed(3)} ms of the machine's own time`,
  ];
  if (reverse !== undefined)
    lines.push(`recorded: ${reverse.range.first} to ${reverse.range.last}, ${reverse.bytes} bytes`);
  return lines.join('\n');
}

async function devices(stub: StubContext, chip: string): Promise<string> {
  const chips = await stub.target.devices?.read();
  if (chips === undefined) throw new Error('This machine shows no devices.');
  if (chip === '') return chips.map(({ id, model }) => `${id.padEnd(12)}${model}`).join('\n');
  const found = chips.find(({ id }) => id === chip);
  if (found === undefined)
    throw new Error(`There is no device "${chip}"; there are: ${chips.map(({ id }) => id).join(' ')}.`);
  const lines = found.registers.flatMap((register) => [
    `${register.name.padEnd(24)}${hex(BigInt(register.value), register.width)}`,
    ...register.fields.map(
      ({ name, value, meaning }) => `  ${name.padEnd(22)}${value}${meaning === undefined ? '' : ` (${meaning})`}`,
    ),
  ]);
  return [found.model, ...found.notes, ...lines].join('\n');
}

/** Runs to the end of a goal that is no step of GDB's own. */
async function go(stub: StubContext, goal: Parameters<DebugTarget['execution']['resume']>[0]): Promise<string> {
  const { target, name } = stub;
  await stub.points.apply(target, name);
  const stop = await stub.stopAfter(() => target.execution.resume(goal, name));
  stub.wasMoved(`monitor`);
  return [stop.text, await status(stub), STALE].filter((line) => line !== '').join('\n');
}

function count(text: string): number {
  if (!/^\d{1,16}$/.test(text))
    throw new Error(`"${text}" is no instruction count; "monitor info status" shows the present one.`);
  return Number(text);
}

/** `0x7e00 2`: a range whose writes count. */
function written(text: string, { description, reverse, watchpoints }: DebugTarget): Watched {
  if (reverse === undefined || watchpoints === undefined) throw new Error('This machine can not tell who wrote.');
  const [, address, length] = /^(0x[0-9a-f]{1,16}|\d{1,19})(?:\s+(\d{1,5}))?$/i.exec(text.trim()) ?? [];
  if (address === undefined || length === '0') {
    throw new Error(`"${text}" is no address with a number of bytes; write for example: who 0x7e00 2`);
  }
  return { space: description.codeSpace, address: BigInt(address), length: Number(length ?? 1), access: 'write' };
}

function media({ media: capability }: DebugTarget): NonNullable<DebugTarget['media']> {
  if (capability === undefined) throw new Error('The media of this machine can not be exchanged.');
  return capability;
}

/** `floppy0: /home/me/dos2.img, 1.44 MB 3.5"`, a line a drive. */
async function drives(target: DebugTarget): Promise<string> {
  const lines = (await media(target).drives()).map(({ id, medium }) => {
    if (medium === undefined) return `${id}: empty`;
    return `${id}: ${medium.name}, ${medium.format}${medium.written ? ', written to' : ''}`;
  });
  return lines.join('\n');
}

/** @param rest a drive, and the path of an image; the path may stand in double quotes */
async function exchange(rest: string, target: DebugTarget, withImage: boolean): Promise<string> {
  const [, drive, quoted, plain] = /^(\S+)(?:\s+(?:"([^"]+)"|(.+)))?$/.exec(rest) ?? [];
  const image = quoted ?? plain;
  if (drive === undefined || (image !== undefined) !== withImage) {
    throw new Error(`Write for example: ${withImage ? 'change floppy0 disk2.img' : 'eject floppy0'}`);
  }
  await media(target).exchange(drive, image);
  return drives(target);
}

export const MONITOR_COMMANDS: readonly MonitorCommand[] = [
  { name: 'help', usage: 'help', help: 'This list.', run: () => help() },
  {
    name: 'info registers',
    usage: 'info registers',
    help: 'All registers, with the names of set bits.',
    run: (_, { target }) => registers(target),
  },
  {
    name: 'info status',
    usage: 'info status',
    help: 'Where the machine is, in time too.',
    run: (_, stub) => status(stub),
  },
  {
    name: 'info devices',
    usage: 'info devices [CHIP]',
    help: 'The chips, or the registers of one.',
    run: (rest, stub) => devices(stub, rest),
  },
  {
    name: 'info block',
    usage: 'info block',
    help: 'The drives whose media can be exchanged.',
    run: (_, { target }) => drives(target),
  },
  {
    name: 'change',
    usage: 'change DRIVE FILE',
    help: 'Puts the disk of an image into a drive, as change floppy0 disk2.img.',
    run: (rest, { target }) => exchange(rest, target, true),
  },
  {
    name: 'eject',
    usage: 'eject DRIVE',
    help: 'Takes the disk out of a drive.',
    run: (rest, { target }) => exchange(rest, target, false),
  },
  {
    name: 'xp',
    usage: 'xp /COUNT FORMAT SIZE ADDRESS',
    help: 'Examines physical memory, as xp /8xw 0x7c00.',
    run: (rest, { target }) => examine(target, 'physical', rest),
  },
  {
    name: 'x',
    usage: 'x /COUNT FORMAT SIZE ADDRESS',
    help: 'Examines linear memory.',
    run: (rest, { target }) => examine(target, target.description.codeSpace, rest),
  },
  {
    name: 'i',
    usage: 'i /COUNT FORMAT SIZE PORT',
    help: 'Looks at I/O ports without reading them.',
    run: (rest, { target }) => examine(target, 'io', rest),
  },
  {
    name: 'gva2gpa',
    usage: 'gva2gpa ADDRESS',
    help: 'Shows how page tables lead from a linear address to a physical one.',
    run: async (rest, { target: { memory } }) => {
      if (!/^(0x[0-9a-f]{1,16}|\d{1,19})$/i.test(rest)) throw new Error(`"${rest}" is no address, such as 0xc0001000.`);
      if (memory.walk === undefined) throw new Error('This machine can not tell.');
      return (await memory.walk(BigInt(rest))).join('\n');
    },
  },
  {
    name: 'screen',
    usage: 'screen',
    help: 'The text on the screen, or what it shows.',
    run: async (_, { target: { display } }) => {
      if (display === undefined) return 'The machine has no screen.';
      const rows = await display.text();
      return rows.length === 0 ? `The screen shows no text: ${await display.mode()}.` : rows.join('\n').trimEnd();
    },
  },
  {
    name: 'over',
    usage: 'over',
    help: 'Steps over a CALL, INT, REP or LOOP, in 16-bit code too.',
    run: (_, stub) => go(stub, { kind: 'step', direction: 'forward', mode: 'over' }),
  },
  {
    name: 'out',
    usage: 'out',
    help: 'Runs until the present routine returns, in 16-bit code too.',
    run: (_, stub) => go(stub, { kind: 'step', direction: 'forward', mode: 'out' }),
  },
  {
    name: 'seek',
    usage: 'seek COUNT',
    help: 'Goes to an instruction count, forward or back.',
    run: (rest, stub) => go(stub, { kind: 'seek', position: count(rest) }),
  },
  {
    name: 'who',
    usage: 'who ADDRESS [BYTES]',
    help: 'Goes back to before the last write to memory there.',
    run: (rest, stub) => go(stub, { kind: 'last-access', watched: written(rest, stub.target) }),
  },
  {
    name: 'catch',
    usage: 'catch [FILTER ...]',
    help: 'Stops at exceptions from now on: cpu.13 for #GP; without a name at none.',
    run: async (rest, { target, name }) => {
      if (target.exceptions === undefined) throw new Error('This machine can not stop at exceptions.');
      const ids = rest.split(/\s+/).filter((word) => word !== '');
      await target.exceptions.set(
        name,
        ids.map((id) => ({ id })),
      );
      if (ids.length > 0) return `Stops at: ${ids.join(' ')}.`;
      return `Stops at none. There are:\n${target.exceptions.filters.map(({ id, label }) => `  ${id.padEnd(16)}${label}`).join('\n')}`;
    },
  },
  {
    name: 'system_reset',
    usage: 'system_reset',
    help: 'Starts the machine anew, at its first instruction.',
    run: async (_, stub) => {
      await stub.stopAfter(() => void stub.target.execution.restart());
      stub.wasMoved('monitor');
      return STALE;
    },
  },
  {
    name: 'digest',
    usage: 'digest',
    help: 'A digest of the whole state: equal ones mean equal machines.',
    run: (_, { target }) => target.digest(),
  },
];

function help(): string {
  const width = Math.max(...MONITOR_COMMANDS.map(({ usage }) => usage.length)) + 2;
  return MONITOR_COMMANDS.map(({ usage, help: text }) => `${usage.padEnd(width)}${text}`).join('\n');
}

/** Runs a command line; gives what is to be shown, also for errors. */
export async function monitor(stub: StubContext, line: string): Promise<string> {
  // Between the words of a name one blank is as good as another; file names keep theirs.
  const text = line.trim().replace(/^info\s+/, 'info ');
  const command = MONITOR_COMMANDS.find(
    ({ name }) => text.startsWith(name) && /^(?:[\s/]|$)/.test(text.slice(name.length)),
  );
  if (command === undefined) return `There is no monitor command "${text}". There are:\n${help()}`;
  try {
    return await command.run(text.slice(command.name.length).trim(), stub);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The commands of the terminal debugger: names, help and what each does. The help text is made of this table. */
import path from 'node:path';
import type { ScreenTextResponse } from '../../protocol/messages';
import { type Access, exceptionFilter } from './breakpoints';
import { Refused } from './client';
import { changeDisk, ejectDisk, listDrives } from './disks';
import type { TerminalDebugger } from './terminal';
import { memoryRows } from './text';

export interface TerminalCommand {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  readonly group: 'Run' | 'Back in time' | 'Breakpoints' | 'Look' | 'Change' | 'Machine' | 'Other';
  /** An empty line does it again. */
  readonly repeats?: true;
  run(debug: TerminalDebugger, rest: string): Promise<void>;
}

const MOST_MEMORY = 1 << 16;
const DEFAULT_MEMORY = 128;
const DEFAULT_CODE = 10;
const MOST_STEPS = 100_000;
const ALL_FRAMES = 50;

/** @throws Refused for what is no count */
function countOf(text: string, otherwise: number, most: number): number {
  if (text === '') return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Refused(`Expected a count from 1 to ${most}, got "${text}".`);
  return value;
}

/** A step, as often as is asked for. */
const step =
  (command: string, granularity: 'line' | 'instruction') => async (debug: TerminalDebugger, rest: string) => {
    for (let left = countOf(rest, 1, MOST_STEPS); left > 0 && !debug.ended; left--) {
      await debug.run(command, granularity === 'instruction' ? { granularity } : {});
    }
  };

const run = (command: string) => (debug: TerminalDebugger) => debug.run(command);

/** Longest `continue SECONDS`: a day. */
const MOST_SECONDS = 86_400;

async function runOn(debug: TerminalDebugger, rest: string): Promise<void> {
  if (rest === '') {
    await debug.run('continue');
    return;
  }
  const seconds = Number(rest);
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new Refused(`Expected seconds, got "${rest}".`);
  const timer = setTimeout(() => void debug.interrupt(), seconds * 1000);
  try {
    await debug.run('continue');
  } finally {
    clearTimeout(timer);
  }
}

/** `PLACE if CONDITION`. */
function withCondition(rest: string): { readonly place: string; readonly condition: string | undefined } {
  const [, place = rest, condition] = /^(.*?)\s+if\s+(.+)$/.exec(rest) ?? [];
  return { place: place.trim(), condition };
}

const needed = (text: string, what: string): string => {
  if (text === '') throw new Refused(`Say ${what}.`);
  return text;
};

const watch = (access: Access) => async (debug: TerminalDebugger, rest: string) => {
  const { place, condition } = withCondition(needed(rest, 'what to watch, such as word[0x7e00] or a label'));
  const { client, breakpoints, screen } = debug;
  const [, name = place, bytes] = /^(.*?)\s*,\s*(\d+)$/.exec(place) ?? [];
  const size = bytes === undefined ? {} : { bytes: Number(bytes) };
  const info = await client.ask('dataBreakpointInfo', { name, asAddress: true, ...size });
  if (info.dataId === null) throw new Refused(info.description);
  screen.print(await breakpoints.add(rest, { kind: 'data', dataId: info.dataId, access }, condition));
};

/** A memory reference of an expression. @throws Refused where its value is no address */
async function addressOf(debug: TerminalDebugger, expression: string): Promise<string> {
  const { memoryReference, result } = await debug.evaluate(expression);
  // A plain number is an address as it stands.
  const address = memoryReference ?? /^0x[0-9a-f]+/i.exec(result)?.[0];
  if (address === undefined) throw new Refused(`"${expression}" is no address.`);
  return address;
}

async function examine(debug: TerminalDebugger, rest: string): Promise<void> {
  const [, expression = rest, amount = ''] = /^(.*?)\s*,\s*(\w+)$/.exec(rest) ?? [];
  const before = debug.nextMemory;
  if (rest === '' && before === undefined) throw new Refused('Say where, such as: memory ds:si, 64');
  const count = rest === '' && before !== undefined ? before.count : countOf(amount, DEFAULT_MEMORY, MOST_MEMORY);
  const memoryReference = rest === '' && before !== undefined ? before.reference : await addressOf(debug, expression);
  const { address, data = '', unreadableBytes } = await debug.client.ask('readMemory', { memoryReference, count });
  const bytes = Buffer.from(data, 'base64');
  const start = BigInt(/(0x[0-9a-f]+|\d+)$/i.exec(address)?.[1] ?? '0');
  for (const row of memoryRows(start, bytes)) debug.screen.print(row);
  if (unreadableBytes !== undefined) debug.screen.print(`${unreadableBytes} bytes behind that are no memory.`);
  const next = `0x${(start + BigInt(bytes.length)).toString(16)}`;
  const space = /^(.*:)/.exec(address)?.[1] ?? '';
  debug.nextMemory = { reference: `${space}${next}`, count };
}

async function disassemble(debug: TerminalDebugger, rest: string): Promise<void> {
  const [, expression = rest, amount = ''] = /^(.*?)\s*,\s*(\w+)$/.exec(rest) ?? [];
  const count = countOf(amount, DEFAULT_CODE, MOST_STEPS);
  const here = (await debug.top()).instructionPointerReference ?? '0';
  const from = expression === '' ? (debug.nextCode ?? here) : await addressOf(debug, expression);
  // One more, so that the next call knows where to go on.
  const instructions = await debug.instructions(from, count + 1);
  for (const { address, instruction, instructionBytes = '', symbol } of instructions.slice(0, count)) {
    if (symbol !== undefined) debug.screen.print(`${symbol}:`);
    const mark = BigInt(address) === BigInt(here) ? '->' : '  ';
    const text = `${mark} ${address.padEnd(10)}  ${instructionBytes.padEnd(23)}  ${instruction}`;
    debug.screen.print(mark === '->' ? debug.screen.style.strong(text) : text);
  }
  debug.nextCode = instructions[count]?.address;
}

async function breakAt(debug: TerminalDebugger, rest: string): Promise<void> {
  const { place, condition } = withCondition(rest);
  const line = /^(.*?):?(\d+)$/.exec(place);
  const file = /^(.+\.\w+):(\d+)$/.exec(place);
  if (file?.[1] !== undefined) {
    const what = { kind: 'line', path: path.resolve(file[1]), line: Number(file[2]) } as const;
    debug.screen.print(await debug.breakpoints.add(rest, what, condition));
  } else if (line?.[1] === '' && /^\d{1,5}$/.test(place)) {
    const { source } = await debug.top();
    if (source?.path === undefined) throw new Refused('There is no source here; name an address, such as 0x7c00.');
    const what = { kind: 'line', path: source.path, line: Number(place) } as const;
    debug.screen.print(await debug.breakpoints.add(`${source.name ?? ''}:${place}`, what, condition));
  } else {
    const name = place === '' ? ((await debug.top()).instructionPointerReference ?? '') : place;
    debug.screen.print(await debug.breakpoints.add(place === '' ? name : rest, { kind: 'place', name }, condition));
  }
}

interface Chip {
  readonly id: string;
  readonly model: string;
  readonly notes: readonly string[];
  readonly registers: readonly {
    readonly name: string;
    readonly width: number;
    readonly value: number;
    readonly fields: readonly { readonly name: string; readonly value: number; readonly meaning?: string }[];
  }[];
}

async function machine(debug: TerminalDebugger, rest: string): Promise<void> {
  const { chips } = await debug.client.request<{ readonly chips: readonly Chip[] }>('stepback.machine');
  const { print, style } = { print: (text: string) => debug.screen.print(text), style: debug.screen.style };
  if (rest === '') {
    for (const { id, model, notes } of chips)
      print(`${id.padEnd(10)} ${model}${notes.length > 0 ? `: ${notes.join('; ')}` : ''}`);
    return;
  }
  const chip = chips.find(({ id }) => id.toLowerCase() === rest.toLowerCase());
  if (chip === undefined)
    throw new Refused(`There is no chip "${rest}"; there are ${chips.map(({ id }) => id).join(', ')}.`);
  print(`${chip.id}: ${chip.model}`);
  for (const note of chip.notes) print(style.faint(note));
  for (const { name, width, value, fields } of chip.registers) {
    const hex = value
      .toString(16)
      .toUpperCase()
      .padStart(Math.ceil(width / 4), '0');
    const parts = fields.map(
      (field) => `${field.name}=${field.value}${field.meaning === undefined ? '' : ` (${field.meaning})`}`,
    );
    print(`${name.padEnd(10)} ${hex.padStart(8)}  ${style.faint(parts.join(', '))}`);
  }
}

async function screenText(debug: TerminalDebugger): Promise<void> {
  const { rows, mode } = await debug.client.request<ScreenTextResponse>('stepback.screenText');
  if (rows.length === 0) {
    debug.screen.print(`The screen shows no text: ${mode}.`);
    return;
  }
  const width = Math.max(0, ...rows.map((row) => row.length));
  debug.screen.print(`+${'-'.repeat(width)}+`);
  for (const row of rows) debug.screen.print(`|${row.padEnd(width)}|`);
  debug.screen.print(`+${'-'.repeat(width)}+`);
}

const unescape = (text: string): string => text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');

export const COMMANDS: readonly TerminalCommand[] = [
  { names: ['continue', 'c'], usage: '[SECONDS]', help: 'Runs on, so long at most. Ctrl+C stops.', group: 'Run', run: runOn },
  { names: ['step', 's'], usage: '[COUNT]', help: 'Steps to the next line, into calls.', group: 'Run', repeats: true, run: step('stepIn', 'line') },
  { names: ['next', 'n'], usage: '[COUNT]', help: 'Steps to the next line, over calls.', group: 'Run', repeats: true, run: step('next', 'line') },
  { names: ['stepi', 'si'], usage: '[COUNT]', help: 'Steps one instruction, into calls.', group: 'Run', repeats: true, run: step('stepIn', 'instruction') },
  { names: ['nexti', 'ni'], usage: '[COUNT]', help: 'Steps one instruction, over calls.', group: 'Run', repeats: true, run: step('next', 'instruction') },
  { names: ['finish', 'out'], usage: '', help: 'Runs to behind the call of this routine.', group: 'Run', run: run('stepOut') },
  {
    names: ['restart'], usage: '', help: 'Starts again; a source is assembled again.', group: 'Run',
    async run(debug) {
      debug.forget();
      await debug.go(() => debug.client.request('restart', {}));
    },
  },
  { names: ['reverse-continue', 'rc'], usage: '', help: 'Runs backwards, to a breakpoint or the beginning.', group: 'Back in time', run: run('reverseContinue') },
  { names: ['back', 'rn', 'reverse-next'], usage: '[COUNT]', help: 'Steps back to the line before, over calls.', group: 'Back in time', repeats: true, run: step('stepBack', 'line') },
  { names: ['back-into', 'rs', 'reverse-step'], usage: '[COUNT]', help: 'Steps back into what the line before called.', group: 'Back in time', repeats: true, run: step('stepback.stepBackInto', 'line') },
  { names: ['backi', 'rsi', 'reverse-stepi'], usage: '[COUNT]', help: 'Steps one instruction back.', group: 'Back in time', repeats: true, run: step('stepBack', 'instruction') },
  {
    names: ['who'], usage: 'PLACE', help: 'Goes back to the last write of a place: who byte[0x7e00].', group: 'Back in time',
    run: (debug, rest) => debug.go(() => debug.client.request('stepback.whoWrote', { expression: needed(rest, 'what was written') })),
  },
  {
    names: ['seek'], usage: 'COUNT', help: 'Goes to an instruction count of the recorded time.', group: 'Back in time',
    async run(debug, rest) {
      const position = Number(needed(rest, 'the instruction count').replaceAll('_', ''));
      await debug.go(() => debug.client.request('stepback.seek', { position }));
    },
  },
  {
    names: ['timeline'], usage: '', help: 'Tells where in the recorded time the machine is.', group: 'Back in time',
    async run(debug) {
      const { first, last, position, bytes } = await debug.client.request<Record<'first' | 'last' | 'position' | 'bytes', number>>('stepback.timeline');
      debug.screen.print(`instruction ${position}, recorded ${first} to ${last}, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    },
  },
  { names: ['break', 'b'], usage: '[PLACE] [if CONDITION]', help: 'Stops at a line (12, boot.asm:12), a label or an address (0000:7C00).', group: 'Breakpoints', run: breakAt },
  { names: ['watch'], usage: 'PLACE[, BYTES] [if CONDITION]', help: 'Stops at writes: watch word[0x7e00].', group: 'Breakpoints', run: watch('write') },
  { names: ['rwatch'], usage: 'PLACE[, BYTES] [if CONDITION]', help: 'Stops at reads.', group: 'Breakpoints', run: watch('read') },
  { names: ['awatch'], usage: 'PLACE[, BYTES] [if CONDITION]', help: 'Stops at reads and writes.', group: 'Breakpoints', run: watch('readWrite') },
  {
    names: ['catch'], usage: '[WHICH]', help: 'Stops at CPU exceptions (#GP, 13) or firmware calls (13h, 13h/02).', group: 'Breakpoints',
    async run(debug, rest) {
      const which = rest.replace(/^int\s+/i, '');
      debug.screen.print(await debug.breakpoints.add(`catch ${rest}`.trim(), { kind: 'exception', filter: exceptionFilter(rest), which }, undefined));
    },
  },
  {
    names: ['breakpoints', 'bl'], usage: '', help: 'Lists breakpoints and watchpoints.', group: 'Breakpoints',
    async run(debug) {
      const all = debug.breakpoints.list();
      if (all.length === 0) debug.screen.print('There are none.');
      for (const { id, text } of all) debug.screen.print(`${String(id).padStart(4)}  ${text}`);
    },
  },
  {
    names: ['delete', 'd'], usage: '[NUMBER]', help: 'Removes a breakpoint, or all of them.', group: 'Breakpoints',
    run: (debug, rest) => (rest === '' ? debug.breakpoints.clear() : debug.breakpoints.remove(Number(rest))),
  },
  { names: ['where', 'bt'], usage: '', help: 'Shows the calls and interrupts that led here.', group: 'Look',
    async run(debug) {
      for (const [index, { name, source, line }] of (await debug.frames(ALL_FRAMES)).entries()) {
        const at = source?.path === undefined || source.sourceReference ? '' : `  ${source.name ?? ''}:${line}`;
        debug.screen.print(`#${index}  ${name}${debug.screen.style.faint(at)}`);
      }
    } },
  { names: ['list', 'l'], usage: '', help: 'Shows the source around this line.', group: 'Look', run: (debug) => debug.list() },
  { names: ['registers', 'r'], usage: '[GROUP]', help: 'Shows registers; what changed since they were last shown is marked.', group: 'Look', run: (debug, rest) => debug.registers(rest) },
  { names: ['disassemble', 'u'], usage: '[PLACE[, COUNT]]', help: 'Shows instructions; without a place it goes on.', group: 'Look', repeats: true, run: disassemble },
  { names: ['memory', 'x'], usage: '[PLACE[, BYTES]]', help: 'Shows memory; without a place it goes on.', group: 'Look', repeats: true, run: examine },
  {
    names: ['walk'], usage: 'ADDRESS', help: 'Shows how page tables lead from a linear address to a physical one.', group: 'Look',
    async run(debug, rest) {
      debug.screen.print((await debug.evaluate(`walk ${needed(rest, 'an address')}`)).result);
    },
  },
  {
    names: ['print', 'p'], usage: 'EXPRESSION', help: 'Shows a value: p byte[es:di], p ax + 1.', group: 'Look',
    async run(debug, rest) {
      debug.screen.print((await debug.evaluate(needed(rest, 'an expression'))).result);
    },
  },
  {
    names: ['set'], usage: 'PLACE = VALUE', help: 'Changes a register, memory or a chip: set ax = 5.', group: 'Change',
    async run(debug, rest) {
      if (!/[^=!<>]=[^=]/.test(rest)) throw new Refused('Say what to change, such as: set word[0x7e00] = 5');
      debug.screen.print((await debug.evaluate(rest)).result);
    },
  },
  {
    names: ['goto'], usage: 'PLACE', help: 'Sets the instruction pointer.', group: 'Change',
    async run(debug, rest) {
      const { result } = await debug.evaluate(`ip = ${needed(rest, 'where to')}`);
      debug.screen.print(`IP = ${result}`);
      await debug.showStop();
    },
  },
  { names: ['screen'], usage: '', help: 'Shows the text on the screen.', group: 'Machine', run: screenText },
  {
    names: ['type'], usage: 'TEXT', help: 'Types on the keyboard as the machine runs on; \\n is Enter.', group: 'Machine',
    async run(debug, rest) {
      await debug.client.request('stepback.typeText', { text: unescape(needed(rest, 'what to type')) });
    },
  },
  {
    names: ['send'], usage: 'TEXT', help: 'Sends text to the first serial port; \\n ends a line.', group: 'Machine',
    async run(debug, rest) {
      const data = Buffer.from(unescape(needed(rest, 'what to send')), 'latin1').toString('base64');
      await debug.client.request('stepback.serialInput', { port: 'com1', data });
    },
  },
  { names: ['drives'], usage: '', help: 'Lists the drives and the disks in them.', group: 'Machine', run: listDrives },
  { names: ['change'], usage: '[DRIVE] IMAGE', help: 'Puts the disk of an image into a floppy drive: change B disk2.img.', group: 'Machine', run: changeDisk },
  { names: ['eject'], usage: '[DRIVE]', help: 'Takes the disk out of a floppy drive.', group: 'Machine', run: ejectDisk },
  { names: ['machine', 'chips'], usage: '[CHIP]', help: 'Lists the chips, or shows the registers of one.', group: 'Machine', run: machine },
]; // biome-ignore format: a table

/** The commands whose name begins so; exactly one where it is a whole name. */
export function commandsNamed(word: string): readonly TerminalCommand[] {
  const whole = COMMANDS.find(({ names }) => names.includes(word));
  return whole === undefined ? COMMANDS.filter(({ names: [name = ''] }) => name.startsWith(word)) : [whole];
}

export function helpText(): string {
  const rows: string[] = [];
  for (const group of new Set(COMMANDS.map((command) => command.group))) {
    rows.push(`${group}:`);
    for (const { names, usage, help } of COMMANDS.filter((command) => command.group === group)) {
      rows.push(`  ${`${names.join(', ')} ${usage}`.padEnd(44)} ${help}`);
    }
  }
  rows.push('Other:', `  ${'help'.padEnd(44)} Shows this.`, `  ${'quit, q'.padEnd(44)} Ends.`);
  rows.push('', 'Names may be cut short. Tab completes commands, registers and labels. An empty line repeats a step.');
  return rows.join('\n');
}

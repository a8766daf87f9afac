/**
 * Bochs under its own debugger: no firmware runs; memory is set by the debugger, the CPU's state by restoring one of
 * Bochs's parameter files, hidden descriptor caches and all (Bochs User Manual, "Using the internal debugger").
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MEMORY, REGISTERS, type Segment, SEGMENTS, type State, type Table, TABLES } from './state';

/** Longest wait for an answer, ms: a CPU that has halted never comes back to the debugger. */
const PATIENCE = 10_000;
const NAMES: Readonly<Record<string, string>> = { EIP: 'RIP' };
const theirName = (name: string): string => NAMES[name] ?? (/^E(..)$/.test(name) ? `R${name.slice(1)}` : name);
const bool = (value: number): string => (value === 0 ? 'false' : 'true');

/** A descriptor cache as Bochs writes one down. */
function segmentText(name: string, { selector, base, limit, access }: Segment): string {
  // A null selector in LDTR means that there is no table, whatever its cache holds.
  const isUsable = (access & 0x80) !== 0 && (name !== 'LDTR' || (selector & 0xfffc) !== 0);
  const fields = [
    `selector = 0x${selector.toString(16)}`,
    `valid = 0x0000000${isUsable ? 1 : 0}`,
    `p = ${bool(access & 0x80)}`,
    `dpl = 0x0${(access >> 5) & 3}`,
    `segment = ${bool(access & 0x10)}`,
    `type = 0x0${(access & 0xf).toString(16)}`,
    `base = 0x${base.toString(16)}`,
    `limit_scaled = 0x${limit.toString(16)}`,
    `granularity = ${bool(access & 0x8000)}`,
    `d_b = ${bool(access & 0x4000)}`,
    ...(name === 'LDTR' || name === 'TR' ? [] : ['l = false']),
    `avl = ${bool(access & 0x1000)}`,
  ];
  return `  ${name} = {\n${fields.map((field) => `    ${field}\n`).join('')}  }\n`;
}

const tableText = (name: string, { base, limit }: Table): string =>
  `  ${name} = {\n    base = 0x${base.toString(16)}\n    limit = 0x${limit.toString(16)}\n  }\n`;

/** The CPU of `state` as Bochs's parameter file `cpu0`. */
function cpuText({ registers, segments, tables }: State): string {
  return [
    'cpu0 = {\n',
    ...['activity_state', 'inhibit_mask', 'debug_trap'].map((name) => `  ${name} = 0x00000000\n`),
    ...REGISTERS.map((name) => `  ${theirName(name)} = 0x${(registers[name] >>> 0).toString(16)}\n`),
    ...SEGMENTS.map((name) => segmentText(name, segments[name])),
    ...TABLES.map((name) => tableText(name, tables[name])),
    '}\n',
  ].join('');
}

/** Where the CPU's own writes are done, above what is compared; and the list of addresses that it writes to. */
const TOUCHER = 0x11_0000;
const TOUCHED = 0x12_0000;
/** LODSD; OR byte [EAX], 0; LOOP to the beginning. */
const TOUCHER_CODE = [0x00_08_80_ad, 0xfa_e2] as const;
/** Bochs notices changes in units of so many bytes. */
const BLOCK = 128;

const setMemory = (address: number, word: number): string =>
  `setpmem 0x${address.toString(16)} 4 0x${word.toString(16)}`;

export class Bochs {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'bochs-'));
  private readonly child: ChildProcessWithoutNullStreams;
  private output = '';
  private marks = 0;
  private waiting:
    | { readonly mark: string; readonly done: () => void; readonly failed: (why: string) => void }
    | undefined;
  /** What lies in memory there now. */
  private memory: Uint8Array = new Uint8Array(MEMORY);

  /** `rom`: the 64 KiB below 1 MiB and below 4 GiB. */
  constructor(rom: Uint8Array) {
    const file = (name: string) => path.join(this.folder, name);
    writeFileSync(file('rom'), rom);
    writeFileSync(file('vga'), new Uint8Array(0x8000));
    const configuration = [
      'display_library: term',
      `romimage: file=${file('rom')}`,
      `vgaromimage: file=${file('vga')}`,
      'memory: guest=4, host=4',
      'cpu: model=bx_generic, reset_on_triple_fault=1, ips=1000000',
      'sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy',
      'speaker: enabled=0',
      'boot: floppy',
      `log: ${file('log')}`,
      'panic: action=report',
      'error: action=ignore',
      'info: action=ignore',
      'debug: action=ignore',
    ];
    writeFileSync(file('configuration'), `${configuration.join('\n')}\n`);
    this.child = spawn('bochs', ['-q', '-f', file('configuration')], { env: { ...process.env, TERM: 'xterm' } });
    this.child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.output += text;
      this.answered();
    });
    this.child.stderr.resume();
    this.child.once('exit', () => this.waiting?.failed('it has ended'));
  }

  private answered(): void {
    if (this.waiting === undefined || !this.output.includes(this.waiting.mark)) return;
    const { done } = this.waiting;
    this.waiting = undefined;
    done();
  }

  /** Gives commands to the debugger. @returns what it prints. @throws Error when it does not answer */
  private async ask(commands: readonly string[]): Promise<string> {
    const number = ++this.marks;
    // The debugger answers a calculation with the value in both bases.
    const mark = `0x${number.toString(16)} ${number}\n`;
    this.output = '';
    const answer = new Promise<void>((done, reject) => {
      const failed = (why: string) => {
        clearTimeout(timer);
        this.waiting = undefined;
        reject(new Error(`Bochs does not answer: ${why}. It said last: ${this.output.slice(-400)}`));
      };
      const timer = setTimeout(() => failed(`nothing for ${PATIENCE} ms`), PATIENCE);
      this.waiting = {
        mark,
        done: () => {
          clearTimeout(timer);
          done();
        },
        failed,
      };
    });
    this.child.stdin.write(`${[...commands, `? ${number}`].join('\n')}\n`);
    await answer;
    return this.output;
  }

  /** Brings Bochs into a state, executes `steps` instructions or deliveries. @returns where it has come to */
  async run(state: State, steps: number): Promise<State> {
    const commands: string[] = [];
    const blocks = new Set<number>();
    const wanted = new DataView(state.memory.buffer);
    const there = new DataView(this.memory.buffer);
    for (let at = 0; at < MEMORY; at += 4) {
      const word = wanted.getUint32(at, true);
      if (word === there.getUint32(at, true)) continue;
      commands.push(setMemory(at, word));
      blocks.add(at & -BLOCK);
    }
    commands.push(...this.touch(state, blocks), ...this.restore('cpu', cpuText(state)), `s ${steps}`);
    // `r` works the condition codes out, which Bochs keeps as it finds convenient.
    commands.push('r');
    for (const name of REGISTERS) commands.push(`show "cpu0.${theirName(name)}"`);
    for (const name of [...SEGMENTS, ...TABLES]) commands.push(`show "cpu0.${name}"`);
    const dump = path.join(this.folder, 'memory');
    // The debugger takes the address for a linear one: paging is turned off first.
    commands.push(...this.restore('dump', cpuText(flat(state, {}))), `writemem "${dump}" 0 ${MEMORY}`);
    const text = await this.ask(commands);
    this.memory = new Uint8Array(readFileSync(dump));
    return { ...readState(text), memory: this.memory.slice() };
  }

  /** Commands that restore the CPU from `text`. */
  private restore(folder: string, text: string): readonly string[] {
    mkdirSync(path.join(this.folder, folder), { recursive: true });
    writeFileSync(path.join(this.folder, folder, 'cpu0'), text);
    return [`restore "cpu0" "${path.join(this.folder, folder)}"`];
  }

  /**
   * Commands after which Bochs knows that blocks of memory have changed: it keeps decoded instructions, and does not look
   * at what its debugger writes. So the CPU itself writes to each block.
   */
  private touch(state: State, blocks: ReadonlySet<number>): readonly string[] {
    if (blocks.size === 0) return [];
    const touching = flat(state, { EIP: TOUCHER, ESI: TOUCHED, ECX: blocks.size });
    return [
      ...TOUCHER_CODE.map((word, i) => setMemory(TOUCHER + 4 * i, word)),
      ...[...blocks].map((block, i) => setMemory(TOUCHED + 4 * i, block)),
      ...this.restore('touch', cpuText(touching)),
      `s ${3 * blocks.size}`,
    ];
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => {
      this.child.once('exit', done);
    });
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `state` in flat protected mode without paging, at privilege 0; all registers are 0 that are not named. */
function flat(state: State, named: Readonly<Record<string, number>>): State {
  const data: Segment = { selector: 8, base: 0, limit: 0xffff_ffff, access: 0xc093 };
  const { LDTR, TR } = state.segments;
  return {
    ...state,
    registers: {
      ...Object.fromEntries(REGISTERS.map((name) => [name, 0])),
      ...{ EFLAGS: 2, CR0: 0x11, DR6: 0xffff_0ff0, DR7: 0x400 },
      ...named,
    },
    segments: { ES: data, SS: data, DS: data, FS: data, GS: data, LDTR, TR, CS: { ...data, access: 0xc09b } },
  };
}

/** What `show` has printed of a CPU. */
function readState(text: string): Omit<State, 'memory'> {
  const value = (part: string, name: string): number => {
    const match = new RegExp(`^ *${name} = (\\S+)$`, 'm').exec(part);
    if (match === null) throw new Error(`Bochs does not show '${name}': ${part.slice(0, 200)}`);
    return match[1] === 'true' ? 1 : match[1] === 'false' ? 0 : Number(match[1]);
  };
  const block = (name: string): string => new RegExp(`^${name} = \\{$([^}]*)`, 'm').exec(text)?.[1] ?? '';
  const segment = (name: string): Segment => {
    const part = block(name);
    const field = (key: string) => value(part, key);
    const valid = field('valid') & 1;
    return {
      selector: field('selector'),
      base: field('base'),
      limit: field('limit_scaled'),
      access:
        ((valid & field('p')) << 7) |
        (field('dpl') << 5) |
        (field('segment') << 4) |
        field('type') |
        (field('avl') << 12) |
        (field('d_b') << 14) |
        (field('granularity') << 15),
    };
  };
  const pairs = <K extends string, V>(names: readonly K[], of: (name: K) => V): Record<K, V> =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, V>;
  return {
    registers: pairs(REGISTERS, (name) => value(text, theirName(name))),
    segments: pairs(SEGMENTS, segment),
    tables: pairs(TABLES, (name) => ({ base: value(block(name), 'base'), limit: value(block(name), 'limit') })),
  };
}

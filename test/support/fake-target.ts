/**
 * A DebugTarget over the toy computer. Every answer is a promise, some take their time, so that nothing in a session
 * can rely on a target that answers at once, on x86, on 32 bits or on little-endian.
 */
import type {
  Awaitable,
  BreakpointRequest,
  ChipView,
  DebugTarget,
  DecodedInstruction,
  ExceptionRequest,
  ExecutionCapability,
  Frame,
  Input,
  RegisterDescription,
  RunGoal,
  Stop,
  TargetEvent,
  WatchedAccess,
  WatchedRange,
  WatchpointRequest,
} from '../../emulator/debug/target';
import { BASE, FakeMachine, MEMORY_SIZE, OPCODES, REGISTER_WIDTH } from './fake-machine';

export interface FakeOptions {
  /** True: answers come at once, as the built-in machine's do. */
  readonly synchronous?: boolean;
  /** Gives the delay of the next answer in milliseconds; 0 is the next turn. */
  readonly delay?: () => number;
  /** Leaves capabilities out. */
  readonly without?: readonly ('reverse' | 'frames' | 'devices' | 'display' | 'input' | 'exceptions')[];
}

type Step = RunGoal & { readonly kind: 'step' };

const STEPS_A_SLICE = 500;
const ILLEGAL = 'cpu.illegal';

const REGISTERS: readonly RegisterDescription[] = Object.entries(REGISTER_WIDTH).map(([name, width]) => ({
  name,
  width,
  group: name.startsWith('R') || name === 'SP' || name === 'PC' ? 'General' : name === 'V0' ? 'Vector' : 'Control',
  writable: name !== 'CR',
  doc: `Register ${name}`,
  ...(name === 'PC' ? { role: 'pc' as const } : name === 'SP' ? { role: 'sp' as const } : {}),
  ...(name.startsWith('R') ? { role: 'general' as const } : {}),
  ...(name === 'FLAGS'
    ? {
        role: 'flags' as const,
        bits: [
          { name: 'Z', lsb: 0, doc: 'Zero' },
          { name: 'N', lsb: 1, doc: 'Negative' },
          { name: 'MODE', lsb: 4, width: 2, values: { 0: 'user', 3: 'system' } },
        ],
      }
    : {}),
}));

/** As the toy architecture writes an address: the upper and the lower half. */
function addressText(address: bigint): string {
  const text = address.toString(16).toUpperCase().padStart(16, '0');
  return `${text.slice(0, 8)}'${text.slice(8)}`;
}

export class FakeTarget implements DebugTarget {
  readonly machine: FakeMachine;
  readonly execution: ExecutionCapability;
  readonly #listeners = new Set<(event: TargetEvent) => void>();
  readonly #breakpoints = new Map<string, readonly BreakpointRequest[]>();
  readonly #watchpoints = new Map<string, readonly WatchpointRequest[]>();
  #exceptions: readonly ExceptionRequest[] = [];
  #pause = false;
  #frameVersion = 0;
  readonly inputs: Input[] = [];
  readonly #chip = { CONTROL: 0x81, COUNT: 7 };
  /** Answers given so far, for tests. */
  answers = 0;

  constructor(
    image: Uint8Array,
    readonly options: FakeOptions = {},
  ) {
    this.machine = new FakeMachine(
      image,
      (bytes) => this.emit({ type: 'output', channel: 'com1', bytes }),
      (text) =>
        this.emit({
          type: 'note',
          note: { category: 'guest', text, pc: this.machine.pc, position: this.machine.position },
        }),
    );
    this.execution = this.#makeExecution();
    for (const name of options.without ?? []) Object.defineProperty(this, name, { value: undefined });
  }

  #makeExecution(): ExecutionCapability {
    let running = false;
    let stop: Stop = { reason: 'entry', position: 0, hits: [], text: '' };
    const stopped = (next: Stop, who: string): void => {
      running = false;
      stop = next;
      this.emit({ type: 'stopped', stop, who });
    };
    const { machine } = this;
    return {
      get running() {
        return running;
      },
      get position() {
        return machine.position;
      },
      get stop() {
        return stop;
      },
      resume: (goal, who) => {
        if (running) throw new Error('The machine is running.');
        running = true;
        this.#pause = false;
        this.emit({ type: 'resumed', who, goal });
        const run = this.#run(goal);
        const slice = (): void => {
          for (let index = 0; index < STEPS_A_SLICE; index++) {
            const { value, done } = run.next();
            if (done === true) {
              stopped(value, who);
              return;
            }
          }
          setImmediate(slice);
        };
        setImmediate(slice);
      },
      pause: () => {
        this.#pause = true;
      },
      jump: (address) =>
        this.#answer(() => {
          machine.set('PC', address);
          machine.fork();
        }),
      restart: () =>
        this.#answer(() => {
          machine.reset();
          stopped({ reason: 'entry', position: 0, hits: [], text: '' }, 'restart');
        }),
    };
  }

  emit(event: TargetEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  listen(listener: (event: TargetEvent) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  #answer<T>(make: () => T): Awaitable<T> {
    this.answers++;
    if (this.options.synchronous === true) return make();
    const delay = this.options.delay?.() ?? 0;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          resolve(make());
        } catch (error) {
          reject(error);
        }
      };
      if (delay > 0) setTimeout(settle, delay);
      else setImmediate(settle);
    });
  }

  #stop(reason: Stop['reason'], more: Partial<Stop> = {}): Stop {
    return { reason, position: this.machine.position, hits: [], text: '', ...more };
  }

  #hits(direction: 'forward' | 'backward'): number[] {
    const hits: number[] = [];
    for (const set of this.#breakpoints.values()) {
      for (const breakpoint of set) {
        if (breakpoint.address !== this.machine.pc) continue;
        if (breakpoint.when === undefined || breakpoint.when(direction)) hits.push(breakpoint.id);
      }
    }
    return hits;
  }

  /** Runs to a goal; yields after each instruction. */
  *#run(goal: RunGoal): Generator<undefined, Stop, undefined> {
    if (goal.kind === 'seek') {
      while (this.machine.position > goal.position) this.machine.stepBack();
      while (this.machine.position < goal.position && this.machine.step().kind === 'ran');
      return this.#stop('goal');
    }
    if (goal.kind === 'last-access') {
      const { watched } = goal;
      if ('chip' in watched) return this.#stop('goal', { text: 'The toy computer has no chips that change.' });
      const begin = this.machine.position;
      for (;;) {
        const before = this.#look(watched);
        if (!this.machine.stepBack()) break;
        const access = this.#change(watched, this.#look(watched), before);
        if (access !== undefined) return this.#stop('goal', { access, text: `${access.what} was written.` });
        yield;
      }
      while (this.machine.position < begin) this.machine.step();
      return this.#stop('goal', { text: 'There was no such access in the recorded time before this.' });
    }
    const reached = this.#goalTest(goal);
    for (;;) {
      const looks = [...this.#watchpoints.values()].flat().map((request) => this.#look(request));
      if (goal.direction === 'backward') {
        if (!this.machine.stepBack()) return this.#stop('beginning');
      } else {
        const outcome = this.machine.step();
        if (outcome.kind === 'halted') return this.#stop('dead', { text: 'The machine halted for good.', exitCode: 3 });
        if (outcome.kind === 'illegal') {
          const detail = `Opcode ${outcome.opcode.toString(16)} at ${addressText(this.machine.pc)} does not exist.`;
          if (!this.#catches(goal.direction)) return this.#stop('dead', { text: detail });
          return this.#stop('exception', {
            text: detail,
            exception: { id: ILLEGAL, title: 'Illegal instruction', detail },
          });
        }
      }
      const hits = this.#hits(goal.direction);
      if (hits.length > 0) return this.#stop('breakpoint', { hits });
      const watched = this.#watched(looks, goal.direction);
      if (watched !== undefined) return watched;
      if (reached()) return this.#stop(goal.kind === 'step' ? 'step' : 'goal');
      if (this.#pause) return this.#stop('pause');
      yield;
    }
  }

  #catches(direction: 'forward' | 'backward'): boolean {
    return this.#exceptions.some(
      ({ id, when }) => id === ILLEGAL && (when === undefined || when(direction, { vector: 6, error: 0 })),
    );
  }

  /** What a watched range holds now. */
  #look(watched: WatchpointRequest | WatchedRange): Uint8Array {
    if ('chip' in watched) return Uint8Array.of(this.#chip[watched.register === 'CONTROL' ? 'CONTROL' : 'COUNT']);
    const offset = this.#offset(watched.space, watched.address) ?? 0;
    return this.machine.memory.slice(offset, offset + watched.length);
  }

  #change(watched: WatchpointRequest | WatchedRange, before: Uint8Array, after: Uint8Array): WatchedAccess | undefined {
    if (before.every((byte, index) => byte === after[index])) return undefined;
    const number = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
    return {
      kind: 'write',
      what: 'chip' in watched ? watched.chip : addressText(watched.address),
      before: number(before),
      after: number(after),
      width: 8 * after.length,
      by: 'instruction',
      pc: this.machine.pc,
      pcText: addressText(this.machine.pc),
    };
  }

  /** Changes since `looks`; the toy computer does not tell reads from nothing. */
  #watched(looks: readonly Uint8Array[], direction: 'forward' | 'backward'): Stop | undefined {
    const hits: number[] = [];
    let first: WatchedAccess | undefined;
    for (const [index, request] of [...this.#watchpoints.values()].flat().entries()) {
      const look = looks[index] ?? new Uint8Array(0);
      const now = this.#look(request);
      const access = direction === 'forward' ? this.#change(request, look, now) : this.#change(request, now, look);
      if (access === undefined || (request.when !== undefined && !request.when(direction, access))) continue;
      hits.push(request.id);
      first ??= access;
    }
    if (first === undefined) return undefined;
    return this.#stop('watchpoint', { hits, access: first, text: `${first.what} was written.` });
  }

  #goalTest(goal: Exclude<RunGoal, { readonly kind: 'seek' | 'last-access' }>): () => boolean {
    if (goal.kind === 'continue') return () => false;
    if (goal.kind === 'until') return () => this.machine.pc === goal.address;
    const depth = this.machine.frames.length;
    if (goal.mode === 'out') return () => this.machine.frames.length < depth;
    const line = goal.lineAt?.(this.machine.pc);
    if (goal.lineAt === undefined || line === undefined) {
      return () => goal.mode === 'into' || this.machine.frames.length <= depth;
    }
    return goal.direction === 'forward' ? this.#lineForward(goal, depth, line) : this.#lineBackward(goal, depth);
  }

  #lineForward(goal: Step, depth: number, line: readonly { start: bigint; end: bigint }[]): () => boolean {
    return () => {
      const now = this.machine.frames.length;
      if (now > depth) return goal.mode === 'into';
      return now < depth || !line.some((range) => this.machine.pc >= range.start && this.machine.pc < range.end);
    };
  }

  /** To the start of the line executed before. */
  #lineBackward(goal: Step, depth: number): () => boolean {
    return () => {
      if (this.machine.frames.length > depth && goal.mode === 'over') return false;
      return goal.lineAt?.(this.machine.pc)?.some((range) => range.start === this.machine.pc) ?? true;
    };
  }

  readonly description = {
    architecture: 'toy',
    cpu: 'toy64',
    machine: 'fake',
    byteOrder: 'big',
    addressBits: 64,
    spaces: [
      { id: 'linear', title: 'memory', addressBits: 64 },
      { id: 'physical', title: 'physical memory', addressBits: 32 },
    ],
    codeSpace: 'linear',
    registers: REGISTERS,
  } as const;

  readonly registers = {
    read: (names: readonly string[]) => this.#answer(() => names.map((name) => this.machine.get(name))),
    write: (name: string, value: bigint) =>
      this.#answer(() => {
        if (name === 'CR') throw new Error('CR can not be written.');
        this.machine.get(name);
        this.machine.set(name, value);
        this.machine.fork();
        this.emit({ type: 'changed', what: 'registers' });
      }),
  };

  #offset(space: string, address: bigint): number | undefined {
    return this.machine.offset(space === 'physical' ? address + BASE : address);
  }

  readonly memory = {
    read: (space: string, address: bigint, length: number) =>
      this.#answer(() => {
        const offset = this.#offset(space, address);
        return offset === undefined ? new Uint8Array(0) : this.machine.memory.slice(offset, offset + length);
      }),
    write: (space: string, address: bigint, bytes: Uint8Array) =>
      this.#answer(() => {
        const offset = this.#offset(space, address);
        if (offset === undefined) return 0;
        const fits = bytes.subarray(0, MEMORY_SIZE - offset);
        this.machine.memory.set(fits, offset);
        this.machine.fork();
        this.emit({ type: 'changed', what: 'memory' });
        return fits.length;
      }),
  };

  readonly code = {
    mode: () => this.#answer(() => ({ bits: 64, title: '64-bit toy' })),
    pc: () => this.#answer(() => this.machine.pc),
    decode: (address: bigint, count: number) => this.#answer(() => this.#decode(address, count)),
    format: (address: bigint) => this.#answer(() => addressText(address)),
    resolve: (segment: bigint, offset: bigint) => this.#answer(() => BigInt.asUintN(64, (segment << 32n) + offset)),
  };

  #decode(address: bigint, count: number): DecodedInstruction[] {
    const decoded: DecodedInstruction[] = [];
    for (let at = address; decoded.length < count; at += 4n) {
      const offset = this.machine.offset(at);
      if (offset === undefined || offset + 4 > MEMORY_SIZE) break;
      const bytes = this.machine.memory.slice(offset, offset + 4);
      const opcode = bytes[0];
      const operand = new DataView(bytes.buffer).getInt16(2);
      const target = at + 4n + BigInt(operand) * 4n;
      const flow =
        opcode === OPCODES.call ? 'call' : opcode === OPCODES.jmp ? 'jump' : opcode === OPCODES.ret ? 'return' : 'next';
      decoded.push({
        address: at,
        length: 4,
        bytes,
        flow,
        addressText: addressText(at),
        ...(flow === 'call' || flow === 'jump' ? { target } : {}),
      });
    }
    return decoded;
  }

  readonly breakpoints = {
    set: (client: string, breakpoints: readonly BreakpointRequest[]) =>
      this.#answer(() => void this.#breakpoints.set(client, breakpoints)),
  };

  readonly watchpoints = {
    set: (client: string, watchpoints: readonly WatchpointRequest[]) =>
      this.#answer(() => {
        const bad = watchpoints.find((request) => !('chip' in request) && request.space === 'io');
        if (bad !== undefined) throw new Error('The toy computer has no ports.');
        this.#watchpoints.set(client, watchpoints);
      }),
  };

  readonly exceptions = {
    filters: [
      {
        id: ILLEGAL,
        label: 'Illegal instruction',
        description: 'An opcode that does not exist.',
        default: true,
        condition: 'An expression',
      },
    ],
    set: (_client: string, requests: readonly ExceptionRequest[]) =>
      this.#answer(() => {
        this.#exceptions = requests;
      }),
  };

  readonly reverse = ((target: FakeTarget) => ({
    get range() {
      return { first: 0, last: target.machine.last };
    },
    get bytes() {
      return target.machine.last * 64;
    },
  }))(this);

  readonly frames = {
    read: (start: number, limit: number) =>
      this.#answer(() => {
        const { frames: calls, pc } = this.machine;
        const frames = calls.map(
          (call, index): Frame => ({
            pc: index === 0 ? pc : (calls[index - 1]?.returnTo ?? 0n),
            pcText: addressText(index === 0 ? pc : (calls[index - 1]?.returnTo ?? 0n)),
            kind: call.kind,
            ...(call.kind === 'software-interrupt' ? { label: 'TRAP' } : {}),
            routine: call.routine,
            sp: this.machine.get('SP'),
            position: call.position,
          }),
        );
        return { frames: frames.slice(start, start + limit), total: frames.length };
      }),
  };

  readonly devices = {
    read: () => this.#answer((): readonly ChipView[] => this.#chips()),
    write: (chip: string, register: string, value: number) =>
      this.#answer(() => {
        if (chip !== 'timer' || register !== 'CONTROL') throw new Error(`${chip}.${register} can not be changed.`);
        this.#chip.CONTROL = value;
        this.emit({ type: 'changed', what: 'devices' });
      }),
  };

  #chips(): readonly ChipView[] {
    const { CONTROL, COUNT } = this.#chip;
    const fields = [
      { name: 'EN', lsb: 0, width: 1, value: CONTROL & 1, meaning: (CONTROL & 1) === 1 ? 'enabled' : 'disabled' },
      { name: 'DIV', lsb: 4, width: 4, value: CONTROL >> 4 },
    ];
    return [
      {
        id: 'timer',
        model: 'toy timer',
        registers: [
          { name: 'CONTROL', width: 8, value: CONTROL, doc: 'Control register', writable: true, fields },
          { name: 'COUNT', width: 16, value: COUNT, doc: 'Counter', writable: false, fields: [] },
        ],
        notes: ['ticks in 7 cycles'],
      },
    ];
  }

  readonly display = {
    /** A picture with another row in its middle each time, to see that frames are dropped and not queued. */
    frame: () =>
      this.#answer(() => ({
        version: ++this.#frameVersion,
        frame: {
          kind: 'indexed' as const,
          width: 2,
          height: 3,
          pixels: Uint8Array.of(9, 9, this.#frameVersion & 0xff, 1, 9, 9),
          palette: new Uint8Array(768),
          mode: 'toy graphics',
          // The first is black, which is not told.
          border: { left: 1, right: 1, top: 0.5, bottom: 0, colour: this.#frameVersion === 1 ? 0 : 0x12_34_56 },
        },
      })),
    text: () => this.#answer(() => ['toy screen', '']),
    mode: () => this.#answer(() => 'toy graphics'),
  };

  readonly input = {
    ports: ['com1'],
    pointing: false,
    send: (input: Input) =>
      this.#answer(() => {
        if (input.type === 'serial' && input.port !== 'com1') throw new Error(`There is no port ${input.port}.`);
        if (input.type === 'key' && !/^(Key[A-Z]|Enter)$/.test(input.code))
          throw new Error(`There is no key ${input.code}.`);
        this.inputs.push(input);
      }),
    type: (text: string) =>
      this.#answer(() => {
        if (text === '') throw new Error('There is nothing to type.');
      }),
  };

  #medium: string | undefined = '/guest/disk.img';

  readonly media = {
    drives: () =>
      this.#answer(() => {
        const name = this.#medium;
        const medium = name === undefined ? {} : { medium: { name, format: 'toy disk', written: false } };
        return [{ id: 'drive0', title: 'toy drive', ...medium }];
      }),
    exchange: (drive: string, path?: string) =>
      this.#answer(() => {
        if (drive !== 'drive0') throw new Error(`There is no drive ${drive}.`);
        this.#medium = path;
      }),
  };

  time(): Awaitable<number> {
    return this.#answer(() => this.machine.position * 10);
  }

  digest(): Awaitable<string> {
    return this.#answer(() => {
      let hash = 0n;
      for (const value of this.machine.registers.values()) hash = BigInt.asUintN(64, hash * 31n + value);
      for (const byte of this.machine.memory) hash = BigInt.asUintN(64, hash * 31n + BigInt(byte));
      return hash.toString(16).padStart(16, '0');
    });
  }
}

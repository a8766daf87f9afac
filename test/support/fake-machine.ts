/**
 * The toy computer behind the fake target: a 64-bit big-endian machine with instructions of four bytes, which remembers
 * what each instruction changed and can take it back.
 *
 * Instruction: opcode, register a, then a 16-bit operand (big-endian). Branch operands count instructions from the next
 * one. Registers R0 to R3, SP, PC, FLAGS (Z, N, MODE), CR (read-only), V0 (512 bits).
 */

export const BASE = 0xffff_8000_0000_1000n;
export const MEMORY_SIZE = 0x4000;

export const OPCODES = {
  nop: 0x00,
  li: 0x01,
  addi: 0x02,
  jmp: 0x03,
  call: 0x04,
  ret: 0x05,
  /** Stores register a (8 bytes) at the operand, an offset from the beginning of memory. */
  st: 0x06,
  beqz: 0x07,
  halt: 0x08,
  /** Calls the routine at the operand (offset from the beginning of memory) as a software interrupt. */
  trap: 0x09,
  /** Sends the low byte of register a. */
  out: 0x0a,
  /** Tells a note. */
  note: 0x0b,
} as const;

const MNEMONICS = new Map(Object.entries(OPCODES).map(([name, code]) => [code as number, name]));

export const REGISTER_WIDTH: Readonly<Record<string, number>> = {
  R0: 64,
  R1: 64,
  R2: 64,
  R3: 64,
  SP: 64,
  PC: 64,
  FLAGS: 16,
  CR: 32,
  V0: 512,
};

export interface FakeFrame {
  readonly kind: 'entry' | 'call' | 'software-interrupt';
  readonly routine: bigint;
  readonly position: number;
  /** Where the caller goes on. */
  readonly returnTo: bigint;
}

interface Undo {
  readonly registers: ReadonlyMap<string, bigint>;
  readonly frames: readonly FakeFrame[];
  readonly memory: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
}

export type StepOutcome =
  | { readonly kind: 'ran' }
  | { readonly kind: 'halted' }
  | { readonly kind: 'illegal'; readonly opcode: number };

export class FakeMachine {
  registers = new Map<string, bigint>();
  frames: readonly FakeFrame[] = [];
  readonly memory = new Uint8Array(MEMORY_SIZE);
  position = 0;
  /** The farthest position reached. */
  last = 0;
  readonly #undo: Undo[] = [];

  constructor(
    readonly image: Uint8Array,
    readonly onOutput: (bytes: Uint8Array) => void,
    readonly onNote: (text: string) => void,
  ) {
    this.reset();
  }

  reset(): void {
    this.memory.fill(0);
    this.memory.set(this.image);
    this.registers = new Map(Object.keys(REGISTER_WIDTH).map((name) => [name, 0n]));
    this.registers.set('PC', BASE);
    this.registers.set('SP', BASE + BigInt(MEMORY_SIZE));
    this.registers.set('CR', 0x8000_0011n);
    this.registers.set('V0', (1n << 511n) | 0x1234n);
    this.frames = [{ kind: 'entry', routine: BASE, position: 0, returnTo: 0n }];
    this.position = 0;
    this.last = 0;
    this.#undo.length = 0;
  }

  get(name: string): bigint {
    const value = this.registers.get(name);
    if (value === undefined) throw new Error(`There is no register ${name}.`);
    return value;
  }

  set(name: string, value: bigint): void {
    this.registers.set(name, BigInt.asUintN(REGISTER_WIDTH[name] ?? 64, value));
  }

  get pc(): bigint {
    return this.get('PC');
  }

  /** Offset of an address in memory, or nothing outside of it. */
  offset(address: bigint): number | undefined {
    const offset = address - BASE;
    return offset >= 0n && offset < BigInt(MEMORY_SIZE) ? Number(offset) : undefined;
  }

  /** The user changed something: what was known of the future is void. */
  fork(): void {
    this.last = this.position;
  }

  step(): StepOutcome {
    const at = this.offset(this.pc);
    const opcode = at === undefined ? 0xff : (this.memory[at] ?? 0);
    if (at === undefined || !MNEMONICS.has(opcode)) return { kind: 'illegal', opcode };
    if (opcode === OPCODES.halt) return { kind: 'halted' };
    const a = `R${(this.memory[at + 1] ?? 0) & 3}`;
    const operand = ((this.memory[at + 2] ?? 0) << 8) | (this.memory[at + 3] ?? 0);
    const next = this.pc + 4n;
    const target = next + BigInt((operand << 16) >> 16) * 4n;
    const stored =
      opcode === OPCODES.st ? { offset: operand, bytes: this.memory.slice(operand, operand + 8) } : undefined;
    this.#undo.push({ registers: new Map(this.registers), frames: this.frames, memory: stored });
    this.position++;
    const fresh = this.position > this.last;
    this.last = Math.max(this.last, this.position);
    this.set('PC', next);
    switch (opcode) {
      case OPCODES.li:
        this.set(a, BigInt(operand));
        break;
      case OPCODES.addi: {
        this.set(a, this.get(a) + BigInt((operand << 16) >> 16));
        const value = this.get(a);
        this.set('FLAGS', (value === 0n ? 1n : 0n) | ((value >> 63n) << 1n));
        break;
      }
      case OPCODES.jmp:
        this.set('PC', target);
        break;
      case OPCODES.beqz:
        if (this.get(a) === 0n) this.set('PC', target);
        break;
      case OPCODES.call:
        this.#enter('call', target, next);
        break;
      case OPCODES.trap:
        this.#enter('software-interrupt', BASE + BigInt(operand), next);
        break;
      case OPCODES.ret:
        this.set('PC', this.frames[0]?.returnTo ?? 0n);
        this.frames = this.frames.slice(1);
        break;
      case OPCODES.st:
        new DataView(this.memory.buffer).setBigUint64(operand, this.get(a));
        break;
      case OPCODES.out:
        if (fresh) this.onOutput(Uint8Array.of(Number(this.get(a) & 0xffn)));
        break;
      case OPCODES.note:
        if (fresh) this.onNote(`note ${operand}`);
        break;
      default:
        break;
    }
    return { kind: 'ran' };
  }

  #enter(kind: 'call' | 'software-interrupt', routine: bigint, returnTo: bigint): void {
    this.frames = [{ kind, routine, position: this.position - 1, returnTo }, ...this.frames];
    this.set('PC', routine);
  }

  /** Takes the last instruction back; false at the beginning of time. */
  stepBack(): boolean {
    const undo = this.#undo.pop();
    if (undo === undefined) return false;
    this.registers = new Map(undo.registers);
    this.frames = undo.frames;
    if (undo.memory !== undefined) this.memory.set(undo.memory.bytes, undo.memory.offset);
    this.position--;
    return true;
  }
}

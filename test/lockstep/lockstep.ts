/**
 * Random instruction streams, one instruction after the other here and under QEMU: registers after each, the flags that
 * are defined, and memory at the end of a stream.
 *
 * QEMU checks no segment limits, so a stream ends before an access outside of its window of memory and at any fault.
 */
import { AddressSpace } from '../../emulator/bus/address-space';
import type { Instruction } from '../../emulator/cpu/x86/decode';
import { CPU_MODELS } from '../../emulator/cpu/x86/models';
import * as R from '../../emulator/cpu/x86/registers';
import { BlockCache } from '../../emulator/engine/block-cache';
import { GuestMemory } from '../../emulator/memory/guest-memory';
import { RUN_REPEATING } from '../../emulator/memory/layout';
import { Processor } from '../../emulator/system/processor';
import { Clock } from '../../emulator/time/clock';
import { GDB_REGISTERS, type GdbClient } from './gdb-client';
import { Memories } from './memories';
import { type LockstepMode, MODES, type ModeId } from './modes';
import { undefinedFlags } from './undefined-flags';
import { type EngineMode, withEngine } from '../support/engines';

/** Longest stream, instructions. */
const LONGEST = 60;
/** A stream ends so many bytes before its code does. */
const MARGIN = 16;
const STACK_BYTES = 64;

/** A fixed stream of numbers: Marsaglia's xorshift32. */
export class Random {
  constructor(private x: number) {}

  next(): number {
    this.x ^= this.x << 13;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    return this.x >>> 0;
  }

  below(limit: number): number {
    return (this.next() >>> 4) % limit;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.next() >>> 11);
  }
}

/** Instructions that a stream may hold: what they do is the CPU's alone, and the same in every mode. */
const EXCLUDED =
  /^(HLT|IN|OUT|INS[BV]|OUTS[BV]|INT|INT1|INT3|INTO|IRET|RETF|CALLF|JMPF|MOVTS|LDS|LES|LSS|LFS|LGS|POPF|CLI|STI|ESC|WAIT|MOVCR|LGDT|LIDT|SGDT|SIDT|LLDT|LTR|LMSW|SMSW|CLTS|ARPL|LAR|LSL|VERR|VERW|SLDT|STR|FIRMWARE|BOUND|ENTER|UMOV)$/;

export class Lockstep {
  private readonly processor: Processor;
  private readonly memory: GuestMemory;
  private readonly mode: LockstepMode;
  private readonly memories: Memories;
  instructions = 0;

  constructor(
    private readonly gdb: GdbClient,
    private readonly modeId: ModeId,
    private readonly random: Random,
    engineMode: EngineMode,
  ) {
    BlockCache.validates = true;
    this.mode = MODES[modeId];
    this.memory = new GuestMemory(0x10_0000, new AddressSpace('memory', 2 ** 32));
    this.memory.addRegion('ram', 'ram', 0, 0x10_0000);
    this.memories = new Memories(gdb, this.memory, this.mode.paging?.entries);
    const ports = new AddressSpace('ports', 0x1_0000);
    this.processor = withEngine(
      engineMode,
      (engine) =>
        new Processor(
          CPU_MODELS['80386'],
          this.memory,
          ports,
          new Clock(),
          {
            interruptLine: false,
            isFirmware: () => false,
          },
          engine,
        ),
    );
    this.processor.cpu.reset();
  }

  private get core() {
    return this.processor.cpu.core;
  }

  /** Brings both sides into the mode, by the same code. */
  async enter(): Promise<void> {
    const { gdb, mode, core } = this;
    for (const { address, bytes } of mode.setup) {
      await gdb.writeMemory(address, bytes);
      this.memory.load(address, bytes);
    }
    // Both begin in real mode at 1000:0.
    const selectors = mode.selectors;
    for (const [name, value] of Object.entries(selectors)) {
      await gdb.setRegister(GDB_REGISTERS.indexOf(name as 'CS'), value);
      this.processor.cpu.writeRegister(name, BigInt(value));
    }
    core.setSeg(R.CS, R.SEG_BASE, (selectors.CS ?? 0) * 16);
    await gdb.setRegister(GDB_REGISTERS.indexOf('EIP'), 0);
    core.set(R.EIP, 0);
    core.updateContext();
    for (let n = 0; n < mode.setupSteps; n++) {
      await gdb.step();
      this.processor.execute(1, false);
    }
    const theirs = await gdb.registers();
    if (theirs[8] !== core.get(R.EIP))
      throw new Error(`Entering ${this.modeId}: EIP ${core.get(R.EIP).toString(16)}, QEMU ${theirs[8].toString(16)}.`);
  }

  /** A value that a register may begin with: a pointer into the window, a small number, or anything. */
  private registerValue(index: number): number {
    const { random, mode } = this;
    if (index === 4) return mode.stack + 4 * random.below(32);
    const kind = random.below(8);
    if (kind < 4) return mode.window + 0x400 + random.below(0x800);
    if (kind < 6) return random.below(256);
    return kind === 6 ? random.next() : [0, 0xffffffff, 0x80000000, 0x7fffffff, 0x8000, 0x7f, 0x80][random.below(7)];
  }

  private code(): Uint8Array {
    const { random } = this;
    const bytes = random.bytes(192);
    // Prefixes and two-byte opcodes more often than chance has them, and small displacements.
    for (let i = 0; i < bytes.length; i++) {
      const dice = random.below(40);
      if (dice === 0) bytes[i] = 0x66;
      else if (dice === 1) bytes[i] = 0x67;
      else if (dice < 4) bytes[i] = 0x0f;
      else if (dice < 9) bytes[i] = random.below(8);
      else if (dice < 14) bytes[i] = 0;
      else if (dice === 14) bytes[i] = 0xf2 + random.below(2);
    }
    return bytes;
  }

  /** Runs one stream; gives what differs, if anything. */
  async stream(): Promise<string | undefined> {
    const { gdb, mode, core } = this;
    const code = this.code();
    const data = this.random.bytes(mode.windowBytes);
    const start = mode.code + this.random.below(64);
    await this.freshTables();
    await this.memories.load(mode.codeBase + start, code);
    await this.memories.load(mode.dataBase + mode.window, data);
    const flags = (this.random.next() & 0xcd5) | 2;
    const registers = Array.from({ length: 8 }, (_, i) => this.registerValue(i) >>> 0);
    registers.forEach((value, i) => {
      core.set(R.gpr(i), value);
    });
    core.set(R.EIP, start);
    core.setFlags(flags);
    await gdb.setRegisters([...registers, start, flags]);
    const log: string[] = [];
    for (let n = 0; n < LONGEST; n++) {
      const at = core.get(R.EIP);
      if (at >= start + code.length - MARGIN) break;
      const instruction = this.admissible();
      if (instruction === undefined) {
        await this.goTo(at + 1);
        continue;
      }
      const ignored = undefinedFlags(instruction, this.shiftCount(instruction));
      const before = this.all();
      const bytes = this.memory.readBytes(mode.codeBase + at, instruction.length);
      if (!this.execute()) {
        await this.goTo(instruction.next);
        continue;
      }
      const state = GDB_REGISTERS.slice(0, 10).map((name, i) => `${name}=${before[i].toString(16)}`);
      log.push(`${Buffer.from(bytes).toString('hex')} ${instruction.row.mnemonic} (${state.join(' ')})`);
      const theirs = await this.stepThere(instruction, before);
      const found = this.compare(theirs, ignored);
      if (found.length > 0) return this.mismatch(found, log);
      const flagsHere = this.read('EFLAGS');
      if (theirs[9] !== flagsHere) await gdb.setRegister(9, flagsHere);
      this.instructions++;
      if (core.get(R.EIP) !== instruction.next) await this.goTo(instruction.next);
    }
    const found = [
      await this.memories.compare('window', mode.dataBase + mode.window, mode.windowBytes),
      // Accessed and dirty bits.
      mode.paging && (await this.memories.compare('page table', mode.paging.table, mode.paging.entries.byteLength)),
    ].filter((text) => text !== undefined);
    return found.length === 0 ? undefined : this.mismatch(found, log);
  }

  /** Page tables with no bit set by an access, and nothing known of them: by a load of CR3. */
  private async freshTables(): Promise<void> {
    const { paging } = this.mode;
    if (paging === undefined) return;
    await this.memories.load(paging.table, new Uint8Array(paging.entries.buffer));
    this.core.set(R.EAX, paging.directory);
    await this.gdb.setRegister(GDB_REGISTERS.indexOf('EAX'), paging.directory);
    await this.goTo(paging.reload);
    this.execute();
    await this.gdb.step();
  }

  private mismatch(found: readonly string[], log: readonly string[]): string {
    return `${found.join('; ')}\n    ${log.join('\n    ')}`;
  }

  private read(name: string): number {
    return Number(this.processor.cpu.readRegister(name));
  }

  /** The next instruction, if a stream may hold it and its accesses lie in the window. */
  private admissible(): Instruction | undefined {
    const decoded = this.processor.cpu.decodeAt(this.core.get(R.EIP));
    if (!decoded.ok) return undefined;
    const { instruction } = decoded;
    const { mnemonic } = instruction.row;
    if (EXCLUDED.test(mnemonic) || instruction.lock) return undefined;
    // QEMU takes RET's constant for a signed number; it is unsigned (manual, RET: "imm16 bytes").
    const [operand] = instruction.operands;
    if (mnemonic === 'RET' && operand?.kind === 'immediate' && operand.value > 0x7fff) return undefined;
    // QEMU has no alias of TEST in group 3.
    if (mnemonic === 'TEST' && instruction.operands[1]?.kind === 'immediate' && this.groupField(instruction) === 1)
      return undefined;
    // Segment registers stay as they are, so that the window does.
    if (mnemonic === 'POP' && operand?.kind === 'segment') return undefined;
    // Undefined: 16-bit double shifts by more than 16 (manual, SHLD).
    if (/^SH[LR]D$/.test(mnemonic) && this.shiftCount(instruction) > instruction.operandSize) return undefined;
    if (instruction.repeat !== 'none' && !/^(MOVS|CMPS|STOS|LODS|SCAS)/.test(mnemonic)) return undefined;
    return this.accesses(instruction).every(([offset, bytes]) => this.inWindow(offset, bytes))
      ? instruction
      : undefined;
  }

  /** The reg field of an instruction of opcode F6h or F7h; 0 for others. */
  private groupField({ offset, length }: Instruction): number {
    const bytes = this.memory.readBytes(this.mode.codeBase + offset, length);
    const at = bytes.findIndex((byte) => byte === 0xf6 || byte === 0xf7);
    return at < 0 ? 0 : (bytes[at + 1] >> 3) & 7;
  }

  private inWindow(offset: number, bytes: number): boolean {
    const { window, windowBytes } = this.mode;
    return offset >= window && offset + bytes <= window + windowBytes;
  }

  /** Offsets and sizes of the accesses that an instruction makes, generously. */
  private accesses(instruction: Instruction): readonly (readonly [number, number])[] {
    const { core } = this;
    const { mnemonic } = instruction.row;
    const sized = (offset: number) => core.getSized(offset, instruction.addressSize);
    const list: (readonly [number, number])[] = [];
    for (const operand of instruction.operands) {
      if (operand.kind !== 'memory' || mnemonic === 'LEA') continue;
      const base = operand.base < 0 ? 0 : core.get(R.gpr(operand.base));
      const index = operand.index < 0 ? 0 : Math.imul(core.get(R.gpr(operand.index)), operand.scale);
      let offset = base + index + operand.displacement;
      const source = instruction.operands[1];
      if (/^BT[SRC]?$/.test(mnemonic) && source?.kind === 'register') {
        const bits = core.getSized(R.gpr(source.index), instruction.operandSize);
        const signed = instruction.operandSize === 16 ? (bits << 16) >> 16 : bits | 0;
        offset += (signed >> (instruction.operandSize === 16 ? 4 : 5)) * (instruction.operandSize / 8);
      }
      list.push([operand.addressSize === 16 ? offset & 0xffff : offset >>> 0, 4]);
    }
    if (mnemonic === 'XLAT') list.push([sized(R.EBX) + core.get8(R.EAX), 1]);
    if (/^(MOVS|CMPS|STOS|LODS|SCAS)/.test(mnemonic)) {
      const down = (core.getFlags() & R.FLAG.DF) !== 0;
      const times = instruction.repeat === 'none' ? 1 : sized(R.ECX);
      const span = Math.min(times, 0x10_0000) * 4;
      for (const register of [R.ESI, R.EDI]) {
        const from = sized(register);
        list.push(down ? [from - span, span + 4] : [from, span + 4]);
      }
    }
    if (/^(PUSH|POP|CALL|RET|LEAVE)/.test(mnemonic)) {
      list.push([core.sp - STACK_BYTES, 2 * STACK_BYTES]);
      if (mnemonic === 'LEAVE') list.push([core.getSized(R.EBP, core.stackSize), 4]);
    }
    return list;
  }

  private shiftCount({ operands, row }: Instruction): number {
    if (!/^(RO|RC|SH|SA)[LR]D?$/.test(row.mnemonic)) return 0;
    const last = operands[operands.length - 1];
    return (last?.kind === 'immediate' ? last.value : this.core.get8(R.ECX)) & 31;
  }

  /** One instruction with its repetitions here; false when it faults. */
  private execute(): boolean {
    do {
      const end = this.processor.execute(1, false);
      if (end.kind !== 'boundary') return false;
    } while (this.core.get(RUN_REPEATING) !== 0);
    return true;
  }

  /** Goes on elsewhere on both sides: behind what a stream may not hold, and behind a jump. */
  private async goTo(offset: number): Promise<void> {
    this.core.set(R.EIP, offset);
    await this.gdb.setRegister(GDB_REGISTERS.indexOf('EIP'), offset);
  }

  private all(): Uint32Array {
    return Uint32Array.from(GDB_REGISTERS, (name) => this.read(name));
  }

  /** The same there: a repeated instruction takes a step an iteration, and one more when the counter has run out. */
  private async stepThere(instruction: Instruction, before: Uint32Array): Promise<Uint32Array> {
    for (let tries = 0; ; tries++) {
      await this.gdb.step();
      const registers = await this.gdb.registers();
      // QEMU answers now and then without having executed anything.
      if (tries === 0 && registers.every((value, i) => value === before[i])) continue;
      if (instruction.repeat === 'none' || registers[8] !== instruction.offset) return registers;
    }
  }

  private compare(theirs: Uint32Array, ignored: number): readonly string[] {
    const found: string[] = [];
    GDB_REGISTERS.forEach((name, i) => {
      const mask = name === 'EFLAGS' ? 0xcd5 & ~ignored : 0xffffffff;
      const ours = this.read(name);
      if (((ours ^ theirs[i]) & mask) !== 0)
        found.push(`${name} ${((ours & mask) >>> 0).toString(16)}, QEMU ${((theirs[i] & mask) >>> 0).toString(16)}`);
    });
    return found;
  }
}

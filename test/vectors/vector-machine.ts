/** Runs vectors on a CPU model with nothing but RAM around it, and says how each ends differently from the chip. */
import { AddressSpace } from '../../emulator/bus/address-space';
import { CPU_MODELS, type CpuModelId } from '../../emulator/cpu/x86/models';
import * as R from '../../emulator/cpu/x86/registers';
import { BlockCache } from '../../emulator/engine/block-cache';
import { type DirtyReader, GuestMemory } from '../../emulator/memory/guest-memory';
import { PAGE_BITS, PAGE_SIZE, RUN_REPEATING } from '../../emulator/memory/layout';
import { Processor } from '../../emulator/system/processor';
import { Clock } from '../../emulator/time/clock';
import type { Vector } from './format';
import { type EngineMode, withEngine } from '../support/engines';

const SEGMENTS: Readonly<Record<string, number>> = { es: R.ES, cs: R.CS, ss: R.SS, ds: R.DS };
const GENERAL: Readonly<Record<string, number>> = {
  ax: R.EAX,
  cx: R.ECX,
  dx: R.EDX,
  bx: R.EBX,
  sp: R.ESP,
  bp: R.EBP,
  si: R.ESI,
  di: R.EDI,
};

/** IOPL and NT: real mode of a 286 can't set them, though the vectors' initial flags may hold them. */
const PROTECTED_FLAGS = 0xf000;
/** Most counts that one vector may take: a repeated string instruction of 64 Ki iterations, and some more. */
const MOST_COUNTS = 200_000;
/** Most differing bytes that are listed one by one. */
const MOST_BYTES = 8;

export class VectorMachine {
  private readonly processor: Processor;
  private readonly memory: GuestMemory;
  private readonly dirty: DirtyReader;
  /** What memory must hold: as before, but for what the vector says. */
  private readonly expected: Uint8Array;

  /** `is8086Suite`: a vector is one instruction; else it is one and the HLT behind it. */
  constructor(
    modelId: CpuModelId,
    private readonly is8086Suite: boolean,
    mode: EngineMode = 'interpreter',
  ) {
    BlockCache.validates = true;
    const size = is8086Suite ? 0x10_0000 : 0x100_0000;
    this.memory = new GuestMemory(size, new AddressSpace('memory', 2 ** 32));
    this.memory.addRegion('ram', 'ram', 0, size);
    this.dirty = this.memory.addReader();
    this.expected = new Uint8Array(size);
    const ports = new AddressSpace('ports', 0x1_0000);
    this.processor = withEngine(
      mode,
      (engine) =>
        new Processor(
          CPU_MODELS[modelId],
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
  }

  private get core() {
    return this.processor.cpu.core;
  }

  private read(name: string): number {
    if (name === 'ip') return this.core.get16(R.EIP);
    if (name === 'flags') return this.core.getFlags() & 0xffff;
    const segment = SEGMENTS[name];
    return segment === undefined ? this.core.get16(this.general(name)) : this.core.seg(segment, R.SEG_SELECTOR);
  }

  private general(name: string): number {
    const offset = GENERAL[name];
    if (offset === undefined) throw new Error(`The vectors name a register '${name}', which is not known here.`);
    return offset;
  }

  private set(name: string, value: number): void {
    const { core } = this;
    const segment = SEGMENTS[name];
    if (name === 'ip') core.set(R.EIP, value);
    else if (name === 'flags') core.setFlags(this.is8086Suite ? value : value & ~PROTECTED_FLAGS);
    else if (segment === undefined) core.set(this.general(name), value);
    else {
      core.setSeg(segment, R.SEG_SELECTOR, value);
      core.setSeg(segment, R.SEG_BASE, value * 16);
    }
  }

  /** Runs a vector; gives the differences, empty when there are none. `mask`: flag bits to compare. */
  run(vector: Vector, mask: number): readonly string[] {
    this.processor.cpu.reset();
    this.memory.clearReader(this.dirty);
    for (const [name, value] of Object.entries(vector.initial.regs)) this.set(name, value);
    for (const part of [vector.initial, vector.final]) {
      for (const [address, hex] of part.ram) {
        const bytes = Buffer.from(hex, 'hex');
        if (part === vector.initial) this.memory.load(address, bytes);
        this.expected.set(bytes, address);
        // Looked at even if nothing is written there.
        for (const at of [address, address + bytes.length - 1]) this.dirty.note(at >>> PAGE_BITS);
      }
    }
    this.core.updateContext();
    const why = this.execute();
    return [
      ...(why === undefined ? [] : [why]),
      ...this.compareRegisters(vector, mask),
      ...this.compareMemory(vector, mask),
    ];
  }

  private compareRegisters(vector: Vector, mask: number): readonly string[] {
    const differences: string[] = [];
    for (const [name, before] of Object.entries(vector.initial.regs)) {
      const expected = vector.final.regs[name] ?? before;
      const compare = name === 'flags' ? mask & (this.is8086Suite ? 0xffff : ~PROTECTED_FLAGS) : 0xffff;
      const got = this.read(name);
      if (((got ^ expected) & compare) !== 0) {
        differences.push(`${name} ${hex(got & compare)} instead of ${hex(expected & compare)}`);
      }
    }
    return differences;
  }

  /** Every byte of every page that was written must be as the vector says, or as it was. Makes the two alike again. */
  private compareMemory(vector: Vector, mask: number): readonly string[] {
    const differences: string[] = [];
    const flags = this.pushedFlags(vector);
    for (let i = 0; i < this.dirty.count; i++) {
      const frame = this.dirty.frames[i];
      const got = this.memory.frame(frame);
      const base = frame << PAGE_BITS;
      const expected = this.expected.subarray(base, base + PAGE_SIZE);
      if (Buffer.compare(got, expected) === 0) continue;
      for (let k = 0; k < PAGE_SIZE; k++) {
        const place = base + k - (flags ?? -PAGE_SIZE);
        const compare = place === 0 ? mask & 0xff : place === 1 ? mask >> 8 : 0xff;
        if (((got[k] ^ expected[k]) & compare) !== 0 && differences.length < MOST_BYTES)
          differences.push(`[${hex(base + k)}] ${hex(got[k])} instead of ${hex(expected[k])}`);
      }
      expected.set(got);
    }
    return differences;
  }

  /**
   * Where an interrupt has pushed FLAGS: undefined bits are masked there too. It is computed from SS:SP, since the
   * `flag_address` of the vectors is rounded down to even: with an odd SP it names the byte before.
   */
  private pushedFlags(vector: Vector): number | undefined {
    const { sp, ss } = { ...vector.initial.regs, ...vector.final.regs };
    const before = vector.initial.regs.sp;
    if (sp === undefined || ss === undefined || before === undefined) return undefined;
    // On an 8086 nothing says that an interrupt was taken but the six bytes that it pushed.
    if (vector.exception === undefined && (!this.is8086Suite || ((before - sp) & 0xffff) !== 6)) return undefined;
    const address = ss * 16 + ((sp + 4) & 0xffff);
    return this.is8086Suite ? address & 0xfffff : address;
  }

  /** One instruction with all its repetitions; on the 286 on through the HLT behind. Says what went wrong, if anything. */
  private execute(): string | undefined {
    const { cpu } = this.processor;
    let instructions = 0;
    for (let counts = 0; counts < MOST_COUNTS; counts++) {
      const end = this.processor.execute(1, false);
      if (end.kind === 'unsupported') return `not emulated: ${end.what}`;
      if (end.kind === 'fault' && cpu.deliverFault(end.fault, 0).kind === 'shutdown') {
        // A 286 without room for the interrupt's words shuts down; its vectors show the state at that point.
        return this.is8086Suite ? 'the CPU shut down' : undefined;
      }
      if (this.core.get(RUN_REPEATING) !== 0) continue;
      instructions++;
      if (this.is8086Suite || cpu.halted || instructions > 3) return undefined;
    }
    return 'it did not end';
  }
}

const hex = (value: number): string => (value >>> 0).toString(16);

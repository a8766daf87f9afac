/**
 * Runs single-step vectors taken from real chips (the format of SingleStepTests, see the suite's README) on a CPU model
 * and says how each differs. A test is one instruction: registers and bytes before, registers and bytes after.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { AddressSpace } from '../../emulator/bus/address-space';
import { CPU_MODELS, type CpuModelId } from '../../emulator/cpu/x86/models';
import * as R from '../../emulator/cpu/x86/registers';
import { GuestMemory } from '../../emulator/memory/guest-memory';
import { RUN_REPEATING } from '../../emulator/memory/layout';
import { Processor } from '../../emulator/system/processor';
import { Clock } from '../../emulator/time/clock';

type Registers = Readonly<Record<string, number>>;
type Run = readonly [address: number, hex: string];

export interface Vector {
  readonly idx: number;
  readonly name: string;
  readonly bytes: string;
  readonly initial: { readonly regs: Registers; readonly ram: readonly Run[] };
  readonly final: { readonly regs: Registers; readonly ram: readonly Run[] };
  readonly exception?: { readonly number: number; readonly flag_address: number };
  readonly hash: string;
}

interface OpcodeMetadata {
  readonly status?: string;
  readonly 'flags-mask'?: number;
  readonly reg?: Readonly<Record<string, OpcodeMetadata>>;
}
export interface Metadata {
  readonly opcodes: Readonly<Record<string, OpcodeMetadata>>;
}

/** The metadata of a form such as `F7.6`. */
export function formMetadata(metadata: Metadata, form: string): OpcodeMetadata {
  const [opcode = '', reg] = form.split('.');
  const row = metadata.opcodes[opcode] ?? {};
  return reg === undefined ? row : (row.reg?.[reg] ?? row);
}

export const readVectors = (file: string): readonly Vector[] =>
  JSON.parse(gunzipSync(readFileSync(file)).toString()) as Vector[];

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

/** A CPU with RAM everywhere and ports that read as ones. */
export class VectorMachine {
  private readonly processor: Processor;
  private readonly memory: GuestMemory;
  private readonly is8086: boolean;

  constructor(modelId: CpuModelId) {
    const model = CPU_MODELS[modelId];
    this.is8086 = modelId === '8086';
    const size = this.is8086 ? 0x10_0000 : 0x100_0000;
    this.memory = new GuestMemory(size, new AddressSpace('memory', 2 ** 32));
    this.memory.addRegion('ram', 'ram', 0, size);
    this.processor = new Processor(model, this.memory, new AddressSpace('ports', 0x1_0000), new Clock(), () => false);
  }

  private get core() {
    return this.processor.cpu.core;
  }

  private register(name: string): number {
    if (name === 'ip') return this.core.get16(R.EIP);
    if (name === 'flags') return this.core.getFlags() & 0xffff;
    const segment = SEGMENTS[name];
    if (segment !== undefined) return this.core.seg(segment, R.SEG_SELECTOR);
    return this.core.get16(GENERAL[name] ?? -1);
  }

  /** Runs a vector; gives the differences, empty when there are none. `mask`: flag bits to compare. */
  run(vector: Vector, mask: number): readonly string[] {
    const { cpu } = this.processor;
    cpu.reset();
    const { core } = this;
    for (const [name, value] of Object.entries(vector.initial.regs)) {
      if (name === 'ip') core.set(R.EIP, value);
      else if (name === 'flags') core.setFlags(this.is8086 ? value : value & 0x0fff);
      else if (SEGMENTS[name] !== undefined) {
        core.setSeg(SEGMENTS[name], R.SEG_SELECTOR, value);
        core.setSeg(SEGMENTS[name], R.SEG_BASE, value * 16);
      } else core.set(GENERAL[name] ?? -1, value);
    }
    for (const [address, hex] of vector.initial.ram) this.memory.load(address, Buffer.from(hex, 'hex'));
    core.updateContext();
    const why = this.execute();
    const differences: string[] = why === undefined ? [] : [why];
    for (const name of Object.keys(vector.initial.regs)) {
      const expected = vector.final.regs[name] ?? vector.initial.regs[name] ?? 0;
      const compare = name === 'flags' ? mask & (this.is8086 ? 0xffff : 0x0fff) : 0xffff;
      const got = this.register(name);
      if (((got ^ expected) & compare) !== 0) {
        differences.push(`${name} ${(got & compare).toString(16)} instead of ${(expected & compare).toString(16)}`);
      }
    }
    const flagAddress = vector.exception?.flag_address ?? this.pushedFlags(vector);
    for (const [address, hex] of vector.final.ram) {
      const expected = Buffer.from(hex, 'hex');
      expected.forEach((byte, i) => {
        const at = address + i;
        const flagByte = flagAddress === undefined ? -1 : at - flagAddress;
        const compare = flagByte === 0 ? mask & 0xff : flagByte === 1 ? mask >> 8 : 0xff;
        const got = this.memory.peek(at, 1);
        if (((got ^ byte) & compare) !== 0)
          differences.push(`[${at.toString(16)}] ${got.toString(16)} instead of ${byte.toString(16)}`);
      });
    }
    return differences;
  }

  /** Where an 8086 has pushed its flags, when an exception's six bytes were pushed: undefined flags are masked there too. */
  private pushedFlags(vector: Vector): number | undefined {
    const { sp, ss } = { ...vector.initial.regs, ...vector.final.regs };
    const before = vector.initial.regs.sp;
    if (sp === undefined || ss === undefined || before === undefined || ((before - sp) & 0xffff) !== 6)
      return undefined;
    return (ss * 16 + ((sp + 4) & 0xffff)) & 0xfffff;
  }

  /** One instruction with all its repetitions; on the 286 on through the HLT behind. Says what went wrong, if anything. */
  private execute(): string | undefined {
    const { cpu } = this.processor;
    let instructions = 0;
    for (let counts = 0; counts < 200_000; counts++) {
      const end = this.processor.execute(1, false);
      if (end.kind === 'unsupported') return `unsupported: ${end.what}`;
      if (end.kind === 'fault') {
        const delivery = cpu.deliverFault(end.fault, 0);
        if (delivery.kind === 'shutdown') return this.is8086 ? 'shutdown' : undefined;
      }
      cpu.core.shadow = false;
      if (this.core.get(RUN_REPEATING) !== 0) continue;
      instructions++;
      if (this.is8086) return undefined;
      if (cpu.halted || instructions > 3) return undefined;
    }
    return 'did not end';
  }
}

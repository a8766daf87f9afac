/**
 * What a CPU tells about itself: CPUID, the time stamp counter, model-specific registers. Intel AP-485; Pentium Processor
 * Family Developer's Manual volume 3, chapters 16 and 25.
 */
import { type X86Core, hex } from './core';
import { raise, VECTOR } from './fault';
import type { HelperState } from './helper-state';
import * as R from './registers';

/** "GenuineIntel" as EBX, EDX, ECX give it. */
const VENDOR = [0x756e_6547, 0x4965_6e69, 0x6c65_746e] as const;
/** Nanoseconds of virtual time a tick of the time stamp counter: 100 MHz, whatever the rate of instructions is. */
const NS_PER_TICK = 10;

/** Model-specific registers of the Pentium. */
const MSR = { MACHINE_CHECK_ADDRESS: 0, MACHINE_CHECK_TYPE: 1, TIME_STAMP: 0x10 } as const;

const ticks = ({ board }: X86Core): bigint => BigInt(Math.floor(board.time() / NS_PER_TICK));

function timeStamp(core: X86Core): bigint {
  return BigInt.asUintN(64, ticks(core) + core.get64(R.TSC_OFFSET));
}

function setPair(core: X86Core, value: bigint): void {
  core.set(R.EAX, Number(value & 0xffff_ffffn));
  core.set(R.EDX, Number(value >> 32n));
}

/** The number in ECX. @throws CpuFault #GP(0) unless the register exists */
function modelRegister(core: X86Core): number {
  const number = core.get(R.ECX);
  const known: readonly number[] = Object.values(MSR);
  if (!known.includes(number)) raise(VECTOR.GP, 0, `there is no model-specific register ${hex(number)}h`);
  return number;
}

export const IDENTITY_HELPERS = {
  IDENTIFY: ({ core }: HelperState) => {
    const { cpuid } = core.model;
    if (cpuid === undefined) raise(VECTOR.UD, 0, 'CPUID does not exist');
    const leaf = core.get(R.EAX);
    // Beyond the last leaf the last one answers.
    const [eax, ebx, ecx, edx] =
      leaf === 0 ? [1, VENDOR[0], VENDOR[2], VENDOR[1]] : [cpuid.signature, 0, 0, cpuid.features];
    core.set(R.EAX, eax);
    core.set(R.EBX, ebx);
    core.set(R.ECX, ecx);
    core.set(R.EDX, edx);
  },
  READ_TIME: ({ core }: HelperState) => {
    if ((core.get(R.CR4) & R.CR4_TSD) !== 0 && core.cpl !== 0)
      raise(VECTOR.GP, 0, `RDTSC at privilege ${core.cpl} with CR4.TSD set`);
    setPair(core, timeStamp(core));
  },
  READ_MODEL_REGISTER: ({ core }: HelperState) =>
    setPair(core, modelRegister(core) === MSR.TIME_STAMP ? timeStamp(core) : 0n),
  WRITE_MODEL_REGISTER: ({ core }: HelperState) => {
    if (modelRegister(core) !== MSR.TIME_STAMP) return;
    const value = (BigInt(core.get(R.EDX)) << 32n) | BigInt(core.get(R.EAX));
    core.set64(R.TSC_OFFSET, BigInt.asUintN(64, value - ticks(core)));
  },
};

/**
 * LOADALL of the 80286 (0F 05): all registers, hidden descriptor caches too, from 102 bytes at physical 800h. It is how
 * HIMEM and RAMDrive reach extended memory from real mode. Intel, "Undocumented iAPX 286 Test Instruction".
 */
import type { X86Core } from './core';
import { raise, VECTOR } from './fault';
import * as R from './registers';
import { setCache } from './segments';
import { setCr0 } from './system';

const TABLE = 0x800;
const MSW = 0x806;
const FLAGS = 0x818;
const IP = 0x81a;
/** Places of the general registers. */
const GENERAL: readonly (readonly [place: number, register: number])[] = [
  [0x826, R.EDI],
  [0x828, R.ESI],
  [0x82a, R.EBP],
  [0x82c, R.ESP],
  [0x82e, R.EBX],
  [0x830, R.EDX],
  [0x832, R.ECX],
  [0x834, R.EAX],
];
/** Places of selectors, and of descriptor caches: 24 bits of base, access byte, limit. */
const SEGMENTS: readonly (readonly [selector: number, cache: number, segment: number])[] = [
  [0x816, 0x860, R.TR],
  [0x81c, 0x854, R.LDTR],
  [0x81e, 0x848, R.DS],
  [0x820, 0x842, R.SS],
  [0x822, 0x83c, R.CS],
  [0x824, 0x836, R.ES],
];
/** Places of table registers, laid out as caches. */
const TABLES: readonly (readonly [place: number, base: number, limit: number])[] = [
  [0x84e, R.GDTR_BASE, R.GDTR_LIMIT],
  [0x85a, R.IDTR_BASE, R.IDTR_LIMIT],
];
const FLAG_BITS = 0x7fd5;

/** @throws CpuFault #GP(0) outside of level 0 */
export function loadAll(core: X86Core): void {
  if (core.cpl !== 0) raise(VECTOR.GP, 0, `LOADALL at privilege ${core.cpl}`);
  const bytes = core.memory.readBytes(TABLE, 102);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const word = (place: number) => view.getUint16(place - TABLE, true);
  for (const [place, register] of GENERAL) core.set16(register, word(place));
  for (const [selector, place, s] of SEGMENTS) {
    const first = view.getUint32(place - TABLE, true);
    setCache(core, s, word(selector), first & 0xff_ffff, word(place + 4), first >>> 24);
  }
  for (const [place, base, limit] of TABLES) {
    core.set(base, view.getUint32(place - TABLE, true) & 0xff_ffff);
    core.set(limit, word(place + 4));
  }
  core.setFlags(word(FLAGS) & FLAG_BITS);
  core.set(R.EIP, word(IP));
  // Like LMSW it can not leave protected mode.
  setCr0(core, (word(MSW) & 0xf) | (core.get(R.CR0) & R.CR0_PE));
}

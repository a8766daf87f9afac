/** How much memory there is, in the shapes that services and data areas tell it. */
import { BASE_MEMORY_KB, EBDA_KB, ROM_BASE, ROM_BYTES } from './layout';

const KB = 1024;
const MB = 1024 * KB;
const MAX_U16 = 0xffff;
/** INT 15h AH=88h and the first part of AX=E801h end here. */
const MB16 = 16 * MB;

/** Address range of INT 15h AX=E820h (ACPI 6.4, table 15.4): 1 is usable, 2 reserved. */
export interface MemoryRange {
  readonly base: number;
  readonly length: number;
  readonly type: 1 | 2;
}

export class MemoryMap {
  /** Conventional memory without the EBDA, KiB: INT 12h and 40:13h. */
  readonly baseKb: number;
  /** Segment of the EBDA, which lies right above it. */
  readonly ebdaSegment: number;
  /** Memory from 1 MiB on, KiB. */
  readonly extendedKb: number;

  /** @param bytes end of RAM @throws RangeError below 64 KiB, which is not enough to boot in */
  constructor(bytes: number) {
    if (bytes < 64 * KB) throw new RangeError(`${bytes} bytes of memory are too few: a PC needs at least 64 KiB.`);
    this.baseKb = Math.min(Math.floor(bytes / KB), BASE_MEMORY_KB) - EBDA_KB;
    this.ebdaSegment = (this.baseKb * KB) >>> 4;
    this.extendedKb = Math.max(0, Math.floor((bytes - MB) / KB));
  }

  /** From 1 to 16 MiB, KiB. */
  get below16MbKb(): number {
    return Math.min(this.extendedKb, (MB16 - MB) / KB);
  }

  /** From 16 MiB on, in blocks of 64 KiB. */
  get above16MbBlocks(): number {
    return Math.min(MAX_U16, Math.max(0, this.extendedKb - this.below16MbKb) >>> 6);
  }

  /** What INT 15h AH=88h tells, KiB. */
  get int88Kb(): number {
    return Math.min(this.extendedKb, MAX_U16);
  }

  ranges(): readonly MemoryRange[] {
    const base = this.baseKb * KB;
    return [
      { base: 0, length: base, type: 1 },
      { base, length: EBDA_KB * KB, type: 2 },
      { base: ROM_BASE, length: ROM_BYTES, type: 2 },
      ...(this.extendedKb > 0 ? [{ base: MB, length: this.extendedKb * KB, type: 1 } as const] : []),
      // The ROM again, below 4 GiB.
      { base: 0x1_0000_0000 - ROM_BYTES, length: ROM_BYTES, type: 2 },
    ];
  }
}

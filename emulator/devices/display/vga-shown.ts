/** The registers that a picture depends on, by number, so that changes of them can be written down and taken back. */
import type { VgaState } from './vga-registers';

export type VgaLook = Pick<
  VgaState,
  'misc' | 'enabled' | 'sequencer' | 'crtc' | 'graphics' | 'attribute' | 'attributeIndex' | 'pelMask' | 'dac'
>;

/** Numbers: 32 of each indexed group, the single ones, the DAC's entries with 6 bits a colour. */
const GROUPS = ['sequencer', 'crtc', 'graphics', 'attribute'] as const;
export const SHOWN = {
  SEQUENCER: 0x00,
  CRTC: 0x20,
  GRAPHICS: 0x40,
  ATTRIBUTE: 0x60,
  MISC: 0x80,
  ENABLED: 0x81,
  ATTRIBUTE_INDEX: 0x82,
  PEL_MASK: 0x83,
  DAC: 0x100,
} as const;
const REGISTERS = 0x200;

export function readShown(look: VgaLook, register: number): number {
  if (register >= SHOWN.DAC) {
    const at = 3 * (register - SHOWN.DAC);
    return (look.dac[at] << 12) | (look.dac[at + 1] << 6) | look.dac[at + 2];
  }
  switch (register) {
    case SHOWN.MISC:
      return look.misc;
    case SHOWN.ENABLED:
      return Number(look.enabled);
    case SHOWN.ATTRIBUTE_INDEX:
      return look.attributeIndex;
    case SHOWN.PEL_MASK:
      return look.pelMask;
    default:
      return look[GROUPS[register >> 5]][register & 31];
  }
}

export function writeShown(look: VgaLook, register: number, value: number): void {
  if (register >= SHOWN.DAC) {
    const at = 3 * (register - SHOWN.DAC);
    look.dac[at] = value >> 12;
    look.dac[at + 1] = (value >> 6) & 63;
    look.dac[at + 2] = value & 63;
    return;
  }
  switch (register) {
    case SHOWN.MISC:
      look.misc = value;
      break;
    case SHOWN.ENABLED:
      look.enabled = value !== 0;
      break;
    case SHOWN.ATTRIBUTE_INDEX:
      look.attributeIndex = value;
      break;
    case SHOWN.PEL_MASK:
      look.pelMask = value;
      break;
    default:
      look[GROUPS[register >> 5]][register & 31] = value;
  }
}

/** Bits by register number, 0 for those left out. */
function bitsOf(rows: Readonly<Record<number, number>>): Int32Array {
  const bits = new Int32Array(REGISTERS);
  for (const [register, mask] of Object.entries(rows)) bits[Number(register)] = mask;
  return bits;
}

const { SEQUENCER, CRTC, GRAPHICS, ATTRIBUTE, DAC } = SHOWN;
const palette = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [ATTRIBUTE + i, 0x3f]));
const colours = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [DAC + i, 0x3_ffff]));

/** Bits that say when the beam is where; a frame in which they change has no lines that could be told. */
export const TIMING = bitsOf({
  [SHOWN.MISC]: 0x0c,
  [SEQUENCER + 1]: 0x09,
  [CRTC + 0x00]: 0xff,
  [CRTC + 0x06]: 0xff,
  // Bits 8 and 9 of Vertical Total and Vertical Retrace Start.
  [CRTC + 0x07]: 0xa5,
  [CRTC + 0x10]: 0xff,
  [CRTC + 0x17]: 0x84,
});

/**
 * Bits that change what lines look like. Left out are those of the CPU's side, and the cursor's: a program that prints
 * moves it all the time, and shows it where it stopped.
 */
export const SEEN = bitsOf({
  [SEQUENCER + 0]: 0x03,
  [SEQUENCER + 1]: 0x34,
  [SEQUENCER + 3]: 0x3f,
  [CRTC + 0x01]: 0xff,
  [CRTC + 0x03]: 0x60,
  [CRTC + 0x07]: 0x52,
  [CRTC + 0x08]: 0x7f,
  [CRTC + 0x09]: 0xdf,
  [CRTC + 0x0c]: 0xff,
  [CRTC + 0x0d]: 0xff,
  [CRTC + 0x12]: 0xff,
  [CRTC + 0x13]: 0xff,
  [CRTC + 0x14]: 0x7f,
  [CRTC + 0x17]: 0x6b,
  [CRTC + 0x18]: 0xff,
  [GRAPHICS + 5]: 0x60,
  [GRAPHICS + 6]: 0x01,
  ...palette,
  [ATTRIBUTE + 0x10]: 0xef,
  [ATTRIBUTE + 0x12]: 0x3f,
  [ATTRIBUTE + 0x13]: 0x0f,
  [ATTRIBUTE + 0x14]: 0x0f,
  [SHOWN.ENABLED]: 0x01,
  [SHOWN.ATTRIBUTE_INDEX]: 0x20,
  [SHOWN.PEL_MASK]: 0xff,
  ...colours,
});

/** Registers that vertical retrace takes, or a frame begins with: changing them while it is drawn is no change of it. */
export const LATCHED: ReadonlySet<number> = new Set([CRTC + 0x08, CRTC + 0x0c, CRTC + 0x0d]);

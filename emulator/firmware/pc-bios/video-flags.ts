/** What the data area keeps of the display for the next mode. Source: IBM BIOS Interface Technical Reference, 40:89h. */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';

/** Display combination code of a VGA with a colour screen. */
export const DCC_VGA_COLOUR = 8;

/** Bits 7 and 4 of 40:89h: scan lines of text modes. */
const LINES = { mask: 0x90, 200: 0x80, 350: 0x00, 400: 0x10 } as const;

export function lineCount(guest: Guest): 200 | 350 | 400 {
  const bits = guest.bda8(BDA_FIELDS.videoFlags) & LINES.mask;
  return bits === LINES[200] ? 200 : bits === LINES[350] ? 350 : 400;
}

export function setLineCount(guest: Guest, lines: 200 | 350 | 400): void {
  guest.setBda8(BDA_FIELDS.videoFlags, (guest.bda8(BDA_FIELDS.videoFlags) & ~LINES.mask) | LINES[lines]);
}

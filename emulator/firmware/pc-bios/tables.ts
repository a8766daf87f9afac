/** Tables that lie in the ROM for programs to read. Source: IBM PC AT Technical Reference; IBM BIOS Interface Reference. */
import { MODEL } from './layout';

/** INT 15h AH=C0h: length, model, submodel, revision, features (second PIC, RTC, INT 15h/4Fh, EBDA), reserved. */
export const CONFIGURATION_TABLE = [8, 0, MODEL.model, MODEL.submodel, MODEL.revision, 0x74, 0, 0, 0, 0] as const;

/** Divisors of 115,200 baud for 110, 150, 300, 600, 1200, 2400, 4800, 9600 baud. */
export const BAUD_DIVISORS = [1047, 768, 384, 192, 96, 48, 24, 12] as const;

/** INT 1Dh, 6845 registers R0-R15 of four groups of modes, then page lengths, columns, and mode control bytes. */
export const VIDEO_PARAMETER_TABLE = [
  ...[0x38, 0x28, 0x2d, 0x0a, 0x1f, 6, 0x19, 0x1c, 2, 7, 6, 7, 0, 0, 0, 0],
  ...[0x71, 0x50, 0x5a, 0x0a, 0x1f, 6, 0x19, 0x1c, 2, 7, 6, 7, 0, 0, 0, 0],
  ...[0x38, 0x28, 0x2d, 0x0a, 0x7f, 6, 0x64, 0x70, 2, 1, 6, 7, 0, 0, 0, 0],
  ...[0x61, 0x50, 0x52, 0x0f, 0x19, 6, 0x19, 0x19, 2, 13, 11, 12, 0, 0, 0, 0],
  ...[0x00, 0x08, 0x00, 0x10, 0x00, 0x40, 0x00, 0x40],
  ...[40, 40, 80, 80, 40, 40, 80, 80],
  ...[0x2c, 0x28, 0x2d, 0x29, 0x2a, 0x2e, 0x1e, 0x29],
] as const;

/** INT 10h AH=1Bh, what the video BIOS can do: text modes 0-3 and 7, 400 lines, and the functions of a VGA it has. */
export const VIDEO_FUNCTIONS_TABLE = [0x8f, 0, 0, 0, 0, 0, 0, 0x04, 1, 1, 0x80, 0x0c, 0, 0, 0, 0] as const;

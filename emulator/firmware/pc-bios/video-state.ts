/** INT 10h AH=12h, 1Ah, 1Bh and 1Ch: what the display is, and its state as a whole. Source: IBM BIOS Interface Technical Reference. */
import { BDA, BDA_FIELDS, ROM_SEGMENT } from './layout';
import { farText, type Guest, hex2, linear } from './guest';
import type { VgaPorts } from './vga-ports';
import { DCC_VGA_COLOUR, lineCount, setLineCount } from './video-flags';
import type { Rgb } from './video-palettes';
import type { Screen } from './video-screen';

type Line = readonly [inputs: string, results: string];

/** 40:87h. */
const NO_SCALING = 0x01;
/** 40:89h. */
const FLAGS = { greys: 0x02, keepPalette: 0x08 } as const;
const CLOCKING_MODE = 1;
const SCREEN_OFF = 0x20;
const MISC_RAM = 0x02;
const SCAN_LINES = [200, 350, 400] as const;
const FUNCTIONALITY_BYTES = 0x40;
/** Codes of line numbers in the functionality table. */
const LINE_CODES: Readonly<Record<number, number>> = { 200: 0, 350: 1, 400: 2, 480: 3 };
const STATE_BLOCK = 64;
/** What AH=1Ch keeps, by the bits of CX. */
const STATE = { hardware: 1, data: 2, colours: 4 } as const;
const HARDWARE_BYTES = 0x46;
/** 40:49h to 66h, then 84h to 8Ah, A8h to ABh, and the vectors 1Fh and 43h. */
const DATA_RANGES: readonly (readonly [address: number, length: number])[] = [
  [BDA + BDA_FIELDS.videoMode, 0x1e],
  [BDA + BDA_FIELDS.rowsMinusOne, 7],
  [BDA + BDA_FIELDS.savePointer, 4],
  [0x1f * 4, 4],
  [0x43 * 4, 4],
];
const DATA_BYTES = DATA_RANGES.reduce((sum, [, length]) => sum + length, 0);
const COLOUR_BYTES = 256 * 3 + 1;

export class VideoState {
  constructor(
    private readonly guest: Guest,
    private readonly vga: VgaPorts,
    private readonly screen: Screen,
    private readonly place: (label: string) => number,
  ) {}

  /* ---------------------------------------------------------------------------------- AH=12h */

  private flag(field: number, mask: number, on: boolean): void {
    const value = this.guest.bda8(field);
    this.guest.setBda8(field, on ? value | mask : value & ~mask);
  }

  /** AH=12h, by BL; AL is 12h behind what was done. */
  alternateSelect(): Line | undefined {
    const { guest, vga } = this;
    const { al, bl } = guest;
    if (bl === 0x10) {
      guest.bh = (vga.miscOutput & 1) !== 0 ? 0 : 1;
      guest.bl = 3;
      guest.ch = 0;
      guest.cl = guest.bda8(BDA_FIELDS.videoSwitches) & 0x0f;
      return ['configuration', `${guest.bh === 0 ? 'colour' : 'monochrome'}, 256 kB`];
    }
    // 00h is on, 01h off.
    const on = al === 0;
    const told = (what: string, then: () => void): Line | undefined => {
      if (al > 1) return undefined;
      then();
      guest.al = 0x12;
      return [what, on ? 'on' : 'off'];
    };
    switch (bl) {
      case 0x30: {
        const lines = SCAN_LINES[al];
        if (lines === undefined) return undefined;
        setLineCount(guest, lines);
        guest.al = 0x12;
        return [`${lines} scan lines for text modes`, 'ok'];
      }
      case 0x31:
        return told('colours of a mode that is set', () => this.flag(BDA_FIELDS.videoFlags, FLAGS.keepPalette, !on));
      case 0x32:
        return told('video memory and ports', () => {
          vga.miscOutput = on ? vga.miscOutput | MISC_RAM : vga.miscOutput & ~MISC_RAM;
        });
      case 0x33:
        return told('colours as greys', () => this.flag(BDA_FIELDS.videoFlags, FLAGS.greys, on));
      case 0x34:
        return told('scaling of cursor sizes', () => this.flag(BDA_FIELDS.videoControl, NO_SCALING, !on));
      case 0x36:
        return told('picture', () => {
          const clocking = vga.getSequencer(CLOCKING_MODE);
          vga.setSequencer(CLOCKING_MODE, on ? clocking & ~SCREEN_OFF : clocking | SCREEN_OFF);
        });
      default:
        return undefined;
    }
  }

  /* ---------------------------------------------------------------------------------- AH=1Ah, 1Bh */

  displayCombination(): Line | undefined {
    const { guest } = this;
    const { al } = guest;
    if (al === 0x00) guest.bx = guest.bda8(BDA_FIELDS.displayCombination);
    else if (al === 0x01) guest.setBda8(BDA_FIELDS.displayCombination, guest.bl);
    else return undefined;
    guest.al = 0x1a;
    return [`display combination, ${al === 0 ? 'ask' : 'set'}`, `code ${hex2(guest.bl)}`];
  }

  /** AH=1Bh: 64 bytes at ES:DI, the first of them the address of a table in the ROM. */
  functionality(): Line | undefined {
    const { guest, screen } = this;
    if (guest.bx !== 0) return undefined;
    const { mode } = screen;
    const state = new Uint8Array(FUNCTIONALITY_BYTES);
    const view = new DataView(state.buffer);
    view.setUint16(0x00, this.place('videoFunctions'), true);
    view.setUint16(0x02, ROM_SEGMENT, true);
    // 04h to 21h are the data area's 49h to 66h, 22h to 24h its rows (as a number) and character height.
    state.set(guest.readBytes(BDA + BDA_FIELDS.videoMode, 0x1e), 0x04);
    state[0x22] = screen.rows;
    view.setUint16(0x23, guest.bda16(BDA_FIELDS.characterHeight), true);
    state[0x25] = guest.bda8(BDA_FIELDS.displayCombination) || DCC_VGA_COLOUR;
    const colours = mode === undefined || mode.palette === 'mono' ? 0 : mode.kind === 'linear' ? 256 : 1 << this.depth;
    view.setUint16(0x27, colours, true);
    state[0x29] = mode === undefined ? 1 : Math.max(1, Math.min(8, Math.floor(mode.windowBytes / mode.pageBytes)));
    state[0x2a] = LINE_CODES[mode === undefined || mode.kind === 'text' ? lineCount(guest) : this.displayedLines] ?? 2;
    // Two fonts at once; the sum of greys, the cursor's scaling and blinking as they are.
    state[0x2d] = this.miscellaneous();
    // 256 kB.
    state[0x31] = 3;
    guest.writeBytes(linear(guest.es, guest.di), state);
    guest.al = 0x1b;
    return ['state', `64 bytes to ${farText(guest.es, guest.di)}`];
  }

  /** Bits of a pixel; 4 of a character's colour. */
  private get depth(): number {
    const { mode } = this.screen;
    if (mode?.kind === 'cga') return mode.bits;
    return mode?.mode === 0x11 ? 1 : 4;
  }

  private get displayedLines(): number {
    const { mode } = this.screen;
    return mode === undefined ? 0 : mode.rows * mode.height;
  }

  private miscellaneous(): number {
    const { guest } = this;
    const flags = guest.bda8(BDA_FIELDS.videoFlags);
    const scaled = (guest.bda8(BDA_FIELDS.videoControl) & NO_SCALING) === 0;
    const blink = (guest.bda8(BDA_FIELDS.modeRegister) & 0x20) !== 0;
    return (
      0x01 |
      ((flags & FLAGS.greys) !== 0 ? 0x02 : 0) |
      ((flags & FLAGS.keepPalette) !== 0 ? 0x08 : 0) |
      (scaled ? 0x10 : 0) |
      (blink ? 0x20 : 0)
    );
  }

  /* ---------------------------------------------------------------------------------- AH=1Ch */

  /** AH=1Ch: asks for the blocks (AL 0), saves (1) or restores (2) what CX names at ES:BX. */
  saveRestore(): Line | undefined {
    const { guest } = this;
    const parts = guest.cx & 7;
    if (parts === 0 || guest.al > 2) return undefined;
    const buffer = linear(guest.es, guest.bx);
    const where = farText(guest.es, guest.bx);
    const bytes =
      ((parts & STATE.hardware) !== 0 ? HARDWARE_BYTES : 0) +
      ((parts & STATE.data) !== 0 ? DATA_BYTES : 0) +
      ((parts & STATE.colours) !== 0 ? COLOUR_BYTES : 0);
    const what = `state ${parts}`;
    const operation = guest.al;
    guest.al = 0x1c;
    if (operation === 0) {
      guest.bx = Math.ceil(bytes / STATE_BLOCK);
      return [what, `needs ${guest.bx} blocks of ${STATE_BLOCK} bytes`];
    }
    if (operation === 1) guest.writeBytes(buffer, this.capture(parts));
    else this.apply(parts, guest.readBytes(buffer, bytes));
    return [`${what} ${operation === 1 ? 'to' : 'from'} ${where}`, operation === 1 ? 'saved' : 'restored'];
  }

  private capture(parts: number): Uint8Array {
    const { guest, vga } = this;
    const bytes: number[] = [];
    if ((parts & STATE.hardware) !== 0) {
      const { miscOutput, sequencer, crtc, graphics, attribute } = vga.getAll();
      const registers = [miscOutput, ...sequencer, ...crtc, ...graphics, ...attribute];
      const port = guest.bda16(BDA_FIELDS.crtcPort);
      bytes.push(...registers, port & 0xff, port >> 8);
      while (bytes.length < HARDWARE_BYTES) bytes.push(0);
    }
    if ((parts & STATE.data) !== 0) {
      for (const [address, length] of DATA_RANGES) bytes.push(...guest.readBytes(address, length));
    }
    if ((parts & STATE.colours) !== 0) bytes.push(vga.dacMask, ...vga.getColours(0, 256).flat());
    return Uint8Array.from(bytes);
  }

  private apply(parts: number, bytes: Uint8Array): void {
    const { guest, vga } = this;
    let at = 0;
    const take = (count: number): readonly number[] => {
      at += count;
      return Array.from(bytes.subarray(at - count, at));
    };
    if ((parts & STATE.hardware) !== 0) {
      const [miscOutput = 0] = take(1);
      const values = { miscOutput, sequencer: take(5), crtc: take(25), graphics: take(9), attribute: take(21) };
      const [low = 0xd4, high = 0x03] = take(2);
      guest.setBda16(BDA_FIELDS.crtcPort, low | (high << 8));
      vga.setAll(values);
      at = HARDWARE_BYTES;
    }
    if ((parts & STATE.data) !== 0) {
      for (const [address, length] of DATA_RANGES) guest.writeBytes(address, Uint8Array.from(take(length)));
    }
    if ((parts & STATE.colours) !== 0) {
      const [mask = 0xff] = take(1);
      vga.dacMask = mask;
      const colours = take(256 * 3);
      vga.setColours(
        0,
        Array.from(
          { length: 256 },
          (_, i): Rgb => [colours[i * 3] ?? 0, colours[i * 3 + 1] ?? 0, colours[i * 3 + 2] ?? 0],
        ),
      );
    }
  }
}

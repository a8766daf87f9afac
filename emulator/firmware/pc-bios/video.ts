/** INT 10h, video: text services. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h. */
import { BDA_FIELDS, ROM_SEGMENT } from './layout';
import { farText, type Guest, hex2, hex4, linear } from './guest';
import { CHARACTER_HEIGHT, TEXT_MODES } from './video-modes';
import { VgaPorts } from './vga-ports';
import { TextScreen } from './video-text';

/** Equipment word bits 4-5: the display at power-on. */
const EQUIPMENT_COLOUR_80 = 0x20;
const EQUIPMENT_MONO = 0x30;
const EQUIPMENT_DISPLAY = 0x30;
/** Display combination code of a VGA with a colour screen. */
const DCC_VGA_COLOUR = 8;
const ATTRIBUTE_OVERSCAN = 0x11;
const ATTRIBUTE_MODE = 0x10;
const ATTRIBUTE_BLINK = 0x08;
const DAC_ENTRIES = 256;

const printable = (character: number): string =>
  character >= 0x20 && character < 0x7f ? `'${String.fromCharCode(character)}'` : hex2(character);

export class Video {
  private readonly vga: VgaPorts;
  private readonly screen: TextScreen;

  /** `place` gives the offset in the ROM of a table by label. */
  constructor(
    private readonly guest: Guest,
    private readonly place: (label: string) => number,
  ) {
    this.vga = new VgaPorts(guest);
    this.screen = new TextScreen(guest, this.vga);
  }

  /** Writes a message on the active page at the cursor. */
  message(text: string): void {
    const page = this.guest.bda8(BDA_FIELDS.activePage);
    const characters = Array.from(text, (character): readonly [number] => [character.charCodeAt(0)]);
    this.screen.setCursor(page, this.screen.write(page, this.screen.cursor(page), characters));
  }

  /** INT 10h. */
  service(): void {
    const { guest } = this;
    const name = `INT 10h AH=${hex2(guest.ah)}`;
    const done = this.dispatch();
    if (done === undefined)
      guest.call(name, `AX=${hex4(guest.ax)} BX=${hex4(guest.bx)}`, 'not supported; nothing done');
    else guest.call(name, done[0], done[1]);
  }

  /** Does the function; gives inputs and results as text, or nothing when there is no such function. */
  private dispatch(): readonly [inputs: string, results: string] | undefined {
    const { guest, screen } = this;
    switch (guest.ah) {
      case 0x00:
        return this.setMode(guest.al);
      case 0x01:
        screen.setCursorShape(guest.ch, guest.cl);
        return [`lines ${guest.ch & 0x1f} to ${guest.cl}`, (guest.ch & 0x60) === 0x20 ? 'cursor off' : 'ok'];
      case 0x02:
        screen.setCursor(guest.bh, { row: guest.dh, column: guest.dl });
        return [`page ${guest.bh}, row ${guest.dh}, column ${guest.dl}`, 'ok'];
      case 0x03: {
        const { row, column } = screen.cursor(guest.bh);
        guest.dx = (row << 8) | column;
        guest.cx = guest.bda16(BDA_FIELDS.cursorShape);
        return [`page ${guest.bh}`, `row ${row}, column ${column}`];
      }
      case 0x05:
        screen.selectPage(guest.al);
        return [`page ${guest.al}`, 'ok'];
      case 0x06:
      case 0x07:
        return this.scroll(guest.ah === 0x06);
      case 0x08: {
        const cell = screen.cell(guest.bh, screen.cursor(guest.bh));
        guest.ax = cell;
        return [`page ${guest.bh}`, `${printable(cell & 0xff)}, attribute ${hex2(cell >> 8)}`];
      }
      case 0x09:
      case 0x0a: {
        const attribute = guest.ah === 0x09 ? guest.bl : undefined;
        screen.repeat(guest.bh, screen.cursor(guest.bh), guest.cx, guest.al, attribute);
        const how = attribute === undefined ? '' : `, attribute ${hex2(attribute)}`;
        return [`${printable(guest.al)} ${guest.cx} times${how}`, 'ok'];
      }
      case 0x0b:
        if (guest.bh !== 0) return undefined;
        this.vga.setAttribute(ATTRIBUTE_OVERSCAN, guest.bl & 0x1f);
        return [`border ${guest.bl}`, 'ok'];
      case 0x0e:
        screen.teletype(guest.bda8(BDA_FIELDS.activePage), guest.al);
        return [printable(guest.al), 'ok'];
      case 0x0f:
        guest.ah = guest.bda8(BDA_FIELDS.columns);
        guest.al = guest.bda8(BDA_FIELDS.videoMode) | (guest.bda8(BDA_FIELDS.videoControl) & 0x80);
        guest.bh = guest.bda8(BDA_FIELDS.activePage);
        return ['', `mode ${hex2(guest.al)}, ${guest.ah} columns, page ${guest.bh}`];
      case 0x10:
        return this.palette();
      case 0x11:
        return guest.al === 0x30 ? this.fontInformation() : undefined;
      case 0x12:
        return this.alternateSelect();
      case 0x13:
        return this.writeString();
      case 0x1a:
        return this.displayCombination();
      case 0x1b:
        return this.functionality();
      default:
        return undefined;
    }
  }

  private setMode(requested: number): readonly [string, string] | undefined {
    const { guest, screen } = this;
    const mode = TEXT_MODES.find((row) => row.mode === (requested & 0x7f));
    if (mode === undefined) return undefined;
    guest.setBda8(BDA_FIELDS.videoMode, mode.mode);
    guest.setBda16(BDA_FIELDS.columns, mode.columns);
    guest.setBda16(BDA_FIELDS.pageBytes, mode.pageBytes);
    guest.setBda16(BDA_FIELDS.pageStart, 0);
    for (let page = 0; page < 8; page++) guest.setBda16(BDA_FIELDS.cursors + page * 2, 0);
    guest.setBda8(BDA_FIELDS.activePage, 0);
    guest.setBda16(BDA_FIELDS.crtcPort, mode.crtcPort);
    guest.setBda8(BDA_FIELDS.modeRegister, mode.modeRegister);
    guest.setBda8(BDA_FIELDS.paletteRegister, 0x30);
    guest.setBda8(BDA_FIELDS.rowsMinusOne, mode.rows - 1);
    guest.setBda16(BDA_FIELDS.characterHeight, CHARACTER_HEIGHT);
    // 256 kB, cursor sizes scaled; bit 7 tells that the screen was not cleared.
    guest.setBda8(BDA_FIELDS.videoControl, 0x60 | (requested & 0x80));
    guest.setBda8(BDA_FIELDS.videoSwitches, 0xf9);
    guest.setBda8(BDA_FIELDS.videoFlags, 0x51);
    guest.setBda8(BDA_FIELDS.displayCombination, DCC_VGA_COLOUR);
    const equipment = guest.bda16(BDA_FIELDS.equipment) & ~EQUIPMENT_DISPLAY;
    guest.setBda16(BDA_FIELDS.equipment, equipment | (mode.mode === 7 ? EQUIPMENT_MONO : EQUIPMENT_COLOUR_80));
    this.vga.setMode(mode);
    screen.setCursorShape(6, 7);
    if ((requested & 0x80) === 0) screen.clear(mode);
    return [`mode ${hex2(requested)}`, `text, ${mode.columns} x ${mode.rows}`];
  }

  private scroll(up: boolean): readonly [string, string] {
    const { guest } = this;
    const from = { row: guest.ch, column: guest.cl };
    const to = { row: guest.dh, column: guest.dl };
    this.screen.scroll(guest.bda8(BDA_FIELDS.activePage), up, guest.al, guest.bh, from, to);
    const window = `rows ${from.row} to ${to.row}, columns ${from.column} to ${to.column}`;
    return [
      `${guest.al === 0 ? 'clear' : `${up ? 'up' : 'down'} ${guest.al}`}, ${window}, attribute ${hex2(guest.bh)}`,
      'ok',
    ];
  }

  private palette(): readonly [string, string] | undefined {
    const { guest, vga } = this;
    const buffer = linear(guest.es, guest.dx);
    const sub = `AL=${hex2(guest.al)}`;
    switch (guest.al) {
      case 0x00:
        vga.setAttribute(guest.bl & 0x1f, guest.bh);
        return [`palette register ${guest.bl}`, `set to ${hex2(guest.bh)}`];
      case 0x01:
        vga.setAttribute(ATTRIBUTE_OVERSCAN, guest.bh);
        return ['border', `set to ${hex2(guest.bh)}`];
      case 0x02: {
        const values = guest.readBytes(buffer, 17);
        values.forEach((value, index) => vga.setAttribute(index === 16 ? ATTRIBUTE_OVERSCAN : index, value));
        return [`palette and border from ${farText(guest.es, guest.dx)}`, 'set'];
      }
      case 0x03: {
        const blink = guest.bl !== 0;
        const mode = vga.getAttribute(ATTRIBUTE_MODE);
        vga.setAttribute(ATTRIBUTE_MODE, blink ? mode | ATTRIBUTE_BLINK : mode & ~ATTRIBUTE_BLINK);
        const register = guest.bda8(BDA_FIELDS.modeRegister);
        guest.setBda8(BDA_FIELDS.modeRegister, blink ? register | 0x20 : register & ~0x20);
        return ['attribute bit 7', blink ? 'blinks' : 'is a bright background'];
      }
      case 0x07:
        guest.bh = vga.getAttribute(guest.bl & 0x1f);
        return [`palette register ${guest.bl}`, hex2(guest.bh)];
      case 0x08:
        guest.bh = vga.getAttribute(ATTRIBUTE_OVERSCAN);
        return ['border', hex2(guest.bh)];
      case 0x09: {
        const values = Array.from({ length: 17 }, (_, index) =>
          vga.getAttribute(index === 16 ? ATTRIBUTE_OVERSCAN : index),
        );
        guest.writeBytes(buffer, Uint8Array.from(values));
        return ['palette and border', `to ${farText(guest.es, guest.dx)}`];
      }
      case 0x10:
        vga.setColours(guest.bx & 0xff, [[guest.dh, guest.ch, guest.cl]]);
        return [`colour ${guest.bx}`, `red ${guest.dh}, green ${guest.ch}, blue ${guest.cl}`];
      case 0x12: {
        const count = Math.min(guest.cx, DAC_ENTRIES);
        const values = guest.readBytes(buffer, count * 3);
        const part = (index: number) => values[index];
        vga.setColours(
          guest.bx & 0xff,
          Array.from({ length: count }, (_, i) => [part(i * 3), part(i * 3 + 1), part(i * 3 + 2)] as const),
        );
        return [`${count} colours from ${guest.bx}, ${farText(guest.es, guest.dx)}`, 'set'];
      }
      case 0x15: {
        const [[red, green, blue] = [0, 0, 0]] = vga.getColours(guest.bx & 0xff, 1);
        guest.dh = red;
        guest.cx = (green << 8) | blue;
        return [`colour ${guest.bx}`, `red ${red}, green ${green}, blue ${blue}`];
      }
      case 0x17: {
        const count = Math.min(guest.cx, DAC_ENTRIES);
        guest.writeBytes(buffer, Uint8Array.from(vga.getColours(guest.bx & 0xff, count).flat()));
        return [`${count} colours from ${guest.bx}, ${sub}`, `to ${farText(guest.es, guest.dx)}`];
      }
      default:
        return undefined;
    }
  }

  /** AX=1130h: ES:BP is the font that BH asks for, CX the lines of the one in use, DL the last row. */
  private fontInformation(): readonly [string, string] | undefined {
    const { guest } = this;
    const labels = ['', '', 'font8x14', 'font8x8', 'font8x8High', 'font8x14', 'font8x16', 'font8x16'];
    const which = guest.bh;
    if (which <= 1) {
      // INT 1Fh and INT 43h: wherever they point now.
      const vector = (which === 0 ? 0x1f : 0x43) * 4;
      guest.bp = guest.memory.read(vector, 2);
      guest.es = guest.memory.read(vector + 2, 2);
    } else {
      const label = labels[which];
      if (label === undefined) return undefined;
      guest.es = ROM_SEGMENT;
      guest.bp = this.place(label);
    }
    guest.cx = guest.bda16(BDA_FIELDS.characterHeight);
    guest.dl = guest.bda8(BDA_FIELDS.rowsMinusOne);
    return [`font ${which}`, `at ${farText(guest.es, guest.bp)}, ${guest.cx} lines in use, last row ${guest.dl}`];
  }

  private alternateSelect(): readonly [string, string] | undefined {
    const { guest } = this;
    switch (guest.bl) {
      case 0x10:
        guest.bh = guest.bda8(BDA_FIELDS.videoMode) === 7 ? 1 : 0;
        guest.bl = 3;
        guest.ch = 0;
        guest.cl = guest.bda8(BDA_FIELDS.videoSwitches) & 0x0f;
        return ['configuration', `${guest.bh === 0 ? 'colour' : 'monochrome'}, 256 kB`];
      case 0x30:
        // Only the 400 lines that text modes have here.
        if (guest.al !== 2) return undefined;
        guest.al = 0x12;
        return ['400 scan lines', 'ok'];
      case 0x34: {
        const control = guest.bda8(BDA_FIELDS.videoControl);
        guest.setBda8(BDA_FIELDS.videoControl, guest.al === 0 ? control & ~1 : control | 1);
        const on = guest.al === 0;
        guest.al = 0x12;
        return ['scaling of cursor sizes', on ? 'on' : 'off'];
      }
      default:
        return undefined;
    }
  }

  private writeString(): readonly [string, string] | undefined {
    const { guest, screen } = this;
    const { al: how, bl: attribute, bh: page, cx: count } = guest;
    if (how > 3) return undefined;
    const withAttributes = how >= 2;
    const bytes = guest.readBytes(linear(guest.es, guest.bp), withAttributes ? count * 2 : count);
    const text = Array.from({ length: count }, (_, i): readonly [number, number] =>
      withAttributes ? [bytes[i * 2], bytes[i * 2 + 1]] : [bytes[i], attribute],
    );
    const before = screen.cursor(page);
    const after = screen.write(page, { row: guest.dh, column: guest.dl }, text);
    screen.setCursor(page, (how & 1) !== 0 ? after : before);
    const shown = text
      .slice(0, 40)
      .map(([character]) => (character >= 0x20 && character < 0x7f ? String.fromCharCode(character) : '.'));
    const at = `row ${guest.dh}, column ${guest.dl}`;
    return [`${count} characters at ${at}: '${shown.join('')}${count > 40 ? '...' : ''}'`, 'ok'];
  }

  private displayCombination(): readonly [string, string] | undefined {
    const { guest } = this;
    if (guest.al === 0x00) {
      guest.bx = guest.bda8(BDA_FIELDS.displayCombination);
    } else if (guest.al === 0x01) {
      guest.setBda8(BDA_FIELDS.displayCombination, guest.bl);
    } else {
      return undefined;
    }
    const what = guest.al === 0 ? 'ask' : 'set';
    guest.al = 0x1a;
    return [`display combination, ${what}`, `code ${hex2(guest.bl)}`];
  }

  /** AH=1Bh: 64 bytes at ES:DI, the first of them the address of a table in the ROM. */
  private functionality(): readonly [string, string] | undefined {
    const { guest } = this;
    if (guest.bx !== 0) return undefined;
    const state = new Uint8Array(0x40);
    const view = new DataView(state.buffer);
    view.setUint16(0x00, this.place('videoFunctions'), true);
    view.setUint16(0x02, ROM_SEGMENT, true);
    // 04h to 21h are the data area's 49h to 66h, 22h to 24h its rows (as a number) and character height.
    state.set(guest.readBytes(0x400 + BDA_FIELDS.videoMode, 0x1e), 0x04);
    state[0x22] = this.screen.rows;
    view.setUint16(0x23, guest.bda16(BDA_FIELDS.characterHeight), true);
    state[0x25] = guest.bda8(BDA_FIELDS.displayCombination);
    view.setUint16(0x27, 16, true);
    state[0x29] = 8;
    state[0x2a] = 2;
    state[0x31] = 3;
    guest.writeBytes(linear(guest.es, guest.di), state);
    guest.al = 0x1b;
    return ['state', `64 bytes to ${farText(guest.es, guest.di)}`];
  }
}

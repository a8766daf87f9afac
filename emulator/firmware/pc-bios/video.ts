/** INT 10h, video: which function a call is for. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h. */
import { BDA_FIELDS, ROM_SEGMENT } from './layout';
import { type Guest, hex2, hex4, linear } from './guest';
import { calledName } from './service-names';
import { VgaPorts } from './vga-ports';
import { DCC_VGA_COLOUR, lineCount } from './video-flags';
import { VideoFonts } from './video-fonts';
import { crtcPortOf, type VideoMode, videoMode, withScanLines } from './video-modes';
import { VideoPalette } from './video-palette';
import { type Character, Screen } from './video-screen';
import { VideoState } from './video-state';

/** What a function tells: inputs and results as text; nothing when there is no such function. */
type Line = readonly [inputs: string, results: string];

/** Equipment word bits 4-5: the display at power-on. */
const EQUIPMENT_COLOUR_80 = 0x20;
const EQUIPMENT_MONO = 0x30;
const EQUIPMENT_DISPLAY = 0x30;
/** 40:87h: 256 kB; bit 7 tells that the screen was not cleared, bit 0 that cursor sizes are not scaled. */
const VIDEO_CONTROL = 0x60;
const NO_SCALING = 0x01;
const NOT_CLEARED = 0x80;
const SWITCHES = 0xf9;
/** A VGA is active, with a switch for displays, and 400 lines in text modes. */
const FLAGS = 0x51;
const TEXT_CURSOR = 0x0607;
const SHOWN = 40;

const printable = (character: number): string =>
  character >= 0x20 && character < 0x7f ? `'${String.fromCharCode(character)}'` : hex2(character);

export class Video {
  private readonly vga: VgaPorts;
  private readonly screen: Screen;
  private readonly fonts: VideoFonts;
  private readonly colours: VideoPalette;
  private readonly state: VideoState;

  /** `place` gives the offset in the ROM of a table by label. */
  constructor(
    private readonly guest: Guest,
    private readonly place: (label: string) => number,
  ) {
    this.vga = new VgaPorts(guest);
    this.screen = new Screen(guest, this.vga);
    this.fonts = new VideoFonts(guest, this.vga, this.screen, place);
    this.colours = new VideoPalette(guest, this.vga);
    this.state = new VideoState(guest, this.vga, this.screen, place);
  }

  /** Writes a message on the active page at the cursor. */
  message(text: string): void {
    const page = this.guest.bda8(BDA_FIELDS.activePage);
    const characters = Array.from(text, (character): Character => [character.charCodeAt(0)]);
    this.screen.setCursor(page, this.screen.write(page, this.screen.cursor(page), characters, 7));
  }

  /** INT 10h. */
  service(): void {
    const { guest } = this;
    const name = calledName(0x10, guest.ax);
    const done = this.dispatch();
    if (done === undefined)
      guest.call(name, `AX=${hex4(guest.ax)} BX=${hex4(guest.bx)}`, 'not supported; nothing done');
    else guest.call(name, done[0], done[1]);
  }

  private dispatch(): Line | undefined {
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
      case 0x08:
        guest.ax = screen.cells?.read(guest.bh, screen.cursor(guest.bh)) ?? 0;
        return [`page ${guest.bh}`, `${printable(guest.al)}, attribute ${hex2(guest.ah)}`];
      case 0x09:
      case 0x0a:
        return this.repeat(guest.ah === 0x09);
      case 0x0b:
        return this.colours.cga();
      case 0x0c:
      case 0x0d:
        return this.pixel(guest.ah === 0x0c);
      case 0x0e:
        screen.teletype(guest.bda8(BDA_FIELDS.activePage), guest.al, guest.bl);
        return [printable(guest.al), 'ok'];
      case 0x0f:
        guest.ah = guest.bda8(BDA_FIELDS.columns);
        guest.al = guest.bda8(BDA_FIELDS.videoMode) | (guest.bda8(BDA_FIELDS.videoControl) & NOT_CLEARED);
        guest.bh = guest.bda8(BDA_FIELDS.activePage);
        return ['', `mode ${hex2(guest.al)}, ${guest.ah} columns, page ${guest.bh}`];
      case 0x10:
        return this.colours.service();
      case 0x11:
        return this.fonts.service();
      case 0x12:
        return this.state.alternateSelect();
      case 0x13:
        return this.writeString();
      case 0x1a:
        return this.state.displayCombination();
      case 0x1b:
        return this.state.functionality();
      case 0x1c:
        return this.state.saveRestore();
      default:
        return undefined;
    }
  }

  private setMode(requested: number): Line | undefined {
    const { guest, screen, vga } = this;
    const row = videoMode(requested);
    if (row === undefined) return undefined;
    const flags = guest.bda8(BDA_FIELDS.videoFlags) || FLAGS;
    guest.setBda8(BDA_FIELDS.videoFlags, flags);
    const mode = withScanLines(row, lineCount(guest));
    this.describe(mode, requested);
    vga.showPalette(false);
    vga.setAll(mode);
    this.colours.modeSet(mode);
    this.fonts.modeSet(mode);
    if (mode.kind === 'text') screen.setCursorShape(TEXT_CURSOR >> 8, TEXT_CURSOR & 0xff);
    screen.setCursor(0, { row: 0, column: 0 });
    if ((requested & NOT_CLEARED) === 0) screen.cells?.clear();
    // What kind of mode it is.
    guest.al = mode.mode > 7 ? 0x20 : mode.mode === 6 ? 0x3f : 0x30;
    const width = mode.columns * 8;
    const what =
      mode.kind === 'text' ? `text, ${mode.columns} x ${mode.rows}` : `graphics, ${width} x ${mode.rows * mode.height}`;
    return [`mode ${hex2(requested)}`, what];
  }

  /** The data area of a mode. */
  private describe(mode: VideoMode, requested: number): void {
    const { guest } = this;
    guest.setBda8(BDA_FIELDS.videoMode, mode.mode);
    guest.setBda16(BDA_FIELDS.columns, mode.columns);
    guest.setBda16(BDA_FIELDS.pageBytes, mode.pageBytes);
    guest.setBda16(BDA_FIELDS.pageStart, 0);
    for (let page = 0; page < 8; page++) guest.setBda16(BDA_FIELDS.cursors + page * 2, 0);
    guest.setBda16(BDA_FIELDS.cursorShape, mode.kind === 'text' ? TEXT_CURSOR : 0);
    guest.setBda8(BDA_FIELDS.activePage, 0);
    guest.setBda16(BDA_FIELDS.crtcPort, crtcPortOf(mode));
    guest.setBda8(BDA_FIELDS.modeRegister, mode.modeRegister);
    guest.setBda8(BDA_FIELDS.paletteRegister, mode.mode === 6 ? 0x3f : 0x30);
    guest.setBda8(BDA_FIELDS.rowsMinusOne, mode.rows - 1);
    guest.setBda16(BDA_FIELDS.characterHeight, mode.height);
    const kept = guest.bda8(BDA_FIELDS.videoControl) & NO_SCALING;
    guest.setBda8(BDA_FIELDS.videoControl, VIDEO_CONTROL | kept | (requested & NOT_CLEARED));
    guest.setBda8(BDA_FIELDS.videoSwitches, SWITCHES);
    guest.setBda8(BDA_FIELDS.displayCombination, DCC_VGA_COLOUR);
    guest.setBda16(BDA_FIELDS.savePointer, this.place('videoSavePointer'));
    guest.setBda16(BDA_FIELDS.savePointer + 2, ROM_SEGMENT);
    const equipment = guest.bda16(BDA_FIELDS.equipment) & ~EQUIPMENT_DISPLAY;
    guest.setBda16(BDA_FIELDS.equipment, equipment | (mode.mode === 7 ? EQUIPMENT_MONO : EQUIPMENT_COLOUR_80));
  }

  private scroll(up: boolean): Line {
    const { guest } = this;
    const from = { row: guest.ch, column: guest.cl };
    const to = { row: guest.dh, column: guest.dl };
    this.screen.scroll(guest.bda8(BDA_FIELDS.activePage), up, guest.al, guest.bh, from, to);
    const window = `rows ${from.row} to ${to.row}, columns ${from.column} to ${to.column}`;
    const what = guest.al === 0 ? 'clear' : `${up ? 'up' : 'down'} ${guest.al}`;
    return [`${what}, ${window}, attribute ${hex2(guest.bh)}`, 'ok'];
  }

  /** AH=09h writes attributes, AH=0Ah keeps them; in graphics modes both have a colour. */
  private repeat(attributes: boolean): Line {
    const { guest, screen } = this;
    const { al: character, bl, bh: page, cx: count } = guest;
    screen.repeat(page, screen.cursor(page), count, character, attributes ? bl : undefined, bl);
    return [`${printable(character)} ${count} times${attributes ? `, attribute ${hex2(bl)}` : ''}`, 'ok'];
  }

  private pixel(write: boolean): Line | undefined {
    const { guest } = this;
    const { graphics } = this.screen;
    if (graphics === undefined) return undefined;
    const at = `x ${guest.cx}, y ${guest.dx}`;
    if (write) graphics.putPixel(guest.bh, guest.cx, guest.dx, guest.al);
    else guest.al = graphics.getPixel(guest.bh, guest.cx, guest.dx);
    return [at, write ? `colour ${hex2(guest.al)} written` : `colour ${guest.al}`];
  }

  private writeString(): Line | undefined {
    const { guest, screen } = this;
    const { al: how, bl: attribute, bh: page, cx: count } = guest;
    if (how > 3) return undefined;
    const withAttributes = how >= 2;
    const bytes = guest.readBytes(linear(guest.es, guest.bp), withAttributes ? count * 2 : count);
    const text = Array.from(
      { length: count },
      (_, i): Character => (withAttributes ? [bytes[i * 2], bytes[i * 2 + 1]] : [bytes[i], attribute]),
    );
    const before = screen.cursor(page);
    const after = screen.write(page, { row: guest.dh, column: guest.dl }, text);
    screen.setCursor(page, (how & 1) !== 0 ? after : before);
    const shown = text
      .slice(0, SHOWN)
      .map(([character]) => (character >= 0x20 && character < 0x7f ? String.fromCharCode(character) : '.'));
    const at = `row ${guest.dh}, column ${guest.dl}`;
    return [`${count} characters at ${at}: '${shown.join('')}${count > SHOWN ? '...' : ''}'`, 'ok'];
  }
}

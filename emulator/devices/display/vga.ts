/**
 * A VGA (IBM, "VGA XGA Technical Reference Manual", May 1992, section 2): every register, and the picture of text modes.
 *
 * Offsets count from port 3B0h: 04h-05h and 0Ah in monochrome, 24h-25h and 2Ah in colour (by Miscellaneous Output bit 0),
 * 10h-1Fh always; see `VGA_PORTS`. Video memory is plain RAM here: what the Graphics Controller and the Map Mask do to
 * accesses is not modelled yet, nor are graphics modes, split screen, fonts in memory and the vertical interrupt.
 */
import type { BusDevice } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import type { DisplayFrame } from '../../bus/display';
import type { TimeSource } from '../../time/clock';
import { CP437 } from './cp437';
import { beamAt, cellWidth, displayedColumns, displayedLines, textGeometry } from './vga-geometry';
import { ATTRIBUTE, CRTC, GRAPHICS, MISC, REGISTERS, SEQUENCER, type VgaRegister, TABLE } from './vga-registers';

/** Ranges of offsets from port 3B0h that the chip answers at. */
export const VGA_PORTS: readonly { readonly offset: number; readonly length: number }[] = [
  { offset: 0x04, length: 2 },
  { offset: 0x0a, length: 1 },
  { offset: 0x10, length: 16 },
  { offset: 0x24, length: 2 },
  { offset: 0x2a, length: 1 },
];

/** Attribute Controller registers. */
const MODE_CONTROL = 0x10;
const PLANE_ENABLE = 0x12;
const COLOR_SELECT = 0x14;
const PAS = 0x20;
const BLINK = 0x08;

/** Byte offset and size of the window that Graphics Controller register 6 selects, from A0000h on. */
const WINDOWS = [
  { offset: 0, size: 0x2_0000 },
  { offset: 0, size: 0x1_0000 },
  { offset: 0x1_0000, size: 0x8000 },
  { offset: 0x1_8000, size: 0x8000 },
] as const;

const GLYPHS = 256;
const GLYPH_LINES = 16;

export interface VgaOptions {
  /** Video memory as the CPU sees it: 128 KiB, A0000h to BFFFFh. Asked anew for every frame. */
  readonly memory: () => Uint8Array;
  /** Character generator: 256 glyphs of 16 bytes, a byte a line, bit 7 leftmost. */
  readonly font: ArrayLike<number>;
}

export class Vga extends Chip<typeof TABLE> implements BusDevice {
  private readonly memory: () => Uint8Array;
  private readonly font: readonly number[];

  /** @throws Error when the font has not 4,096 bytes. */
  constructor(
    id: string,
    private readonly clock: TimeSource,
    options: VgaOptions,
  ) {
    super(id, 'VGA', TABLE);
    if (options.font.length !== GLYPHS * GLYPH_LINES) {
      throw new Error(`The font has ${options.font.length} bytes instead of ${GLYPHS * GLYPH_LINES}.`);
    }
    this.memory = options.memory;
    this.font = Object.freeze(Array.from(options.font));
  }

  protected get registers(): readonly ChipRegister<Vga>[] {
    return REGISTERS;
  }

  read(offset: number): number {
    const value = this.peek(offset);
    const { state } = this;
    if (this.isStatus1(offset)) state.attributeData = false;
    else if (offset === 0x19) {
      state.dacPart = (state.dacPart + 1) % 3;
      if (state.dacPart === 0) state.dacRead = (state.dacRead + 1) & 0xff;
    }
    return value;
  }

  peek(offset: number): number {
    const { state } = this;
    if (this.isStatus1(offset)) return this.inputStatus1;
    if (offset === this.crtcBase) return state.crtcIndex;
    if (offset === this.crtcBase + 1) return state.crtc[state.crtcIndex] ?? 0;
    switch (offset) {
      case 0x10:
        return state.attributeIndex;
      case 0x11:
        return state.attribute[state.attributeIndex & 0x1f] ?? 0;
      case 0x12: // Input Status 0: switch sense says "colour monitor", no vertical interrupt
        return 0x10;
      case 0x13:
        return state.enabled ? 1 : 0;
      case 0x14:
        return state.sequencerIndex;
      case 0x15:
        return state.sequencer[state.sequencerIndex] ?? 0;
      case 0x16:
        return state.pelMask;
      case 0x17:
        return state.dacReading ? 3 : 0;
      case 0x18:
        return state.dacWrite;
      case 0x19:
        return state.dac[3 * state.dacRead + state.dacPart];
      case 0x1a:
        return state.feature;
      case 0x1c:
        return state.misc;
      case 0x1e:
        return state.graphicsIndex;
      case 0x1f:
        return state.graphics[state.graphicsIndex] ?? 0;
      default:
        return 0xff;
    }
  }

  write(offset: number, _size: number, value: number): void {
    const { state } = this;
    if (this.isStatus1(offset)) state.feature = value;
    else if (offset === this.crtcBase) state.crtcIndex = value;
    else if (offset === this.crtcBase + 1) this.writeCrtc(state.crtcIndex, value);
    switch (offset) {
      case 0x10:
        this.writeAttribute(value);
        break;
      case 0x12:
        state.misc = value & 0xef;
        break;
      case 0x13:
        state.enabled = (value & 1) !== 0;
        break;
      case 0x14:
        state.sequencerIndex = value;
        break;
      case 0x15:
        store(state.sequencer, SEQUENCER, state.sequencerIndex, value);
        break;
      case 0x16:
        state.pelMask = value;
        break;
      case 0x17:
        state.dacRead = value;
        state.dacReading = true;
        state.dacPart = 0;
        break;
      case 0x18:
        state.dacWrite = value;
        state.dacReading = false;
        state.dacPart = 0;
        break;
      case 0x19:
        this.writeColour(value & 0x3f);
        break;
      case 0x1e:
        state.graphicsIndex = value;
        break;
      case 0x1f:
        store(state.graphics, GRAPHICS, state.graphicsIndex, value);
        break;
      default: // The rest is for reading.
    }
  }

  /** Input Status 1, without side effects: bit 0 not displaying, bit 3 vertical retrace. */
  get inputStatus1(): number {
    const beam = beamAt(this.clock.now, this.state);
    return (beam.blank ? 0x01 : 0) | (beam.verticalRetrace ? 0x08 : 0);
  }

  /** The picture, now. */
  frame(): DisplayFrame {
    const { state } = this;
    if (!this.showsText) {
      const width = displayedColumns(state.crtc) * cellWidth(state.sequencer);
      return { kind: 'blank', width, height: displayedLines(state.crtc) };
    }
    const { columns, rows, cellHeight, cellWidth: width } = textGeometry(state);
    return {
      kind: 'text',
      columns,
      rows,
      cells: this.cells(),
      cursor: this.cursor(),
      blink: (state.attribute[MODE_CONTROL] & BLINK) !== 0,
      font: this.glyphs(cellHeight),
      cellWidth: width,
      cellHeight,
      palette: this.palette(),
    };
  }

  /** The text on the screen, a string a row, trailing blanks removed; nothing when no text is shown. */
  text(): readonly string[] {
    if (!this.showsText) return [];
    const { columns, rows } = textGeometry(this.state);
    const cells = this.cells();
    return Array.from({ length: rows }, (_, row) => {
      let line = '';
      for (let i = row * columns; i < (row + 1) * columns; i++) line += String.fromCodePoint(CP437[cells[2 * i]]);
      return line.replace(/[ \u00a0]+$/u, '');
    });
  }

  override notes(): readonly string[] {
    const { state } = this;
    if (!this.showsText) {
      return [this.isGraphics ? 'A graphics mode; its picture is not modelled yet.' : 'The screen is off.'];
    }
    const { columns, rows, cellWidth: width, cellHeight } = textGeometry(state);
    const beam = beamAt(this.clock.now, state);
    return [
      `Text, ${columns} x ${rows} characters of ${width} x ${cellHeight} dots.`,
      beam.verticalRetrace ? 'In vertical retrace.' : beam.blank ? 'Between lines.' : 'Displaying.',
    ];
  }

  private get crtcBase(): number {
    return this.state.misc & MISC.IOAS ? 0x24 : 0x04;
  }

  private isStatus1(offset: number): boolean {
    return offset === this.crtcBase + 6;
  }

  private get isGraphics(): boolean {
    return ((this.state.graphics[6] | this.state.attribute[MODE_CONTROL]) & 1) !== 0;
  }

  private get showsText(): boolean {
    const { state } = this;
    const runs = (state.sequencer[0] & 3) === 3 && (state.crtc[0x17] & 0x80) !== 0;
    const on = (state.attributeIndex & PAS) !== 0 && (state.sequencer[1] & 0x20) === 0;
    return runs && on && !this.isGraphics;
  }

  private writeCrtc(index: number, value: number): void {
    const { crtc } = this.state;
    if (index < 8 && crtc[0x11] & 0x80) {
      // Protected, but for bit 8 of Line Compare in Overflow.
      if (index === 7) crtc[7] = (crtc[7] & ~0x10) | (value & 0x10);
      return;
    }
    store(crtc, CRTC, index, value);
  }

  private writeAttribute(value: number): void {
    const { state } = this;
    const isData = state.attributeData;
    state.attributeData = !isData;
    if (!isData) state.attributeIndex = value & 0x3f;
    else {
      const index = state.attributeIndex & 0x1f;
      // The palette belongs to the screen while PAS is set.
      if (index < 16 && state.attributeIndex & PAS) return;
      store(state.attribute, ATTRIBUTE, index, value);
    }
  }

  /** A colour is taken when its third part has come. */
  private writeColour(value: number): void {
    const { state } = this;
    state.dacLatch[state.dacPart] = value;
    state.dacPart = (state.dacPart + 1) % 3;
    if (state.dacPart !== 0) return;
    state.dac.set(state.dacLatch, 3 * state.dacWrite);
    state.dacWrite = (state.dacWrite + 1) & 0xff;
  }

  private cells(): Uint8Array {
    const { columns, rows, start, pitch } = textGeometry(this.state);
    const { offset, size } = WINDOWS[this.state.graphics[6] >> 2];
    const memory = this.memory();
    const cells = new Uint8Array(2 * columns * rows);
    let i = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const address = offset + ((2 * (start + row * pitch + column)) & (size - 1));
        cells[i++] = memory[address];
        cells[i++] = memory[address + 1];
      }
    }
    return cells;
  }

  private cursor(): { readonly cell: number; readonly start: number; readonly end: number } {
    const { crtc } = this.state;
    const { columns, rows, cellHeight, start: first, pitch } = textGeometry(this.state);
    const start = crtc[0x0a] & 0x1f;
    const end = Math.min(crtc[0x0b] & 0x1f, cellHeight - 1);
    const place = ((crtc[0x0e] << 8) | crtc[0x0f]) - first;
    const row = pitch > 0 ? Math.floor(place / pitch) : 0;
    const column = place - row * pitch;
    const visible = (crtc[0x0a] & 0x20) === 0 && start <= end && row >= 0 && row < rows && column < columns;
    return { cell: visible ? row * columns + column : -1, start, end };
  }

  /** The character generator's glyphs, cut or filled up to `height` lines. */
  private glyphs(height: number): Uint8Array {
    const font = new Uint8Array(GLYPHS * height);
    const lines = Math.min(height, GLYPH_LINES);
    for (let glyph = 0; glyph < GLYPHS; glyph++) {
      for (let line = 0; line < lines; line++) font[glyph * height + line] = this.font[glyph * GLYPH_LINES + line];
    }
    return font;
  }

  /** 16 colours through palette, Color Select, PEL Mask and DAC. */
  private palette(): Uint8Array {
    const { attribute, dac, pelMask } = this.state;
    const select = attribute[COLOR_SELECT];
    const palette = new Uint8Array(48);
    for (let i = 0; i < 16; i++) {
      let colour = attribute[i & attribute[PLANE_ENABLE]] & 0x3f;
      if (attribute[MODE_CONTROL] & 0x80) colour = (colour & 0x0f) | ((select & 0x03) << 4);
      colour |= (select & 0x0c) << 4;
      for (let part = 0; part < 3; part++) {
        const level = dac[3 * (colour & pelMask) + part];
        palette[3 * i + part] = (level << 2) | (level >> 4);
      }
    }
    return palette;
  }
}

function store(bytes: Uint8Array, rows: readonly VgaRegister[], index: number, value: number): void {
  const row = rows[index];
  if (row !== undefined) bytes[index] = value & row.mask;
}

/**
 * Reads glyphs of a pixel font that was packed as WOFF 1.0: outlines made of whole squares come back as bitmaps.
 * Sources: "WOFF File Format 1.0" (W3C) for the wrapper; the OpenType specification, chapters cmap (format 4), glyf, head, hhea,
 * hmtx, loca and name, for what is inside.
 */
import { inflateSync } from 'node:zlib';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PixelGlyph {
  /** Columns of the cell. */
  readonly width: number;
  /** One number a row from the top; bit `width - 1` is the leftmost column. */
  readonly rows: readonly number[];
}

const WOFF_SIGNATURE = 0x774f4646; // 'wOFF'
const WOFF_HEADER_SIZE = 44;
const WOFF_ENTRY_SIZE = 20;

/** Bits of a glyf point's flag byte. */
const enum Flag {
  XShort = 0x02,
  YShort = 0x04,
  Repeat = 0x08,
  XSameOrPositive = 0x10,
  YSameOrPositive = 0x20,
}

export class PixelFont {
  private readonly tables = new Map<string, Buffer>();
  private readonly glyphOf: ReadonlyMap<number, number>;
  private readonly unitsPerPixel: number;
  private readonly descent: number;

  /** @param height rows of a cell; the em must be a whole number of units for each. Throws when the file is no such font. */
  constructor(
    file: Buffer,
    private readonly height: number,
  ) {
    if (file.length < WOFF_HEADER_SIZE || file.readUInt32BE(0) !== WOFF_SIGNATURE)
      throw new Error('not a WOFF 1.0 file');
    const count = file.readUInt16BE(12);
    for (let i = 0; i < count; i++) {
      const entry = WOFF_HEADER_SIZE + i * WOFF_ENTRY_SIZE;
      const offset = file.readUInt32BE(entry + 4);
      const packed = file.subarray(offset, offset + file.readUInt32BE(entry + 8));
      const length = file.readUInt32BE(entry + 12);
      this.tables.set(file.toString('latin1', entry, entry + 4), packed.length < length ? inflateSync(packed) : packed);
    }
    const unitsPerEm = this.table('head').readUInt16BE(18);
    this.unitsPerPixel = unitsPerEm / height;
    this.descent = this.table('hhea').readInt16BE(6);
    if (!Number.isInteger(this.unitsPerPixel))
      throw new Error(`an em of ${unitsPerEm} units has no ${height} whole rows`);
    this.glyphOf = this.readCharacterMap();
  }

  /** The text of a name record (0 = copyright, 5 = version, 13 = licence) in its Windows encoding. */
  name(id: number): string {
    const table = this.table('name');
    const strings = table.readUInt16BE(4);
    for (let i = 0; i < table.readUInt16BE(2); i++) {
      const record = 6 + i * 12;
      if (table.readUInt16BE(record) !== 3 || table.readUInt16BE(record + 6) !== id) continue;
      const start = strings + table.readUInt16BE(record + 10);
      return Buffer.from(table.subarray(start, start + table.readUInt16BE(record + 8)))
        .swap16()
        .toString('utf16le');
    }
    throw new Error(`the font has no name record ${id}`);
  }

  /** The bitmap for a code point, or undefined where the font has none. */
  glyph(codePoint: number): PixelGlyph | undefined {
    const glyph = this.glyphOf.get(codePoint);
    if (glyph === undefined) return undefined;
    const width = this.advance(glyph) / this.unitsPerPixel;
    const contours = this.contours(glyph);
    const rows: number[] = [];
    for (let row = 0; row < this.height; row++) {
      const y = (this.height - row - 0.5) * this.unitsPerPixel + this.descent;
      let bits = 0;
      for (let column = 0; column < width; column++) {
        bits = (bits << 1) | (isInside(contours, (column + 0.5) * this.unitsPerPixel, y) ? 1 : 0);
      }
      rows.push(bits);
    }
    return { width, rows };
  }

  private table(tag: string): Buffer {
    const table = this.tables.get(tag);
    if (table === undefined) throw new Error(`the font has no ${tag} table`);
    return table;
  }

  private readCharacterMap(): ReadonlyMap<number, number> {
    const cmap = this.table('cmap');
    for (let i = 0; i < cmap.readUInt16BE(2); i++) {
      const isWindowsUnicode = cmap.readUInt16BE(4 + 8 * i) === 3 && cmap.readUInt16BE(6 + 8 * i) === 1;
      if (isWindowsUnicode) return readSegmentMap(cmap.subarray(cmap.readUInt32BE(8 + 8 * i)));
    }
    throw new Error('the font has no Unicode character map of format 4');
  }

  private advance(glyph: number): number {
    const last = this.table('hhea').readUInt16BE(34) - 1;
    return this.table('hmtx').readUInt16BE(4 * Math.min(glyph, last));
  }

  private contours(glyph: number): readonly (readonly Point[])[] {
    const loca = this.table('loca');
    const long = this.table('head').readInt16BE(50) === 1;
    const at = (index: number): number => (long ? loca.readUInt32BE(4 * index) : 2 * loca.readUInt16BE(2 * index));
    const data = this.table('glyf').subarray(at(glyph), at(glyph + 1));
    return data.length === 0 ? [] : readSimpleGlyph(data);
  }
}

function readSegmentMap(map: Buffer): ReadonlyMap<number, number> {
  if (map.readUInt16BE(0) !== 4) throw new Error('the Unicode character map is not of format 4');
  const result = new Map<number, number>();
  const size = map.readUInt16BE(6);
  const starts = 16 + size;
  for (let segment = 0; segment < size; segment += 2) {
    const first = map.readUInt16BE(starts + segment);
    const last = map.readUInt16BE(14 + segment);
    const delta = map.readUInt16BE(starts + size + segment);
    const rangeAt = starts + 2 * size + segment;
    const range = map.readUInt16BE(rangeAt);
    for (let code = first; code <= last && code !== 0xffff; code++) {
      const raw = range === 0 ? code : map.readUInt16BE(rangeAt + range + 2 * (code - first));
      if (raw !== 0) result.set(code, (raw + delta) & 0xffff);
    }
  }
  return result;
}

function readSimpleGlyph(data: Buffer): readonly (readonly Point[])[] {
  const contourCount = data.readInt16BE(0);
  if (contourCount < 0) throw new Error('composite glyphs are not read; a pixel font needs none');
  const ends = Array.from({ length: contourCount }, (_, i) => data.readUInt16BE(10 + 2 * i));
  const pointCount = (ends.at(-1) ?? -1) + 1;
  let at = 10 + 2 * contourCount;
  at += 2 + data.readUInt16BE(at);
  const flags: number[] = [];
  while (flags.length < pointCount) {
    const flag = data.readUInt8(at++);
    const times = (flag & Flag.Repeat) === 0 ? 1 : data.readUInt8(at++) + 1;
    for (let i = 0; i < times; i++) flags.push(flag);
  }
  const coordinates = (short: Flag, sameOrPositive: Flag): number[] => {
    let value = 0;
    return flags.map((flag) => {
      if ((flag & short) !== 0) value += (flag & sameOrPositive) === 0 ? -data.readUInt8(at++) : data.readUInt8(at++);
      else if ((flag & sameOrPositive) === 0) {
        value += data.readInt16BE(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = coordinates(Flag.XShort, Flag.XSameOrPositive);
  const ys = coordinates(Flag.YShort, Flag.YSameOrPositive);
  const points = xs.map((x, i) => ({ x, y: ys[i] }));
  return ends.map((end, i) => points.slice(i === 0 ? 0 : ends[i - 1] + 1, end + 1));
}

/** The nonzero winding rule. Outlines of a pixel font are axis-parallel, so only vertical edges left of the point count. */
function isInside(contours: readonly (readonly Point[])[], x: number, y: number): boolean {
  let winding = 0;
  for (const contour of contours) {
    let from = contour[contour.length - 1];
    for (const to of contour) {
      if (from.x === to.x && from.x < x && from.y > y !== to.y > y) winding += to.y > from.y ? 1 : -1;
      from = to;
    }
  }
  return winding !== 0;
}

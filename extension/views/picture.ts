/** Frames of a session as whole pictures: what a frame leaves out is as it was in the one before. */
import type { FontMessage, FrameMessage } from '../../debug-adapter/protocol/messages';
import type { Border, Picture, Rows } from '../shared/display';

const SIDES = ['left', 'right', 'top', 'bottom'] as const;

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

interface Font {
  readonly cellWidth: FontMessage['cellWidth'];
  readonly cellHeight: number;
  readonly font: Uint8Array;
}

/** A picture, and how it came out of the one before where only some of its rows changed. */
export interface Assembled {
  readonly picture: Picture;
  readonly rows?: readonly Rows[];
}

export class PictureAssembler {
  #font: Font = { cellWidth: 8, cellHeight: 16, font: new Uint8Array(256 * 16) };
  #palette: Uint8Array = new Uint8Array(256 * 3);

  #picture: Picture | undefined;

  add(frame: FrameMessage): Assembled {
    const assembled = this.#assemble(frame);
    this.#picture = assembled.picture;
    return assembled;
  }

  #assemble(frame: FrameMessage): Assembled {
    if (frame.kind === 'blank') return { picture: frame };
    if (frame.palette !== undefined) this.#palette = bytes(frame.palette);
    const palette = this.#palette;
    const border = frame.border === undefined ? {} : { border: frame.border };
    if (frame.kind === 'indexed') {
      const { width, height, mode, text } = frame;
      const before = this.#picture;
      const same =
        before?.kind === 'indexed' && before.width === width && before.height === height ? before : undefined;
      const pixels = same?.pixels.slice() ?? new Uint8Array(width * height);
      const rows = frame.rows.map(({ first, pixels: changed }): Rows => ({ first, pixels: bytes(changed) }));
      for (const { first, pixels: changed } of rows) pixels.set(changed, first * width);
      const picture: Picture = { kind: 'indexed', width, height, pixels, palette, mode, ...border };
      if (text !== undefined) return { picture: { ...picture, text } };
      return same?.mode === mode && isSameBorder(same.border, frame.border) ? { picture, rows } : { picture };
    }
    if (frame.font !== undefined) {
      const { cellWidth, cellHeight, bitmap } = frame.font;
      this.#font = { cellWidth, cellHeight, font: bytes(bitmap) };
    }
    const { columns, rows, cursor, blink, underline, lineGraphics } = frame;
    const cells = bytes(frame.cells);
    const shape = { columns, rows, cells, cursor, blink, underline, lineGraphics };
    return { picture: { kind: 'text', ...shape, ...this.#font, palette, ...border } };
  }
}

const isSameBorder = (a: Border | undefined, b: Border | undefined): boolean =>
  a?.colour === b?.colour && SIDES.every((side) => a?.[side] === b?.[side]);

/** Whether there is anything to see: a guest that has shown nothing needs no Display yet. */
export function isEmpty(picture: Picture): boolean {
  switch (picture.kind) {
    case 'blank':
      return true;
    case 'indexed':
      return picture.pixels.every((pixel) => pixel === picture.pixels[0]);
    case 'text':
      // Blank characters (00h, 20h) on one background.
      return picture.cells.every((value, at) =>
        at % 2 === 0 ? value === 0 || value === 0x20 : value >> 4 === picture.cells[1] >> 4,
      );
  }
}

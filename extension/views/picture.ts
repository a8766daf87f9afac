/** Frames of a session as whole pictures: what a frame leaves out is as it was in the one before. */
import type { FontMessage, FrameMessage } from '../../debug-adapter/protocol/messages';
import type { Picture } from '../shared/display';

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

interface Font {
  readonly cellWidth: FontMessage['cellWidth'];
  readonly cellHeight: number;
  readonly font: Uint8Array;
}

export class PictureAssembler {
  #font: Font = { cellWidth: 8, cellHeight: 16, font: new Uint8Array(256 * 16) };
  #palette: Uint8Array = new Uint8Array(256 * 3);

  add(frame: FrameMessage): Picture {
    if (frame.kind === 'blank') return frame;
    if (frame.palette !== undefined) this.#palette = bytes(frame.palette);
    const palette = this.#palette;
    if (frame.kind === 'indexed') {
      const { width, height } = frame;
      return { kind: 'indexed', width, height, pixels: bytes(frame.pixels), palette };
    }
    if (frame.font !== undefined) {
      const { cellWidth, cellHeight, bitmap } = frame.font;
      this.#font = { cellWidth, cellHeight, font: bytes(bitmap) };
    }
    const { columns, rows, cursor, blink } = frame;
    return { kind: 'text', columns, rows, cells: bytes(frame.cells), cursor, blink, ...this.#font, palette };
  }
}

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

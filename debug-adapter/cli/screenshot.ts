/** The guest's screen as a PNG file. */
import { writeFileSync } from 'node:fs';
import type { DisplayFrame } from '../../emulator/bus/display';
import { asked } from './exit-codes';

type TextFrame = Extract<DisplayFrame, { kind: 'text' }>;

/** An image of 3 bytes (red, green, blue) a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Characters whose last column is repeated in cells of 9 pixels, so that lines join (VGA, Attribute Mode Control bit 2). */
const JOINED = { first: 0xc0, last: 0xdf } as const;
const GLYPH_WIDTH = 8;
const GLYPHS = 256;
/** Attributes that are underlined where the cell has a line for it. */
const UNDERLINE = { mask: 0x77, value: 0x01 } as const;

function textPicture(frame: TextFrame): Picture {
  const { columns, rows, cellWidth, cellHeight, cells, palette, font, cursor } = frame;
  const width = columns * cellWidth;
  const rgb = new Uint8Array(width * rows * cellHeight * 3);
  for (let cell = 0; cell < columns * rows; cell++) {
    const code = cells[cell * 2];
    const attribute = cells[cell * 2 + 1];
    const ink = (attribute & 0x0f) * 3;
    const paper = ((attribute >> 4) & (frame.blink ? 0x07 : 0x0f)) * 3;
    const joins = frame.lineGraphics && code >= JOINED.first && code <= JOINED.last;
    const underlined = (attribute & UNDERLINE.mask) === UNDERLINE.value;
    // A font of 512 characters: bit 3 of the attribute chooses its half.
    const glyph = font.length > GLYPHS * cellHeight && (attribute & 8) !== 0 ? code + GLYPHS : code;
    const left = (cell % columns) * cellWidth;
    const top = Math.floor(cell / columns) * cellHeight;
    for (let y = 0; y < cellHeight; y++) {
      const line = font[glyph * cellHeight + y];
      const isFull =
        (cell === cursor.cell && y >= cursor.start && y <= cursor.end) || (underlined && y === frame.underline);
      for (let x = 0; x < cellWidth; x++) {
        const joined = joins && x === GLYPH_WIDTH ? GLYPH_WIDTH - 1 : x;
        const set = isFull || (joined < GLYPH_WIDTH && (line & (0x80 >> joined)) !== 0);
        const colour = set ? ink : paper;
        rgb.set(palette.subarray(colour, colour + 3), ((top + y) * width + left + x) * 3);
      }
    }
  }
  return { width, height: rows * cellHeight, rgb };
}

/** The pixels of a frame, blinking characters and the cursor shown. */
export function drawFrame(frame: DisplayFrame): Picture {
  if (frame.kind === 'text') return textPicture(frame);
  const { width, height } = frame;
  const rgb = new Uint8Array(width * height * 3);
  if (frame.kind === 'indexed') {
    frame.pixels.forEach((index, at) => rgb.set(frame.palette.subarray(index * 3, index * 3 + 3), at * 3));
  }
  return { width, height, rgb };
}

/** Writes the screen. @throws UsageError when the file can't be written */
export async function writeScreenshot(path: string, frame: DisplayFrame): Promise<void> {
  const { PNG } = await import('pngjs');
  const { width, height, rgb } = drawFrame(frame);
  const png = new PNG({ width, height, colorType: 2 });
  for (let i = 0; i < width * height; i++) {
    png.data.set(rgb.subarray(i * 3, i * 3 + 3), i * 4);
    png.data[i * 4 + 3] = 0xff;
  }
  const bytes = PNG.sync.write(png, { colorType: 2 });
  asked(() => writeFileSync(path, bytes));
}

/** The picture that a display chip hands on. */
import type { DirtyReader } from '../memory/guest-memory';
import type { Digest } from '../state/digest';

/** What is seen around the picture: widths in its pixels, which may be fractions, and the colour, RRGGBBh. */
export interface DisplayBorder {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly colour: number;
}

/** What the screen shows, in the chip's own terms; pixels are made where they are drawn. */
export type DisplayFrame =
  | {
      readonly kind: 'text';
      readonly columns: number;
      readonly rows: number;
      /** Character code and attribute, alternately, row by row: 2 x columns x rows bytes. */
      readonly cells: Uint8Array;
      /** Cell index, or -1 when the cursor is off or outside; scan lines `start` to `end` of the cell. */
      readonly cursor: { readonly cell: number; readonly start: number; readonly end: number };
      /** Bit 7 of the attribute: true blinks, false is a bright background. */
      readonly blink: boolean;
      /** Scan line of the cell that underlines attributes x001 on black; `cellHeight` or more for none. */
      readonly underline: number;
      /** The eighth dot of characters C0h to DFh is repeated in a ninth. */
      readonly lineGraphics: boolean;
      /**
       * Font: `cellHeight` bytes a character, one bit a pixel, msb left. 256 characters, or 512: then bit 3 of the
       * attribute chooses the second half.
       */
      readonly font: Uint8Array;
      readonly cellWidth: 8 | 9;
      readonly cellHeight: number;
      /** 16 colours, 3 bytes each (RGB, 0-255). */
      readonly palette: Uint8Array;
      readonly border?: DisplayBorder;
    }
  | {
      readonly kind: 'indexed';
      readonly width: number;
      readonly height: number;
      /** One byte a pixel. */
      readonly pixels: Uint8Array;
      /** 256 colours, 3 bytes each. */
      readonly palette: Uint8Array;
      /** What is shown, for those who can't see it: `graphics, 320 x 200, 256 colours`. */
      readonly mode: string;
      /** Where the pixels are those of text: its rows. */
      readonly text?: readonly string[];
      readonly border?: DisplayBorder;
    }
  | { readonly kind: 'blank'; readonly width: number; readonly height: number };

/** A chip that drives a screen. */
export interface DisplayChip {
  /** The picture, now. */
  frame(): DisplayFrame;
  /** The text on the screen, a string a row, trailing blanks removed; nothing when no text is shown. */
  text(): readonly string[];
  /** What is shown, in words: `graphics, 320 x 200, 256 colours`. */
  readonly mode: string;
  /** Time stands still from here on: the picture is the one that a beam going on would draw. */
  settle(): void;
  /** Everything but video memory that the picture depends on: as long as it stays, and the memory does, so does the picture. */
  digestAppearance(digest: Digest): void;
  /** Whether video memory was written since `reader` was last cleared. */
  memoryChanged(reader: DirtyReader): boolean;
}

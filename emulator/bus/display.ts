/** The picture that a display chip hands on. */

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
      /** Font: `cellHeight` bytes a character, 256 (or 512) characters, one bit a pixel, msb left. */
      readonly font: Uint8Array;
      readonly cellWidth: 8 | 9;
      readonly cellHeight: number;
      /** 16 colours, 3 bytes each (RGB, 0-255). */
      readonly palette: Uint8Array;
    }
  | {
      readonly kind: 'indexed';
      readonly width: number;
      readonly height: number;
      /** One byte a pixel. */
      readonly pixels: Uint8Array;
      /** 256 colours, 3 bytes each. */
      readonly palette: Uint8Array;
    }
  | { readonly kind: 'blank'; readonly width: number; readonly height: number };

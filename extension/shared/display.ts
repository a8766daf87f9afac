/** Messages between the Display panel's two sides: this union and the next are all that is said. */

/** A picture in the chip's own terms, whole: fonts and palettes are always there. */
export type Picture =
  | {
      readonly kind: 'text';
      readonly columns: number;
      readonly rows: number;
      /** Character code and attribute, alternately. */
      readonly cells: Uint8Array;
      /** Cell -1: no cursor; scan lines `start` to `end` of the cell. */
      readonly cursor: { readonly cell: number; readonly start: number; readonly end: number };
      /** Bit 7 of the attribute blinks; else it is a bright background. */
      readonly blink: boolean;
      readonly cellWidth: number;
      readonly cellHeight: number;
      /** `cellHeight` bytes a character, one bit a pixel, most significant bit left. */
      readonly font: Uint8Array;
      /** 16 colours, 3 bytes each. */
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

export type ToDisplay =
  /** Shown frames are told by `shown`; no more than two are under way. */
  | { readonly type: 'frame'; readonly version: number; readonly picture: Picture }
  /** Which machine is shown; without a session the last picture stays, dimmed. */
  | { readonly type: 'session'; readonly name: string | undefined }
  /** Asks for a `screenshot`. */
  | { readonly type: 'takeScreenshot'; readonly id: number };

export type FromDisplay =
  /** The page is there and wants to know everything. */
  | { readonly type: 'ready' }
  | { readonly type: 'shown'; readonly version: number }
  /** A key by its `KeyboardEvent.code`. */
  | { readonly type: 'key'; readonly code: string; readonly pressed: boolean }
  /** The person wants to send a key that the browser would keep. */
  | { readonly type: 'chooseKey' }
  | { readonly type: 'screenshot'; readonly id: number; readonly png: Uint8Array };

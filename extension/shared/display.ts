/** Messages between the Display panel's two sides: this union and the next are all that is said. */

/** What is seen around a picture: widths in its pixels, which may be fractions, and the colour, RRGGBBh. */
export interface Border {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly colour: number;
}

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
      /** Scan line that underlines attributes x001 on black; `cellHeight` or more for none. */
      readonly underline: number;
      /** The eighth dot of characters C0h to DFh is repeated in a ninth. */
      readonly lineGraphics: boolean;
      readonly cellWidth: number;
      readonly cellHeight: number;
      /** `cellHeight` bytes a character, one bit a pixel, most significant bit left; 256 of them or, by attribute bit 3, 512. */
      readonly font: Uint8Array;
      /** 16 colours, 3 bytes each. */
      readonly palette: Uint8Array;
      /** Absent when it is black. */
      readonly border?: Border;
    }
  | {
      readonly kind: 'indexed';
      readonly width: number;
      readonly height: number;
      /** One byte a pixel. */
      readonly pixels: Uint8Array;
      /** 256 colours, 3 bytes each. */
      readonly palette: Uint8Array;
      /** In words: `graphics, 320 x 200, 256 colours`. */
      readonly mode: string;
      /** Where the pixels are those of text: its rows. */
      readonly text?: readonly string[];
      /** Absent when it is black. */
      readonly border?: Border;
    }
  | { readonly kind: 'blank'; readonly width: number; readonly height: number };

/** Whole rows of pixels, from row `first` on. */
export interface Rows {
  readonly first: number;
  readonly pixels: Uint8Array;
}

export interface ToneChange {
  /** The guest's time, nanoseconds. */
  readonly time: number;
  /** From then on: a square wave of so many hertz, 0 for silence. */
  readonly hertz: number;
}

export type ToDisplay =
  /** Shown frames are told by `shown` with their number; no more than two are under way. */
  | { readonly type: 'frame'; readonly number: number; readonly picture: Picture }
  /** The picture shown is another one in these rows, and has these colours. */
  | { readonly type: 'rows'; readonly number: number; readonly rows: readonly Rows[]; readonly palette: Uint8Array }
  /** Which machine is shown; without a session the last picture stays, dimmed. */
  | { readonly type: 'session'; readonly name: string | undefined }
  /** Whether the guest listens to its mouse. */
  | { readonly type: 'pointing'; readonly on: boolean }
  /** Tones of the speaker, in the guest's time. */
  | { readonly type: 'sound'; readonly changes: readonly ToneChange[] }
  /** Sound is wanted as soon as the browser allows it: when the person first clicks or types. */
  | { readonly type: 'soundWanted' }
  /** Turns the sound on or off, as its button does. */
  | { readonly type: 'toggleSound' }
  /** Asks for a `screenshot`. */
  | { readonly type: 'takeScreenshot'; readonly id: number }
  /** Asks for the picture in the clipboard, which only the page can put there. */
  | { readonly type: 'copyScreenshot' };

export type FromDisplay =
  /** The page is there and wants to know everything. */
  | { readonly type: 'ready' }
  | { readonly type: 'shown'; readonly number: number }
  /** A key by its `KeyboardEvent.code`. */
  | { readonly type: 'key'; readonly code: string; readonly pressed: boolean }
  /** The pointer moved by pixels, the wheel by notches towards the person; buttons held: 1 left, 2 right, 4 middle. */
  | {
      readonly type: 'mouse';
      readonly dx: number;
      readonly dy: number;
      readonly wheel: number;
      readonly buttons: number;
    }
  /** The person wants to send a key that the browser would keep. */
  | { readonly type: 'chooseKey' }
  | { readonly type: 'screenshot'; readonly id: number; readonly png: Uint8Array }
  /** Sound is to be sent, or no longer. */
  | { readonly type: 'sound'; readonly on: boolean }
  /** The person wants the picture in a file. */
  | { readonly type: 'saveScreenshot' }
  /** The picture is in the clipboard, or why it is not. */
  | { readonly type: 'copied'; readonly error?: string };

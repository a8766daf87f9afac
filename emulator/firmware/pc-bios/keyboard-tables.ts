/**
 * What a key means: the words that INT 16h gives, by scan code set 1, for the US layout. Source: IBM PS/2 and PC BIOS
 * Interface Technical Reference, INT 16h, character and extended codes. A low byte of F0h marks what only AH=10h gives.
 */

/** Word (scan code and character) alone, with Shift, Ctrl, Alt; 0 where there is none. */
export interface KeyRow {
  readonly plain: number;
  readonly shift: number;
  readonly ctrl: number;
  readonly alt: number;
  /** CapsLock swaps plain and shift. */
  readonly letter: boolean;
}

const rows = new Map<number, KeyRow>();

const key = (scan: number, plain: number, shift: number, ctrl: number, alt: number, letter = false): void => {
  rows.set(scan, { plain, shift, ctrl, alt, letter });
};
const word = (scan: number, character: string): number => (scan << 8) | character.charCodeAt(0);

/* Letters: Ctrl gives 1 to 26, Alt the scan code alone. */
[
  { first: 0x10, letters: 'qwertyuiop' },
  { first: 0x1e, letters: 'asdfghjkl' },
  { first: 0x2c, letters: 'zxcvbnm' },
].forEach(({ first, letters }) => {
  Array.from(letters).forEach((letter, index) => {
    const scan = first + index;
    const control = (scan << 8) | (letter.charCodeAt(0) - 0x60);
    key(scan, word(scan, letter), word(scan, letter.toUpperCase()), control, scan << 8, true);
  });
});

/* Digits: Alt gives 78h to 81h; Ctrl only with 2 (NUL) and 6 (RS). */
Array.from('1234567890').forEach((digit, index) => {
  const scan = 0x02 + index;
  const ctrl = digit === '2' ? 0x0300 : digit === '6' ? 0x071e : 0;
  key(scan, word(scan, digit), word(scan, '!@#$%^&*()'.charAt(index)), ctrl, (0x78 + index) << 8);
});

/* Signs. Ctrl and Alt: word, or 0. */
const SIGNS: readonly (readonly [scan: number, plain: string, shift: string, ctrl: number, alt: number])[] = [
  [0x0c, '-', '_', 0x0c1f, 0x8200],
  [0x0d, '=', '+', 0, 0x8300],
  [0x1a, '[', '{', 0x1a1b, 0x1af0],
  [0x1b, ']', '}', 0x1b1d, 0x1bf0],
  [0x27, ';', ':', 0, 0x27f0],
  [0x28, "'", '"', 0, 0x28f0],
  [0x29, '`', '~', 0, 0x29f0],
  [0x2b, '\\', '|', 0x2b1c, 0x2bf0],
  [0x33, ',', '<', 0, 0x33f0],
  [0x34, '.', '>', 0, 0x34f0],
  [0x35, '/', '?', 0, 0x35f0],
  // The key beside the left Shift of ISO keyboards.
  [0x56, '\\', '|', 0, 0],
];
for (const [scan, plain, shift, ctrl, alt] of SIGNS) key(scan, word(scan, plain), word(scan, shift), ctrl, alt);

key(0x01, 0x011b, 0x011b, 0x011b, 0x01f0);
key(0x0e, 0x0e08, 0x0e08, 0x0e7f, 0x0ef0);
key(0x0f, 0x0f09, 0x0f00, 0x9400, 0xa500);
key(0x1c, 0x1c0d, 0x1c0d, 0x1c0a, 0x1cf0);
key(0x39, 0x3920, 0x3920, 0x3920, 0x3920);
key(0x37, 0x372a, 0x372a, 0x9600, 0x37f0);
key(0x4a, 0x4a2d, 0x4a2d, 0x8e00, 0x4af0);
key(0x4e, 0x4e2b, 0x4e2b, 0x9000, 0x4ef0);

/* F1 to F10, then F11 and F12. */
for (let i = 0; i < 10; i++) {
  key(0x3b + i, (0x3b + i) << 8, (0x54 + i) << 8, (0x5e + i) << 8, (0x68 + i) << 8);
}
for (let i = 0; i < 2; i++) {
  key(0x57 + i, (0x85 + i) << 8, (0x87 + i) << 8, (0x89 + i) << 8, (0x8b + i) << 8);
}

export const KEYS: ReadonlyMap<number, KeyRow> = rows;

/** The keypad: digits with NumLock or Shift, else movements. Ctrl as a word; Alt with digits makes a character. */
export interface KeypadRow {
  /** The character with NumLock. */
  readonly digit: string;
  readonly ctrl: number;
}

export const KEYPAD: ReadonlyMap<number, KeypadRow> = new Map([
  [0x47, { digit: '7', ctrl: 0x7700 }],
  [0x48, { digit: '8', ctrl: 0x8d00 }],
  [0x49, { digit: '9', ctrl: 0x8400 }],
  [0x4b, { digit: '4', ctrl: 0x7300 }],
  [0x4c, { digit: '5', ctrl: 0x8f00 }],
  [0x4d, { digit: '6', ctrl: 0x7400 }],
  [0x4f, { digit: '1', ctrl: 0x7500 }],
  [0x50, { digit: '2', ctrl: 0x9100 }],
  [0x51, { digit: '3', ctrl: 0x7600 }],
  [0x52, { digit: '0', ctrl: 0x9200 }],
  [0x53, { digit: '.', ctrl: 0x9300 }],
]);

/** Keys that come with a prefix of E0h: the grey ones. Their character is E0h, which INT 16h AH=00h gives as 00h. */
export interface GreyRow {
  readonly plain: number;
  readonly ctrl: number;
  readonly alt: number;
}

const grey = (scan: number, ctrl: number): GreyRow => ({
  plain: (scan << 8) | 0xe0,
  ctrl: (ctrl << 8) | 0xe0,
  alt: (scan + 0x50) << 8,
});

export const GREY_KEYS: ReadonlyMap<number, GreyRow> = new Map([
  [0x47, grey(0x47, 0x77)],
  [0x48, grey(0x48, 0x8d)],
  [0x49, grey(0x49, 0x84)],
  [0x4b, grey(0x4b, 0x73)],
  [0x4d, grey(0x4d, 0x74)],
  [0x4f, grey(0x4f, 0x75)],
  [0x50, grey(0x50, 0x91)],
  [0x51, grey(0x51, 0x76)],
  [0x52, grey(0x52, 0x92)],
  [0x53, grey(0x53, 0x93)],
  [0x1c, { plain: 0xe00d, ctrl: 0xe00a, alt: 0xa600 }],
  [0x35, { plain: 0xe02f, ctrl: 0x9500, alt: 0xa400 }],
]);

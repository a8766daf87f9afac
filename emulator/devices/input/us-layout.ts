/** Which keys type which character on a US keyboard. */

export interface KeyEvent {
  /** DOM `KeyboardEvent.code`. */
  readonly code: string;
  readonly pressed: boolean;
}

interface Stroke {
  readonly code: string;
  readonly shift: boolean;
}

/** Key, character without shift, character with shift. */
const PAIRS: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ['Backquote', '`', '~'],
  ...Array.from('1234567890', (digit, i) => [`Digit${digit}`, digit, '!@#$%^&*()'[i]] as const),
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
  ...Array.from('abcdefghijklmnopqrstuvwxyz', (c) => [`Key${c.toUpperCase()}`, c, c.toUpperCase()] as const),
];

const STROKES: ReadonlyMap<string, Stroke> = new Map<string, Stroke>([
  ...PAIRS.flatMap(([code, plain, shifted]): [string, Stroke][] => [
    [plain, { code, shift: false }],
    [shifted, { code, shift: true }],
  ]),
  [' ', { code: 'Space', shift: false }],
  ['\n', { code: 'Enter', shift: false }],
  ['\r', { code: 'Enter', shift: false }],
  ['\t', { code: 'Tab', shift: false }],
  ['\b', { code: 'Backspace', shift: false }],
  ['\x1b', { code: 'Escape', shift: false }],
]);

/**
 * The key events that type one character: presses and releases, with shift around it where needed.
 * @throws Error when no key types it.
 */
export function typeCharacter(character: string): readonly KeyEvent[] {
  const stroke = STROKES.get(character);
  if (stroke === undefined) {
    throw new Error(`No key of a US keyboard types ${JSON.stringify(character)}; use ASCII characters only.`);
  }
  const { code, shift } = stroke;
  const press = [
    { code, pressed: true },
    { code, pressed: false },
  ];
  if (!shift) return press;
  return [{ code: 'ShiftLeft', pressed: true }, ...press, { code: 'ShiftLeft', pressed: false }];
}

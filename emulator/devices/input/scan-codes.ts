/**
 * Keys of a 104-key keyboard with their scan codes, and the translation that an AT's controller does (IBM, "Personal
 * System/2 Hardware Interface Technical Reference", keyboards; Microsoft, "Keyboard Scan Code Specification" 1.3a).
 */

/** Set 1 make codes of the set 2 codes 00h to 7Fh, 16 a row. */
const TRANSLATED = `
  ff 43 41 3f 3d 3b 3c 58 64 44 42 40 3e 0f 29 59
  65 38 2a 70 1d 10 02 5a 66 71 2c 1f 1e 11 03 5b
  67 2e 2d 20 12 05 04 5c 68 39 2f 21 14 13 06 5d
  69 31 30 23 22 15 07 5e 6a 72 32 24 16 08 09 5f
  6b 33 25 17 18 0b 0a 60 6c 34 35 26 27 19 0c 61
  6d 73 28 74 1a 0d 62 6e 3a 36 1c 1b 75 2b 63 76
  55 56 77 78 79 7a 0e 7b 7c 4f 7d 4b 47 7e 7f 6f
  52 53 50 4c 4d 48 01 45 57 4e 51 4a 37 49 46 54`
  .trim()
  .split(/\s+/);

/** The 8042's table: what each byte of set 2 becomes, without the break prefix. */
export const SET2_TO_SET1: readonly number[] = Object.freeze(
  Array.from({ length: 256 }, (_, code) => {
    if (code < 0x80) return Number.parseInt(TRANSLATED[code], 16);
    return code === 0x83 ? 0x41 : code === 0x84 ? 0x54 : code;
  }),
);

/** How a key behaves in set 3: repeats, make and break, make only. */
export type KeyType = 'typematic' | 'make-break' | 'make';

/**
 * `navigation` keys send shift codes around themselves so that they never type a digit, `divide` and `print` have their
 * own ways with shift, `pause` has no break code.
 */
export type KeyKind = 'plain' | 'extended' | 'navigation' | 'divide' | 'print' | 'pause';

export interface Key {
  /** DOM `KeyboardEvent.code`. */
  readonly code: string;
  readonly kind: KeyKind;
  /** Set 2 make code without its E0 prefix; set 1 is this code translated. */
  readonly set2: number;
  readonly set3: number;
  /** Its behaviour in set 3 at power-on. */
  readonly type: KeyType;
}

const rows = (kind: KeyKind, type: KeyType, text: string): Key[] =>
  text
    .trim()
    .split(/\s+/)
    .map((row) => {
      const [code, set2, set3] = row.split(':');
      return { code, kind, set2: Number.parseInt(set2, 16), set3: Number.parseInt(set3, 16), type };
    });

/** Every key; a key is known by its place here. Columns: code, set 2, set 3. */
export const KEYS: readonly Key[] = Object.freeze([
  ...rows(
    'plain',
    'typematic',
    `Backquote:0e:0e Digit1:16:16 Digit2:1e:1e Digit3:26:26 Digit4:25:25 Digit5:2e:2e Digit6:36:36 Digit7:3d:3d
     Digit8:3e:3e Digit9:46:46 Digit0:45:45 Minus:4e:4e Equal:55:55 Backspace:66:66 Tab:0d:0d
     KeyQ:15:15 KeyW:1d:1d KeyE:24:24 KeyR:2d:2d KeyT:2c:2c KeyY:35:35 KeyU:3c:3c KeyI:43:43 KeyO:44:44 KeyP:4d:4d
     BracketLeft:54:54 BracketRight:5b:5b Backslash:5d:5c
     KeyA:1c:1c KeyS:1b:1b KeyD:23:23 KeyF:2b:2b KeyG:34:34 KeyH:33:33 KeyJ:3b:3b KeyK:42:42 KeyL:4b:4b
     Semicolon:4c:4c Quote:52:52 Enter:5a:5a IntlBackslash:61:13
     KeyZ:1a:1a KeyX:22:22 KeyC:21:21 KeyV:2a:2a KeyB:32:32 KeyN:31:31 KeyM:3a:3a Comma:41:41 Period:49:49 Slash:4a:4a
     Space:29:29 NumpadAdd:79:7c`,
  ),
  ...rows('plain', 'make-break', 'CapsLock:58:14 ShiftLeft:12:12 ShiftRight:59:59 ControlLeft:14:11 AltLeft:11:19'),
  ...rows(
    'plain',
    'make',
    `Escape:76:08 F1:05:07 F2:06:0f F3:04:17 F4:0c:1f F5:03:27 F6:0b:2f F7:83:37 F8:0a:3f F9:01:47 F10:09:4f F11:78:56
     F12:07:5e ScrollLock:7e:5f NumLock:77:76 NumpadMultiply:7c:7e NumpadSubtract:7b:84 Numpad7:6c:6c Numpad8:75:75
     Numpad9:7d:7d Numpad4:6b:6b Numpad5:73:73 Numpad6:74:74 Numpad1:69:69 Numpad2:72:72 Numpad3:7a:7a Numpad0:70:70
     NumpadDecimal:71:71`,
  ),
  ...rows('extended', 'make', 'ControlRight:14:58 AltRight:11:39 NumpadEnter:5a:79'),
  ...rows('extended', 'make-break', 'MetaLeft:1f:8b MetaRight:27:8c ContextMenu:2f:8d'),
  ...rows('navigation', 'typematic', 'Delete:71:64 ArrowLeft:6b:61 ArrowUp:75:63 ArrowDown:72:60 ArrowRight:74:6a'),
  ...rows('navigation', 'make', 'Insert:70:67 Home:6c:6e End:69:65 PageUp:7d:6f PageDown:7a:6d'),
  ...rows('divide', 'make', 'NumpadDivide:4a:77'),
  ...rows('print', 'make', 'PrintScreen:7c:57'),
  ...rows('pause', 'make', 'Pause:77:62'),
]);

const INDEX: ReadonlyMap<string, number> = new Map(KEYS.map((key, i) => [key.code, i]));

/** The place of a key in `KEYS` by its DOM code, or nothing when this keyboard has no such key. */
export function keyIndex(code: string): number | undefined {
  return INDEX.get(code);
}

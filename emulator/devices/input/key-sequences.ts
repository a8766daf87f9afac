/** The bytes that a keyboard sends for a key in each scan code set, with the shift codes around the newer keys. */
import { KEYS, type Key, SET2_TO_SET1 } from './scan-codes';

/** What the codes of a key depend on besides the key. */
export interface Modifiers {
  readonly leftShift: boolean;
  readonly rightShift: boolean;
  readonly control: boolean;
  readonly alt: boolean;
  /** The Num Lock light. */
  readonly numLock: boolean;
}

/** Set 2 make codes of the shift keys. */
const LEFT_SHIFT = 0x12;
const RIGHT_SHIFT = 0x59;
const E0 = 0xe0;
const F0 = 0xf0;

/** One code in set 1 or 2. */
function code(set: 1 | 2, set2: number, pressed: boolean, extended: boolean): number[] {
  const prefix = extended ? [E0] : [];
  if (set === 1) return [...prefix, SET2_TO_SET1[set2] | (pressed ? 0 : 0x80)];
  return pressed ? [...prefix, set2] : [...prefix, F0, set2];
}

/** Takes the held shift keys back before `inner`, and gives them again after it. */
function unshifted(set: 1 | 2, modifiers: Modifiers, pressed: boolean, inner: number[]): number[] {
  const held = [...(modifiers.leftShift ? [LEFT_SHIFT] : []), ...(modifiers.rightShift ? [RIGHT_SHIFT] : [])];
  const around = held.flatMap((shift) => code(set, shift, !pressed, true));
  return pressed ? [...around, ...inner] : [...inner, ...around];
}

/**
 * The bytes for pressing or releasing a key in set 1 or 2.
 * @param repeated the key was down already, so that its shift codes have been sent.
 */
export function sequence(
  set: 1 | 2,
  key: Key,
  pressed: boolean,
  repeated: boolean,
  modifiers: Modifiers,
): readonly number[] {
  const shifted = modifiers.leftShift || modifiers.rightShift;
  const inner = code(set, key.set2, pressed, true);
  switch (key.kind) {
    case 'plain':
      return code(set, key.set2, pressed, false);
    case 'extended':
      return inner;
    case 'navigation':
      if (repeated) return inner;
      if (shifted && !modifiers.numLock) return unshifted(set, modifiers, pressed, inner);
      if (!shifted && modifiers.numLock) return wrapped(set, pressed, inner);
      return inner;
    case 'divide':
      return shifted && !repeated ? unshifted(set, modifiers, pressed, inner) : inner;
    case 'print':
      // Alt + Print Screen is the old SysRq key.
      if (modifiers.alt) return code(set, 0x84, pressed, false);
      if (shifted || modifiers.control || repeated) return inner;
      return wrapped(set, pressed, inner);
    case 'pause':
      return pressed ? pause(set, modifiers.control) : [];
    default:
      throw new Error(`There is no kind of key '${String(key.kind satisfies never)}'.`);
  }
}

/** Ctrl + Pause is Break: Scroll Lock's code with a prefix. Pause is Ctrl + Num Lock, made and broken, with E1. */
function pause(set: 1 | 2, control: boolean): number[] {
  if (control) return [true, false].flatMap((down) => code(set, 0x7e, down, true));
  return [true, false].flatMap((down) => [0xe1, ...code(set, 0x14, down, false), ...code(set, 0x77, down, false)]);
}

/** A left shift that nobody pressed, around `inner`. */
function wrapped(set: 1 | 2, pressed: boolean, inner: number[]): number[] {
  const shift = code(set, LEFT_SHIFT, pressed, true);
  return pressed ? [...shift, ...inner] : [...inner, ...shift];
}

/** The key with the set 3 code `set3`, as a place in `KEYS`; -1 when there is none. */
export function keyOfSet3(set3: number): number {
  return KEYS.findIndex((key) => key.set3 === set3);
}

/**
 * INT 09h's work on scan codes. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 09h, keyboard data areas.
 * All state is in the BIOS data area.
 */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';
import type { KeyBuffer } from './key-buffer';
import { LIGHTS, MODE, SHIFT, SHIFT2 } from './keyboard-flags';
import { GREY_KEYS, type KeyRow, KEYPAD, KEYS } from './keyboard-tables';
import { KEY_ACTIONS } from './traps';

const BREAK = 0x80;
const SCAN = {
  ctrl: 0x1d,
  leftShift: 0x2a,
  rightShift: 0x36,
  printScreen: 0x37,
  alt: 0x38,
  capsLock: 0x3a,
  numLock: 0x45,
  scrollLock: 0x46,
  insert: 0x52,
  delete: 0x53,
  sysRequest: 0x54,
} as const;
const ACKNOWLEDGE = 0xfa;
const RESEND = 0xfe;
const SET_LIGHTS = 0xed;
const KBC_DATA = 0x60;
const KBC_STATUS = 0x64;
const KBC_BUSY = 0x02;
/** BDA 40:72h: the reset is a warm boot. */
const WARM_BOOT = 0x1234;

type Action = (typeof KEY_ACTIONS)[keyof typeof KEY_ACTIONS];

export class KeyboardIrq {
  constructor(
    private readonly guest: Guest,
    private readonly buffer: KeyBuffer,
  ) {}

  /** Helper trap of INT 09h: AL is a byte from the keyboard; AL, AH become what is to be done. */
  scanCode(): void {
    const code = this.guest.al;
    this.guest.ax = this.take(code);
    this.updateLights();
  }

  private change(field: number, mask: number, on: boolean): void {
    const value = this.guest.bda8(field);
    this.guest.setBda8(field, on ? value | mask : value & ~mask);
  }

  /** What a byte from the keyboard means; gives what INT 09h is to do, as AX. */
  private take(code: number): number {
    const { guest } = this;
    if (code === ACKNOWLEDGE) {
      this.acknowledged();
      return KEY_ACTIONS.none;
    }
    if (code === RESEND) {
      this.change(BDA_FIELDS.keyboardLeds, LIGHTS.updating | LIGHTS.acknowledged, false);
      return KEY_ACTIONS.none;
    }
    const mode = guest.bda8(BDA_FIELDS.keyboardMode);
    if (code === 0xe0 || code === 0xe1) {
      guest.setBda8(BDA_FIELDS.keyboardMode, mode | (code === 0xe0 ? MODE.e0 : MODE.e1));
      return KEY_ACTIONS.none;
    }
    const grey = (mode & MODE.e0) !== 0;
    const released = (code & BREAK) !== 0;
    const scan = code & ~BREAK;
    if ((mode & MODE.e1) !== 0) {
      // Pause is E1 1D 45, then E1 9D C5.
      if (scan === SCAN.ctrl) return KEY_ACTIONS.none;
      guest.setBda8(BDA_FIELDS.keyboardMode, mode & ~(MODE.e0 | MODE.e1));
      return scan === SCAN.numLock && !released ? this.pause() : KEY_ACTIONS.none;
    }
    if (grey) guest.setBda8(BDA_FIELDS.keyboardMode, mode & ~MODE.e0);
    const special = this.shiftKey(scan, grey, released);
    if (special !== undefined) return special;
    return released ? KEY_ACTIONS.none : this.pressed(scan, grey);
  }

  private pause(): Action {
    if ((this.guest.bda8(BDA_FIELDS.shiftFlags2) & SHIFT2.pause) !== 0) return KEY_ACTIONS.none;
    this.change(BDA_FIELDS.shiftFlags2, SHIFT2.pause, true);
    return KEY_ACTIONS.pause;
  }

  /** Keys that only change the shift state; gives nothing for all others. */
  private shiftKey(scan: number, grey: boolean, released: boolean): number | undefined {
    const { guest } = this;
    const down = !released;
    switch (scan) {
      case SCAN.leftShift:
      case SCAN.rightShift:
        // With a prefix it is no key: the keyboard puts it around grey keys.
        if (!grey) this.change(BDA_FIELDS.shiftFlags, scan === SCAN.leftShift ? SHIFT.left : SHIFT.right, down);
        return KEY_ACTIONS.none;
      case SCAN.ctrl: {
        if (grey) this.change(BDA_FIELDS.keyboardMode, MODE.rightCtrl, down);
        else this.change(BDA_FIELDS.shiftFlags2, SHIFT2.leftCtrl, down);
        const left = (guest.bda8(BDA_FIELDS.shiftFlags2) & SHIFT2.leftCtrl) !== 0;
        const right = (guest.bda8(BDA_FIELDS.keyboardMode) & MODE.rightCtrl) !== 0;
        this.change(BDA_FIELDS.shiftFlags, SHIFT.ctrl, left || right);
        return KEY_ACTIONS.none;
      }
      case SCAN.alt: {
        if (grey) this.change(BDA_FIELDS.keyboardMode, MODE.rightAlt, down);
        else this.change(BDA_FIELDS.shiftFlags2, SHIFT2.leftAlt, down);
        const left = (guest.bda8(BDA_FIELDS.shiftFlags2) & SHIFT2.leftAlt) !== 0;
        const right = (guest.bda8(BDA_FIELDS.keyboardMode) & MODE.rightAlt) !== 0;
        this.change(BDA_FIELDS.shiftFlags, SHIFT.alt, left || right);
        if (released && !left && !right) this.endAltNumber();
        return KEY_ACTIONS.none;
      }
      case SCAN.capsLock:
        return this.lock(SHIFT2.caps, SHIFT.caps, released);
      case SCAN.numLock:
        // Ctrl with it is the Pause of old keyboards.
        if (down && this.has(SHIFT.ctrl)) return this.pause();
        return this.lock(SHIFT2.num, SHIFT.num, released);
      case SCAN.scrollLock:
        if (grey || (down && this.has(SHIFT.ctrl))) return released ? KEY_ACTIONS.none : this.breakKey();
        return this.lock(SHIFT2.scroll, SHIFT.scroll, released);
      case SCAN.sysRequest:
        this.change(BDA_FIELDS.shiftFlags2, SHIFT2.sysRequest, down);
        return KEY_ACTIONS.sysRequest | (released ? 0x100 : 0);
      case SCAN.insert:
        if (released) this.change(BDA_FIELDS.shiftFlags2, SHIFT2.insert, false);
        return undefined;
      default:
        return undefined;
    }
  }

  private has(shift: number): boolean {
    return (this.guest.bda8(BDA_FIELDS.shiftFlags) & shift) !== 0;
  }

  /** A lock key: changes its state at the first press, not while it repeats. */
  private lock(held: number, state: number, released: boolean): Action {
    const { guest } = this;
    if (released) this.change(BDA_FIELDS.shiftFlags2, held, false);
    else if ((guest.bda8(BDA_FIELDS.shiftFlags2) & held) === 0) {
      this.change(BDA_FIELDS.shiftFlags2, held, true);
      guest.setBda8(BDA_FIELDS.shiftFlags, guest.bda8(BDA_FIELDS.shiftFlags) ^ state);
    }
    return KEY_ACTIONS.none;
  }

  /** Ctrl+Break: empties the buffer, leaves a zero word in it, and has INT 1Bh called. */
  private breakKey(): Action {
    const { guest } = this;
    this.buffer.clear();
    this.buffer.store(0);
    guest.setBda8(BDA_FIELDS.breakFlag, 0x80);
    return KEY_ACTIONS.breakKey;
  }

  private pressed(scan: number, grey: boolean): Action {
    const { guest } = this;
    // Any key ends a pause and is used up by it.
    if ((guest.bda8(BDA_FIELDS.shiftFlags2) & SHIFT2.pause) !== 0) {
      this.change(BDA_FIELDS.shiftFlags2, SHIFT2.pause, false);
      return KEY_ACTIONS.none;
    }
    const ctrl = this.has(SHIFT.ctrl);
    const alt = this.has(SHIFT.alt);
    if (scan === SCAN.delete && ctrl && alt) {
      guest.setBda16(BDA_FIELDS.resetFlag, WARM_BOOT);
      return KEY_ACTIONS.reboot;
    }
    if (scan === SCAN.printScreen && grey) {
      if (!ctrl) return KEY_ACTIONS.printScreen;
      this.buffer.store(0x7200);
      return KEY_ACTIONS.none;
    }
    const word = this.wordOf(scan, grey, ctrl, alt);
    if (word !== 0) this.buffer.store(word);
    return KEY_ACTIONS.none;
  }

  /** The word for a key with the present shifts, or 0. */
  private wordOf(scan: number, grey: boolean, ctrl: boolean, alt: boolean): number {
    const { guest } = this;
    if (scan === SCAN.insert && !alt && !ctrl && (grey || !this.numeric())) {
      if ((guest.bda8(BDA_FIELDS.shiftFlags2) & SHIFT2.insert) === 0) {
        guest.setBda8(BDA_FIELDS.shiftFlags, guest.bda8(BDA_FIELDS.shiftFlags) ^ SHIFT.insert);
        this.change(BDA_FIELDS.shiftFlags2, SHIFT2.insert, true);
      }
    }
    if (grey) {
      const row = GREY_KEYS.get(scan);
      return row === undefined ? 0 : alt ? row.alt : ctrl ? row.ctrl : row.plain;
    }
    const keypad = KEYPAD.get(scan);
    if (keypad !== undefined) {
      if (alt) {
        this.altDigit(keypad.digit);
        return 0;
      }
      if (ctrl) return keypad.ctrl;
      if (this.numeric()) return (scan << 8) | keypad.digit.charCodeAt(0);
      // The 5 moves nothing; only AH=10h gives it.
      return keypad.digit === '5' ? 0x4cf0 : scan << 8;
    }
    const row = KEYS.get(scan);
    return row === undefined ? 0 : alt ? row.alt : ctrl ? row.ctrl : this.shifted(row);
  }

  private shifted(row: KeyRow): number {
    const shift = this.has(SHIFT.left | SHIFT.right);
    return shift !== (row.letter && this.has(SHIFT.caps)) ? row.shift : row.plain;
  }

  /** Whether the keypad gives digits. */
  private numeric(): boolean {
    return this.has(SHIFT.num) !== this.has(SHIFT.left | SHIFT.right);
  }

  private altDigit(digit: string): void {
    if (digit === '.') return;
    const number = this.guest.bda8(BDA_FIELDS.altNumber) * 10 + Number(digit);
    this.guest.setBda8(BDA_FIELDS.altNumber, number & 0xff);
  }

  /** Alt is up again: the number typed on the keypad meanwhile is a character. */
  private endAltNumber(): void {
    const number = this.guest.bda8(BDA_FIELDS.altNumber);
    if (number === 0) return;
    this.guest.setBda8(BDA_FIELDS.altNumber, 0);
    this.buffer.store(number);
  }

  /* ---------------------------------------------------------------------------------- lights */

  /** Begins to tell the keyboard which lights are on, where they changed: EDh now, the lights when it acknowledges. */
  private updateLights(): void {
    const { guest } = this;
    const state = guest.bda8(BDA_FIELDS.keyboardLeds);
    const wanted = (guest.bda8(BDA_FIELDS.shiftFlags) >> 4) & LIGHTS.mask;
    if ((state & LIGHTS.mask) === wanted || (state & LIGHTS.updating) !== 0) return;
    if ((guest.inb(KBC_STATUS) & KBC_BUSY) !== 0) return;
    guest.setBda8(BDA_FIELDS.keyboardLeds, (state & ~LIGHTS.acknowledged) | LIGHTS.updating);
    guest.outb(KBC_DATA, SET_LIGHTS);
  }

  private acknowledged(): void {
    const { guest } = this;
    const state = guest.bda8(BDA_FIELDS.keyboardLeds);
    if ((state & LIGHTS.updating) === 0) return;
    if ((state & LIGHTS.acknowledged) !== 0) {
      guest.setBda8(BDA_FIELDS.keyboardLeds, state & ~(LIGHTS.updating | LIGHTS.acknowledged));
      return;
    }
    const wanted = (guest.bda8(BDA_FIELDS.shiftFlags) >> 4) & LIGHTS.mask;
    guest.setBda8(BDA_FIELDS.keyboardLeds, LIGHTS.updating | LIGHTS.acknowledged | wanted);
    guest.outb(KBC_DATA, wanted);
  }
}

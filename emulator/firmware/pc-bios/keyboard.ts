/** INT 16h, keyboard. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 16h. */
import { BDA_FIELDS } from './layout';
import { type Guest, hex2, hex4 } from './guest';
import type { KeyBuffer } from './key-buffer';
import { LIGHTS, MODE, SHIFT2 } from './keyboard-flags';
import { calledName } from './service-names';

/** What an enhanced keyboard answers when it is asked who it is: ABh, 41h behind a translating controller. */
const MF2_KEYBOARD = 0x41ab;

/** AL of AH=09h: AX=0300h, AX=0305h, AH=0Ah, and AH=10h to 12h are there. */
const FUNCTIONS = 0x35;

/** AL of AH=03h. */
const SET_DEFAULT = 0x00;
const SET_TYPEMATIC = 0x05;
const LAST_DELAY = 3;
const LAST_RATE = 0x1f;
/** 10.9 characters a second after 500 ms. */
const DEFAULT_TYPEMATIC = 0x2b;
/** The keyboard's command. */
const SET_RATE = 0xf3;

export class KeyboardServices {
  constructor(
    private readonly guest: Guest,
    private readonly buffer: KeyBuffer,
  ) {}

  /** Helper trap: whether INT 16h with this AH (00h or 10h) has something to give. */
  ready(): void {
    this.guest.al = this.buffer.first(this.guest.ah === 0x00) === undefined ? 0 : 1;
  }

  /** AH=03h: rate and delay as F3h takes them, or nothing where the call asks for nothing that there is. */
  private get typematic(): number | undefined {
    const { al, bl, bh } = this.guest;
    if (al === SET_DEFAULT) return DEFAULT_TYPEMATIC;
    return al === SET_TYPEMATIC && bh <= LAST_DELAY && bl <= LAST_RATE ? (bh << 5) | bl : undefined;
  }

  /** Helper trap: what the ROM is to say to the keyboard for AH=03h, see TALK. */
  typematicCommand(): void {
    const { guest, typematic } = this;
    // A change of the lights that is under way is broken off: the next key begins it anew.
    const lights = guest.bda8(BDA_FIELDS.keyboardLeds) & ~(LIGHTS.updating | LIGHTS.acknowledged);
    if (typematic !== undefined) guest.setBda8(BDA_FIELDS.keyboardLeds, lights);
    guest.bl = SET_RATE;
    guest.bh = typematic ?? 0;
    guest.dl = typematic === undefined ? 0 : 2;
    guest.dh = 0;
    guest.si = 0;
  }

  /** INT 16h. */
  service(): void {
    const { guest } = this;
    const code = guest.ah;
    const name = calledName(0x16, guest.ax);
    switch (code) {
      case 0x00:
      case 0x10: {
        // The code around this trap has waited until there is one.
        const word = this.buffer.first(code === 0x00);
        if (word !== undefined) this.buffer.drop();
        guest.ax = word ?? 0;
        guest.call(name, '', word === undefined ? 'none' : `AX=${hex4(word)}`);
        return;
      }
      case 0x01:
      case 0x11: {
        const word = this.buffer.first(code === 0x01);
        if (word !== undefined) guest.ax = word;
        guest.zero = word === undefined;
        guest.call(name, '', word === undefined ? 'none' : `AX=${hex4(word)}`, word === undefined);
        return;
      }
      case 0x02:
        guest.al = guest.bda8(BDA_FIELDS.shiftFlags);
        guest.call(name, '', hex2(guest.al), true);
        return;
      case 0x03: {
        // The code around this trap has told the keyboard.
        const { typematic } = this;
        guest.call(name, `AL=${hex2(guest.al)} BX=${hex4(guest.bx)}`, typematic === undefined ? 'nothing done' : 'ok');
        return;
      }
      case 0x05:
        guest.al = this.buffer.store(guest.cx) ? 0 : 1;
        guest.call(name, hex4(guest.cx), guest.al === 0 ? 'ok' : 'the buffer is full');
        return;
      case 0x09:
        guest.al = FUNCTIONS;
        guest.call(name, '', hex2(guest.al));
        return;
      case 0x0a:
        guest.bx = MF2_KEYBOARD;
        guest.call(name, '', hex4(guest.bx));
        return;
      case 0x12: {
        const second = guest.bda8(BDA_FIELDS.shiftFlags2);
        const mode = guest.bda8(BDA_FIELDS.keyboardMode);
        guest.al = guest.bda8(BDA_FIELDS.shiftFlags);
        guest.ah =
          (second & (SHIFT2.leftCtrl | SHIFT2.leftAlt | SHIFT2.scroll | SHIFT2.num | SHIFT2.caps)) |
          (mode & (MODE.rightCtrl | MODE.rightAlt)) |
          ((second & SHIFT2.sysRequest) !== 0 ? 0x80 : 0);
        guest.call(name, '', hex4(guest.ax), true);
        return;
      }
      default:
        guest.call(name, `AX=${hex4(guest.ax)}`, 'not supported; nothing done');
    }
  }
}

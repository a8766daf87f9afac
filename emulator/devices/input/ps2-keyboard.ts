/**
 * A 104-key keyboard with the IBM PS/2 interface (IBM, "Personal System/2 Hardware Interface Technical Reference",
 * Keyboards (101- and 102-key)).
 *
 * It does not repeat keys by itself: the repeats of the host's keyboard are passed on. The self-test after power-on is taken
 * as over, with its AAh read by the firmware.
 */
import { type ChipRegister, chipTimer } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, bytes, list, uint } from '../../state/fields';
import type { TimeSource } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import { keyOfSet3, type Modifiers, sequence } from './key-sequences';
import { ACK, type LineState, Ps2Device, REPLIES, RESEND, SELF_TEST_PASSED } from './ps2-device';
import { KEYS, type KeyType, keyIndex } from './scan-codes';

/** Basic assurance test after a reset: 300 to 500 ms by the manual. */
const SELF_TEST_NS = 300_000_000;
/** The keyboard's buffer holds 16 bytes; the place after them tells of an overrun. */
const BUFFER_BYTES = 16;

/** Bytes from here on are commands, never parameters. */
const FIRST_COMMAND = 0xed;
const ECHO = 0xee;
/** In set 2 and 3 before the code of a key that goes up. */
const BREAK = 0xf0;
const IDENTITY = [0xab, 0x83] as const;

/** Order of the numbers in `types`. */
const TYPES: readonly (KeyType | 'all')[] = ['typematic', 'make-break', 'make', 'all'];
const DEFAULT_TYPES = Uint8Array.from(KEYS, (key) => TYPES.indexOf(key.type));

const TABLE = {
  enabled: bool('keys are scanned', true),
  set: uint(2, 'scan code set, 1 to 3', 2),
  leds: uint(3, 'lights: Scroll Lock, Num Lock, Caps Lock'),
  typematic: uint(7, 'typematic rate and delay as set by F3h', 0x2b),
  command: uint(8, 'command that waits for its parameter, or 0'),
  clockFree: bool('the host leaves the clock line high', true),
  replies: list(REPLIES, 'answers to be sent'),
  buffer: list(BUFFER_BYTES + 1, 'scan codes to be sent'),
  last: uint(8, 'the byte sent last, for Resend'),
  down: bytes(KEYS.length, '1 for each key that is held down, in the order of the key table'),
  types: bytes(KEYS.length, 'set 3 behaviour: 0 typematic, 1 make-break, 2 make, 3 typematic with break'),
};

const LED_BITS: readonly BitField[] = [
  { name: 'Scroll Lock', lsb: 0, values: { 0: 'off', 1: 'on' } },
  { name: 'Num Lock', lsb: 1, values: { 0: 'off', 1: 'on' } },
  { name: 'Caps Lock', lsb: 2, values: { 0: 'off', 1: 'on' } },
];

const TYPEMATIC_BITS: readonly BitField[] = [
  { name: 'rate', lsb: 0, width: 5, doc: '30 characters a second (0) to 2 a second (31)' },
  { name: 'delay', lsb: 5, width: 2, values: { 0: '250 ms', 1: '500 ms', 2: '750 ms', 3: '1 s' } },
];

const REGISTERS: readonly ChipRegister<Ps2Keyboard>[] = [
  {
    name: 'Scanning',
    width: 1,
    doc: 'F4h turns it on, F5h off',
    peek: ({ state }) => (state.enabled ? 1 : 0),
    poke: ({ state }, value) => {
      state.enabled = (value & 1) !== 0;
    },
  },
  { name: 'Set', width: 2, doc: 'scan code set in use', peek: ({ state }) => state.set },
  {
    name: 'Lights',
    width: 3,
    doc: 'as set by EDh',
    bits: LED_BITS,
    peek: ({ state }) => state.leds,
    poke: ({ state }, value) => {
      state.leds = value & 7;
    },
  },
  {
    name: 'Typematic',
    width: 7,
    doc: 'as set by F3h; the repeats themselves are the host keyboard’s',
    bits: TYPEMATIC_BITS,
    peek: ({ state }) => state.typematic,
  },
  { name: 'Command', width: 8, doc: 'command that waits for its parameter', peek: ({ state }) => state.command },
  { name: 'Waiting', width: 5, doc: 'bytes to be sent', peek: (keyboard) => keyboard.waiting },
  { name: 'Last', width: 8, doc: 'the byte sent last', peek: ({ state }) => state.last },
];

export class Ps2Keyboard extends Ps2Device<typeof TABLE> {
  private readonly selfTest: Timer;

  constructor(id: string, clock: TimeSource, scheduler: Scheduler) {
    super(id, 'PS/2 keyboard, 104 keys', TABLE, clock, scheduler);
    this.selfTest = chipTimer(scheduler, this, 'self-test', () => this.selfTested());
    this.state.types.set(DEFAULT_TYPES);
  }

  protected get registers(): readonly ChipRegister<Ps2Keyboard>[] {
    return REGISTERS;
  }

  protected get line(): LineState {
    return this.state;
  }

  override reset(): void {
    super.reset();
    this.state.types.set(DEFAULT_TYPES);
    this.selfTest.cancel();
  }

  /**
   * A key goes down or up; a press of a key that is down is a repeat.
   * @throws Error when there is no key of that DOM code.
   */
  key(code: string, pressed: boolean): void {
    const index = keyIndex(code);
    if (index === undefined) {
      throw new Error(
        `This keyboard has no key '${code}'; keys have the names of KeyboardEvent.code, such as KeyA or Enter.`,
      );
    }
    const { state } = this;
    const repeated = state.down[index] === 1;
    const modifiers = this.modifiers();
    state.down[index] = pressed ? 1 : 0;
    if (!state.enabled || (!pressed && !repeated)) return;
    const key = KEYS[index];
    if (state.set !== 3) {
      this.type(sequence(state.set === 1 ? 1 : 2, key, pressed, pressed && repeated, modifiers));
      return;
    }
    const type = TYPES[state.types[index]];
    const repeats = type === 'typematic' || type === 'all';
    if (pressed && (!repeated || repeats)) this.type([key.set3]);
    else if (!pressed && (type === 'make-break' || type === 'all')) this.type([BREAK, key.set3]);
  }

  /** Whether a key is held, or its press waits to be sent, in scan code set 2. */
  pending(code: string): boolean {
    const index = keyIndex(code);
    if (index === undefined) return false;
    const { down, buffer } = this.state;
    const [make] = sequence(2, KEYS[index], true, false, this.modifiers());
    return down[index] === 1 || buffer.some((byte, at) => byte === make && buffer[at - 1] !== BREAK);
  }

  /** A byte from the host: a command or the parameter of one. */
  receive(byte: number): void {
    const { state } = this;
    const { command } = state;
    state.command = 0;
    if (byte === RESEND) state.replies = [state.last, ...state.replies].slice(0, REPLIES);
    else if (command !== 0 && byte < FIRST_COMMAND) this.parameter(command, byte);
    else this.obey(byte);
    this.send();
  }

  override notes(): readonly string[] {
    const { state } = this;
    const testing = this.selfTest.deadline !== Infinity;
    const notes = testing ? ['Tests itself after a reset; sends AAh when done.'] : [];
    notes.push(...super.notes());
    const held = KEYS.filter((_, i) => state.down[i] === 1).map((key) => key.code);
    if (held.length > 0) notes.push(`Held down: ${held.join(', ')}.`);
    return notes;
  }

  private obey(command: number): void {
    const { state } = this;
    switch (command) {
      case ECHO:
        this.reply(ECHO);
        return;
      case 0xed: // set lights
      case 0xf0: // select scan code set
      case 0xf3: // set typematic rate and delay
        this.reply(ACK);
        state.command = command;
        return;
      case 0xfb: // one key typematic
      case 0xfc: // one key make-break
      case 0xfd: // one key make
        this.reply(ACK);
        state.buffer = [];
        state.command = command;
        return;
      case 0xf2:
        this.reply(ACK, ...IDENTITY);
        return;
      case 0xf4:
        state.buffer = [];
        state.enabled = true;
        this.reply(ACK);
        return;
      case 0xf5:
      case 0xf6:
        this.defaults();
        state.enabled = command === 0xf6;
        this.reply(ACK);
        return;
      case 0xf7: // all keys typematic
      case 0xf8: // all keys make-break
      case 0xf9: // all keys make
      case 0xfa: // all keys typematic with break
        state.buffer = [];
        state.types.fill(command - 0xf7);
        this.reply(ACK);
        return;
      case 0xff:
        this.defaults();
        state.replies = [];
        state.enabled = false;
        this.reply(ACK);
        this.selfTest.schedule(this.clock.now + SELF_TEST_NS);
        return;
      default:
        this.reply(RESEND);
    }
  }

  private parameter(command: number, value: number): void {
    const { state } = this;
    switch (command) {
      case 0xed:
        state.leds = value & 7;
        break;
      case 0xf3:
        state.typematic = value & 0x7f;
        break;
      case 0xf0:
        if (value > 3) {
          this.reply(RESEND);
          return;
        }
        if (value === 0) {
          this.reply(ACK, state.set);
          return;
        }
        state.set = value;
        state.buffer = [];
        break;
      default: {
        const index = keyOfSet3(value);
        if (index >= 0) state.types[index] = command - 0xfb;
        // The list of keys goes on until the next command.
        state.command = command;
      }
    }
    this.reply(ACK);
  }

  /** F6h: typematic rate, set 3 key types and buffer; the lights and the scan code set too, as after power-on. */
  private defaults(): void {
    const { state } = this;
    state.buffer = [];
    state.set = 2;
    state.leds = 0;
    state.typematic = 0x2b;
    state.types.set(DEFAULT_TYPES);
  }

  private selfTested(): void {
    this.state.enabled = true;
    this.reply(SELF_TEST_PASSED);
    this.send();
  }

  /** Puts scan codes in the buffer: all of them, or the overrun code when there is no room. */
  private type(codes: readonly number[]): void {
    const { buffer, set } = this.state;
    if (buffer.length + codes.length <= BUFFER_BYTES) buffer.push(...codes);
    else if (buffer.length <= BUFFER_BYTES && buffer.at(-1) !== OVERRUN[set]) buffer.push(OVERRUN[set]);
    this.send();
  }

  protected told(byte: number): void {
    this.state.last = byte;
  }

  private modifiers(): Modifiers {
    const held = (code: string) => this.state.down[keyIndex(code) ?? -1] === 1;
    return {
      leftShift: held('ShiftLeft'),
      rightShift: held('ShiftRight'),
      control: held('ControlLeft') || held('ControlRight'),
      alt: held('AltLeft') || held('AltRight'),
      numLock: (this.state.leds & 2) !== 0,
    };
  }
}

/** What the buffer holds in the place after its last, by scan code set. */
const OVERRUN: readonly number[] = [0, 0xff, 0, 0];

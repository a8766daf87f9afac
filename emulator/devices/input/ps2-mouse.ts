/**
 * A mouse with the PS/2 interface and its two extensions by Microsoft (IBM, "Personal System/2 Hardware Interface Technical
 * Reference", Mouse; Microsoft, "Enhanced support for wheel and five buttons": the sample rates 200, 100, 80 in a row turn the
 * wheel on, 200, 200, 80 the fourth and fifth button).
 *
 * It counts movement in the counts that the host's pointer tells, whatever the resolution is set to. What does not fit
 * into a packet is kept for the next one, so that no movement is lost. The self-test after power-on is taken as over.
 */
import { type ChipRegister, chipTimer } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, int, list, uint } from '../../state/fields';
import type { TimeSource } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import { ACK, type LineState, Ps2Device, REPLIES, RESEND, SELF_TEST_PASSED } from './ps2-device';

/** Completion of the basic assurance test: 300 to 500 ms by the manual. */
const SELF_TEST_NS = 300_000_000;
const SECOND_NS = 1_000_000_000;
const DEFAULT_RATE = 100;
const DEFAULT_RESOLUTION = 2;
/** Samples a second that F3h takes. */
const RATES: ReadonlySet<number> = new Set([10, 20, 40, 60, 80, 100, 200]);
const LAST_RESOLUTION = 3;

/** What F2h answers: a plain mouse, one with a wheel, one with a wheel and five buttons. */
const ID = { plain: 0, wheel: 3, fiveButtons: 4 } as const;
/** The sample rates that turn an extension on, set one after the other. */
const KNOCKS = [
  { rates: [200, 100, 80], id: ID.wheel },
  { rates: [200, 200, 80], id: ID.fiveButtons },
] as const;
const KNOCK_LENGTH = 3;

/** Two's complement of 9 bits in a packet, 4 of the wheel. */
const MOST_MOVEMENT = 255;
const MOST_WHEEL = 7;
/** Movement that waits, each way. */
const MOST_WAITING = 32_767;
const PACKET_BYTES = 4;

const SET_RESOLUTION = 0xe8;
const SET_RATE = 0xf3;

const TABLE = {
  reporting: bool('F4h: movement is reported in stream mode', false),
  mode: uint(1, '0 stream mode, 1 remote mode', 0),
  wrap: bool('EEh: every byte is echoed', false),
  scaling: bool('E7h: movement is scaled 2:1 in stream mode', false),
  resolution: uint(2, 'as set by E8h: 1, 2, 4, 8 counts a millimetre', DEFAULT_RESOLUTION),
  rate: uint(8, 'samples a second', DEFAULT_RATE),
  id: uint(3, 'which kind of mouse it plays: 0 plain, 3 with a wheel, 4 with five buttons', ID.plain),
  knock: list(KNOCK_LENGTH, 'the sample rates that were set last'),
  x: int('counts to the right that have not been reported'),
  y: int('counts upwards that have not been reported'),
  wheel: int('notches towards the user that have not been reported'),
  buttons: uint(5, 'buttons that are held: left, right, middle, fourth, fifth'),
  reported: uint(5, 'buttons as they were reported last'),
  command: uint(8, 'command that waits for its parameter, or 0'),
  clockFree: bool('the host leaves the clock line high', true),
  replies: list(REPLIES, 'answers to be sent'),
  buffer: list(PACKET_BYTES, 'the rest of a packet to be sent'),
  last: list(PACKET_BYTES, 'the packet or answer sent last, for Resend'),
};

const STATUS_BITS: readonly BitField[] = [
  { name: 'right', lsb: 0, values: { 1: 'held' } },
  { name: 'middle', lsb: 1, values: { 1: 'held' } },
  { name: 'left', lsb: 2, values: { 1: 'held' } },
  { name: 'scaling', lsb: 4, values: { 0: '1:1', 1: '2:1' } },
  { name: 'reporting', lsb: 5, values: { 0: 'off', 1: 'on' } },
  { name: 'mode', lsb: 6, values: { 0: 'stream', 1: 'remote' } },
];

const REGISTERS: readonly ChipRegister<Ps2Mouse>[] = [
  { name: 'Status', width: 8, doc: 'as E9h tells it', bits: STATUS_BITS, peek: (mouse) => mouse.status },
  {
    name: 'Resolution',
    width: 2,
    doc: 'as set by E8h; told, but the counts are those of the host’s pointer',
    bits: [{ name: 'counts', lsb: 0, width: 2, values: { 0: '1/mm', 1: '2/mm', 2: '4/mm', 3: '8/mm' } }],
    peek: ({ state }) => state.resolution,
  },
  { name: 'Rate', width: 8, doc: 'samples a second, set by F3h', peek: ({ state }) => state.rate },
  {
    name: 'ID',
    width: 8,
    doc: 'what F2h answers',
    bits: [{ name: 'kind', lsb: 0, width: 8, values: { 0: 'plain', 3: 'with a wheel', 4: 'with five buttons' } }],
    peek: ({ state }) => state.id,
  },
  {
    name: 'Buttons',
    width: 5,
    doc: 'as the person holds them now',
    bits: ['left', 'right', 'middle', 'fourth', 'fifth'].map((name, lsb) => ({ name, lsb, values: { 1: 'held' } })),
    peek: ({ state }) => state.buttons,
  },
  { name: 'Command', width: 8, doc: 'command that waits for its parameter', peek: ({ state }) => state.command },
  { name: 'Waiting', width: 5, doc: 'bytes to be sent', peek: (mouse) => mouse.waiting },
];

/** What a pointer did. */
export interface MouseMovement {
  /** Counts to the right, and down. */
  readonly dx: number;
  readonly dy: number;
  /** Notches of the wheel towards the user. */
  readonly wheel: number;
  /** Buttons that are held: 1 left, 2 right, 4 middle, 8 fourth, 16 fifth. */
  readonly buttons: number;
}

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));

export class Ps2Mouse extends Ps2Device<typeof TABLE> {
  private readonly selfTest: Timer;
  /** The next moment at which a packet may be made. */
  private readonly sample: Timer;

  constructor(id: string, clock: TimeSource, scheduler: Scheduler) {
    super(id, 'PS/2 mouse with wheel, five buttons', TABLE, clock, scheduler);
    this.selfTest = chipTimer(scheduler, this, 'self-test', () => this.selfTested());
    this.sample = chipTimer(scheduler, this, 'sample', () => this.report());
  }

  protected get line(): LineState {
    return this.state;
  }

  protected get registers(): readonly ChipRegister<Ps2Mouse>[] {
    return REGISTERS;
  }

  override reset(): void {
    super.reset();
    this.selfTest.cancel();
    this.sample.cancel();
  }

  /** The first byte that E9h answers. */
  get status(): number {
    const { buttons, scaling, reporting, mode } = this.state;
    return (
      ((buttons >> 1) & 1) |
      ((buttons >> 1) & 2) |
      ((buttons & 1) << 2) |
      (scaling ? 0x10 : 0) |
      (reporting ? 0x20 : 0) |
      (mode << 6)
    );
  }

  /** @throws RangeError for a movement that no pointer makes at once */
  move({ dx, dy, wheel, buttons }: MouseMovement): void {
    for (const value of [dx, dy, wheel]) {
      if (!Number.isInteger(value) || Math.abs(value) > MOST_WAITING)
        throw new RangeError(`A mouse moves by whole counts up to ${MOST_WAITING}, not by ${value}.`);
    }
    if (!Number.isInteger(buttons) || buttons < 0 || buttons > 0x1f)
      throw new RangeError(`A mouse has five buttons, bits 0 to 4; ${buttons} was given.`);
    const { state } = this;
    state.buttons = buttons;
    // Without reporting the counters stand still; remote mode reads them at any time.
    if (state.mode === 0 && !state.reporting) return;
    state.x = clamp(state.x + dx, MOST_WAITING);
    state.y = clamp(state.y - dy, MOST_WAITING);
    state.wheel = clamp(state.wheel + wheel, MOST_WAITING);
    this.stream();
  }

  /** A byte from the host: a command or the parameter of one. */
  receive(byte: number): void {
    const { state } = this;
    const { command } = state;
    state.command = 0;
    // Whatever the host says ends the packet that was being sent.
    state.buffer = [];
    if (state.wrap && byte !== 0xff && byte !== 0xec) this.reply(byte);
    else if (byte === RESEND) state.replies = [...state.last];
    else if (command !== 0) this.parameter(command, byte);
    else this.obey(byte);
    this.send();
    this.stream();
  }

  override notes(): readonly string[] {
    const { state } = this;
    const notes: string[] = [];
    if (this.selfTest.deadline !== Infinity) notes.push('Tests itself after a reset; sends AAh 00h when done.');
    else if (state.mode === 0 && !state.reporting) notes.push('Reports nothing: F4h turns that on.');
    if (state.wrap) notes.push('Echoes every byte: ECh ends that.');
    notes.push(...super.notes());
    return notes;
  }

  private obey(command: number): void {
    const { state } = this;
    switch (command) {
      case 0xff:
        this.defaults();
        state.id = ID.plain;
        state.knock = [];
        state.replies = [];
        state.last = [];
        this.sample.cancel();
        this.reply(ACK);
        this.selfTest.schedule(this.clock.now + SELF_TEST_NS);
        return;
      case 0xf6: // set defaults
        this.defaults();
        break;
      case 0xf5:
        state.reporting = false;
        break;
      case 0xf4:
        state.reporting = true;
        this.forget();
        break;
      case SET_RATE:
      case SET_RESOLUTION:
        state.command = command;
        break;
      case 0xf2:
        this.answer([state.id]);
        return;
      case 0xf0: // remote mode
      case 0xea: // stream mode
        state.mode = command === 0xf0 ? 1 : 0;
        this.forget();
        break;
      case 0xee:
        state.wrap = true;
        break;
      case 0xec: // back to the mode before
        state.wrap = false;
        break;
      case 0xeb: // read data
        this.answer(this.packet(false));
        return;
      case 0xe9: // status request
        this.answer([this.status, state.resolution, state.rate]);
        return;
      case 0xe7:
      case 0xe6:
        state.scaling = command === 0xe7;
        break;
      default:
        this.reply(RESEND);
        return;
    }
    this.reply(ACK);
  }

  private parameter(command: number, value: number): void {
    const { state } = this;
    if (command === SET_RESOLUTION && value <= LAST_RESOLUTION) state.resolution = value;
    else if (command === SET_RATE && RATES.has(value)) {
      state.rate = value;
      state.knock = [...state.knock, value].slice(-KNOCK_LENGTH);
      const knocked = KNOCKS.find(({ rates }) => rates.every((rate, i) => rate === state.knock[i]));
      if (knocked !== undefined) state.id = knocked.id;
    } else {
      this.reply(RESEND);
      return;
    }
    this.reply(ACK);
  }

  private defaults(): void {
    const { state } = this;
    state.reporting = false;
    state.mode = 0;
    state.wrap = false;
    state.scaling = false;
    state.resolution = DEFAULT_RESOLUTION;
    state.rate = DEFAULT_RATE;
    this.forget();
  }

  /** Movement until now is not reported. */
  private forget(): void {
    const { state } = this;
    state.x = 0;
    state.y = 0;
    state.wheel = 0;
    state.reported = state.buttons;
  }

  private selfTested(): void {
    this.reply(SELF_TEST_PASSED, this.state.id);
    this.send();
  }

  private answer(bytes: readonly number[]): void {
    this.state.last = [...bytes];
    this.reply(ACK, ...bytes);
  }

  private get changed(): boolean {
    const { x, y, wheel, buttons, reported } = this.state;
    return x !== 0 || y !== 0 || wheel !== 0 || buttons !== reported;
  }

  /** Sees to it that movement is reported with the next sample. */
  private stream(): void {
    const { mode, reporting, wrap, rate, buffer } = this.state;
    if (mode !== 0 || !reporting || wrap || buffer.length > 0 || !this.changed) return;
    if (this.sample.deadline === Infinity) this.sample.schedule(this.clock.now + Math.round(SECOND_NS / rate));
  }

  /** A sample is due. */
  private report(): void {
    const { state } = this;
    if (state.mode !== 0 || !state.reporting || state.wrap || state.buffer.length > 0 || !this.changed) return;
    state.buffer = this.packet(state.scaling);
    state.last = [...state.buffer];
    this.send();
  }

  protected told(): void {
    // What came while a packet was under way is due with the next sample.
    this.stream();
  }

  /** Takes what there is to report out of the counters. */
  private packet(scaled: boolean): number[] {
    const { state } = this;
    const x = clamp(state.x, MOST_MOVEMENT);
    const y = clamp(state.y, MOST_MOVEMENT);
    const wheel = state.id === ID.plain ? state.wheel : clamp(state.wheel, MOST_WHEEL);
    state.x -= x;
    state.y -= y;
    state.wheel -= wheel;
    state.reported = state.buttons;
    const [sx, sy] = scaled ? [clamp(scale(x), MOST_MOVEMENT), clamp(scale(y), MOST_MOVEMENT)] : [x, y];
    const bytes = [0x08 | (state.buttons & 7) | (sx < 0 ? 0x10 : 0) | (sy < 0 ? 0x20 : 0), sx & 0xff, sy & 0xff];
    if (state.id === ID.wheel) bytes.push(wheel & 0xff);
    if (state.id === ID.fiveButtons) bytes.push((wheel & 0x0f) | ((state.buttons & 0x18) << 1));
    return bytes;
  }
}

/** 2:1 scaling as the manual's table has it, by the size of the movement. */
const SCALED = [0, 1, 1, 3, 6, 9] as const;
const scale = (counts: number): number => Math.sign(counts) * (SCALED[Math.abs(counts)] ?? Math.abs(counts) * 2);

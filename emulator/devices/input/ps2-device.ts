/**
 * What a keyboard and a mouse with the PS/2 interface have in common: bytes to the host, one after the other, as the clock
 * line allows (IBM, "Personal System/2 Hardware Interface Technical Reference", Keyboard and Auxiliary Device Controller).
 *
 * A byte takes 880 us when the host leaves the clock line free; answers go before what the device has to tell; a byte that
 * is cut short is sent again.
 */
import { Chip, chipTimer } from '../../bus/chip';
import { ByteLine } from '../../bus/wire';
import type { FieldTable } from '../../state/fields';
import type { TimeSource } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';

/** Start bit, 8 data bits, parity, stop bit at 12.5 kHz. */
export const PS2_BYTE_NS = 11 * 80_000;
/** Most answers that can wait. */
export const REPLIES = 8;

export const ACK = 0xfa;
export const RESEND = 0xfe;
export const SELF_TEST_PASSED = 0xaa;

/** The part of a device's state that is about the line. */
export interface LineState {
  command: number;
  clockFree: boolean;
  replies: number[];
  buffer: number[];
}

export abstract class Ps2Device<T extends FieldTable> extends Chip<T> {
  /** Bytes to the host, each when its last bit has arrived. */
  readonly data: ByteLine;
  private readonly sending: Timer;
  protected abstract get line(): LineState;

  constructor(
    id: string,
    model: string,
    table: T,
    protected readonly clock: TimeSource,
    scheduler: Scheduler,
  ) {
    super(id, model, table);
    this.data = new ByteLine(`${id} data`);
    this.sending = chipTimer(scheduler, this, 'send', () => this.sent());
  }

  override reset(): void {
    // What comes in on a wire stays as it was: the chip that drives it is reset as well and drives it anew.
    this.fields.reset(this.state, ['clockFree']);
    this.sending.cancel();
  }

  /** Bytes not yet sent. Whoever types a text waits until this is 0. */
  get waiting(): number {
    return this.line.replies.length + this.line.buffer.length;
  }

  /** The host drives the clock line: while it is low nothing is sent, and a byte on its way is sent again later. */
  setClock(free: boolean): void {
    this.line.clockFree = free;
    if (!free) this.sending.cancel();
    this.send();
  }

  /** Begins to send what waits, where the line is free. */
  protected send(): void {
    if (!this.line.clockFree || this.waiting === 0 || this.sending.deadline !== Infinity) return;
    this.sending.schedule(this.clock.now + PS2_BYTE_NS);
  }

  protected reply(...replies: readonly number[]): void {
    for (const byte of replies) if (this.line.replies.length < REPLIES) this.line.replies.push(byte);
  }

  /** A byte has been sent, and the line is free again. */
  protected abstract told(byte: number): void;

  private sent(): void {
    const { line } = this;
    const byte = line.replies.length > 0 ? line.replies.shift() : line.buffer.shift();
    if (byte === undefined) return;
    this.told(byte);
    // The line is busy with what follows only after the host had its chance to hold the clock.
    this.data.send(byte);
    this.send();
  }

  override notes(): readonly string[] {
    const { line } = this;
    const notes: string[] = [];
    if (line.command !== 0) notes.push(`Waits for the parameter of ${line.command.toString(16).toUpperCase()}h.`);
    const [next] = [...line.replies, ...line.buffer];
    if (next !== undefined) {
      const what = `${next.toString(16).toUpperCase().padStart(2, '0')}h`;
      notes.push(line.clockFree ? `Sends ${what}.` : `Has ${what} to send, but the host holds the clock.`);
    }
    return notes;
  }
}

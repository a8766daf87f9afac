/** Types text on the machine's keyboard, each key when the guest has taken the one before. */
import { typeCharacter } from '../devices/input/us-layout';
import type { Input } from './input';
import type { Machine } from './machine';

/** Virtual time between keys, ns: a fast typist. */
const KEY_NS = 20_000_000;

type Key = Extract<Input, { type: 'key' }>;

export class Typist {
  private readonly queue: Key[] = [];
  /** When the last key was typed; virtual time may have been put back since. */
  private last = -Infinity;

  /** `send` applies an input at the present moment (and logs it). */
  constructor(
    private readonly machine: Machine,
    private readonly send: (input: Input) => void,
  ) {}

  /** Adds text to be typed. @throws Error for a character that a US keyboard can't type; nothing is added then. */
  type(text: string): void {
    const keys = Array.from(text).flatMap((character) =>
      typeCharacter(character === '\n' ? '\r' : character).map(
        (event): Key => ({ type: 'key', code: event.code, pressed: event.pressed }),
      ),
    );
    this.queue.push(...keys);
  }

  /** Forgets what is still to be typed. */
  forget(): void {
    this.queue.length = 0;
  }

  get done(): boolean {
    return this.queue.length === 0;
  }

  /**
   * Types the next key if the machine can take it. To be called at moments that are the same in every run, where runs
   * must be the same: the moment is part of the input.
   */
  poll(): void {
    const { board } = this.machine;
    const [key] = this.queue;
    const since = board.clock.now - this.last;
    if (key === undefined || (since >= 0 && since < KEY_NS) || !board.keyboardIdle) return;
    this.queue.shift();
    this.last = board.clock.now;
    this.send(key);
  }
}

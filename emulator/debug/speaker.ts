/**
 * What the PC speaker sounds like, as changes of a tone in virtual time: few enough to be sent, whatever a program does to
 * the speaker. A tone is that of the timer, or the rhythm in which a program pushes the cone by itself.
 */
import type { SpeakerDrive } from '../machines/board';

export interface SoundChange {
  /** Virtual time, ns. */
  readonly time: number;
  /** From then on: a square wave of so many hertz, 0 for silence. */
  readonly hertz: number;
}

/** Changes nearer than this are one, ns: nobody hears them apart, and a flood of them stays small. */
const NEAREST = 2_000_000;
/** Pushes further apart than this are no tone, ns. */
const SLOWEST_PUSHES = 50_000_000;
/** What can be heard as a tone of the timer, hertz. */
const AUDIBLE = { low: 20, high: 12_000 } as const;
/** Quicker pushes carry samples, which are not played: as a tone they would be a whistle. */
const QUICKEST_PUSHES = 5_000;
/** Pushes within this part of the tone that is heard are the same tone. */
const TOLERANCE = 0.03;
/** Changes that wait to be taken; older ones are forgotten. */
const MOST = 1_000;

const NONE: readonly SoundChange[] = [];

/** A frequency, or 0 when nobody would hear it. */
export const audible = (hertz: number): number => (hertz >= AUDIBLE.low && hertz <= AUDIBLE.high ? hertz : 0);

export class SpeakerSound {
  private readonly pending: SoundChange[] = [];
  /** What was last noted. */
  private noted = 0;
  /** The last change that was taken. */
  private taken = 0;
  /** The timer's tone. */
  private tone = 0;
  private lastPush = -Infinity;
  private pushes = 0;

  /** The speaker is driven in another way from virtual time `time` (ns) on. */
  drive(time: number, drive: SpeakerDrive): void {
    if (drive.kind === 'push') {
      this.push(time);
      return;
    }
    const tone = audible(drive.hertz);
    // Between two pushes of a program's own the timer gives nothing, as before.
    if (tone === this.tone) return;
    this.tone = tone;
    this.pushes = 0;
    this.note(time, tone);
  }

  private push(time: number): void {
    if (this.tone !== 0) return;
    const distance = time - this.lastPush;
    this.lastPush = time;
    if (distance <= 0 || distance > SLOWEST_PUSHES) return;
    const hertz = 1_000_000_000 / distance;
    const heard = hertz <= QUICKEST_PUSHES ? hertz : 0;
    if (Math.abs(heard - this.pushes) <= this.pushes * TOLERANCE) return;
    this.pushes = heard;
    this.note(time, heard);
  }

  private note(time: number, hertz: number): void {
    if (hertz === this.noted) return;
    this.noted = hertz;
    const { pending } = this;
    const last = pending[pending.length - 1];
    if (last === undefined || time - last.time >= NEAREST) pending.push({ time, hertz });
    else {
      pending.pop();
      const before = pending[pending.length - 1]?.hertz ?? this.taken;
      if (hertz !== before) pending.push({ time: last.time, hertz });
    }
    if (pending.length > MOST) pending.shift();
  }

  /** What is heard as far as it was taken. */
  get told(): number {
    return this.taken;
  }

  /** Pushes that have stopped are no tone any more at virtual time `time` (ns). */
  private settle(time: number): void {
    if (this.pushes !== 0 && time - this.lastPush > SLOWEST_PUSHES) {
      this.pushes = 0;
      this.note(this.lastPush + SLOWEST_PUSHES, this.tone);
    }
  }

  /** The changes that were not yet taken, at virtual time `time` (ns); the newest wait until no other can become one with them. */
  take(time: number): readonly SoundChange[] {
    this.settle(time);
    const { pending } = this;
    let ripe = pending.length;
    while (ripe > 0 && time - (pending[ripe - 1]?.time ?? 0) < NEAREST) ripe--;
    if (ripe === 0) return NONE;
    const changes = pending.splice(0, ripe);
    this.taken = changes[ripe - 1]?.hertz ?? this.taken;
    return changes;
  }

  /** The newest moment is another one now: `hertz` is the timer's tone there. */
  jump(time: number, hertz: number): void {
    this.lastPush = -Infinity;
    this.pushes = 0;
    this.tone = audible(hertz);
    this.note(time, this.tone);
  }
}

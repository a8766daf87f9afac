/** Plays the speaker's tones: a square wave, its changes as far apart as in the guest's time. */
import type { ToneChange } from '../../shared/display';

/** From hearing of a change to playing it, in seconds: long enough for those that come together late. */
const DELAY = 0.08;
/** A change further ahead than this, in seconds, belongs to another stretch of time. */
const FURTHEST = 0.5;
const VOLUME = 0.08;

export class Speaker {
  #context: AudioContext | undefined;
  #oscillator: OscillatorNode | undefined;
  #volume: GainNode | undefined;
  /** Add this to the guest's time in seconds, and it is the browser's. */
  #offset: number | undefined;

  get isOn(): boolean {
    return this.#context !== undefined;
  }

  /** Browsers allow it only when the person has just clicked or typed. */
  turnOn(): void {
    if (this.#context !== undefined) return;
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.type = 'square';
    volume.gain.value = 0;
    oscillator.connect(volume).connect(context.destination);
    oscillator.start();
    this.#context = context;
    this.#oscillator = oscillator;
    this.#volume = volume;
    this.#offset = undefined;
    context.resume().catch(() => this.turnOff());
  }

  turnOff(): void {
    void this.#context?.close();
    this.#context = undefined;
  }

  play(changes: readonly ToneChange[]): void {
    const context = this.#context;
    const frequency = this.#oscillator?.frequency;
    const gain = this.#volume?.gain;
    if (context === undefined || frequency === undefined || gain === undefined) return;
    for (const { time, hertz } of changes) {
      const seconds = time / 1_000_000_000;
      const now = context.currentTime;
      let at = this.#offset === undefined ? -Infinity : seconds + this.#offset;
      if (at < now || at > now + FURTHEST) {
        // Late, or after a pause or a jump in the guest's time: from here on times count anew.
        at = now + DELAY;
        this.#offset = at - seconds;
        frequency.cancelScheduledValues(now);
        gain.cancelScheduledValues(now);
      }
      if (hertz > 0) frequency.setValueAtTime(hertz, at);
      gain.setValueAtTime(hertz > 0 ? VOLUME : 0, at);
    }
  }
}

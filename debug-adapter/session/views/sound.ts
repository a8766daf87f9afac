/** The speaker: changes of its tone to the client, some together, and silence while the machine stands still. */
import type { Disposable, SoundChange, TargetEvent } from '../../../emulator/debug/target';
import type { Timer } from '../host';
import type { Session } from '../session';

/** Time between two events at least, in milliseconds. */
const INTERVAL = 40;
/** Tones that differ by less than this part are one. */
const SAME = 0.001;

/** Sends the sound while the client wants it. */
class SoundStream {
  #timer: Timer | undefined;
  #listening: Disposable | undefined;
  #waiting: SoundChange[] = [];
  /** The tone that the client plays. */
  #sent = 0;
  #looking = false;
  /** What runs now is a run forwards: a search through the past is not to be heard. */
  #forwards = true;

  constructor(readonly session: Session) {
    session.onProgram(({ target }) => {
      this.#listening?.dispose();
      this.#listening = target.listen((event) => this.#hear(event));
      this.update();
    });
    session.onEnd(() => this.#timer?.stop());
  }

  /** Begins or ends, as the subscription says. */
  update(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#waiting = [];
    if (!this.session.subscriptions.sound || this.session.launched?.target.sound === undefined) return;
    this.#sent = 0;
    this.#timer = this.session.host.every(INTERVAL, () => {
      this.#look().catch((error: unknown) => this.session.host.problem?.(error as Error));
    });
  }

  #hear(event: TargetEvent): void {
    if (event.type === 'resumed') {
      const { goal } = event;
      this.#forwards = 'direction' in goal && goal.direction === 'forward';
    }
    if (this.#timer === undefined) return;
    if (event.type === 'sound') this.#waiting.push(...event.changes);
    // At once: a tone may be over before the next look.
    else if (event.type === 'stopped' || event.type === 'resumed')
      this.#look().catch((error: unknown) => this.session.host.problem?.(error as Error));
  }

  /** Sends what has changed. What was run again told nothing: there the tone is asked for. */
  async #look(): Promise<void> {
    const target = this.session.launched?.target;
    if (target?.sound === undefined || this.#looking) return;
    this.#looking = true;
    try {
      const changes = this.#waiting;
      this.#waiting = [];
      const { running } = target.execution;
      const time = await target.time();
      const tone = running && this.#forwards ? await target.sound.tone() : 0;
      const last = changes[changes.length - 1]?.hertz ?? this.#sent;
      if (Math.abs(tone - last) > last * SAME) changes.push({ time, hertz: tone });
      if (changes.length === 0 || this.#timer === undefined) return;
      this.#sent = tone;
      this.session.customEvent('stepback.sound', { changes });
    } finally {
      this.#looking = false;
    }
  }
}

/** Follows each program of the session. */
export function soundOf(session: Session): void {
  const stream = new SoundStream(session);
  session.onSubscribe(() => stream.update());
}

/** The latest picture of a session, and the pace at which the adapter may send the next ones. */
import * as vscode from 'vscode';
import type { StepbackSession } from '../debug/session';
import type { Log } from '../log';
import type { Picture, Rows } from '../shared/display';
import { PictureAssembler } from './picture';

/** Time after which a picture that nobody shows is told as shown, in milliseconds: the latest stays near, at little cost. */
const UNSEEN_PACE = 250;

export interface ShownPicture {
  readonly version: number;
  readonly picture: Picture;
  /** Where only they, and perhaps colours, differ from the picture before. */
  readonly rows?: readonly Rows[];
}

export class SessionScreen implements vscode.Disposable {
  readonly #assembler = new PictureAssembler();
  readonly #changed = new vscode.EventEmitter<ShownPicture>();
  #latest: ShownPicture | undefined;
  #told = -1;
  #timer: NodeJS.Timeout | undefined;
  /** Whether somebody shows the pictures and tells it by `shown`. */
  isWatched = false;

  readonly onDidChange = this.#changed.event;

  constructor(
    readonly session: StepbackSession,
    readonly log: Log,
  ) {
    session.on('stepback.frame', ({ version, frame }) => {
      this.#latest = { version, ...this.#assembler.add(frame) };
      this.#changed.fire(this.#latest);
      if (!this.isWatched) this.#tellLater();
    });
  }

  get latest(): ShownPicture | undefined {
    return this.#latest;
  }

  /** The picture of this version, and all before it, have been shown or will never be. */
  shown(version: number): void {
    if (version <= this.#told || this.session.ended) return;
    this.#told = version;
    this.log.watch('telling that a frame was shown', this.session.request('stepback.frameShown', { version }));
  }

  /** Nobody shows the pictures any more: those under way are done with. */
  unwatch(): void {
    this.isWatched = false;
    this.#tellLater();
  }

  #tellLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.isWatched && this.#latest !== undefined) this.shown(this.#latest.version);
    }, UNSEEN_PACE);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }
}

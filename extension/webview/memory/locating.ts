/** Leads where an expression leads as soon as the machine stands still: one question at a time, and the last one counts. */
import type { LocateResponse } from '../../shared/memory';
import type { Conversation } from './conversation';

interface LocatingListener {
  /** What is to be asked now. */
  question(): { readonly expression: string; readonly space: string };
  found(place: LocateResponse): void;
  /** It leads nowhere, or can not be told yet where the message is missing. */
  lost(message: string | undefined): void;
}

export class Locating {
  /** There is something to ask. */
  #isWanted = true;
  #isAsking = false;

  constructor(
    readonly conversation: Conversation,
    readonly listener: LocatingListener,
  ) {}

  /** No question is open: what is seen is what is wanted. */
  get isDone(): boolean {
    return !this.#isWanted && !this.#isAsking;
  }

  want(): void {
    this.#isWanted = true;
  }

  /** Asks where that can be done now; else the next stop comes here again. */
  now(): void {
    if (this.#isWanted && !this.#isAsking && this.conversation.isReadable) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isWanted = false;
    const { expression, space } = this.listener.question();
    this.#isAsking = true;
    const found = await this.conversation.locate(expression, space);
    this.#isAsking = false;
    const { isReadable } = this.conversation;
    if (this.#isWanted && isReadable) {
      // Another expression meanwhile, or another stop.
      await this.#ask();
    } else if (typeof found !== 'string') this.listener.found(found);
    else {
      if (!isReadable) this.#isWanted = true;
      this.listener.lost(isReadable ? found : undefined);
    }
  }
}

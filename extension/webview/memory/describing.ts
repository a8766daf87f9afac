/** What is known of the place that is chosen: asked for a little later, so that holding down a key asks once. */
import type { LocateResponse, MemoryRange } from '../../shared/memory';
import type { Conversation } from './conversation';

/** Milliseconds after which what is chosen is told in words. */
const SETTLED_MS = 120;

interface DescribingListener {
  /** What is chosen. */
  range(): MemoryRange;
  /** Nothing has moved for a while. */
  settled(): void;
  found(): void;
}

export class Describing {
  #found: LocateResponse | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly conversation: Conversation,
    readonly listener: DescribingListener,
  ) {}

  get found(): LocateResponse | undefined {
    return this.#found;
  }

  soon(): void {
    clearTimeout(this.#settling);
    this.#found = undefined;
    this.#settling = setTimeout(() => {
      this.listener.settled();
      if (this.conversation.isReadable) void this.#ask();
    }, SETTLED_MS);
  }

  async #ask(): Promise<void> {
    const { address, space } = this.listener.range();
    const found = await this.conversation.locate(address, space);
    if (typeof found === 'string' || address !== this.listener.range().address) return;
    this.#found = found;
    this.listener.found();
  }
}

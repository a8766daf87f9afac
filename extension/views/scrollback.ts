/** The latest text of a terminal, so that it can be shown again. */

/** Characters that are kept. */
const LIMIT = 64 << 10;

export class Scrollback {
  #text: string;

  constructor(text = '') {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  /** Beyond the limit whole lines are dropped from the front. */
  add(text: string): void {
    this.#text += text;
    if (this.#text.length <= LIMIT) return;
    const cut = this.#text.length - LIMIT;
    const line = this.#text.indexOf('\n', cut);
    this.#text = this.#text.slice(line < 0 ? cut : line + 1);
  }
}

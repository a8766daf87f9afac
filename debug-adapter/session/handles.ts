/** References that the client holds to things of the present stop. */

/** Numbers never come twice, so a reference from an older stop is known for what it is. */
export class Handles<T> {
  readonly #items = new Map<number, T>();
  #next = 1;

  create(item: T): number {
    const handle = this.#next++;
    this.#items.set(handle, item);
    return handle;
  }

  get(handle: number): T | undefined {
    return this.#items.get(handle);
  }

  /** Forgets everything: the target moved on. */
  clear(): void {
    this.#items.clear();
  }
}

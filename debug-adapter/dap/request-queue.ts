/** In which order requests run. */

/**
 * - `read`: waits for earlier changes, runs beside other reads;
 * - `write`: waits for all earlier requests, later ones wait for it;
 * - `run`: sets the target going: waits for earlier changes but not for reads, whose answers it makes stale;
 * - `now`: jumps the queue.
 */
export type Order = 'read' | 'write' | 'run' | 'now';

/** First come, first served, with the freedoms that {@link Order} names. */
export class RequestQueue {
  #changes: Promise<void> = Promise.resolve();
  readonly #reads = new Set<Promise<void>>();

  /** Runs `task` when its turn has come. `task` must not reject. */
  async run(order: Order, task: () => Promise<void>): Promise<void> {
    if (order === 'now') {
      await task();
      return;
    }
    const before = order === 'write' ? Promise.all([this.#changes, ...this.#reads]) : this.#changes;
    const done = before.then(task);
    if (order === 'read') {
      this.#reads.add(done);
      await done;
      this.#reads.delete(done);
    } else {
      this.#changes = done;
      await done;
    }
  }
}

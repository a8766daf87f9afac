/** How often something was done, and how long it took the host, for people: the guest never sees it. */
export class Stopwatch {
  times = 0;
  /** Milliseconds, by the host's clock. */
  spent = 0;
  /** The host's clock, ms; one that stands still until the host gives its own. */
  now: () => number = () => 0;

  measure<T>(work: () => T): T {
    const start = this.now();
    const result = work();
    this.spent += this.now() - start;
    this.times++;
    return result;
  }
}

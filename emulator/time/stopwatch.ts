/** How often something was done, and how long it took the host, for people: the guest never sees it. */
export class Stopwatch {
  times = 0;
  /** Milliseconds, by the host's clock. */
  spent = 0;
  /** The host's clock, ms; one that stands still until the host gives its own. */
  now: () => number = () => 0;

  measure(work: () => void): void {
    const start = this.now();
    work();
    this.spent += this.now() - start;
    this.times++;
  }
}

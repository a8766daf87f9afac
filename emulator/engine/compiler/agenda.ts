/** Work that is done bit by bit, in order, so that nobody waits for all of it. */
export class Agenda {
  /** What is to be done, the next one last. */
  private readonly open: (() => void)[] = [];
  private done = 0;

  /** Has these done next, in order, before what was to be done next anyway. */
  next(...tasks: readonly (() => void)[]): void {
    for (let i = tasks.length - 1; i >= 0; i--) this.open.push(tasks[i]);
  }

  /** Notes what a task has done, in ops of IR that were looked at once. */
  note(ops: number): void {
    this.done += ops;
  }

  /** Goes on until so much has been done, or nothing is left; says whether nothing is. */
  goOn(most: number): boolean {
    this.done = 0;
    while (this.done < most) {
      const task = this.open.pop();
      if (task === undefined) break;
      task();
    }
    return this.open.length === 0;
  }

  /** Does all of it. */
  finish(): void {
    this.goOn(Infinity);
  }
}

/**
 * Steps that were taken, so that a step back right behind one returns to exactly where it began: interrupts that came
 * in meanwhile, and where in a halt it began, can't be told from the end alone.
 */

/** What a step and its mirror have in common. */
export interface StepKind {
  readonly mode: 'into' | 'over' | 'out';
  readonly lines: boolean;
}

interface Step extends StepKind {
  readonly from: number;
  readonly to: number;
}

/** As many as a person will take back one by one. */
const MOST = 10_000;

export class StepTrail {
  private readonly steps: Step[] = [];

  /** A step forward went from count `from` to count `to`. */
  add(step: Step): void {
    // What lies behind here belongs to a future that is being stepped anew, or was cut off.
    this.forget(step.from);
    if (this.steps.length === MOST) this.steps.shift();
    this.steps.push(step);
  }

  /** Where the step of that kind began that ended at count `to`. */
  origin(to: number, { mode, lines }: StepKind): number | undefined {
    const step = this.steps.findLast((one) => one.to <= to);
    return step?.to === to && step.mode === mode && step.lines === lines ? step.from : undefined;
  }

  /** Forgets the steps that ended behind `count`. */
  forget(count: number): void {
    while ((this.steps[this.steps.length - 1]?.to ?? 0) > count) this.steps.pop();
  }

  clear(): void {
    this.steps.length = 0;
  }
}

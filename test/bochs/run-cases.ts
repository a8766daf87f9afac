/** Cases of test/isa and random ones beside Bochs. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from '../../emulator/system/machine';
import { parseCases } from '../isa/case-file';
import { assemble, IsaRunner } from '../isa/runner';
import { Random } from '../lockstep/lockstep';
import { Bochs } from './bochs';
import { compareRun, type Outcome } from './comparison';
import { FILES_LEFT_OUT } from './differences';
import { RandomCases } from './random';
import { MEMORY } from './state';

const ISA = path.join(__dirname, '..', 'isa');

export interface Result {
  readonly same: number;
  readonly leftOut: readonly string[];
  /** A text each that says what and where. */
  readonly different: readonly string[];
}

/** One Bochs for many cases; a new one after it has ended (an assertion of its own, a CPU that sleeps). */
export class BochsRunner {
  private readonly runner = new IsaRunner();
  private bochs: Bochs | undefined;

  /** `make`: a machine before the case, the same each time. */
  private async compare(make: () => Machine, steps: number): Promise<Outcome> {
    const machine = make();
    this.bochs ??= new Bochs(Uint8Array.from(machine.board.memory.readBytes(0xf_0000, 0x1_0000)));
    try {
      const outcome = await compareRun(machine, steps, this.bochs);
      // Which step it is shows best with fewer of them.
      if (outcome.kind !== 'different' || steps === 1) return outcome;
      const shorter = await this.compare(make, steps - 1);
      return shorter.kind === 'different' ? shorter : outcome;
    } catch (error) {
      await this.stop();
      return { kind: 'different', found: [error instanceof Error ? error.message : String(error)], log: [] };
    }
  }

  /** All cases of test/isa for the 386. */
  async isaCases(): Promise<Result> {
    const tally = new Tally();
    for (const file of readdirSync(ISA).filter((name) => name.endsWith('.txt'))) {
      const cases = parseCases(readFileSync(path.join(ISA, file), 'utf8'));
      const code = assemble(cases);
      for (const [i, one] of cases.entries()) {
        if (one.cpu !== '80386') continue;
        const name = `${file}:${one.line} ${one.name}`;
        const isFar = one.before.some(({ target }) => target.kind === 'memory' && target.address >= MEMORY);
        const reason = FILES_LEFT_OUT[file];
        if (reason !== undefined) tally.add(name, { kind: 'left out', reason });
        else if (isFar) tally.add(name, { kind: 'left out', reason: 'memory that is not carried over' });
        else tally.add(name, await this.compare(() => this.runner.prepare(one, code[i]), one.steps));
      }
    }
    return tally;
  }

  /** Random cases number `from` to `from + count - 1` of a seed. */
  async randomCases(seed: number, from: number, count: number): Promise<Result> {
    const tally = new Tally();
    for (let n = from; n < from + count; n++) {
      const make = () => {
        const cases = new RandomCases(new Random(((seed * 0x1_0003 + n) * 0x9e37_79b1) | 1));
        const { one, code } = cases.next();
        const machine = this.runner.prepare(one, code);
        cases.spread(machine);
        return { machine, one };
      };
      const { one } = make();
      tally.add(`random case ${n} of seed ${seed} (${one.world})`, await this.compare(() => make().machine, one.steps));
    }
    return tally;
  }

  async stop(): Promise<void> {
    const { bochs } = this;
    this.bochs = undefined;
    await bochs?.stop();
  }
}

class Tally implements Result {
  same = 0;
  readonly leftOut: string[] = [];
  readonly different: string[] = [];

  add(name: string, outcome: Outcome): void {
    if (outcome.kind === 'same') this.same++;
    else if (outcome.kind === 'left out') this.leftOut.push(`${name}: ${outcome.reason}`);
    else this.different.push([name, ...outcome.log, ...outcome.found].join('\n    '));
  }
}

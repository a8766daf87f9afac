/**
 * An instruction that meets a page fault has changed no register, whatever it is and wherever in it the fault comes: random
 * instructions over tables, gates and stacks in pages that are absent, read-only or for supervisors.
 */
import { strict as assert } from 'node:assert';
import { VECTOR } from '../../emulator/cpu/x86/fault';
import * as R from '../../emulator/cpu/x86/registers';
import type { Machine } from '../../emulator/system/machine';
import { RandomCases } from '../bochs/random';
import { Random } from '../lockstep/lockstep';
import type { IsaCase } from './case-file';
import { IsaRunner } from './runner';

const CASES = 4000;
const STEPS = 6;
/** Fewest page faults that must have been seen. */
const FAULTS = 400;

const ALL = new Set(Array.from({ length: 32 }, (_, vector) => vector));
/** Registers that a fault leaves as they were; CR2 is set when it is delivered. */
const ROWS = R.X86_REGISTERS.filter(({ partOf, offset }) => partOf === undefined && !R.LAZY_FLAGS.has(offset));

/** The registers, without RF, which an instruction clears when it begins and a fault sets in the image that it pushes. */
const valuesOf = ({ processor: { cpu } }: Machine): readonly bigint[] =>
  ROWS.map(({ name, offset }) => cpu.readRegister(name) & (offset === R.EFLAGS ? ~BigInt(R.FLAG.RF) : -1n));

describe('instructions that meet a page fault', function () {
  this.timeout(60_000);

  it('have changed no register', () => {
    const runner = new IsaRunner();
    const found: string[] = [];
    let faults = 0;
    for (let n = 0; n < CASES; n++) {
      const random = new Random((n * 0x9e37_79b1) | 1);
      const cases = new RandomCases(random);
      const { one, code } = cases.next();
      if (!one.world.startsWith('paged')) continue;
      const wp = { target: { kind: 'register', name: 'CR0' }, value: 0x8001_0011 } as const;
      const before = random.below(2) === 0 ? one.before : [...one.before, wp];
      const later: IsaCase = { ...one, cpu: '80486', before };
      const machine = runner.prepare(later, code);
      cases.spread(machine);
      const { cpu } = machine.processor;
      machine.catches = { vectors: ALL, unmodelled: false };
      for (let step = 0; step < STEPS; step++) {
        const decoded = cpu.decodeAt(cpu.pc);
        const name = decoded.ok ? decoded.instruction.row.mnemonic : decoded.fault.kind;
        const values = valuesOf(machine);
        const stop = machine.run({ count: machine.count + 1, time: Infinity, breakpoints: false }, false);
        if (stop.kind === 'limit') continue;
        if (stop.kind === 'exception' && stop.fault.vector === VECTOR.PF) {
          faults++;
          const now = valuesOf(machine);
          const changed = ROWS.filter((_, i) => now[i] !== values[i]).map((row) => row.name);
          if (changed.length > 0)
            found.push(`case ${n}, ${one.world}, ${name} (${stop.fault.reason}): ${changed.join(' ')}`);
        }
        break;
      }
    }
    assert.deepEqual(found, []);
    assert.ok(faults > FAULTS, `${faults} page faults`);
  });
});

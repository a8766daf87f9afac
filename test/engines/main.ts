/** npm run test:engines -- [--programs N] [--seed S] [--engine E]. The last line is `N passed, N failed` programs. */
import { parseArgs } from 'node:util';
import { Complaint, runMain } from '../../scripts/lib/main';
import { closingLine } from '../../scripts/lib/report';
import { ENGINE_MODES } from '../support/engines';
import { check } from './compare';
import { KINDS } from './program';

function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      programs: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      engine: { type: 'string' },
    },
  });
  const modes = ENGINE_MODES.filter((mode) => mode !== 'interpreter' && (values.engine ?? mode) === mode);
  if (modes.length === 0) throw new Complaint(`There is nothing to compare '${values.engine}' with.`);
  let passed = 0;
  let failed = 0;
  for (let n = 0; n < Number(values.programs); n++) {
    // Each kind of program in each mode.
    const mode = modes[Math.floor(n / KINDS.length) % modes.length];
    const { difference } = check(Number(values.seed) + n, mode);
    if (difference === undefined) passed++;
    else {
      failed++;
      console.log(difference);
    }
  }
  console.log(closingLine({ passed, failed, skipped: 0 }));
  return Promise.resolve(failed === 0 ? 0 : 1);
}

void runMain(main);

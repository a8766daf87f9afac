/** npm run test:lockstep -- [--streams N] [--seed S] [--mode M]. The last line is `N passed, N failed` streams. */
import { parseArgs } from 'node:util';
import { Complaint, runMain } from '../../scripts/lib/main';
import { closingLine } from '../../scripts/lib/report';
import { MODES, type ModeId } from './modes';
import { runMode } from './run-mode';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      mode: { type: 'string' },
    },
  });
  if (values.mode !== undefined && !(values.mode in MODES))
    throw new Complaint(`There is no mode '${values.mode}'. Known: ${Object.keys(MODES).join(', ')}.`);
  const ids = (Object.keys(MODES) as ModeId[]).filter((id) => values.mode === undefined || id === values.mode);
  let passed = 0;
  let failed = 0;
  for (const id of ids) {
    const counts = await runMode(id, Number(values.streams), Number(values.seed), (text) => console.log(text));
    passed += counts.passed;
    failed += counts.failed;
    console.log(`${id}: ${counts.instructions} instructions compared`);
  }
  console.log(closingLine({ passed, failed, skipped: 0 }));
  return failed === 0 ? 0 : 1;
}

void runMain(main);

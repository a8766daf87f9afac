/** npm run test:lockstep -- [--streams N] [--seed S] [--mode M] [--engine E]. The last line is `N passed, N failed` streams. */
import { parseArgs } from 'node:util';
import { Complaint, runMain } from '../../scripts/lib/main';
import { closingLine } from '../../scripts/lib/report';
import { MODES, type ModeId } from './modes';
import { runMode } from './run-mode';
import { ENGINE_MODES } from '../support/engines';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      mode: { type: 'string' },
      engine: { type: 'string', default: 'interpreter' },
    },
  });
  if (values.mode !== undefined && !(values.mode in MODES))
    throw new Complaint(`There is no mode '${values.mode}'. Known: ${Object.keys(MODES).join(', ')}.`);
  const ids = (Object.keys(MODES) as ModeId[]).filter((id) => values.mode === undefined || id === values.mode);
  const engine = ENGINE_MODES.find((mode) => mode === values.engine);
  if (engine === undefined)
    throw new Complaint(`There is no engine mode '${values.engine}'. Known: ${ENGINE_MODES.join(', ')}.`);
  let passed = 0;
  let failed = 0;
  for (const id of ids) {
    const counts = await runMode(id, Number(values.streams), Number(values.seed), engine, (text) => console.log(text));
    passed += counts.passed;
    failed += counts.failed;
    console.log(`${id}: ${counts.instructions} instructions compared`);
  }
  console.log(closingLine({ passed, failed, skipped: 0 }));
  return failed === 0 ? 0 : 1;
}

void runMain(main);

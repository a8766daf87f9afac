/** npm run test:vectors -- FOLDER ... [--model M] [--forms REGEX] [--show N] [--engine E]. The last line is `N passed, N failed`. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CPU_MODELS, type CpuModelId } from '../../emulator/cpu/x86/models';
import { Complaint, runMain } from '../../scripts/lib/main';
import { closingLine } from '../../scripts/lib/report';
import { runSuite } from './run-suite';
import { ENGINE_MODES } from '../support/engines';

const USAGE = `Usage: npm run test:vectors -- FOLDER ... [--model ${Object.keys(CPU_MODELS).join('|')}] [--forms REGEX] [--show N] [--engine ${ENGINE_MODES.join('|')}]`;

const holdsVectors = (folder: string): boolean => existsSync(path.join(folder, 'metadata.json'));

/** The folder, or those in it that hold vectors. @throws Complaint when there are none */
function suitesIn(folder: string): readonly string[] {
  if (holdsVectors(folder)) return [folder];
  const inside = existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
  const found = inside.filter(holdsVectors);
  if (found.length === 0)
    throw new Complaint(`${folder} holds no vectors: there is no metadata.json in it or one below.`);
  return found;
}

function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      forms: { type: 'string' },
      show: { type: 'string', default: '3' },
      engine: { type: 'string', default: 'interpreter' },
    },
  });
  if (positionals.length === 0) throw new Complaint(USAGE);
  if (values.model !== undefined && !(values.model in CPU_MODELS))
    throw new Complaint(`There is no CPU model '${values.model}'.\n${USAGE}`);
  const engine = ENGINE_MODES.find((mode) => mode === values.engine);
  if (engine === undefined) throw new Complaint(`There is no engine mode '${values.engine}'.\n${USAGE}`);
  let passed = 0;
  let failed = 0;
  for (const folder of positionals.flatMap(suitesIn)) {
    const result = runSuite(folder, {
      engine,
      ...(values.model === undefined ? {} : { model: values.model as CpuModelId }),
      ...(values.forms === undefined ? {} : { forms: new RegExp(values.forms) }),
    });
    const shown = new Map<string, number>();
    for (const { form, vector, differences } of result.failures) {
      const count = (shown.get(form) ?? 0) + 1;
      shown.set(form, count);
      if (count <= Number(values.show))
        console.log(`${form} #${vector.idx} ${vector.name} [${vector.bytes}]: ${differences.join('; ')}`);
    }
    for (const [form, count] of shown) console.log(`${form}: ${count} failed`);
    for (const row of result.stale) console.log(`Nothing differs any more for: ${row.reason}`);
    console.log(`${folder} on ${result.model}: ${result.known} differ for listed reasons`);
    passed += result.passed + result.known;
    failed += result.failures.length + result.stale.length;
  }
  console.log(closingLine({ passed, failed, skipped: 0 }));
  return Promise.resolve(failed === 0 ? 0 : 1);
}

void runMain(main);

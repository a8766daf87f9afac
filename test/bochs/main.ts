/**
 * npm run test:bochs -- [--random N] [--seed S] [--from N]: the ISA cases and random ones beside Bochs. The last line is
 * `N passed, N failed, N skipped`.
 */
import { parseArgs } from 'node:util';
import { Complaint, runMain } from '../../scripts/lib/main';
import { findProgram } from '../../scripts/lib/find';
import { closingLine } from '../../scripts/lib/report';
import { BochsRunner, type Result } from './run-cases';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      random: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
    },
  });
  if (findProgram('bochs') === undefined)
    throw new Complaint('Bochs is not there. On Debian or Ubuntu: sudo apt-get install bochs bochs-term');
  const runner = new BochsRunner();
  const results: Result[] = [];
  try {
    results.push(await runner.isaCases());
    results.push(await runner.randomCases(Number(values.seed), Number(values.from), Number(values.random)));
  } finally {
    await runner.stop();
  }
  for (const { different } of results) for (const text of different) console.log(text);
  for (const text of results[0].leftOut) console.log(`left out: ${text}`);
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const failed = sum(({ different }) => different.length);
  const skipped = sum(({ leftOut }) => leftOut.length);
  console.log(closingLine({ passed: sum(({ same }) => same), failed, skipped }));
  return failed === 0 ? 0 : 1;
}

void runMain(main);

/** `npm run bench`: figures, printed; nothing is asserted. Bundled first, as the product is. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { benchGdb } from './gdb';
import { benchSpeed } from './speed';
import { benchSteps } from './step';
import { benchVideo } from './video';
import { benchWatch } from './watch';

const folder = mkdtempSync(path.join(tmpdir(), 'stepback-bench-'));

/** A guest assembled from its source, with symbols defined. */
function guest(name: string, ...defined: readonly string[]): string {
  const image = path.join(folder, `${[name, ...defined].join(' ')}.img`);
  const source = path.join('test/bench/guests', `${name}.asm`);
  execFileSync('nasm', ['-f', 'bin', ...defined.map((one) => `-D${one}`), '-o', image, source], { stdio: 'inherit' });
  return image;
}

async function main(): Promise<void> {
  try {
    console.log('Guest instructions a second');
    await benchSpeed(guest('kernels'), folder);
    console.log('\nSteps, with stack trace, scopes and variables answered');
    await benchSteps(guest('writer'));
    console.log('\nData breakpoints that are not hit');
    benchWatch(guest('calls'));
    console.log('\nOver the GDB remote protocol');
    await benchGdb(guest('calls'));
    console.log('\nWrites to video memory');
    benchVideo((how) => guest('video', `HOW=${how}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

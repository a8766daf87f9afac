/** npm test: all set-up, then every suite. The last line is `N passed, N failed`. */
import { ensurePackages, handOver } from './bootstrap.mjs';

if (ensurePackages()) handOver('test/main.ts');
else {
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

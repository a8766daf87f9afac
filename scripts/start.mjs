/** npm start: from a fresh clone to an editor in which a boot sector is stepped forwards and backwards. */
import { ensurePackages, handOver } from './bootstrap.mjs';

console.log('[1/4] dependencies');
if (ensurePackages()) handOver('start/main.ts');
else process.exitCode = 1;

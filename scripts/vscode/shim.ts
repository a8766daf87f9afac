/**
 * Stands in for the desktop program that `runTests` of @vscode/test-electron starts: takes the same arguments and runs the
 * suite in the extension host of code-server, with a headless Chromium as its window. Exit code 0 or 1 is the verdict.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMain } from '../lib/main';
import { ensureCodeServer } from './code-server';
import { startServer } from './server';
import { openBrowser } from './workbench';

const LIMIT = 300_000;

const toPath = (text: string): string => (text.startsWith('file:') ? fileURLToPath(text) : path.resolve(text));

interface Request {
  readonly folder: string;
  readonly extension: string;
  readonly tests: string;
}

export function parseArguments(args: readonly string[]): Request {
  const value = (name: string): string => {
    const found = args.find((arg) => arg.startsWith(`--${name}=`));
    if (found === undefined) throw new Error(`--${name}= is missing`);
    return toPath(found.slice(name.length + 3));
  };
  return {
    folder: toPath(args.find((arg) => !arg.startsWith('-')) ?? '.'),
    extension: value('extensionDevelopmentPath'),
    tests: value('extensionTestsPath'),
  };
}

async function main(): Promise<number> {
  const { folder, extension, tests } = parseArguments(process.argv.slice(2));
  const verbose = process.env.STEPBACK_VERBOSE !== undefined;
  const server = await startServer(await ensureCodeServer(console.log), {
    testDriver: true,
    ...(verbose && { log: (text: string) => process.stderr.write(text) }),
  });
  try {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      // The two functions that the web workbench looks for when it runs extension tests.
      const verdict = new Promise<number>((resolve) => {
        void page.exposeFunction('codeAutomationExit', resolve);
      });
      await page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
        // The host's console.log comes as `log`; VS Code's own noise as `error` and `warn`.
        if (verbose || !/error|warn/i.test(type)) console.log(...args);
      });
      await page.goto(
        server.address(folder, [
          ['extensionDevelopmentPath', extension],
          ['extensionTestsPath', tests],
        ]),
      );
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), LIMIT);
      });
      const code = await Promise.race([verdict, limit]);
      clearTimeout(timer);
      if (code === 'late') console.error(`the extension host gave no verdict within ${LIMIT / 1000} s`);
      return code === 0 ? 0 : 1;
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

if (require.main === module) void runMain(main);

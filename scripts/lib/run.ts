import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './root';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether output also goes to this process's terminal as it comes. */
  readonly echo?: boolean;
  /** Milliseconds after which the process is ended; the result then has code 124. */
  readonly timeout?: number;
}

export interface RunResult {
  /** Exit code; 124 after a timeout, 127 when the program could not be started, 128 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Runs a program to its end. Never rejects: a program that is missing gives code 127 and a message in stderr. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGTERM');
          }, options.timeout);
    const finish = (code: number): void => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, milliseconds: performance.now() - started });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (options.echo === true) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (options.echo === true) process.stderr.write(text);
    });
    child.on('error', (error) => {
      stderr += `${command} could not be started: ${error.message}\n`;
      finish(127);
    });
    child.on('close', (code) => finish(timedOut ? 124 : (code ?? 128)));
  });
}

/** Path of the file that a package of ours declares as the program `name`; run it with `process.execPath`. */
function packageProgram(packageName: string, name: string): string {
  const require = createRequire(__filename);
  const manifestFile = path.join(ROOT, 'node_modules', packageName, 'package.json');
  const { bin } = require(manifestFile) as { readonly bin?: string | Readonly<Record<string, string>> };
  const file = typeof bin === 'string' ? bin : bin?.[name];
  if (file === undefined) throw new Error(`package ${packageName} has no program ${name}`);
  return path.join(path.dirname(manifestFile), file);
}

/** Runs a program that one of our packages brings, without a shell, so that it works the same on every system. */
export function runPackage(
  packageName: string,
  name: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return run(process.execPath, [packageProgram(packageName, name), ...args], options);
}

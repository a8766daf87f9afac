/** The command line as a program: bundled once a test run, started as a process of its own. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, openSync, closeSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { BESIDE_THE_BUNDLES, commandLineBundles } from '../../scripts/bundles';
import { runTool } from './tools';

const GUESTS = path.join(__dirname, '..', 'guests', 'cli');
/** No run of a test may take longer unless it says so, ms. */
const PATIENCE = 60_000;

export interface Finished {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface How {
  /** How long the run may take, ms. */
  readonly patience?: number;
  /** Of standard output; unless told a byte a character. */
  readonly encoding?: 'utf8';
  /** File for standard input; nothing comes from there without it. */
  readonly stdin?: string;
  /** Characters for standard input through a pipe. */
  readonly pipe?: string;
  /** Sends this signal as soon as the text has come on standard output. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly after: string };
}

/** A built command line and a folder for the files of tests. */
export class Stepback {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'stepback-cli-'));
  readonly program = path.join(this.folder, 'dist', 'stepback.js');

  static async build(): Promise<Stepback> {
    const made = new Stepback();
    const outdir = path.dirname(made.program);
    await Promise.all(commandLineBundles(true).map((bundle) => build({ ...bundle, outdir, sourcemap: false })));
    for (const file of BESIDE_THE_BUNDLES) copyFileSync(file, path.join(outdir, path.basename(file)));
    return made;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Assembles `test/guests/cli/NAME.asm`. */
  guest(name: string): string {
    const image = this.file(`${name}.img`);
    runTool('nasm', ['-f', 'bin', '-o', image, `${name}.asm`], GUESTS);
    return image;
  }

  run(args: readonly string[], how: How = {}): Promise<Finished> {
    return new Promise((resolve, reject) => {
      const input = how.stdin === undefined ? undefined : openSync(how.stdin, 'r');
      const stdin = input ?? (how.pipe === undefined ? 'ignore' : 'pipe');
      const child = spawn(process.execPath, [this.program, ...args], {
        stdio: [stdin, 'pipe', 'pipe'],
        cwd: this.folder,
      });
      if (input !== undefined) closeSync(input);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let signalled = false;
      const timer = setTimeout(() => child.kill('SIGKILL'), how.patience ?? PATIENCE);
      child.stdout?.on('data', (data: Buffer) => {
        out.push(data);
        // Once: a second interrupt means that the person does not want to wait for the end.
        if (!signalled && how.signal !== undefined && Buffer.concat(out).includes(how.signal.after)) {
          signalled = true;
          child.kill(how.signal.name);
        }
      });
      child.stderr?.on('data', (data: Buffer) => err.push(data));
      child.stdin?.end(how.pipe);
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({
          code: code ?? -1,
          stdout: Buffer.concat(out).toString(how.encoding ?? 'latin1'),
          stderr: Buffer.concat(err).toString(),
        });
      });
    });
  }
}

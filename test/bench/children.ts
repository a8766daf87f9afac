/** Emulators as processes of their own, and what a kernel says through them. None outlives this process. */
import { type ChildProcess, spawn } from 'node:child_process';

/** How a guest is started. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  /** Nothing counts on its standard output before this text: it is the emulator's own. */
  readonly begin?: string;
}

/** What a kernel said. */
export interface Heard {
  /** Wall time from START to DONE. */
  readonly seconds: number;
  /** Lines of a name and a number between them: `SUM` always, others by kernel and emulator. */
  readonly values: ReadonlyMap<string, number>;
}

/** Longest run, ms. */
const PATIENCE = 300_000;
/** What Bochs' terminal puts between the guest's bytes. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001B(\[[0-9;?]*[a-zA-Z]|[()].|[=>78])/g;

const running = new Set<ChildProcess>();

/** Ends all processes that are under way. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts a process that is ended with this one. */
function start({ program, args, input = '' }: Command) {
  const child = spawn(program, [...args], {
    env: { ...process.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  return child;
}

/**
 * Runs a kernel from START to DONE and ends its emulator.
 * @throws Error when the emulator can't be started, ends before the guest does, or does not come to the end
 */
export function hear(command: Command): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const child = start(command);
    const { begin = '' } = command;
    const failed = (why: string): void => reject(new Error(`${why}${complaints === '' ? '' : `: ${complaints}`}`));
    const limit = setTimeout(() => {
      failed(`did not come to the end in ${PATIENCE / 1000} s`);
      child.kill('SIGKILL');
    }, PATIENCE);
    let text = '';
    let complaints = '';
    let started: number | undefined;
    child.on('error', reject);
    child.stdout.setEncoding('latin1').on('data', (data: string) => {
      const now = performance.now();
      text += data;
      const behind = text.indexOf(begin);
      if (behind < 0) return;
      const said = text.slice(behind + begin.length).replace(ESCAPES, '');
      if (started === undefined && said.includes('START')) started = now;
      if (started === undefined || !said.includes('DONE')) return;
      const values = [...said.matchAll(/([A-Z]+) ([0-9a-f]+)\s/g)].map(
        ([, name, value]) => [name, Number.parseInt(value, 16)] as const,
      );
      resolve({ seconds: (now - started) / 1000, values: new Map(values) });
      child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      complaints = `${complaints}${data}`.trim().slice(-500);
    });
    child.on('close', () => {
      clearTimeout(limit);
      failed('ended before the guest did');
    });
  });
}

/**
 * Wall seconds from a guest's first byte to the one `rounds` behind it.
 * @throws Error when the emulator can't be started or ends before
 */
export function secondsOfBytes(command: Command, rounds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = start(command);
    const limit = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    let bytes = 0;
    let first = 0;
    child.on('error', reject);
    child.stdout.on('data', (data: Buffer) => {
      const now = performance.now();
      if (bytes === 0) first = now;
      bytes += data.length;
      if (bytes <= rounds) return;
      resolve((now - first) / 1000);
      child.kill('SIGKILL');
    });
    child.stderr.resume();
    child.on('close', () => {
      clearTimeout(limit);
      reject(new Error('the emulator ended before the guest did'));
    });
  });
}

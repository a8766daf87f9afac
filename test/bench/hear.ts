/** What a guest says through an emulator that is a process of its own. */
import { startChild } from '../support/children';

/** How a guest is started. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  /** Nothing counts on its standard output before this text: it is the emulator's own. */
  readonly begin?: string;
  /** START is the start of the process. */
  readonly whole?: boolean;
}

/** What a kernel said. */
export interface Heard {
  /** Wall time from START to DONE, or of the whole boot. */
  readonly seconds: number;
  /** Lines of a name and a number: `SUM` of kernels, others by kernel and emulator. */
  readonly values: ReadonlyMap<string, number>;
}

/** Longest run, ms. */
const PATIENCE = 120_000;
/** Of what an emulator says on standard error, characters. */
const MOST_COMPLAINTS = 10_000;
/** What Bochs' terminal puts between the guest's bytes. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001B(\[[0-9;?]*[a-zA-Z]|[()].|[=>78])/g;

/**
 * Runs a guest to its DONE and ends its emulator.
 * @throws Error when the emulator can't be started, ends before the guest does, or does not come to the end
 */
export function hear(command: Command): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const { program, args, input, begin = '', whole = false } = command;
    let started = whole ? performance.now() : undefined;
    const child = startChild(program, args, input);
    const failed = (why: string): void => {
      const lines = complaints.split('\n').filter((line) => line.trim() !== '');
      const worst = lines.find((line) => /error|panic/i.test(line)) ?? lines.at(-1);
      reject(new Error(worst === undefined ? why : `${why}: ${worst.trim()}`));
    };
    const limit = setTimeout(() => {
      failed(`did not come to the end in ${PATIENCE / 1000} s`);
      child.kill('SIGKILL');
    }, PATIENCE);
    let text = '';
    let complaints = '';
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
      complaints = `${complaints}${data}`.slice(0, MOST_COMPLAINTS);
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

/** What a guest says through an emulator that is a process of its own. */
import { processorSeconds, startChild } from '../support/children';

/** How a guest is started. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  /** Nothing counts on its standard output before this text: it is the emulator's own. */
  readonly begin?: string;
  /** It goes on behind DONE and says more, which ends with this text. */
  readonly end?: string;
}

/** The time on the wall, or that of the processors: on a busy computer the steadier of them. */
export const CLOCKS = ['wall', 'cpu'] as const;
export type Clock = (typeof CLOCKS)[number];

/** What a kernel said. */
export interface Heard {
  /** From START to DONE, or of the whole boot. */
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
 * Runs an emulator until `take` makes something of a piece of its standard output, which came at `now` (s).
 * @throws Error when the emulator can't be started, ends before, or does not come to that
 */
function listen<T>(command: Command, clock: Clock, take: (piece: string, now: number) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = startChild(command.program, command.args, command.input);
    const wall = (): number => (performance.now() - begun) / 1000;
    const now = (): number => (clock === 'wall' ? undefined : processorSeconds(child.pid)) ?? wall();
    let complaints = '';
    const failed = (why: string): void => {
      const lines = complaints.split('\n').filter((line) => line.trim() !== '');
      const worst = lines.find((line) => /error|panic/i.test(line)) ?? lines.at(-1);
      reject(new Error(worst === undefined ? why : `${why}: ${worst.trim()}`));
    };
    const limit = setTimeout(() => {
      failed(`did not come to the end in ${PATIENCE / 1000} s`);
      child.kill('SIGKILL');
    }, PATIENCE);
    child.on('error', reject);
    child.stdout.setEncoding('latin1').on('data', (piece: string) => {
      const taken = take(piece, now());
      if (taken === undefined) return;
      resolve(taken);
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

/** Runs a guest to its DONE. `whole`: the time of the whole process is what counts. @throws Error as `listen` */
export function hear(
  command: Command,
  { whole = false, clock = 'wall' }: { readonly whole?: boolean; readonly clock?: Clock } = {},
): Promise<Heard> {
  const { begin = '', end = 'DONE' } = command;
  let text = '';
  let started = whole ? 0 : undefined;
  let done: number | undefined;
  return listen(command, clock, (piece, now) => {
    text += piece;
    const behind = text.indexOf(begin);
    if (behind < 0) return undefined;
    const said = text.slice(behind + begin.length).replace(ESCAPES, '');
    if (started === undefined && said.includes('START')) started = now;
    if (started === undefined || !said.includes('DONE')) return undefined;
    done ??= now;
    if (!said.includes(end)) return undefined;
    const values = [...said.matchAll(/([A-Z]+) ([0-9a-f]+)\s/g)].map(
      ([, name, value]) => [name, Number.parseInt(value, 16)] as const,
    );
    return { seconds: done - started, values: new Map(values) };
  });
}

/** Wall seconds from a guest's first byte to the one `rounds` behind it. @throws Error as `listen` */
export function secondsOfBytes(command: Command, rounds: number): Promise<number> {
  let bytes = 0;
  let first = 0;
  return listen(command, 'wall', (piece, now) => {
    if (bytes === 0) first = now;
    bytes += piece.length;
    return bytes > rounds ? now - first : undefined;
  });
}

/** Programs that are ended with this process at the latest. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const running = new Set<ChildProcess>();

/** Starts a program with pipes for what it reads and writes; `input` is the first that it reads. */
export function startChild(program: string, args: readonly string[], input = '') {
  const child = spawn(program, [...args], {
    env: { ...process.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  // A program that could not be started is told by its own event.
  child.on('error', () => running.delete(child));
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  return child;
}

/** Fields of /proc/PID/stat behind the program's name, from `state` on: utime and stime, in ticks (proc(5)). */
const STAT = { user: 11, system: 12, ticksASecond: 100 } as const;

/** Processor seconds that a process has used so far in all its threads; none where Linux's /proc is not there. */
export function processorSeconds(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid ?? 0}/stat`, 'latin1');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return ((fields[STAT.user] ?? 0) + (fields[STAT.system] ?? 0)) / STAT.ticksASecond;
  } catch {
    return undefined;
  }
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

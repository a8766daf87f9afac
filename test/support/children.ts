/** Programs that are ended with this process at the latest. */
import { type ChildProcess, spawn } from 'node:child_process';

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

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

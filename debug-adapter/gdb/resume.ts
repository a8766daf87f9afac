/** Running: `vCont`, `c`, `s`, `bc`, `bs`, `?`, and ending. Source: Debugging with GDB, E.2 "Packets", E.4 `vCont`. */
import type { Direction, RunGoal } from '../../emulator/debug/target';
import type { CommandRow, Reply } from './command';
import { parseHex } from './hex';
import type { StubContext } from './context';

const step = (direction: Direction): RunGoal => ({ kind: 'step', direction, mode: 'into' });
const run = (direction: Direction): RunGoal => ({ kind: 'continue', direction });

/** One action of `vCont`, without its thread. */
function action(text: string): RunGoal {
  switch (text[0]) {
    case 'c':
    case 'C':
      return run('forward');
    case 's':
    case 'S':
      return step('forward');
    case 'r': {
      const [start, end] = text.slice(1).split(',');
      const range = { start: parseHex(start), end: parseHex(end) };
      const lineAt = (address: bigint) => (address >= range.start && address < range.end ? [range] : undefined);
      return { kind: 'step', direction: 'forward', mode: 'into', lineAt };
    }
    default:
      throw new RangeError('no such action');
  }
}

export function resumeCommands(stub: StubContext): readonly CommandRow[] {
  /** `[address]`: where to go on. */
  const from = async (address: string, goal: RunGoal): Promise<Reply> => {
    if (address !== '') await stub.target.execution.jump(parseHex(address));
    return stub.resume(goal);
  };
  /** `signal[;address]`: a machine has no signals. */
  const behindSignal = (rest: string): string => rest.split(';')[1] ?? '';
  const reversible = async (goal: RunGoal): Promise<Reply> =>
    stub.target.reverse === undefined ? '' : stub.resume(goal);
  const restart = async (): Promise<void> => {
    await stub.points.apply(stub.target, stub.name);
    await stub.stopAfter(() => void stub.target.execution.restart());
  };
  return [
    { packet: '?', exact: true, run: async () => stub.stopText(await stub.present(), false) },
    { packet: 'vCont?', run: () => 'vCont;c;C;s;S;r' },
    {
      packet: 'vCont;',
      // There is one thread: the first action is for it.
      run: (rest) => stub.resume(action(rest.split(';', 1)[0]?.split(':', 1)[0] ?? '')),
    },
    { packet: 'c', run: (rest) => from(rest, run('forward')) },
    { packet: 'C', run: (rest) => from(behindSignal(rest), run('forward')) },
    { packet: 's', run: (rest) => from(rest, step('forward')) },
    { packet: 'S', run: (rest) => from(behindSignal(rest), step('forward')) },
    { packet: 'bc', exact: true, run: () => reversible(run('backward')) },
    { packet: 'bs', exact: true, run: () => reversible(step('backward')) },
    // Extended mode: `run` starts the machine anew.
    { packet: '!', exact: true, run: () => 'OK' },
    {
      packet: 'R',
      run: async () => {
        await restart();
        return undefined;
      },
    },
    {
      packet: 'vRun;',
      run: async () => {
        await restart();
        return stub.stopText(stub.target.execution.stop, false);
      },
    },
    {
      packet: 'D',
      run: async () => {
        await stub.points.clear(stub.target, stub.name);
        return 'OK';
      },
    },
    {
      packet: 'vKill',
      run: () => {
        // Before the connection ends.
        stub.send('OK');
        stub.kill();
        return undefined;
      },
    },
    {
      packet: 'k',
      run: () => {
        stub.kill();
        return undefined;
      },
    },
    {
      packet: 'vCtrlC',
      run: () => {
        stub.target.execution.pause(stub.name);
        return 'OK';
      },
    },
  ];
}

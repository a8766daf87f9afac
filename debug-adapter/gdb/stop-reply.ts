/** Stop replies. Source: Debugging with GDB, E.3 "Stop Reply Packets". */
import type { Stop } from '../../emulator/debug/target';
import { readRegisters } from './register-commands';
import type { StubContext } from './context';

/** GDB's own numbers, see include/gdb/signals.def. */
const SIGNAL = { none: 0, int: 2, ill: 4, trap: 5, abort: 6, fpe: 8, segv: 11 } as const;

/** Signals of CPU exceptions by the target's filter id; the others are SIGSEGV. */
const EXCEPTION_SIGNAL: Readonly<Record<string, number>> = {
  'cpu.0': SIGNAL.fpe,
  'cpu.1': SIGNAL.trap,
  'cpu.3': SIGNAL.trap,
  'cpu.4': SIGNAL.fpe,
  'cpu.6': SIGNAL.ill,
  'cpu.7': SIGNAL.fpe,
  'cpu.16': SIGNAL.fpe,
};

function signalOf({ reason, exception, text }: Stop): number {
  switch (reason) {
    case 'pause':
      return SIGNAL.int;
    case 'exception': {
      const id = exception?.id ?? '';
      return EXCEPTION_SIGNAL[id] ?? (id.startsWith('cpu.') ? SIGNAL.segv : SIGNAL.trap);
    }
    case 'dead':
    case 'internal':
      return SIGNAL.abort;
    case 'entry':
      return text === '' ? SIGNAL.trap : SIGNAL.none;
    default:
      return SIGNAL.trap;
  }
}

/** Why it stopped, in GDB's words; empty where a signal says all. */
function why(stub: StubContext, stop: Stop): string {
  if (stop.reason === 'beginning') return 'replaylog:begin;';
  if (stop.reason === 'end') return 'replaylog:end;';
  for (const id of stop.hits) {
    const point = stub.points.byId(id);
    if (point === undefined) continue;
    if (point.watch !== undefined) return `${point.watch}:${point.address.toString(16)};`;
    if (stub.breakReasons) return `${point.hardware ? 'hwbreak' : 'swbreak'}:;`;
  }
  return '';
}

/** `T05thread:01;swbreak:;...` with the registers that a client asks for at each stop. */
export async function stopReply(stub: StubContext, stop: Stop): Promise<string> {
  const signal = signalOf(stop).toString(16).padStart(2, '0');
  const wanted = stub.map.all.flatMap((register, number) =>
    register.generic === undefined ? [] : [{ register, number }],
  );
  const values = await readRegisters(
    stub,
    wanted.map(({ register }) => register),
  );
  const expedited = wanted.map(({ number }, n) => `${number.toString(16).padStart(2, '0')}:${values[n] ?? ''};`);
  return `T${signal}thread:01;${why(stub, stop)}${expedited.join('')}`;
}

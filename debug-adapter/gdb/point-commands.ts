/** `Z0` to `Z4`, `z0` to `z4`. Source: Debugging with GDB, E.2 "Packets". */
import type { CommandRow } from './command';
import { parseCount, parseHex } from './hex';
import { KINDS, MOST_BYTES } from './points';
import type { StubContext } from './context';

/** `type,address,kind` with conditions behind a `;`, which are not announced and so are not sent. */
function parse(rest: string): { readonly type: string; readonly address: bigint; readonly length: number } {
  const [type = '', address, length] = rest.split(';', 1)[0]?.split(',') ?? [];
  if (!(type in KINDS)) throw new RangeError('no such kind');
  const watches = KINDS[type]?.access !== undefined;
  const bytes = parseCount(length, MOST_BYTES);
  if (watches && bytes === 0) throw new RangeError('nothing to watch');
  return { type, address: parseHex(address), length: bytes };
}

export function pointCommands(stub: StubContext): readonly CommandRow[] {
  const offered = (type: string): boolean =>
    KINDS[type]?.access === undefined ? stub.target.breakpoints !== undefined : stub.target.watchpoints !== undefined;
  return [
    {
      packet: 'Z',
      async run(rest) {
        const { type, address, length } = parse(rest);
        if (!offered(type)) return '';
        stub.points.insert(type, address, length);
        // The machine runs by another client's will: it is to stop there from now on.
        if (stub.target.execution.running) await stub.points.apply(stub.target, stub.name);
        return 'OK';
      },
    },
    {
      packet: 'z',
      async run(rest) {
        const { type, address, length } = parse(rest);
        if (!offered(type)) return '';
        stub.points.remove(type, address, length);
        if (stub.target.execution.running) await stub.points.apply(stub.target, stub.name);
        return 'OK';
      },
    },
  ];
}

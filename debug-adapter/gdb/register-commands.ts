/** Registers: `g`, `G`, `p`, `P`. Source: Debugging with GDB, E.2 "Packets". */
import type { CommandRow } from './command';
import { hexOfValue, parseCount, valueOfHex } from './hex';
import type { GdbRegister } from './register-map';
import type { StubContext } from './context';

/** Values in target byte order, in hexadecimal; `x` for those that this CPU has not. */
export async function readRegisters(stub: StubContext, wanted: readonly GdbRegister[]): Promise<readonly string[]> {
  const { target } = stub;
  const pc = target.code === undefined ? undefined : await target.code.pc();
  const named = wanted.flatMap(({ source }) => (source.kind === 'register' ? [source.name] : []));
  const asked = pc === undefined ? [...named, pcName(stub)] : named;
  const values = new Map((await target.registers.read(asked)).map((value, n) => [asked[n], value]));
  return wanted.map(({ source, bits }) => {
    if (source.kind === 'absent') return 'x'.repeat(bits / 4);
    const value = source.kind === 'pc' ? (pc ?? values.get(pcName(stub))) : values.get(source.name);
    return hexOfValue(value ?? 0n, bits, target.description.byteOrder);
  });
}

const pcName = ({ target }: StubContext): string =>
  target.description.registers.find((row) => row.role === 'pc')?.name ?? 'PC';

async function writeRegister(stub: StubContext, { source, name }: GdbRegister, text: string): Promise<void> {
  const { target } = stub;
  if (source.kind === 'absent') throw new Error(`This CPU has no ${name}.`);
  const value = valueOfHex(text, target.description.byteOrder);
  if (source.kind === 'pc') await target.execution.jump(value);
  else await target.registers.write(source.name, value);
}

const numbered = ({ map }: StubContext, text: string | undefined): GdbRegister => {
  const register = map.all[parseCount(text, 0xffff)];
  if (register === undefined) throw new RangeError('no such register');
  return register;
};

export function registerCommands(stub: StubContext): readonly CommandRow[] {
  return [
    {
      packet: 'g',
      async run() {
        const values = await readRegisters(stub, stub.map.all);
        return values.join('');
      },
    },
    {
      packet: 'G',
      async run(rest) {
        const [values = ''] = rest.split(';', 1);
        let at = 0;
        const present = await readRegisters(stub, stub.map.all);
        for (const [number, register] of stub.map.all.entries()) {
          const text = values.slice(at, (at += register.bits / 4));
          if (text === '') break;
          // GDB sends all of them though it means one: what it does not change is not written.
          if (text.includes('x') || text === present[number]) continue;
          // oxlint-disable-next-line no-await-in-loop -- in order
          await writeRegister(stub, register, text);
        }
        return 'OK';
      },
    },
    { packet: 'p', run: async (rest) => (await readRegisters(stub, [numbered(stub, rest.split(';', 1)[0])]))[0] },
    {
      packet: 'P',
      async run(rest) {
        const [number, value = ''] = rest.split(';', 1)[0]?.split('=') ?? [];
        await writeRegister(stub, numbered(stub, number), value);
        return 'OK';
      },
    },
  ];
}

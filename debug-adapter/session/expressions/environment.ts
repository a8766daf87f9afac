/** What names in expressions mean on a target with symbols. */
import type {
  Awaitable,
  ChipView,
  DebugTarget,
  RegisterDescription,
  WatchedAccess,
} from '../../../emulator/debug/target';
import { nearest } from '../../protocol/option-values';
import type { SymbolTable } from '../../symbols/symbol-table';
import type { Environment, RegisterInfo } from './evaluator';

/** Short names of spaces that people write. */
const SPACE_NAMES: Readonly<Record<string, string>> = { phys: 'physical', lin: 'linear', port: 'io' };

function map<T, U>(answer: Awaitable<T>, change: (value: T) => U): Awaitable<U> {
  return answer instanceof Promise ? answer.then(change) : change(answer);
}

/** @param symbols is asked anew each time, since a restart loads other symbols */
export function targetEnvironment(target: DebugTarget, symbols: () => SymbolTable): Environment {
  const { description } = target;
  const registers = new Map<string, RegisterDescription>();
  const flags = new Map<
    string,
    { readonly register: string; readonly lsb: number; readonly width: number } | undefined
  >();
  for (const register of description.registers) {
    registers.set(register.name.toLowerCase(), register);
    for (const bits of register.bits ?? []) {
      const key = bits.name.toLowerCase();
      // A name that several registers have means none of them.
      flags.set(key, flags.has(key) ? undefined : { register: register.name, lsb: bits.lsb, width: bits.width ?? 1 });
    }
  }
  const info = (register: RegisterDescription): RegisterInfo => ({
    name: register.name,
    width: register.width,
    bits: register.bits ?? [],
  });
  const pcRegister = description.registers.find((register) => register.role === 'pc');
  return {
    byteOrder: description.byteOrder,
    codeSpace: description.codeSpace,
    space(name) {
      const wanted = SPACE_NAMES[name.toLowerCase()] ?? name.toLowerCase();
      return description.spaces.find((space) => space.id.toLowerCase() === wanted)?.id;
    },
    register(name) {
      const register = registers.get(name.toLowerCase());
      return register === undefined ? undefined : info(register);
    },
    flag: (name) => flags.get(name.toLowerCase()),
    symbol(name) {
      const symbol = symbols().byName(name);
      return symbol === undefined ? undefined : { value: symbol.address, constant: symbol.kind === 'constant' };
    },
    readRegister: (name) => map(target.registers.read([name]), ([value]) => value ?? 0n),
    readMemory: (space, address, length) => target.memory.read(space, address, length),
    resolve: (segment, offset) => target.code?.resolve(segment, offset) ?? offset,
    programCounter() {
      if (target.code !== undefined) return target.code.pc();
      if (pcRegister === undefined) throw new Error('This target has no program counter.');
      return map(target.registers.read([pcRegister.name]), ([value]) => value ?? 0n);
    },
    accessWidth: () =>
      target.code === undefined ? description.addressBits : map(target.code.mode(), (mode) => mode.bits),
    chips: (): Awaitable<readonly ChipView[]> => target.devices?.read() ?? [],
    suggest(name) {
      const names = [...description.registers.map((register) => register.name)];
      for (const symbol of symbols().all()) names.push(symbol.name);
      return name.length < 3 ? undefined : nearest(name, names);
    },
  };
}

/** The same with `old` and `new`: the values before and behind an access, in conditions of data breakpoints. */
export function accessEnvironment(environment: Environment, { before, after }: WatchedAccess): Environment {
  const values: Readonly<Record<string, bigint>> = { old: before, new: after };
  return valuesEnvironment(environment, values);
}

/** The same with more names, which stand for numbers. */
export function valuesEnvironment(environment: Environment, values: Readonly<Record<string, bigint>>): Environment {
  return {
    ...environment,
    symbol: (name) => {
      const value = values[name];
      return value === undefined ? environment.symbol(name) : { value, constant: true };
    },
  };
}

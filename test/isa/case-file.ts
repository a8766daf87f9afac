/**
 * ISA cases as text. A file is lines of a word and what belongs to it; `#` begins a comment:
 *
 *     world flat              real, flat, user, paged, pageduser, virtual8086 or protected16 (see world.ts); holds for the cases that follow
 *     cpu 80386               the model; holds for the cases that follow
 *
 *     case MOV to DS of a null selector, then a read
 *     asm mov ds, ax          lines of NASM; `bytes 0F FF` where it has no words for it
 *     set EAX=0 [20000].d=5   registers, flags and memory before; `.b .w .d` is the size
 *     steps 2                 counts to execute, 1 unless said
 *     then DS=0 fault=#GP(0)  after; a fault is the one about to be delivered, `dead` the end of the machine
 *
 * Numbers are hexadecimal or names of world.ts, with `+ - |` between them. General and segment registers that `then` does
 * not name must be as before, and EIP behind the code (at it, if it faults).
 */
import type { CpuModelId } from '../../emulator/cpu/x86/models';
import { SYMBOLS } from './world';

export type Target =
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'memory'; readonly address: number; readonly size: 1 | 2 | 4 };

export interface Setting {
  readonly target: Target;
  readonly value: number;
}

export interface IsaCase {
  readonly name: string;
  readonly line: number;
  readonly world: string;
  readonly cpu: CpuModelId;
  readonly asm: readonly string[];
  readonly before: readonly Setting[];
  readonly steps: number;
  readonly after: readonly Setting[];
  /** `#GP(18)`, `#UD`, ... */
  readonly fault?: string;
  readonly dead: boolean;
}

const FLAGS = new Set(['CF', 'PF', 'AF', 'ZF', 'SF', 'TF', 'IF', 'DF', 'OF', 'IOPL', 'NT', 'RF', 'VM', 'AC', 'ID']);
const SIZES = { b: 1, w: 2, d: 4 } as const;

function number(text: string): number {
  let value = 0;
  let operator = '+';
  for (const part of text.split(/([+|-])/)) {
    if (/^[+|-]$/.test(part)) operator = part;
    else {
      const term = SYMBOLS[part] ?? Number.parseInt(part, 16);
      if (!(part in SYMBOLS) && !/^[0-9A-Fa-f]+$/.test(part)) throw new Error(`'${part}' is no number`);
      value = operator === '|' ? (value | term) >>> 0 : operator === '-' ? value - term : value + term;
    }
  }
  return value >>> 0;
}

function setting(text: string): Setting {
  const [left = '', right = ''] = text.split('=');
  const value = number(right);
  const memory = /^\[(.+)\]\.([bwd])$/.exec(left);
  if (memory !== null) {
    const size = SIZES[memory[2] as keyof typeof SIZES];
    return { target: { kind: 'memory', address: number(memory[1] ?? ''), size }, value };
  }
  return { target: { kind: FLAGS.has(left) ? 'flag' : 'register', name: left }, value };
}

interface Draft {
  name: string;
  line: number;
  asm: string[];
  before: Setting[];
  after: Setting[];
  steps: number;
  fault: string | undefined;
  dead: boolean;
}

/** @throws Error with the line that can't be read */
export function parseCases(text: string): readonly IsaCase[] {
  const cases: IsaCase[] = [];
  let world = 'real';
  let cpu: CpuModelId = '80386';
  let draft: Draft | undefined;
  const finish = () => {
    if (draft === undefined) return;
    const { fault, ...rest } = draft;
    cases.push(fault === undefined ? { ...rest, world, cpu } : { ...rest, world, cpu, fault });
    draft = undefined;
  };
  const outcome = (word: string, into: Draft) => {
    if (word === 'dead') into.dead = true;
    else if (word.startsWith('fault=')) into.fault = word.slice('fault='.length);
    else into.after.push(setting(word));
  };
  const take = (word: string, rest: string, line: number) => {
    if (word === 'case') {
      finish();
      draft = { name: rest, line, asm: [], before: [], after: [], steps: 1, fault: undefined, dead: false };
    } else if (word === 'world' || word === 'cpu') {
      finish();
      if (word === 'world') world = rest;
      else cpu = rest as CpuModelId;
    } else if (draft === undefined) throw new Error(`'${word}' stands outside of a case`);
    else if (word === 'asm') draft.asm.push(rest);
    else if (word === 'bytes')
      draft.asm.push(
        `db ${rest
          .split(' ')
          .map((byte) => `0x${byte}`)
          .join(', ')}`,
      );
    else if (word === 'steps') draft.steps = Number(rest);
    else if (word === 'set') draft.before.push(...rest.split(/\s+/).map(setting));
    else if (word === 'then') for (const part of rest.split(/\s+/)) outcome(part, draft);
    else throw new Error(`'${word}' is not known`);
  };
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/(^|\s)# .*|^#.*/, '').trim();
    if (line === '') return;
    const [word = ''] = line.split(/\s+/);
    try {
      take(word, line.slice(word.length).trim(), index + 1);
    } catch (error) {
      throw new Error(`line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
  finish();
  return cases;
}

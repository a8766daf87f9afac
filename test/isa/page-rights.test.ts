/**
 * Every combination of rights: bits P, W and U of the directory's entry and of the table's, who accesses and how, with and
 * without CR0.WP. What is to happen is written down here as the manuals' tables have it (80386 Programmer's Reference
 * Manual, table 6-5; i486 Programmer's Reference Manual, table 6-4), and held against the machine, accessed and dirty bits
 * included.
 */
import { strict as assert } from 'node:assert';
import type { CpuModelId } from '../../emulator/cpu/x86/models';
import type { IsaCase, Setting } from './case-file';
import { assemble, IsaRunner } from './runner';
import { RIGHTS_DIRECTORY, SYMBOLS } from './world';

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const ACCESSED = 0x20;
const DIRTY = 0x40;

type Access = 'read' | 'write' | 'fetch';

/** Whether a level may do it: the two entries' rights are combined by the more restrictive of each. */
function allowed(access: Access, user: boolean, pde: number, pte: number, writeProtect: boolean): boolean {
  const isUserPage = (pde & USER) !== 0 && (pte & USER) !== 0;
  const isWritable = (pde & WRITABLE) !== 0 && (pte & WRITABLE) !== 0;
  if (user) return isUserPage && (access !== 'write' || isWritable);
  return access !== 'write' || isWritable || !writeProtect;
}

const memory = (address: number, value: number): Setting => ({ target: { kind: 'memory', address, size: 4 }, value });
const register = (name: string, value: number): Setting => ({ target: { kind: 'register', name }, value });

const CODE: Readonly<Record<Access, string>> = {
  read: 'mov eax, [ebx]',
  write: 'mov [ebx], eax',
  fetch: 'jmp ebx',
};
/** INC EAX, and a number that tells whether it was read. */
const CONTENT = 0x1234_5640;

function makeCase(cpu: CpuModelId, access: Access, user: boolean, wp: boolean, pde: number, pte: number): IsaCase {
  const { pd = 0, pt1 = 0, frames = 0 } = SYMBOLS;
  const linear = ((RIGHTS_DIRECTORY + pde) << 22) | (pte << 12) | 8;
  const pdeAt = pd + 4 * (RIGHTS_DIRECTORY + pde);
  const pteAt = pt1 + 4 * pte;
  const content = frames + 0x1000 * pte + 8;
  const isThere = (pde & PRESENT) !== 0 && (pte & PRESENT) !== 0;
  const works = isThere && allowed(access, user, pde, pte, wp);
  const write = access === 'write';
  const error = (isThere ? 1 : 0) | (write ? 2 : 0) | (user ? 4 : 0);
  const pdeAfter = (pt1 | pde | ((pde & PRESENT) !== 0 ? ACCESSED : 0)) >>> 0;
  const pteAfter = ((frames + 0x1000 * pte) | pte | (works ? ACCESSED | (write ? DIRTY : 0) : 0)) >>> 0;
  const after = [memory(pdeAt, pdeAfter), memory(pteAt, pteAfter)];
  if (works) {
    const eax = access === 'read' ? CONTENT : access === 'fetch' ? 8 : 7;
    after.push(register('EAX', eax), memory(content, write ? 7 : CONTENT));
    // Behind the instruction: INC EAX at the target, or the code's end.
    if (access === 'fetch') after.push(register('EIP', linear + 1));
  } else {
    after.push(memory(content, CONTENT));
    if (access === 'fetch') after.push(register('EIP', linear));
  }
  const rights = (entry: number) =>
    `${(entry & PRESENT) === 0 ? '-' : 'P'}${(entry & WRITABLE) === 0 ? 'R' : 'W'}${(entry & USER) === 0 ? 'S' : 'U'}`;
  const one: IsaCase = {
    name: `${cpu} ${user ? 'user' : 'supervisor'} ${access}${wp ? ', WP' : ''}, PDE ${rights(pde)}, PTE ${rights(pte)}`,
    line: 0,
    world: user ? 'pageduser' : 'paged',
    cpu,
    asm: [CODE[access]],
    before: [
      register('EAX', 7),
      register('EBX', linear),
      memory(content, CONTENT),
      ...(wp ? [register('CR0', 0x8001_0011)] : []),
    ],
    steps: access === 'fetch' ? 2 : 1,
    after,
    dead: false,
  };
  return works ? one : { ...one, fault: `#PF(${error.toString(16)})` };
}

describe('rights of pages, in every combination', () => {
  const runner = new IsaRunner();
  const models: readonly (readonly [CpuModelId, boolean])[] = [
    ['80386', false],
    ['80486', false],
    ['80486', true],
  ];
  for (const [cpu, wp] of models) {
    for (const access of ['read', 'write', 'fetch'] as const) {
      for (const user of [false, true]) {
        it(`${cpu}${wp ? ' with CR0.WP' : ''}: ${user ? 'user' : 'supervisor'} ${access}`, () => {
          const cases: IsaCase[] = [];
          for (let pde = 0; pde < 8; pde++)
            for (let pte = 0; pte < 8; pte++) cases.push(makeCase(cpu, access, user, wp, pde, pte));
          const code = assemble(cases);
          const found = cases.flatMap((one, i) => runner.run(one, code[i]).map((wrong) => `${one.name}: ${wrong}`));
          assert.deepEqual(found, []);
        });
      }
    }
  }
});

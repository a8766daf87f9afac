/**
 * Random cases about segments, levels, gates and interrupts: one of the worlds of the ISA cases, registers that are
 * selectors, pointers or numbers, stacks full of plausible frames, and instructions that look at all that.
 */
import * as R from '../../emulator/cpu/x86/registers';
import { peekDescriptor, setCache } from '../../emulator/cpu/x86/segments';
import type { Machine } from '../../emulator/system/machine';
import type { IsaCase, Setting } from '../isa/case-file';
import { SYMBOLS } from '../isa/world';
import type { Random } from '../lockstep/lockstep';

const WORLDS = [
  ...['flat', 'flat', 'user', 'user', 'protected16', 'real', 'virtual8086'],
  ...['paged', 'paged', 'pageduser', 'pageduser', 'pageduser'],
] as const;
/** Pages of tables, handlers, stacks, code and data, which some cases find absent, read-only, or for supervisors. */
const PAGES = [0, 1, 2, 3, 4, 7, 8, 0x10, 0x20];
/** Bytes of code that a case has. */
const CODE_BYTES = 64;
const STACK_WORDS = 16;
const DATA_WORDS = 24;
const symbol = (name: string): number => SYMBOLS[name] ?? 0;
const DESCRIPTORS = (symbol('taskgate') >> 3) + 1;

/** Openings of instructions that the streams are about; what follows of them is random. */
const OPENINGS: readonly (readonly number[])[] = [
  ...[0x06, 0x0e, 0x16, 0x1e, 0x07, 0x17, 0x1f].map((byte) => [byte]),
  ...[0xa0, 0xa1, 0xa8, 0xa9, 0xb2, 0xb4, 0xb5, 0x02, 0x03].map((byte) => [0x0f, byte]),
  ...[0x8c, 0x8e, 0x8e, 0x8e, 0xc4, 0xc5, 0x63, 0x62, 0x9c, 0x9d, 0xca, 0xcb, 0xcb, 0xcf, 0xcf].map((byte) => [byte]),
  ...[0xcc, 0xce, 0xf1, 0xfa, 0xfb, 0xc8, 0xc9, 0x60, 0x61, 0xf4, 0x6c, 0x6f, 0xe4, 0xef].map((byte) => [byte]),
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0xd0, 0xd8, 0xe0, 0xe8].map((modrm) => [0x0f, 0x00, modrm]),
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x30, 0xe0, 0xf0].map((modrm) => [0x0f, 0x01, modrm]),
  ...[0x20, 0x21, 0x23].map((byte) => [0x0f, byte]),
  [0x0f, 0x06],
  ...[0x18, 0x28, 0x10, 0x30].map((modrm) => [0xff, modrm]),
  ...[0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xa6, 0xae, 0x50, 0x58, 0xe8, 0xc3, 0xc2].map((byte) => [byte]),
  [0xf3, 0xa4],
  [0xf3, 0xab],
  [0x8f, 0x00],
  [0xf0, 0x01],
];

export class RandomCases {
  constructor(private readonly random: Random) {}

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)];
  }

  /** A selector of any descriptor, most often of one that exists. */
  private selector(): number {
    const { random } = this;
    const kind = random.below(20);
    if (kind === 0) return random.below(4);
    if (kind === 1) return random.next() & 0xffff;
    if (kind < 4) return (8 * random.below(4)) | 4 | random.below(4);
    return (8 * random.below(DESCRIPTORS)) | this.pick([0, 0, 3, 3, 1]);
  }

  /** What a register or a word of memory may hold. */
  private value(): number {
    const { random } = this;
    const kind = random.below(16);
    if (kind < 5) return this.selector();
    if (kind < 9) return symbol('data') + random.below(0x200);
    if (kind < 12) return this.pick([symbol('handler'), symbol('code'), 0, 0xff, 0x100, 0xfff, 0x1fff, 0xfffe, 0xffff]);
    if (kind === 12) return random.next();
    // Far above memory, but not in the ROM: Bochs takes writes there for commands to a flash chip.
    if (kind === 13) return 0xfffe_ffc0 - random.below(16);
    return random.below(0x1_0000);
  }

  private code(): readonly number[] {
    const { random } = this;
    const bytes: number[] = [];
    while (bytes.length < CODE_BYTES) {
      if (random.below(5) === 0) bytes.push(this.pick([0x66, 0x67, 0x2e, 0x36, 0x26, 0x64]));
      const kind = random.below(10);
      if (kind === 0) bytes.push(random.next() >>> 24, random.next() >>> 24, random.next() >>> 24);
      else if (kind === 1) bytes.push(this.pick([0x9a, 0xea]), ...this.farPointer());
      else if (kind === 2) bytes.push(0xcd, this.pick([0x20, 0x21, 0x30, 0x3f]) + random.below(16));
      else if (kind === 3)
        bytes.push(this.pick([0x8a, 0x8b, 0x88, 0x89, 0x01, 0x39, 0xff, 0xc7]), random.next() >>> 24);
      else bytes.push(...this.pick(OPENINGS), random.next() >>> 24);
    }
    return bytes.slice(0, CODE_BYTES);
  }

  /** Offset and selector, for 32-bit or 16-bit operands. */
  private farPointer(): readonly number[] {
    const offset = this.pick([symbol('handler'), symbol('code'), 0x1ff, 0x200, 0x1_0000]);
    const selector = this.selector();
    const low = [offset & 0xff, (offset >> 8) & 0xff];
    const high = this.random.below(3) === 0 ? [] : [(offset >> 16) & 0xff, 0];
    return [...low, ...high, selector & 0xff, selector >> 8];
  }

  /** A case; its code comes beside it. */
  next(): { readonly one: IsaCase; readonly code: Uint8Array } {
    const { random } = this;
    const before: Setting[] = [];
    const memory = (address: number, value: number) =>
      before.push({ target: { kind: 'memory', address, size: 4 }, value });
    const world = this.pick(WORLDS);
    for (const register of R.GPR_NAMES) {
      if (register !== 'ESP') before.push({ target: { kind: 'register', name: register }, value: this.value() });
    }
    for (let i = 0; i < DATA_WORDS; i++) memory(symbol('data') + 4 * i, this.value());
    const stack =
      world === 'real' || world === 'virtual8086'
        ? 0x6000
        : world === 'user' || world === 'pageduser'
          ? symbol('stack3')
          : world === 'flat' || world === 'paged'
            ? symbol('stack0')
            : 0x2_1000;
    for (let i = 0; i < STACK_WORDS; i++) memory(stack + 4 * i, this.value());
    if (random.below(3) > 0) this.frame(stack, memory);
    if (world.startsWith('paged')) this.tables(before);
    // A stack pointer of the task is aligned: what an access over the top of 4 GiB does is the processor's own affair
    // (Intel SDM volume 3, 5.3).
    if (random.below(4) === 0) memory(symbol('tasks') + 4, (this.value() & ~3) >>> 0);
    if (random.below(4) === 0) memory(symbol('tasks') + 8, this.value());
    if (random.below(4) === 0) before.push({ target: { kind: 'flag', name: 'IOPL' }, value: this.pick([3, 3, 1]) });
    for (const flag of ['IF', 'TF', 'CF', 'DF', 'OF', 'RF'])
      if (random.below(6) === 0) before.push({ target: { kind: 'flag', name: flag }, value: 1 });
    const one: IsaCase = {
      ...{ name: 'random', line: 0, world, cpu: '80386', asm: [], before, after: [], dead: false },
      steps: 1 + random.below(4),
    };
    return { one, code: Uint8Array.from(this.code()) };
  }

  /** Some entries of the first page table with other rights; now and then a stack that ends, or a pointer to a page's end. */
  private tables(before: Setting[]): void {
    const { random } = this;
    for (const page of PAGES) {
      if (random.below(6) > 0) continue;
      const entry = (page << 12) | this.pick([0, 1, 3, 5, 6, 7, 7]) | this.pick([0, 0, 0x20, 0x60]);
      before.push({ target: { kind: 'memory', address: symbol('pt0') + 4 * page, size: 4 }, value: entry });
    }
    const edges = ['EAX', 'EBX', 'ECX', 'ESI', 'EDI', 'EBP', ...(random.below(3) === 0 ? ['ESP'] : [])];
    for (const name of edges) {
      if (random.below(4) > 0) continue;
      const value = symbol('mapped') + 0x1000 * random.below(9) - random.below(24);
      before.push({ target: { kind: 'register', name }, value: value >>> 0 });
    }
  }

  /** What a far return or an IRET finds: plausible more often than not. */
  private frame(stack: number, memory: (address: number, value: number) => void): void {
    const { random } = this;
    const level = this.pick([0, 3, 3]);
    const code = this.pick(['code0', 'code3', 'code3', 'conform0', 'conform3', 'smallcode', 'code16', 'nocode']);
    const data = this.pick(['data3', 'data3', 'data0', 'small3', 'nodata3', 'readonly', 'down16']);
    const flags = random.next() & 0x7_7fd7 & (random.below(8) === 0 ? -1 : ~0x2_4000);
    const words = [symbol('handler'), symbol(code) | level, flags, symbol('stack3'), symbol(data) | level];
    const far = random.below(2) === 0 ? words : words.filter((_, i) => i !== 2);
    far.forEach((word, i) => {
      memory(stack + 4 * i, word);
    });
  }

  /** Puts random descriptors into segment registers as they could lie there: levels that fit, readable, present. */
  spread(machine: Machine): void {
    const { core } = machine.processor.cpu;
    if (!core.usesDescriptors) return;
    for (const s of [R.ES, R.DS, R.FS, R.GS, R.SS]) {
      if (this.random.below(3) > 0) continue;
      const selector = s === R.SS ? (this.selector() & 0xfffc) | core.cpl : this.selector();
      const found = peekDescriptor(core, selector);
      if (found === undefined) continue;
      const { access, base, limit } = found;
      const isData = (access & 0x18) === 0x10;
      const isReadableCode = (access & 0x1a) === 0x1a;
      const level = (access >> 5) & 3;
      const fits = s === R.SS ? isData && (access & 2) !== 0 && level === core.cpl : isData || isReadableCode;
      const conforms = (access & 0x1c) === 0x1c;
      if ((access & 0x80) !== 0 && fits && (conforms || level >= Math.max(core.cpl, selector & 3)))
        setCache(core, s, selector, base, limit, access | 1);
    }
    core.updateContext();
  }
}

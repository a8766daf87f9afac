/**
 * Random programs: 32-bit code (`real` has that of 16 bits) in a loop that computes, branches, calls, faults, patches itself and is interrupted. A
 * program is a list of pieces, each a few lines of NASM that stand by themselves, so that any of them can be left out.
 */
import { Random } from '../lockstep/lockstep';
import { steppingLoop } from './loops';
import { toProtectedMode } from './prologue';
import { PAGED_END, PAGED_HANDLERS, PAGED_PLACES, PAGED_PROLOGUE, pagedPiece } from './paged';
import { REAL_END, REAL_PROLOGUE, realPiece } from './real';

/** Protected mode; with paging, at privilege 3 (paged); real mode (real). */
export const KINDS = ['flat', 'paged', 'real'] as const;
export type Kind = (typeof KINDS)[number];

export interface Program {
  readonly seed: number;
  readonly kind: Kind;
  readonly pieces: readonly string[];
}

const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esi', 'edi', 'ebp'] as const;
const WORDS = ['ax', 'cx', 'dx', 'bx', 'si', 'di', 'bp'] as const;
const BYTES = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'] as const;
const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');
const BINARY = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test', 'mov'] as const;
const SHIFTS = ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar'] as const;
const UNARY = ['inc', 'dec', 'neg', 'not'] as const;
/** Functions at the end, by number. */
const FUNCTIONS = 4;

class Writer {
  constructor(
    private readonly random: Random,
    private readonly isPaged: boolean,
  ) {}

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)];
  }

  constant(): string {
    const kind = this.random.below(4);
    if (kind === 0) return String(this.random.below(256));
    if (kind === 1) return this.pick(['0', '1', '-1', '0x7fffffff', '0x80000000', '0x8000', '0xff', '0x7f']);
    return `0x${(this.random.next() >>> 0).toString(16)}`;
  }

  /** A place in the data, in its first bytes or at the end of its page, so that accesses cross into the next. */
  memory(): string {
    const index = this.pick(['eax', 'ecx', 'edx', 'ebx', 'esi', 'edi']);
    const base = this.isPaged && this.random.below(2) === 0 ? this.pick(PAGED_PLACES) : 'data';
    return this.random.below(3) === 0 ? `[${base} + ${4096 - 4 + this.random.below(5)}]` : `[${base} + ${index}]`;
  }

  /** The address of a double word in one of a few pages. */
  fixed(): string {
    const base = this.isPaged && this.random.below(3) > 0 ? this.pick(PAGED_PLACES) : 'data';
    return `${base} + ${4096 * this.random.below(2) + this.random.below(16)}`;
  }

  /** Makes an index register small first, where the place has one. */
  near(place: string): string {
    const index = /\+ (e..)\]/.exec(place)?.[1];
    return index === undefined ? '' : `and ${index}, 0x1fff\n`;
  }

  operation(): string {
    const width = this.random.below(3);
    const [registers, size] = width === 0 ? [REGISTERS, 'dword'] : width === 1 ? [WORDS, 'word'] : [BYTES, 'byte'];
    const register = this.pick<string>(registers);
    const kind = this.random.below(8);
    const place = this.memory();
    if (kind === 0) return `${this.near(place)}${this.pick(BINARY)} ${size} ${place}, ${register}`;
    if (kind === 1)
      return `${this.near(place)}mov ${register}, ${place}\n${this.pick(BINARY)} ${register}, ${this.pick<string>(registers)}`;
    if (kind === 2)
      return `${this.pick(SHIFTS)} ${register}, ${this.random.below(2) === 0 ? 'cl' : this.random.below(33)}`;
    if (kind === 3) return `${this.pick(UNARY)} ${register}`;
    if (kind === 4) return `${this.near(place)}${this.pick(UNARY)} ${size} ${place}`;
    if (kind === 5)
      return `${this.pick(BINARY)} ${register}, ${width === 0 ? this.constant() : this.random.below(128)}`;
    if (kind === 6) return `set${this.pick(CONDITIONS)} ${this.pick(BYTES)}`;
    return `${this.pick(BINARY)} ${register}, ${this.pick<string>(registers)}`;
  }

  piece(n: number): string {
    const { random } = this;
    const label = (name: string) => `${name}${n}`;
    if (this.isPaged && random.below(3) === 0) return pagedPiece(random, n, () => this.operation());
    switch (random.below(25)) {
      case 0:
        return `imul ${this.pick(REGISTERS)}, ${this.pick(REGISTERS)}\nmul ${this.pick(['ecx', 'bl', 'si'])}`;
      case 1:
        // Divides by what may be zero or too small: the handler goes on behind it.
        return `div ${this.pick(['ecx', 'ebx', 'esi'])}`;
      case 2:
        return `push ${this.pick(REGISTERS)}\n${this.operation()}\npop ${this.pick(REGISTERS)}`;
      case 3:
        return `call function${random.below(FUNCTIONS)}`;
      case 4:
        // A branch over something.
        return `${this.operation()}\nj${this.pick(CONDITIONS)} ${label('over')}\n${this.operation()}\n${label('over')}:`;
      case 5:
        // A loop of a few turns, its counter in memory.
        return (
          `mov dword [counter], ${1 + random.below(40)}\n${label('again')}:\n${this.operation()}\n${this.operation()}\n` +
          `dec dword [counter]\njnz ${label('again')}`
        );
      case 6:
        return `mov ecx, ${random.below(70)}\nmov esi, data + ${random.below(3000)}\nmov edi, data + ${random.below(6000)}\n${this.pick(['cld', 'std'])}\nadd esi, 400\nadd edi, 400\nrep ${this.pick(['movsb', 'movsd', 'stosb', 'stosw', 'lodsb'])}\ncld`;
      case 7:
        return `mov ecx, ${random.below(50)}\nmov esi, data + ${random.below(90)}\nmov edi, data + ${random.below(90)}\n${this.pick(['repe cmpsb', 'repne scasb', 'repe scasd', 'repne cmpsw'])}`;
      case 8:
        // Patches the constant of the next instruction but one, or of one that ran before.
        return `mov dword [${label('patched')} + 1], eax\n${this.operation()}\n${label('patched')}: mov edx, 0x12345678`;
      case 9:
        // Patches an opcode: INC and DEC by turns.
        return `xor byte [${label('turned')}], 8\n${this.operation()}\n${label('turned')}: inc ebx`;
      case 10:
        return `and eax, 3\njmp [${label('table')} + eax * 4]\n${label('table')}: dd ${label('case_a')}, ${label('case_b')}, ${label('case_c')}, ${label('case_a')}\n${label('case_a')}: ${this.operation()}\n${label('case_b')}: ${this.operation()}\n${label('case_c')}:`;
      case 11:
        return `pushfd\npop eax\nand eax, 0x8d5\nadd [data + 64], eax`;
      case 12:
        return this.pick(['cli', 'sti', 'clc', 'stc', 'cmc', 'lahf', 'sahf', 'cbw', 'cdq', 'pusha\npopa', 'nop']);
      case 13:
        return `in al, ${this.pick(['0x61', '0x40', '0x21'])}\nmov [data + 80], al`;
      case 14:
      case 15:
      case 16:
      case 17:
        return this.pick(PATCHES)(label, () => this.operation(), random);
      case 18:
        // Programs the timer: its next edge comes nearer, between instructions that follow.
        return `mov al, 0x34\nout 0x43, al\nmov al, ${2 + random.below(30)}\nout 0x40, al\nmov al, 0\nout 0x40, al\n${this.operation()}\n${this.operation()}`;
      case 19:
        // Masks the timer for a while: what it asked for meanwhile is let through by the last OUT.
        return `mov al, 0xff\nout 0x21, al\nmov ecx, ${20 + random.below(60)}\nloop $\nin al, 0x21\nxor al, 1\nout 0x21, al\n${this.operation()}\nmov al, 0xfe\nout 0x21, al\n${this.operation()}`;
      case 20: {
        // Two places by turns, before a branch and behind it: what was granted once is not looked at again.
        const [a, b] = [this.fixed(), this.fixed()];
        return `mov eax, [${a}]\n${this.pick(BINARY)} edx, [${b}]\n${this.pick(BINARY)} [${a}], edx\nmov [${b} + 2], al\nj${this.pick(CONDITIONS)} ${label('past')}\ninc word [${a}]\nmov ecx, [${b}]\n${label('past')}:`;
      }
      case 21:
      case 22:
      case 23:
        return steppingLoop(random, label, {
          pointers: this.pick([
            ['edi', 'esi'],
            ['ebx', 'edi'],
            ['esi', 'ebp'],
          ] as const),
          counter: 'ecx',
          segment: () => '',
          start: () =>
            `${this.isPaged ? this.pick(PAGED_PLACES) : 'data'} + ${this.pick([4096, 600]) - 30 + random.below(60)}`,
          scales: true,
        });
      default:
        return `${this.operation()}\n${this.operation()}`;
    }
  }
}

type Patch = (label: (name: string) => string, operation: () => string, random: Random) => string;

/** Code that changes code again and again: what it puts there, and where, follows from EAX. */
const PATCHES: readonly Patch[] = [
  // A displacement.
  (label, operation) =>
    `and eax, 0xffc\nadd eax, data\nmov [${label('patched')} + 2], eax\n${operation()}\n${label('patched')}: mov edx, [data]`,
  // A displacement of a byte, and of an instruction that stores.
  (label, operation) =>
    `and eax, 63\nmov [${label('patched')} + 2], al\nmov ecx, data\n${operation()}\nmov ecx, data\n${label('patched')}: add [ecx + 1], edx`,
  // A constant of a byte, one of two values or any.
  (label, operation, random) =>
    `${random.below(2) === 0 ? 'and eax, 0x81\n' : ''}mov [${label('patched')} + 2], al\n${operation()}\n${label('patched')}: adc ebx, byte 1`,
  // A constant of a word, behind a prefix; only a part of it is written.
  (label, operation) => `mov [${label('patched')} + 4], al\n${operation()}\n${label('patched')}: sub si, 0x1234`,
  // The target of a jump, of a branch, of a call.
  (label, operation) =>
    `mov ecx, ${label('odd')} - ${label('behind')}\ntest al, 1\njnz ${label('put')}\nmov ecx, ${label('even')} - ${label('behind')}\n` +
    `${label('put')}: mov [${label('behind')} - 4], ecx\njmp near ${label('odd')}\n${label('behind')}:\n${label('odd')}: ${operation()}\n${label('even')}: ${operation()}`,
  (label, operation) =>
    `mov cl, ${label('odd')} - ${label('behind')}\ntest al, 2\njnz ${label('put')}\nmov cl, ${label('even')} - ${label('behind')}\n` +
    `${label('put')}: mov [${label('behind')} - 1], cl\nadd eax, edx\njs short ${label('odd')}\n${label('behind')}:\n${label('odd')}: ${operation()}\n${label('even')}: ${operation()}`,
  (label, _, random) =>
    `and eax, 1\nmov ecx, [${label('targets')} + eax * 4]\nmov [${label('behind')} - 4], ecx\ncall function0\n${label('behind')}: jmp short ${label('over')}\n` +
    `${label('targets')}: dd function${random.below(FUNCTIONS)} - ${label('behind')}, function${random.below(FUNCTIONS)} - ${label('behind')}\n${label('over')}:`,
  // Its own constant, while it is executed; the constant of the next instruction.
  (label) => `${label('self')}: add dword [${label('self')} + 6], 0x1234567`,
  (label) => `mov [${label('next')} + 1], eax\n${label('next')}: push dword 0x12345678\npop edx`,
  // Code over code: one of two routines, or the same again.
  (label, operation, random) =>
    `mov esi, ${label('first')}\ntest al, ${random.below(2) === 0 ? 0 : 4}\njz ${label('copy')}\nmov esi, ${label('second')}\n${label('copy')}: mov edi, ${label('place')}\n` +
    `mov ecx, 8\nrep movsb\ncall ${label('place')}\njmp short ${label('over')}\n${label('first')}: add ebx, 0x1234\nnop\nret\n` +
    `${label('second')}: xor ebx, 0x4321\nnop\nret\n${label('place')}: times 8 nop\nret\n${label('over')}: ${operation()}`,
  // A variable beside the code, and a stack there.
  (label, operation) =>
    `add [${label('cell')}], eax\njmp short ${label('over')}\n${label('cell')}: dd 1\n${label('over')}: ${operation()}\nmov ebx, [${label('cell')}]`,
  (label, operation) =>
    `mov [counter + 12], esp\nmov esp, near_stack\npush eax\npush ebx\n${operation()}\ncall function1\npop edx\nmov esp, [counter + 12]\n${label('on')}:`,
  // Many bytes beside the code.
  (_, operation, random) =>
    `mov edi, near_stack - ${100 + random.below(28)}\nmov ecx, ${random.below(25)}\n${random.below(2) === 0 ? 'rep stosd' : 'mov esi, data\nrep movsd'}\n${operation()}`,
  // Code over itself, as it is.
  (label, _, random) =>
    `mov esi, ${label('copy')} - ${random.below(2) * 40}\nmov edi, esi\nmov ecx, ${9 + random.below(2) * 60}\nmov ebp, 3\n${label('copy')}: rep movsb\ndec ebp\n${label('end')}:`,
];

/** Makes the program of a seed: each kind in turn. */
export function makeProgram(seed: number): Program {
  const kind = KINDS[seed % KINDS.length];
  const random = new Random((seed * 0x9e37_79b1) | 1);
  const writer = new Writer(random, kind === 'paged');
  const piece = kind === 'real' ? (n: number) => realPiece(random, n) : (n: number) => writer.piece(n);
  return { seed, kind, pieces: Array.from({ length: 24 }, (_, n) => piece(n)) };
}

/** The whole source: a boot sector that goes to protected mode, timer and handlers, the pieces in a loop, functions. */
export function sourceOf({ seed, kind, pieces }: Program): string {
  if (kind === 'real') return [...REAL_PROLOGUE, ...pieces, ...REAL_END].join('\n');
  const writer = new Writer(new Random((seed * 0x2545_f491) | 1), kind === 'paged');
  const functions = Array.from(
    { length: FUNCTIONS },
    (_, n) =>
      `function${n}:\n${writer.operation()}\n${n + 1 < FUNCTIONS ? `call function${n + 1}\n` : ''}${writer.operation()}\nret`,
  );
  return (
    kind === 'paged'
      ? [...PAGED_PROLOGUE, ...pieces, ...PAGED_END, ...functions, ...PAGED_HANDLERS]
      : [...PROLOGUE, ...pieces, ...EPILOGUE, ...functions, ...END]
  ).join('\n');
}

const PROLOGUE = [
  ...toProtectedMode(8, 'protected'),
  'gdt: dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff',
  'gdtr: dw 23',
  'dd gdt',
  'idtr: dw 0x7ff',
  'dd idt',
  'bits 32',
  'protected:',
  'mov ax, 16',
  'mov ds, ax',
  'mov es, ax',
  'mov ss, ax',
  'mov esp, 0x90000',
  // Every exception is skipped; the timer counts.
  'mov ecx, 32',
  'mov edi, idt',
  'gates: mov eax, 8 << 16 | (skip - $$ + 0x7c00)',
  'stosd',
  'mov eax, 0x8e00',
  'stosd',
  'loop gates',
  'mov eax, 8 << 16 | (tick - $$ + 0x7c00)',
  'stosd',
  'mov eax, 0x8e00',
  'stosd',
  ...['0x11, 0x20', '0x20, 0x21', '4, 0x21', '1, 0x21', '0xfe, 0x21', '0x34, 0x43', '23, 0x40', '0, 0x40'].map(
    (pair) => {
      const [value, port] = pair.split(', ');
      return `mov al, ${value}\nout ${port}, al`;
    },
  ),
  'mov dword [rounds], 3000',
  'sti',
  'begin:',
];

const EPILOGUE = [
  'mov esp, 0x90000',
  'dec dword [rounds]',
  'jnz begin',
  'cli',
  'hlt',
  // #DE of a DIV of two bytes; nothing else faults.
  'skip: add dword [esp], 2',
  'iret',
  'tick: push eax',
  'inc dword [ticks]',
  'mov al, 0x20',
  'out 0x20, al',
  'pop eax',
  'iret',
];

const END = [
  'times 128 db 0',
  'near_stack: dd 0, 0, 0, 0',
  'times 4608 - ($ - $$) db 0',
  'idt equ 0x20000',
  'data equ 0x30000',
  'counter equ 0x40000',
  'rounds equ 0x40004',
  'ticks equ 0x40008',
];

/**
 * Random programs with paging: they run at privilege 3 over pages that pieces at privilege 0 take away, move, protect and
 * give back, by entries of the tables of two address spaces. A page fault puts back what an entry was at first.
 */
import type { Random } from '../lockstep/lockstep';
import { toProtectedMode } from './prologue';

/** Physical addresses: page directories, page tables, and SAVED bytes behind each what it held at first. */
const DIRECTORY = 0x5_0000;
const OTHER_DIRECTORY = 0x5_1000;
const LOW_TABLE = 0x5_2000;
const WINDOW_TABLE = 0x5_3000;
const OTHER_WINDOW_TABLE = 0x5_4000;
const SAVED = 0x1_0000;
/** Linear addresses: sixteen pages of data, what lies everywhere once more by a page of 4 MiB, the tables of the directory itself. */
const WINDOW = 0x40_0000;
const LARGE = 0x80_0000;
const TABLES = 0xc0_0000;
/** Pages of code and data that entries are changed of. */
const PAGES = [7, 8, 0x30, 0x31, 0x32, 0x33] as const;
const CR0_WP = 0x1_0000;
const CR0_PG = 0x8000_0000;
const DATA = 0x3_0000;

/** Places of memory that a program may use besides its data. */
export const PAGED_PLACES: readonly string[] = [`0x${WINDOW.toString(16)}`, `0x${(LARGE + DATA).toString(16)}`];

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** A piece: what it does at privilege 0, between ways in and out, or something about segments and calls of the system. */
export function pagedPiece(random: Random, n: number, operation: () => string): string {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)];
  const kind = random.below(14);
  if (kind < 2) return `${operation()}\nint 0x80\n${operation()}`;
  if (kind === 2) return `${pick(['push es\npop es', 'push ds\npop fs', 'mov edx, 0x23\nmov gs, dx'])}\n${operation()}`;
  const toggled = hex(pick([1, 2, 4, 6, 7, 0x20, 0x40, 0x60, 0x1000, 0x2000]));
  const invalidate = (address: string) => (random.below(2) === 0 ? `invlpg [${address}]` : '');
  const inside: readonly (() => string)[] = [
    () =>
      `and eax, 15\nmov edx, [${hex(WINDOW_TABLE)} + eax * 4]\nxor edx, ${toggled}\nmov [${hex(WINDOW_TABLE)} + eax * 4], edx\nshl eax, 12\n${invalidate(`eax + ${hex(WINDOW)}`)}`,
    () => `xor dword [${hex(OTHER_WINDOW_TABLE + 4 * random.below(16))}], ${toggled}`,
    () => `xor dword [${hex(WINDOW_TABLE + 4 * random.below(16))}], ${toggled}`,
    () => {
      const page = pick(PAGES);
      return `xor dword [${hex(LOW_TABLE + 4 * page)}], ${hex(pick([1, 2, 4, 0x20, 0x40, 0x60]))}\n${invalidate(hex(page << 12))}`;
    },
    // Accessed and dirty bits, of many.
    () =>
      `mov ecx, 16\nmov edi, ${hex(pick([WINDOW_TABLE, LOW_TABLE + 4 * 0x30]))}\nbits${n}: and byte [edi], 0x9f\nadd edi, 4\nloop bits${n}`,
    () => `mov eax, cr3\nxor eax, ${hex(DIRECTORY ^ OTHER_DIRECTORY)}\nmov cr3, eax`,
    () => 'mov eax, cr3\nmov cr3, eax',
    () => `mov eax, cr0\nxor eax, ${hex(CR0_WP)}\nmov cr0, eax`,
    () => `mov edx, cr3\nxor dword [edx + ${pick([4, 8])}], ${hex(pick([1, 2, 4, 0x20, 0x40]))}`,
    () =>
      `mov eax, cr0\nand eax, ${hex(~CR0_PG)}\nmov cr0, eax\n${operation()}\nmov eax, cr0\nor eax, ${hex(CR0_PG)}\nmov cr0, eax`,
    // Entries of the window by way of the directory that is a table, too.
    () => `and eax, 15\nxor dword [${hex(TABLES + (WINDOW >>> 22) * 0x1000)} + eax * 4], ${toggled}`,
    () =>
      `mov ecx, 16\nmov edi, ${hex(WINDOW_TABLE)}\nmov eax, 0x${(0x30 + random.below(4)).toString(16)}067\nremap${n}: stosd\nxor eax, 0x1000\nloop remap${n}`,
    () => operation(),
  ];
  return `int 0x83\n${pick(inside)()}\n${random.below(2) === 0 ? operation() : ''}\nmov dword [esp], outside${n}\niretd\noutside${n}:`;
}

/** From real mode on to code at privilege 3, with tables and handlers. */
export const PAGED_PROLOGUE: readonly string[] = [
  ...toProtectedMode(14, 'start'),
  'bits 32',
  // The mark of a boot sector lies in no instruction.
  'times 510 - ($ - $$) db 0',
  'dw 0xaa55',
  'begin:',
];

export const PAGED_END: readonly string[] = [
  'mov esp, 0x90000',
  'dec dword [rounds]',
  'jnz begin',
  'int 0x83',
  'cli',
  'hlt',
];

/** In a page that stays as it is, behind the program. */
export const PAGED_HANDLERS: readonly string[] = [
  'times 128 db 0',
  'near_stack: dd 0, 0, 0, 0',
  'times 5120 - ($ - $$) db 0',
  'start: mov ax, 16',
  'mov ds, ax',
  'mov es, ax',
  'mov ss, ax',
  'mov esp, 0x88000',
  // Entries of the first megabyte, of the window and its other self; the directories.
  `mov edi, ${hex(LOW_TABLE)}`,
  'mov eax, 7',
  'mov ecx, 256',
  'low: stosd',
  'add eax, 0x1000',
  'loop low',
  ...[WINDOW_TABLE, OTHER_WINDOW_TABLE].flatMap((table, n) => [
    `mov edi, ${hex(table)}`,
    'mov ecx, 16',
    `window${n}: mov eax, ecx`,
    'and eax, 3',
    n === 0 ? '' : 'xor eax, 3',
    'shl eax, 12',
    `add eax, ${hex(DATA + 7)}`,
    'stosd',
    `loop window${n}`,
  ]),
  ...[DIRECTORY, OTHER_DIRECTORY].flatMap((directory, n) => [
    `mov dword [${hex(directory)}], ${hex(LOW_TABLE + 7)}`,
    `mov dword [${hex(directory + 4)}], ${hex((n === 0 ? WINDOW_TABLE : OTHER_WINDOW_TABLE) + 7)}`,
    `mov dword [${hex(directory + 8)}], 0x87`,
    `mov dword [${hex(directory + 12)}], ${hex(directory + 7)}`,
  ]),
  `mov esi, ${hex(DIRECTORY)}`,
  `mov edi, ${hex(DIRECTORY + SAVED)}`,
  'mov ecx, 5 * 1024',
  'rep movsd',
  'mov ecx, 0x84',
  'mov edi, idt',
  'gates: mov eax, 8 << 16 | (skip - $$ + 0x7c00)',
  'stosd',
  'mov eax, 0x8e00',
  'stosd',
  'loop gates',
  ...(
    [
      ['0x0d', 'dead', '8e'],
      ['0x0e', 'page_fault', '8e'],
      ['0x20', 'tick', '8e'],
      ['0x80', 'system_call', 'ee'],
      ['0x83', 'inside', 'ef'],
    ] as const
  ).flatMap(([vector, handler, access]) => [
    `mov dword [idt + ${vector} * 8], 8 << 16 | (${handler} - $$ + 0x7c00)`,
    `mov dword [idt + ${vector} * 8 + 4], 0x${access}00`,
  ]),
  'mov dword [task + 4], 0x88000',
  'mov dword [task + 8], 16',
  'mov ax, 0x28',
  'ltr ax',
  'mov eax, cr4',
  'or eax, 0x10',
  'mov cr4, eax',
  `mov eax, ${hex(DIRECTORY)}`,
  'mov cr3, eax',
  'mov eax, cr0',
  `or eax, ${hex(CR0_PG)}`,
  'mov cr0, eax',
  ...['0x11, 0x20', '0x20, 0x21', '4, 0x21', '1, 0x21', '0xfe, 0x21', '0x34, 0x43', '23, 0x40', '0, 0x40'].map(
    (pair) => {
      const [value = '', port = ''] = pair.split(', ');
      return `mov al, ${value}\nout ${port}, al`;
    },
  ),
  'mov dword [rounds], 3000',
  'mov ax, 0x23',
  'mov ds, ax',
  'mov es, ax',
  'push dword 0x23',
  'push dword 0x90000',
  // IOPL 3, interrupts.
  'push dword 0x3202',
  'push dword 0x1b',
  'push dword begin',
  'iretd',
  'skip: add dword [esp], 2',
  'iretd',
  'dead: cli',
  'hlt',
  'tick: push eax',
  'inc dword [ticks]',
  'mov al, 0x20',
  'out 0x20, al',
  'pop eax',
  'iretd',
  'system_call: imul eax, eax, 31',
  'add eax, ebx',
  'iretd',
  // Goes on at privilege 0 behind the INT, with the frame on the stack.
  'inside: jmp [esp]',
  'page_fault: push eax',
  'push ecx',
  'push edx',
  'mov eax, cr2',
  'inc dword [ticks + 8]',
  'mov edx, eax',
  'shr edx, 22',
  'mov ecx, cr3',
  'and ecx, 0xfffff000',
  'lea ecx, [ecx + edx * 4]',
  `mov edx, [ecx + ${hex(SAVED)}]`,
  'mov [ecx], edx',
  'test dl, 0x80',
  'jnz mended',
  'and edx, 0xfffff000',
  'shr eax, 12',
  'and eax, 1023',
  'lea edx, [edx + eax * 4]',
  `mov ecx, [edx + ${hex(SAVED)}]`,
  'mov [edx], ecx',
  'mended: pop edx',
  'pop ecx',
  'pop eax',
  'add esp, 4',
  'iretd',
  'gdt: dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00cffa000000ffff, 0x00cff2000000ffff, 0x0000890210000067',
  'gdtr: dw 47',
  'dd gdt',
  'idtr: dw 0x7ff',
  'dd idt',
  'times 7680 - ($ - $$) db 0',
  'task equ 0x21000',
  'idt equ 0x20000',
  'data equ 0x30000',
  'counter equ 0x40000',
  'rounds equ 0x40004',
  'ticks equ 0x40008',
];

/**
 * What random programs of real mode are made of: 16-bit code that computes with all widths, in segments that it loads again and
 * again, with far calls, interrupts and accesses beyond the limit; now and then a segment has one of 4 GiB, or of 4 KiB.
 */
import type { Random } from '../lockstep/lockstep';
import { steppingLoop } from './loops';
import { readSectors } from './prologue';

const WIDE = ['eax', 'ecx', 'edx', 'ebx', 'esi', 'edi', 'ebp'] as const;
const WORDS = ['ax', 'cx', 'dx', 'bx', 'si', 'di', 'bp'] as const;
const BYTES = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'] as const;
const BINARY = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test', 'mov'] as const;
const SHIFTS = ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar'] as const;
const UNARY = ['inc', 'dec', 'neg', 'not'] as const;
const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');
const BASES = ['bx', 'si', 'di', 'bx + si', 'bx + di'] as const;
/** RAM twice by other names, video memory, what nobody answers, ROM. */
const SEGMENTS = ['0x2000', '0x2000', '0x2fff', '0x3001', '0x4000', '0xa000', '0xb800', '0xd000', '0xf000'] as const;
const DATA = ['ds', 'es', 'fs', 'gs'] as const;
/** The same code by another segment: offsets in it count from there. */
const ALIAS = 0x7c0;

class Writer {
  constructor(
    private readonly random: Random,
    private readonly n: number,
  ) {}

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)];
  }

  private label(name: string): string {
    return `${name}${this.n}`;
  }

  private address(): string {
    const segment = this.random.below(2) === 0 ? '' : `${this.pick(DATA)}:`;
    const kind = this.random.below(5);
    // Around the end of the segment, where words are refused.
    if (kind === 0) return `[${segment}0x${(0xfff8 + this.random.below(8)).toString(16)}]`;
    if (kind === 1) return `[${segment}${this.pick(WIDE)} + ${this.random.below(64)}]`;
    return `[${segment === '' ? 'ds:' : segment}${this.pick(BASES)} + ${this.random.below(300)}]`;
  }

  /** Makes a register of 32 bits an offset of 16 first, mostly. */
  private near(place: string): string {
    const index = /(e..) \+/.exec(place)?.[1];
    return index === undefined || this.random.below(8) === 0 ? '' : `and ${index}, 0xffff\n`;
  }

  operation(): string {
    const { random } = this;
    const width = this.pick([0, 1, 1, 1, 2]);
    const [registers, size] = width === 0 ? [WIDE, 'dword'] : width === 1 ? [WORDS, 'word'] : [BYTES, 'byte'];
    const register = this.pick<string>(registers);
    const place = this.address();
    switch (random.below(8)) {
      case 0:
        return `${this.near(place)}${this.pick(BINARY)} ${size} ${place}, ${register}`;
      case 1:
        return `${this.near(place)}mov ${register}, ${place}\n${this.pick(BINARY)} ${register}, ${this.pick<string>(registers)}`;
      case 2:
        return `${this.pick(SHIFTS)} ${register}, ${random.below(2) === 0 ? 'cl' : random.below(33)}`;
      case 3:
        return `${this.pick(UNARY)} ${register}`;
      case 4:
        return `${this.near(place)}${this.pick(UNARY)} ${size} ${place}`;
      case 5:
        return `${this.pick(BINARY)} ${register}, ${random.below(128)}`;
      case 6:
        return `movzx ${this.pick(['eax', 'ebx', 'esi', 'cx'])}, ${this.pick(['al', 'bh', 'dl'])}\nset${this.pick(CONDITIONS)} ${this.pick(BYTES)}`;
      default:
        return `${this.pick(BINARY)} ${register}, ${this.pick<string>(registers)}`;
    }
  }

  private loadSegment(): string {
    return `mov ax, ${this.pick(SEGMENTS)}\nmov ${this.pick(DATA)}, ax`;
  }

  /** A segment register with another limit than others have: it keeps that through loads in real mode. */
  private changeLimit(): string {
    const segment = this.pick(DATA);
    const selector = this.pick([8, 16, 24]);
    return `cli\nmov eax, cr0\nor al, 1\nmov cr0, eax\nmov bx, ${selector}\nmov ${segment}, bx\nand al, 0xfe\nmov cr0, eax\nmov bx, 0x3000\nmov ${segment}, bx\nsti`;
  }

  /** Steps over the end of a page, round the end of the segment, or anywhere. */
  private loop(): string {
    const { random } = this;
    const start = () => 0xffff & (this.pick([0xffd0, 0xffd0, 0x0fd0, random.below(0x1_0000)]) + random.below(0x50));
    // The end of a segment lies in a page's midst where its base does.
    const load =
      random.below(2) === 0 ? '' : `mov ax, ${this.pick(['0x2fff', '0x3001'])}\nmov ${this.pick(['ds', 'es'])}, ax\n`;
    return `${load}${steppingLoop(random, (name) => this.label(name), {
      pointers: this.pick([
        ['di', 'si'],
        ['bx', 'di'],
        ['si', 'bx'],
      ] as const),
      counter: 'cx',
      segment: () => `${this.pick(['ds', 'es'])}:`,
      start: () => String(start()),
      scales: false,
    })}`;
  }

  private body(): string {
    const { random } = this;
    switch (random.below(23)) {
      case 0:
      case 1:
        return `${this.loadSegment()}\n${this.operation()}`;
      case 2:
        return `push ${this.pick(DATA)}\n${this.operation()}\npop ${this.pick(DATA)}\n${this.operation()}`;
      case 3:
        return `mov bx, ${random.below(64)}\n${this.pick(['lds si', 'les di', 'lfs dx', 'lgs bp'])}, [cs:bx + pointers]\n${this.operation()}`;
      case 4:
        return `call 0:function\n${this.operation()}`;
      case 5:
        return `call ${ALIAS}:function - ${ALIAS * 16}\n${this.operation()}`;
      case 6:
        // There and back by jumps: relative ones are the same in both segments.
        return `jmp ${ALIAS}:${this.label('there')} - ${ALIAS * 16}\n${this.label('there')}: ${this.operation()}\njmp 0:${this.label('back')}\n${this.label('back')}:`;
      case 7:
        return `push word 0\npush word ${this.label('back')}\n${this.operation()}\nretf\n${this.label('back')}:`;
      case 8:
        return `call near_function\n${this.operation()}`;
      case 9:
        return `int 0x60\n${this.operation()}`;
      case 10:
        return `pushf\n${this.operation()}\npop ax\nand ax, 0x8d5\nxor [cs:ticks], ax`;
      case 11:
        return `push word ${0x200 | random.below(0x100) | (random.below(2) << 11)}\nand byte [esp], 0xd5\npopf\n${this.operation()}\ncld`;
      case 12:
        return this.pick(['cli', 'sti', 'cmc', 'stc', 'lahf', 'sahf', 'cbw', 'cwd', 'pusha\npopa', 'xlatb']);
      case 13:
        // Two turns of a loop by CX or one by DI.
        return random.below(2) === 0
          ? `mov cx, ${1 + random.below(30)}\n${this.label('again')}: push cx\n${this.operation()}\npop cx\nloop ${this.label('again')}`
          : `mov di, ${random.below(40)}\n${this.label('again')}: mov [es:di], ax\nadd ax, bx\nadd di, 2\ncmp di, ${100 + random.below(100)}\njb ${this.label('again')}`;
      case 14:
        return `mov cx, ${random.below(60)}\n${this.pick(['mov si, 0xffe0', 'xor si, si', 'nop'])}\nrep ${this.pick(['movsb', 'movsw', 'stosb', 'stosd', 'lodsw'])}`;
      case 15:
        return `mov cx, ${random.below(50)}\n${this.pick(['repe cmpsb', 'repne scasb', 'repe scasw'])}`;
      case 16:
        return this.changeLimit();
      case 17:
        return `div ${this.pick(['cx', 'bl', 'esi'])}\nimul ax, ${this.pick(WORDS)}\nmul bl`;
      case 18:
      case 19:
      case 20:
        return this.loop();
      case 21:
        // Patches the constant of an instruction.
        return `mov [cs:${this.label('patched')} + 1], ax\n${this.operation()}\n${this.label('patched')}: mov dx, 0x1234`;
      default:
        return `${this.operation()}\nj${this.pick(CONDITIONS)} ${this.label('over')}\n${this.operation()}\n${this.label('over')}: ${this.operation()}`;
    }
  }

  /** Faults go on at its end. */
  piece(): string {
    return `mov word [cs:resume], ${this.label('end')}\n${this.body()}\n${this.label('end')}:`;
  }
}

export const realPiece = (random: Random, n: number): string => new Writer(random, n).piece();

const vectors = (pairs: readonly (readonly [number, string])[]): readonly string[] =>
  pairs.flatMap(([vector, handler]) => [`mov word [${4 * vector}], ${handler}`, `mov word [${4 * vector + 2}], 0`]);

export const REAL_PROLOGUE: readonly string[] = [
  ...readSectors(8),
  'lgdt [gdtr]',
  ...vectors([
    [0, 'skip'],
    [6, 'skip'],
    [8, 'tick'],
    [12, 'skip'],
    [13, 'skip'],
    [0x60, 'service'],
  ]),
  'mov ax, 0x13',
  'int 0x10',
  'mov al, 0xfe',
  'out 0x21, al',
  'mov al, 0x34',
  'out 0x43, al',
  'mov al, 23',
  'out 0x40, al',
  'mov al, 0',
  'out 0x40, al',
  'mov ax, 0x6000',
  'mov ss, ax',
  'mov word [cs:rounds], 3000',
  'jmp begin',
  'gdt: dq 0, 0x00cf92000000ffff, 0x0000920000000fff, 0x000092000000ffff',
  'gdtr: dw 31',
  'dd gdt',
  'times 510 - ($ - $$) db 0',
  'dw 0xaa55',
  'begin:',
  'mov esp, 0x8000',
  'sti',
  'mov ax, 0x2000',
  'mov ds, ax',
  'mov es, ax',
];

export const REAL_END: readonly string[] = [
  'dec word [cs:rounds]',
  'jnz begin',
  'cli',
  'hlt',
  // A fault goes on behind its piece, in the usual segment.
  'skip: push bp',
  'mov bp, sp',
  'push ax',
  'mov ax, [cs:resume]',
  'mov [bp + 2], ax',
  'mov word [bp + 4], 0',
  'pop ax',
  'pop bp',
  'iret',
  'tick: push ax',
  'inc word [cs:ticks]',
  'mov al, 0x20',
  'out 0x20, al',
  'pop ax',
  'iret',
  'service: add dx, [cs:ticks]',
  'ror dx, 3',
  'iret',
  'function: push bp',
  'mov bp, sp',
  'add ax, [bp + 2]',
  'pop bp',
  'retf',
  'near_function: call 0:function',
  'ret 0',
  'pointers: dd 0x20000010, 0x3001fff0, 0xa0000020, 0x2fff0001, 0xf0001234, 0xb8000000, 0x40000000, 0xd0000000',
  'dd 0x20000010, 0x3001fff0, 0xa0000020, 0x2fff0001, 0xf0001234, 0xb8000000, 0x40000000, 0xd0000000, 0x20002000',
  'times 64 db 0',
  'resume: dw 0',
  'ticks: dw 0',
  'rounds: dw 0',
  'times 4608 - ($ - $$) db 0',
];

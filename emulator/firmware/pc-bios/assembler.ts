/**
 * Writes 8086 machine code into a ROM image: some dozen instructions, labels, data at given offsets. What it wrote is
 * kept as a listing, so that a person can read the ROM and a test can hold the bytes against a disassembler.
 */

import { TRAP_BYTES } from './traps';

const WORD = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'] as const;
const BYTE = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'] as const;
const SEGMENT = ['es', 'cs', 'ss', 'ds'] as const;
export type Word = (typeof WORD)[number];
export type Byte = (typeof BYTE)[number];
export type Segment = (typeof SEGMENT)[number];

/** Conditions by the low nibble of `Jcc`. */
const CONDITIONS = { jc: 2, jnc: 3, jz: 4, jnz: 5, jbe: 6, ja: 7 } as const;
export type Condition = keyof typeof CONDITIONS;

/** Group 1: ADD, OR, ..., CMP by the middle bits of their opcodes. */
const ARITHMETIC = { add: 0, or: 1, and: 4, sub: 5, xor: 6, cmp: 7 } as const;
export type Arithmetic = keyof typeof ARITHMETIC;

/** One instruction of the listing. */
export interface Line {
  readonly offset: number;
  readonly length: number;
  /** As NASM writes it, numbers in hexadecimal with a trailing h; a branch names its label. */
  readonly text: string;
}

interface Fixup {
  /** Where the displacement is. */
  readonly at: number;
  readonly size: 1 | 2;
  readonly label: string;
}

/** A number as iced's NASM formatter writes it. */
function hex(value: number): string {
  if (value < 10) return String(value);
  const digits = value.toString(16).toUpperCase();
  return /^[A-F]/.test(digits) ? `0${digits}h` : `${digits}h`;
}

/** A segment as iced's NASM formatter writes it: all four digits, but for 0 to 9. */
function selector(value: number): string {
  if (value < 10) return String(value);
  const digits = value.toString(16).toUpperCase().padStart(4, '0');
  return /^[A-F]/.test(digits) ? `0${digits}h` : `${digits}h`;
}

export class Assembler {
  readonly bytes: Uint8Array;
  private readonly used: Uint8Array;
  private readonly fixups: Fixup[] = [];
  private readonly names = new Map<string, number>();
  readonly lines: Line[] = [];
  private here = 0;

  /** `fill` stands where nothing is written. */
  constructor(size: number, fill: number) {
    this.bytes = new Uint8Array(size).fill(fill);
    this.used = new Uint8Array(size);
  }

  /** Goes on at `offset`. */
  org(offset: number): this {
    this.here = offset;
    return this;
  }

  get offset(): number {
    return this.here;
  }

  /** Offsets by label. */
  get labels(): ReadonlyMap<string, number> {
    return this.names;
  }

  /** @throws Error when there is no such label. */
  offsetOf(label: string): number {
    const offset = this.names.get(label);
    if (offset === undefined) throw new Error(`The ROM has no label '${label}'.`);
    return offset;
  }

  label(name: string): this {
    if (this.names.has(name)) throw new Error(`The label '${name}' is defined twice.`);
    this.names.set(name, this.here);
    return this;
  }

  /** Bytes that are no instruction. */
  data(...values: readonly number[]): this {
    for (const value of values) this.put(value);
    return this;
  }

  words(...values: readonly number[]): this {
    for (const value of values) this.data(value & 0xff, value >>> 8);
    return this;
  }

  text(value: string): this {
    return this.data(...Array.from(value, (character) => character.charCodeAt(0)));
  }

  private put(value: number): void {
    if (this.used[this.here] !== 0) {
      throw new Error(
        this.here >= this.bytes.length
          ? 'The ROM is full.'
          : `Two things lie at ${this.here.toString(16)}h of the ROM.`,
      );
    }
    this.used[this.here] = 1;
    this.bytes[this.here++] = value;
  }

  private emit(text: string, ...bytes: readonly number[]): this {
    this.lines.push({ offset: this.here, length: bytes.length, text });
    return this.data(...bytes);
  }

  private branch(text: string, opcode: number, size: 1 | 2, label: string): this {
    this.fixups.push({ at: this.here + 1, size, label });
    return this.emit(`${text} ${label}`, opcode, ...new Array<number>(size).fill(0));
  }

  /** Fills in the branches. @throws Error for an unknown label or a branch that does not reach. */
  finish(): void {
    for (const { at, size, label } of this.fixups) {
      const distance = this.offsetOf(label) - (at + size);
      if (size === 1 && (distance < -128 || distance > 127))
        throw new Error(`A short jump to '${label}' does not reach.`);
      this.bytes[at] = distance & 0xff;
      if (size === 2) this.bytes[at + 1] = (distance >> 8) & 0xff;
    }
  }

  /* ---------------------------------------------------------------------------------- instructions */

  /** The firmware trap: 0Fh FFh and its number (see traps.ts). */
  trap(number: number): this {
    return this.emit(`trap ${hex(number)}`, ...TRAP_BYTES, number);
  }

  private readonly plain = (text: string, opcode: number) => this.emit(text, opcode);
  cli = () => this.plain('cli', 0xfa);
  sti = () => this.plain('sti', 0xfb);
  cld = () => this.plain('cld', 0xfc);
  stc = () => this.plain('stc', 0xf9);
  clc = () => this.plain('clc', 0xf8);
  hlt = () => this.plain('hlt', 0xf4);
  nop = () => this.plain('nop', 0x90);
  iret = () => this.plain('iret', 0xcf);
  ret = () => this.plain('ret', 0xc3);

  push = (register: Word) => this.emit(`push ${register}`, 0x50 + WORD.indexOf(register));
  pop = (register: Word) => this.emit(`pop ${register}`, 0x58 + WORD.indexOf(register));
  pushSegment = (segment: Segment) => this.emit(`push ${segment}`, 0x06 + SEGMENT.indexOf(segment) * 8);
  popSegment = (segment: Segment) => this.emit(`pop ${segment}`, 0x07 + SEGMENT.indexOf(segment) * 8);

  mov = (register: Word, value: number) =>
    this.emit(`mov ${register},${hex(value)}`, 0xb8 + WORD.indexOf(register), value & 0xff, value >>> 8);
  /** The offset of a label that is known already. */
  movOffset = (register: Word, label: string) => this.mov(register, this.offsetOf(label));
  movByte = (register: Byte, value: number) =>
    this.emit(`mov ${register},${hex(value)}`, 0xb0 + BYTE.indexOf(register), value);
  movWord = (to: Word, from: Word) =>
    this.emit(`mov ${to},${from}`, 0x89, 0xc0 | (WORD.indexOf(from) << 3) | WORD.indexOf(to));
  movBytes = (to: Byte, from: Byte) =>
    this.emit(`mov ${to},${from}`, 0x88, 0xc0 | (BYTE.indexOf(from) << 3) | BYTE.indexOf(to));
  movSegment = (to: Segment, from: Word) =>
    this.emit(`mov ${to},${from}`, 0x8e, 0xc0 | (SEGMENT.indexOf(to) << 3) | WORD.indexOf(from));
  /** AX from or to a word at an offset of DS. */
  loadAx = (offset: number) => this.emit(`mov ax,[${hex(offset)}]`, 0xa1, offset & 0xff, offset >>> 8);
  storeAx = (offset: number) => this.emit(`mov [${hex(offset)}],ax`, 0xa3, offset & 0xff, offset >>> 8);
  /** The next word or byte of a table in this ROM: from CS:SI. */
  csLodsw = () => this.emit('cs lodsw', 0x2e, 0xad);
  csLodsb = () => this.emit('cs lodsb', 0x2e, 0xac);

  aluAx = (operation: Arithmetic, value: number) =>
    this.emit(`${operation} ax,${hex(value)}`, (ARITHMETIC[operation] << 3) | 5, value & 0xff, value >>> 8);
  aluAl = (operation: Arithmetic, value: number) =>
    this.emit(`${operation} al,${hex(value)}`, (ARITHMETIC[operation] << 3) | 4, value);
  aluByte = (operation: Arithmetic, register: Byte, value: number) =>
    this.emit(
      `${operation} ${register},${hex(value)}`,
      0x80,
      0xc0 | (ARITHMETIC[operation] << 3) | BYTE.indexOf(register),
      value,
    );
  aluWords = (operation: Arithmetic, to: Word, from: Word) =>
    this.emit(
      `${operation} ${to},${from}`,
      (ARITHMETIC[operation] << 3) | 1,
      0xc0 | (WORD.indexOf(from) << 3) | WORD.indexOf(to),
    );
  aluBytes = (operation: Arithmetic, to: Byte, from: Byte) =>
    this.emit(
      `${operation} ${to},${from}`,
      ARITHMETIC[operation] << 3,
      0xc0 | (BYTE.indexOf(from) << 3) | BYTE.indexOf(to),
    );
  /** AX with a word at an offset of DS. */
  cmpAxMemory = (offset: number) => this.emit(`cmp ax,[${hex(offset)}]`, 0x3b, 0x06, offset & 0xff, offset >>> 8);
  cmpMemory = (offset: number, value: number) =>
    this.emit(
      `cmp word [${hex(offset)}],${hex(value)}`,
      0x81,
      0x3e,
      offset & 0xff,
      offset >>> 8,
      value & 0xff,
      value >>> 8,
    );
  testMemory = (offset: number, value: number) =>
    this.emit(`test byte [${hex(offset)}],${hex(value)}`, 0xf6, 0x06, offset & 0xff, offset >>> 8, value);
  incMemory = (offset: number) => this.emit(`inc word [${hex(offset)}]`, 0xff, 0x06, offset & 0xff, offset >>> 8);
  decByteMemory = (offset: number) => this.emit(`dec byte [${hex(offset)}]`, 0xfe, 0x0e, offset & 0xff, offset >>> 8);
  andByteMemory = (offset: number, value: number) =>
    this.emit(`and byte [${hex(offset)}],${hex(value)}`, 0x80, 0x26, offset & 0xff, offset >>> 8, value);
  movByteMemory = (offset: number, value: number) =>
    this.emit(`mov byte [${hex(offset)}],${hex(value)}`, 0xc6, 0x06, offset & 0xff, offset >>> 8, value);
  testSi = (value: number) => this.emit(`test si,${hex(value)}`, 0xf7, 0xc6, value & 0xff, value >>> 8);
  testDl = (value: number) => this.emit(`test dl,${hex(value)}`, 0xf6, 0xc2, value);
  /** A byte at an offset of SS:BP. */
  orByteBp = (offset: number, value: number) =>
    this.emit(`or byte [bp+${hex(offset)}],${hex(value)}`, 0x80, 0x4e, offset, value);
  andByteBp = (offset: number, value: number) =>
    this.emit(`and byte [bp+${hex(offset)}],${hex(value)}`, 0x80, 0x66, offset, value);
  testAl = (value: number) => this.emit(`test al,${hex(value)}`, 0xa8, value);
  inc = (register: Word) => this.emit(`inc ${register}`, 0x40 + WORD.indexOf(register));
  dec = (register: Word) => this.emit(`dec ${register}`, 0x48 + WORD.indexOf(register));

  inAl = (port: number) => this.emit(`in al,${hex(port)}`, 0xe4, port);
  outAl = (port: number) => this.emit(`out ${hex(port)},al`, 0xe6, port);
  inAlDx = () => this.plain('in al,dx', 0xec);
  outDxAl = () => this.plain('out dx,al', 0xee);
  int = (vector: number) => this.emit(`int ${hex(vector)}`, 0xcd, vector);

  call = (label: string) => this.branch('call', 0xe8, 2, label);
  jmp = (label: string) => this.branch('jmp near', 0xe9, 2, label);
  jmpShort = (label: string) => this.branch('jmp short', 0xeb, 1, label);
  loop = (label: string) => this.branch('loop', 0xe2, 1, label);
  /** Loops while ZF is set (loopz) or clear (loopnz) and CX is not yet zero. */
  loopz = (label: string) => this.branch('loopz', 0xe1, 1, label);
  loopnz = (label: string) => this.branch('loopnz', 0xe0, 1, label);
  j = (condition: Condition, label: string) => this.branch(condition, 0x70 + CONDITIONS[condition], 1, label);
  callFarMemory = (offset: number) => this.emit(`call far [${hex(offset)}]`, 0xff, 0x1e, offset & 0xff, offset >>> 8);
  retFar = () => this.plain('retf', 0xcb);
  /** Of the 80286 on: descriptor table registers from ES:SI, and the machine status word. */
  lgdtEsSi = (offset: number) => this.emit(`lgdt [es:si+${hex(offset)}]`, 0x26, 0x0f, 0x01, 0x54, offset);
  lidtEsSi = (offset: number) => this.emit(`lidt [es:si+${hex(offset)}]`, 0x26, 0x0f, 0x01, 0x5c, offset);
  lmswAx = () => this.emit('lmsw ax', 0x0f, 0x01, 0xf0);
  /** To the far address that lies at an offset of DS. */
  jmpFarMemory = (offset: number) => this.emit(`jmp far [${hex(offset)}]`, 0xff, 0x2e, offset & 0xff, offset >>> 8);
  jmpFar = (segment: number, offset: number) =>
    this.emit(
      `jmp ${selector(segment)}:${hex(offset)}`,
      0xea,
      offset & 0xff,
      offset >>> 8,
      segment & 0xff,
      segment >>> 8,
    );
}

/**
 * The opcode map: one row an opcode form, in the notation of the manual's appendix A (Intel 80386 Programmer's
 * Reference Manual). One table gives execution, length and control flow.
 *
 *   opcode[/reg] MNEMONIC operands [@since] [!flags]
 *
 * Operand letters: E r/m, G reg, M memory only, R register only (mod ignored), S segment register, I immediate,
 * J relative, O moffs, A far pointer, C D T control, debug, test register. Size letters: b byte, w word, v operand size,
 * d doubleword, p far pointer (16:v), s 6-byte table register, a BOUND pair, bs sign-extended byte.
 * `@186 @286 @386 @486 @586`: first CPU that has it; `@-486` the last one; `@86` only the 8086, `@=286` only the 80286.
 * Flags: `!p` #UD in real mode.
 */
import { LEVEL, type Level } from './models';
import type { ControlFlow } from './flow';
import { FLOWS } from './flow';

export type OperandSize = 'b' | 'w' | 'v' | 'd' | 'p' | 's' | 'a' | 'bs' | '';

export interface OperandSpec {
  readonly letter: 'E' | 'G' | 'M' | 'R' | 'S' | 'I' | 'J' | 'O' | 'A' | 'C' | 'D' | 'T' | 'fixed' | 'one';
  readonly size: OperandSize;
  /** For `fixed`: register number in the encoding's order. */
  readonly register: number;
  /** For `fixed`: a segment register. */
  readonly isSegment: boolean;
}

export interface OpcodeRow {
  readonly mnemonic: string;
  readonly operands: readonly OperandSpec[];
  readonly since: Level;
  /** The only level that has it, of instructions that did not stay. */
  readonly only: Level | undefined;
  /** The last level that has it. */
  readonly until: Level;
  readonly protectedOnly: boolean;
  readonly flow: ControlFlow;
}

/** A place in the map: a row, or eight by the ModRM byte's reg field. */
export type MapEntry =
  | { readonly kind: 'row'; readonly row: OpcodeRow; readonly modrm: boolean }
  | { readonly kind: 'group'; readonly rows: readonly (OpcodeRow | undefined)[] };

const ALU = ['ADD', 'OR', 'ADC', 'SBB', 'AND', 'SUB', 'XOR', 'CMP'];
const SHIFTS = ['ROL', 'ROR', 'RCL', 'RCR', 'SHL', 'SHR', 'SAL', 'SAR'];
const CONDITIONS = ['O', 'NO', 'B', 'NB', 'Z', 'NZ', 'BE', 'NBE', 'S', 'NS', 'P', 'NP', 'L', 'NL', 'LE', 'NLE'];
const REGS16 = ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI'];
const REGS8 = ['AL', 'CL', 'DL', 'BL', 'AH', 'CH', 'DH', 'BH'];
const SEGS = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'];
const hex = (n: number) => n.toString(16).padStart(2, '0').toUpperCase();

const regular: string[] = [];
ALU.forEach((name, i) => {
  ['Eb,Gb', 'Ev,Gv', 'Gb,Eb', 'Gv,Ev', 'AL,Ib', 'eAX,Iv'].forEach((operands, k) => {
    regular.push(`${hex(i * 8 + k)} ${name} ${operands}`);
  });
  regular.push(`80/${i} ${name} Eb,Ib`, `81/${i} ${name} Ev,Iv`, `82/${i} ${name} Eb,Ib`, `83/${i} ${name} Ev,Ibs`);
});
REGS16.forEach((name, i) => {
  regular.push(`${hex(0x40 + i)} INC e${name}`, `${hex(0x48 + i)} DEC e${name}`, `${hex(0x50 + i)} PUSH e${name}`);
  regular.push(`${hex(0x58 + i)} POP e${name}`, `${hex(0xb8 + i)} MOV e${name},Iv`);
  if (i > 0) regular.push(`${hex(0x90 + i)} XCHG e${name},eAX`);
  regular.push(`0F${hex(0xc8 + i)} BSWAP e${name} @486`);
});
REGS8.forEach((name, i) => {
  regular.push(`${hex(0xb0 + i)} MOV ${name},Ib`);
});
CONDITIONS.forEach((name, i) => {
  regular.push(`${hex(0x70 + i)} J${name} Jb`, `${hex(0x60 + i)} J${name} Jb @86`);
  regular.push(`0F${hex(0x80 + i)} J${name} Jv @386`, `0F${hex(0x90 + i)} SET${name} Eb @386`);
});
SHIFTS.forEach((name, i) => {
  regular.push(`C0/${i} ${name} Eb,Ib @186`, `C1/${i} ${name} Ev,Ib @186`);
  regular.push(`D0/${i} ${name} Eb,1`, `D1/${i} ${name} Ev,1`, `D2/${i} ${name} Eb,CL`, `D3/${i} ${name} Ev,CL`);
});

const IRREGULAR = `
06 PUSH ES
07 POP ES
0E PUSH CS
0F POP CS @86
16 PUSH SS
17 POP SS
1E PUSH DS
1F POP DS
27 DAA
2F DAS
37 AAA
3F AAS
60 PUSHA @186
61 POPA @186
62 BOUND Gv,Ma @186
63 ARPL Ew,Gw @286 !p
68 PUSH Iv @186
69 IMUL Gv,Ev,Iv @186
6A PUSH Ibs @186
6B IMUL Gv,Ev,Ibs @186
6C INSB @186
6D INSV @186
6E OUTSB @186
6F OUTSV @186
84 TEST Eb,Gb
85 TEST Ev,Gv
86 XCHG Eb,Gb
87 XCHG Ev,Gv
88 MOV Eb,Gb
89 MOV Ev,Gv
8A MOV Gb,Eb
8B MOV Gv,Ev
8C MOVFS Ev,Sw
8D LEA Gv,M
8E MOVTS Sw,Ew
8F/0 POP Ev
8F/1 POP Ev @86
8F/2 POP Ev @86
8F/3 POP Ev @86
8F/4 POP Ev @86
8F/5 POP Ev @86
8F/6 POP Ev @86
8F/7 POP Ev @86
90 NOP
98 CBW
99 CWD
9A CALLF Ap
9B WAIT
9C PUSHF
9D POPF
9E SAHF
9F LAHF
A0 MOV AL,Ob
A1 MOV eAX,Ov
A2 MOV Ob,AL
A3 MOV Ov,eAX
A4 MOVSB
A5 MOVSV
A6 CMPSB
A7 CMPSV
A8 TEST AL,Ib
A9 TEST eAX,Iv
AA STOSB
AB STOSV
AC LODSB
AD LODSV
AE SCASB
AF SCASV
C0 RET Iw @86
C1 RET @86
C2 RET Iw
C3 RET
C4 LES Gv,Mp
C5 LDS Gv,Mp
C6/0 MOV Eb,Ib
C7/0 MOV Ev,Iv
C6/1 MOV Eb,Ib @86
C6/2 MOV Eb,Ib @86
C6/3 MOV Eb,Ib @86
C6/4 MOV Eb,Ib @86
C6/5 MOV Eb,Ib @86
C6/6 MOV Eb,Ib @86
C6/7 MOV Eb,Ib @86
C7/1 MOV Ev,Iv @86
C7/2 MOV Ev,Iv @86
C7/3 MOV Ev,Iv @86
C7/4 MOV Ev,Iv @86
C7/5 MOV Ev,Iv @86
C7/6 MOV Ev,Iv @86
C7/7 MOV Ev,Iv @86
C8 ENTER Iw,Ib @186
C8 RETF Iw @86
C9 LEAVE @186
C9 RETF @86
CA RETF Iw
CB RETF
CC INT3
CD INT Ib
CE INTO
CF IRET
D4 AAM Ib
D5 AAD Ib
D6 SALC
D7 XLAT
D8 ESC Ev
D9 ESC Ev
DA ESC Ev
DB ESC Ev
DC ESC Ev
DD ESC Ev
DE ESC Ev
DF ESC Ev
E0 LOOPNE Jb
E1 LOOPE Jb
E2 LOOP Jb
E3 JCXZ Jb
E4 IN AL,Ib
E5 IN eAX,Ib
E6 OUT Ib,AL
E7 OUT Ib,eAX
E8 CALL Jv
E9 JMP Jv
EA JMPF Ap
EB JMP Jb
EC IN AL,DX
ED IN eAX,DX
EE OUT DX,AL
EF OUT DX,eAX
F1 INT1 @386
F4 HLT
F5 CMC
F6/0 TEST Eb,Ib
F6/1 TEST Eb,Ib
F6/2 NOT Eb
F6/3 NEG Eb
F6/4 MUL Eb
F6/5 IMUL1 Eb
F6/6 DIV Eb
F6/7 IDIV Eb
F7/0 TEST Ev,Iv
F7/1 TEST Ev,Iv
F7/2 NOT Ev
F7/3 NEG Ev
F7/4 MUL Ev
F7/5 IMUL1 Ev
F7/6 DIV Ev
F7/7 IDIV Ev
F8 CLC
F9 STC
FA CLI
FB STI
FC CLD
FD STD
FE/0 INC Eb
FE/1 DEC Eb
FF/0 INC Ev
FF/1 DEC Ev
FF/2 CALL Ev
FF/3 CALLF Mp
FF/4 JMP Ev
FF/5 JMPF Mp
FF/6 PUSH Ev
FF/7 PUSH Ev @86
0F00/0 SLDT Ev @286 !p
0F00/1 STR Ev @286 !p
0F00/2 LLDT Ew @286 !p
0F00/3 LTR Ew @286 !p
0F00/4 VERR Ew @286 !p
0F00/5 VERW Ew @286 !p
0F01/0 SGDT Ms @286
0F01/1 SIDT Ms @286
0F01/2 LGDT Ms @286
0F01/3 LIDT Ms @286
0F01/4 SMSW Ev @286
0F01/6 LMSW Ew @286
0F01/7 INVLPG M @486
0F02 LAR Gv,Ew @286 !p
0F03 LSL Gv,Ew @286 !p
0F05 LOADALL @=286
0F06 CLTS @286
0F08 INVD @486
0F09 WBINVD @486
0F10 UMOV Eb,Gb @386 @-486
0F11 UMOV Ev,Gv @386 @-486
0F12 UMOV Gb,Eb @386 @-486
0F13 UMOV Gv,Ev @386 @-486
0F20 MOVCR Rd,Cd @386
0F21 MOVCR Rd,Dd @386
0F22 MOVCR Cd,Rd @386
0F23 MOVCR Dd,Rd @386
0F24 MOVCR Rd,Td @386 @-486
0F26 MOVCR Td,Rd @386 @-486
0F30 WRMSR @586
0F31 RDTSC @586
0F32 RDMSR @586
0FA0 PUSH FS @386
0FA1 POP FS @386
0FA2 CPUID @586
0FA3 BT Ev,Gv @386
0FA4 SHLD Ev,Gv,Ib @386
0FA5 SHLD Ev,Gv,CL @386
0FA8 PUSH GS @386
0FA9 POP GS @386
0FAB BTS Ev,Gv @386
0FAC SHRD Ev,Gv,Ib @386
0FAD SHRD Ev,Gv,CL @386
0FAF IMUL Gv,Ev @386
0FB0 CMPXCHG Eb,Gb @486
0FB1 CMPXCHG Ev,Gv @486
0FB2 LSS Gv,Mp @386
0FB3 BTR Ev,Gv @386
0FB4 LFS Gv,Mp @386
0FB5 LGS Gv,Mp @386
0FB6 MOVZX Gv,Eb @386
0FB7 MOVZX Gv,Ew @386
0FBA/4 BT Ev,Ib @386
0FBA/5 BTS Ev,Ib @386
0FBA/6 BTR Ev,Ib @386
0FBA/7 BTC Ev,Ib @386
0FBB BTC Ev,Gv @386
0FBC BSF Gv,Ev @386
0FBD BSR Gv,Ev @386
0FBE MOVSX Gv,Eb @386
0FBF MOVSX Gv,Ew @386
0FC0 XADD Eb,Gb @486
0FC1 XADD Ev,Gv @486
0FC7/1 CMPXCHG8B M @586
0FFF FIRMWARE Ib
`;

const ONLY: Readonly<Record<string, Level>> = { '@86': LEVEL.I8086, '@=286': LEVEL.I286 };
const SINCE: Readonly<Record<string, Level>> = {
  '@186': LEVEL.I186,
  '@286': LEVEL.I286,
  '@386': LEVEL.I386,
  '@486': LEVEL.I486,
  '@586': LEVEL.PENTIUM,
};

function operandSpec(text: string): OperandSpec {
  const spec = (letter: OperandSpec['letter'], size: OperandSize, register = 0, isSegment = false) => ({
    letter,
    size,
    register,
    isSegment,
  });
  if (text === '1') return spec('one', 'b');
  if (REGS8.includes(text)) return spec('fixed', 'b', REGS8.indexOf(text));
  if (text.startsWith('e')) return spec('fixed', 'v', REGS16.indexOf(text.slice(1)));
  if (SEGS.includes(text)) return spec('fixed', 'w', SEGS.indexOf(text), true);
  if (text === 'DX') return spec('fixed', 'w', 2);
  return spec(text[0] as OperandSpec['letter'], text.slice(1) as OperandSize);
}

function parseRow(words: readonly string[]): OpcodeRow {
  const [mnemonic = '', ...rest] = words;
  const marks = rest.filter((word) => /^[@!]/.test(word));
  const operands = rest.find((word) => !/^[@!]/.test(word));
  return {
    mnemonic,
    operands: operands === undefined ? [] : operands.split(',').map(operandSpec),
    since: marks.map((mark) => SINCE[mark]).find((level) => level !== undefined) ?? LEVEL.I8086,
    only: marks.map((mark) => ONLY[mark]).find((level) => level !== undefined),
    until: marks.includes('@-486') ? LEVEL.I486 : LEVEL.PENTIUM,
    protectedOnly: marks.includes('!p'),
    flow: FLOWS[mnemonic] ?? (mnemonic.startsWith('J') ? 'conditional' : 'next'),
  };
}

/** Whether an operand of this kind needs a ModRM byte. */
const needsModrm = (spec: OperandSpec) => ['E', 'G', 'M', 'R', 'S', 'C', 'D', 'T'].includes(spec.letter);

/** Every row with its place: an opcode, behind `/` a value of the ModRM byte's field `reg`. */
const rows: readonly (readonly [place: string, row: OpcodeRow])[] = [...regular, ...IRREGULAR.trim().split('\n')].map(
  (line) => {
    const [place = '', ...words] = line.split(' ');
    return [place, parseRow(words)];
  },
);

type OpcodeMap = readonly (MapEntry | undefined)[];

/** The map of a model: by opcode, two-byte opcodes from 100h on; undefined where nothing is. */
function buildMap(level: Level): OpcodeMap {
  const map: (MapEntry | undefined)[] = new Array<MapEntry | undefined>(512).fill(undefined);
  for (const [place, row] of rows) {
    if (row.only === undefined ? row.since > level || row.until < level : row.only !== level) continue;
    const [code = '', reg] = place.split('/');
    const index = code.length === 4 ? 0x100 + Number.parseInt(code.slice(2), 16) : Number.parseInt(code, 16);
    if (reg === undefined) map[index] = { kind: 'row', row, modrm: row.operands.some(needsModrm) };
    else {
      const entry = map[index];
      const group = entry?.kind === 'group' ? [...entry.rows] : new Array<OpcodeRow | undefined>(8).fill(undefined);
      group[Number(reg)] = row;
      map[index] = { kind: 'group', rows: group };
    }
  }
  return map;
}

/** By level, as far as they have been asked for. */
const maps: OpcodeMap[] = [];

/** The opcode map of CPUs of `level`. */
export function opcodeMap(level: Level): OpcodeMap {
  return (maps[level] ??= buildMap(level));
}

/** Condition of a Jcc or SETcc mnemonic: its number in the encoding. */
export function conditionOf(mnemonic: string): number {
  return CONDITIONS.indexOf(mnemonic.replace(/^(J|SET)/, ''));
}

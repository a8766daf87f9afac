/** Our decode table against iced-x86 on random bytes: length, mnemonic, control flow, target. */
import { strict as assert } from 'node:assert';
import {
  Code,
  CpuidFeature,
  Decoder,
  DecoderOptions,
  FlowControl,
  type Instruction as Iced,
  Mnemonic,
  OpKind,
} from 'iced-x86';
import { type Decoded, decode, type DecodeMode, type Instruction } from '../../../emulator/cpu/x86/decode';
import { directTarget } from '../../../emulator/cpu/x86/direct-target';
import { CPU_MODELS, type CpuModel } from '../../../emulator/cpu/x86/models';

const COMMON_OPTIONS =
  DecoderOptions.NoPause | DecoderOptions.NoWbnoinvd | DecoderOptions.NoMPFX_0FBC | DecoderOptions.NoMPFX_0FBD;
/** Of CPUs up to the 80486. */
const OLD_OPTIONS = DecoderOptions.MovTr | DecoderOptions.Loadall286 | DecoderOptions.Umov;
const CASES = 60_000;
/** Bytes a case: more than any instruction may have. */
const BYTES = 20;
const OFFSET = 0x1234;

/** A fixed stream of bytes: Marsaglia's xorshift32. */
function byteStream(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 7) & 0xff;
  };
}

/** Mnemonics of iced by ours, where they differ beyond upper and lower case. `w d` stand for the operand size. */
const NAMES: Readonly<Record<string, string | readonly [word: string, double: string]>> = {
  MOVFS: 'mov',
  MOVTS: 'mov',
  MOVCR: 'mov',
  IMUL1: 'imul',
  CALLF: 'call',
  JMPF: 'jmp',
  XLAT: 'xlatb',
  MOVSV: ['movsw', 'movsd'],
  CMPSV: ['cmpsw', 'cmpsd'],
  STOSV: ['stosw', 'stosd'],
  LODSV: ['lodsw', 'lodsd'],
  SCASV: ['scasw', 'scasd'],
  INSV: ['insw', 'insd'],
  OUTSV: ['outsw', 'outsd'],
  CBW: ['cbw', 'cwde'],
  CWD: ['cwd', 'cdq'],
  PUSHA: ['pusha', 'pushad'],
  POPA: ['popa', 'popad'],
  PUSHF: ['pushf', 'pushfd'],
  POPF: ['popf', 'popfd'],
  IRET: ['iret', 'iretd'],
  JB: 'jb',
  JNB: 'jae',
  JZ: 'je',
  JNZ: 'jne',
  JBE: 'jbe',
  JNBE: 'ja',
  JNP: 'jnp',
  JNL: 'jge',
  JNLE: 'jg',
  SETNB: 'setae',
  SETZ: 'sete',
  SETNZ: 'setne',
  SETNBE: 'seta',
  SETNL: 'setge',
  SETNLE: 'setg',
};

function nameOf(instruction: Instruction): string {
  const { mnemonic } = instruction.row;
  if (mnemonic === 'JCXZ') return instruction.addressSize === 16 ? 'jcxz' : 'jecxz';
  const name = NAMES[mnemonic];
  if (name === undefined) return mnemonic.toLowerCase();
  return typeof name === 'string' ? name : name[instruction.operandSize === 16 ? 0 : 1];
}

function flowOf(iced: Iced): readonly string[] {
  switch (iced.flowControl) {
    case FlowControl.UnconditionalBranch:
    case FlowControl.IndirectBranch:
      return ['jump'];
    case FlowControl.ConditionalBranch:
      return ['conditional'];
    case FlowControl.Return:
      return ['return', 'interrupt-return'];
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return ['call'];
    case FlowControl.Interrupt:
      return ['interrupt'];
    default:
      return ['next', 'halt'];
  }
}

const FEATURES: readonly (readonly [level: number, features: readonly CpuidFeature[]])[] = [
  [0, [CpuidFeature.INTEL8086, CpuidFeature.FPU]],
  [1, [CpuidFeature.INTEL186]],
  [2, [CpuidFeature.INTEL286, CpuidFeature.FPU287]],
  [3, [CpuidFeature.INTEL386, CpuidFeature.INTEL386_ONLY, CpuidFeature.FPU387]],
  [4, [CpuidFeature.INTEL486]],
  [5, [CpuidFeature.CPUID, CpuidFeature.TSC, CpuidFeature.MSR, CpuidFeature.CX8]],
];

const ONLY_286: readonly CpuidFeature[] = [CpuidFeature.INTEL286_ONLY];

const isOf = (model: CpuModel, iced: Iced): boolean =>
  [...iced.cpuidFeatures()].every(
    (feature) =>
      (ONLY_286.includes(feature) && model.level === 2) ||
      FEATURES.some(([level, features]) => level <= model.level && features.includes(feature)),
  );

const isUd = (iced: Iced): boolean => /^Ud\d$/.test(Mnemonic[iced.mnemonic] ?? '');

interface Case {
  readonly model: CpuModel;
  readonly bytes: Uint8Array;
  /** First byte behind the prefixes of an 8086. */
  readonly opcode: number;
  readonly ours: Decoded;
  readonly iced: Iced;
}

const mnemonicOf = ({ ours }: Case): string => (ours.ok ? ours.instruction.row.mnemonic : '');
const PROTECTED_ONLY = /^(Arpl|Lar|Lsl|Sldt|Str|Lldt|Ltr|Verr|Verw)$/;
const isIn = (text: string): ReadonlySet<number> => new Set(text.split(' ').map((hex) => Number.parseInt(hex, 16)));
/** Opcodes that an 8086 decodes as others of its own: 60-6F as 70-7F, 0F as POP CS, C0 C1 C8 C9 as returns. */
const ALIASES_8086 = isIn('0f 60 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f c0 c1 c8 c9 f1');

/** Where the two may differ, and why that is right. A row that nothing needs is an error. */
const DIFFERENCES: readonly { readonly reason: string; readonly when: (c: Case) => boolean }[] = [
  {
    reason: 'An 8086 decodes few bits: aliases that later CPUs took for other instructions',
    when: ({ model, opcode }) => model.level === 0 && ALIASES_8086.has(opcode),
  },
  {
    reason: 'An 8086 executes every place of the groups 8F, C6, C7 and FF, and MOV CS',
    when: ({ model, opcode, ours }) => model.level === 0 && ours.ok && isIn('8e 8f c6 c7 ff 8c fe').has(opcode),
  },
  {
    reason: '16-bit CPUs take LOCK before anything; F1h is LOCK too',
    when: (c) => c.model.level < 3 && [...c.bytes.subarray(0, 14)].some((byte) => byte === 0xf0 || byte === 0xf1),
  },
  {
    reason: '66h, 67h, 64h and 65h are prefixes since the 80386',
    when: ({ model, opcode }) => model.level < 3 && opcode >= 0x64 && opcode <= 0x67,
  },
  {
    reason: 'An 8086 knows no longest instruction',
    when: ({ model, ours }) => model.level === 0 && ours.ok && ours.instruction.length > 15,
  },
  {
    reason: 'FS and GS came with the 80386',
    when: ({ model, opcode }) => model.level === 2 && (opcode === 0x8c || opcode === 0x8e),
  },
  {
    reason: 'STOREALL hands the processor over to an in-circuit emulator, which is not there',
    when: ({ iced }) => iced.mnemonic === Mnemonic.Storeall,
  },
  {
    reason: 'An 80286 allows 10 bytes',
    when: ({ model, ours }) => model.level === 2 && !ours.ok && ours.fault.kind === 'too-long',
  },
  {
    reason: 'Any ESC is an instruction: the coprocessor decides what it means',
    when: (c) => mnemonicOf(c) === 'ESC',
  },
  {
    reason: 'A control or test register that does not exist, and MOV CS: #UD when executed',
    when: ({ ours, iced }) =>
      ours.ok && iced.code === Code.INVALID && /^MOV(CR|TS)$/.test(ours.instruction.row.mnemonic),
  },
  {
    reason: 'In real mode these do not exist (386 manual, chapter 14.4)',
    when: ({ ours, iced }) => !ours.ok && PROTECTED_ONLY.test(Mnemonic[iced.mnemonic] ?? ''),
  },
];

function differencesOf({ model, ours, iced }: Case): string | undefined {
  if (!ours.ok) {
    if (iced.code === Code.INVALID || isUd(iced) || !isOf(model, iced)) return undefined;
    return `iced decodes ${Mnemonic[iced.mnemonic]}, we do not`;
  }
  const { instruction } = ours;
  if (iced.code === Code.INVALID) return `we decode ${instruction.row.mnemonic}, iced does not`;
  const name = Mnemonic[iced.mnemonic]?.toLowerCase();
  if (instruction.length !== iced.length) return `length ${instruction.length}, iced ${iced.length} (${name})`;
  if (nameOf(instruction) !== name && instruction.row.mnemonic !== 'ESC') return `${nameOf(instruction)}, iced ${name}`;
  if (!flowOf(iced).includes(instruction.row.flow)) return `flow ${instruction.row.flow}, iced ${flowOf(iced)[0]}`;
  const target = directTarget(instruction);
  if (iced.op0Kind === OpKind.NearBranch16 || iced.op0Kind === OpKind.NearBranch32) {
    const theirs = Number(iced.nearBranchTarget & 0xffff_ffffn);
    if (target?.kind !== 'near' || target.offset !== theirs) return `target ${JSON.stringify(target)}, iced ${theirs}`;
  } else if (iced.op0Kind === OpKind.FarBranch16 || iced.op0Kind === OpKind.FarBranch32) {
    const offset = iced.op0Kind === OpKind.FarBranch16 ? iced.farBranch16 : iced.farBranch32;
    if (target?.kind !== 'far' || target.offset !== offset || target.selector !== iced.farBranchSelector)
      return `target ${JSON.stringify(target)}, iced ${iced.farBranchSelector}:${offset}`;
  } else if (target !== undefined) return `a direct target ${JSON.stringify(target)} that iced does not see`;
  return undefined;
}

const PREFIXES = isIn('26 2e 36 3e f0 f2 f3');

function compare(mode: DecodeMode, seed: number, needed: Set<string>): readonly string[] {
  const next = byteStream(seed);
  const bytes = new Uint8Array(BYTES);
  const found: string[] = [];
  for (let n = 0; n < CASES; n++) {
    for (let i = 0; i < BYTES; i++) bytes[i] = next();
    // Every other case begins with a prefix or 0Fh, so that they are not rare.
    if (n % 4 === 1) bytes[0] = 0x0f;
    if (n % 4 === 3) bytes[0] = [0x66, 0x67, 0xf3, 0xf2, 0x26, 0x64, 0xf0][next() % 7];
    if (n % 8 === 7) bytes[1] = 0x0f;
    if (n % 16 === 9)
      for (let i = next() % 14; i > 0; i--) bytes[i - 1] = [0x26, 0x2e, 0x36, 0x3e, 0xf2, 0xf3][next() % 6];
    const ours = decode(OFFSET, mode, (index) => bytes[index] ?? 0x90);
    const options = mode.model.level < 5 ? COMMON_OPTIONS | OLD_OPTIONS : COMMON_OPTIONS;
    const decoder = new Decoder(mode.codeSize, bytes, options);
    decoder.ip = BigInt(OFFSET);
    const iced = decoder.decode();
    const opcode = bytes.find((byte) => !PREFIXES.has(byte)) ?? 0;
    const one: Case = { model: mode.model, bytes, opcode, ours, iced };
    const difference = differencesOf(one);
    if (difference !== undefined) {
      const row = DIFFERENCES.find(({ when }) => when(one));
      if (row === undefined) found.push(`${Buffer.from(bytes).toString('hex')}: ${difference}`);
      else needed.add(row.reason);
    }
    iced.free();
    decoder.free();
  }
  return found;
}

describe('decode table against iced-x86', () => {
  const needed = new Set<string>();
  const modes: readonly (readonly [string, DecodeMode])[] = [
    ['8086', { model: CPU_MODELS['8086'], codeSize: 16, protectedMode: false, firmware: false }],
    ['80286, real mode', { model: CPU_MODELS['80286'], codeSize: 16, protectedMode: false, firmware: false }],
    ['80286, protected mode', { model: CPU_MODELS['80286'], codeSize: 16, protectedMode: true, firmware: false }],
    ['80386, real mode', { model: CPU_MODELS['80386'], codeSize: 16, protectedMode: false, firmware: false }],
    [
      '80386, 16-bit protected mode',
      { model: CPU_MODELS['80386'], codeSize: 16, protectedMode: true, firmware: false },
    ],
    [
      '80386, 32-bit protected mode',
      { model: CPU_MODELS['80386'], codeSize: 32, protectedMode: true, firmware: false },
    ],
    ['80486', { model: CPU_MODELS['80486'], codeSize: 32, protectedMode: true, firmware: false }],
    ['Pentium', { model: CPU_MODELS.pentium, codeSize: 32, protectedMode: true, firmware: false }],
  ];
  modes.forEach(([name, mode], index) => {
    it(name, function () {
      this.timeout(30_000);
      const found = compare(mode, 0x1234567 + index * 7919, needed);
      assert.deepEqual(found.slice(0, 20), [], `${found.length} cases differ`);
    });
  });

  it('every listed difference was met', () => {
    assert.deepEqual(
      DIFFERENCES.filter(({ reason }) => !needed.has(reason)).map(({ reason }) => reason),
      [],
    );
  });
});

/** System instructions: mostly helpers. */
import { constant } from '../../../ir/block';
import { VECTOR } from '../fault';
import type { HelperName } from '../helpers';
import { LEVEL } from '../models';
import * as R from '../registers';
import { register, type Translation } from '../translation';
import { need } from './data';
import type { Semantic } from './semantic';

/** An instruction of level 0: privilege is asked before any operand is read. */
const level0 =
  (semantic: Semantic): Semantic =>
  (t) => {
    if (t.context.cpl === 0) semantic(t);
    else {
      t.helper('REFUSE');
      t.gotoEip();
    }
  };

/** LGDT, LIDT: limit, then base; 24 bits of it with 16-bit operands. */
const loadTable =
  (helper: HelperName): Semantic =>
  (t) => {
    const memory = need(t, 0);
    if (memory.kind !== 'memory') throw new Error('A memory operand is needed.');
    const at = t.address(memory);
    const limit = t.load(memory.segment, at, 16);
    const base = t.load(memory.segment, t.offsetBy(at, 2, memory.addressSize), 32);
    t.helper(helper, t.i.operandSize === 16 ? t.b.value('and', 32, base, constant(0xffffff)) : base, limit);
  };

const storeTable =
  (base: number, limit: number): Semantic =>
  (t) => {
    const memory = need(t, 0);
    if (memory.kind !== 'memory') throw new Error('A memory operand is needed.');
    const at = t.address(memory);
    // A 286 stores ones above its 24 bits; a 386 with 16-bit operands too stores all it has.
    const value =
      t.context.model.level < LEVEL.I386 ? t.b.value('or', 32, register(base), constant(0xff000000)) : register(base);
    t.store(memory.segment, at, 16, register(limit));
    t.store(memory.segment, t.offsetBy(at, 2, memory.addressSize), 32, value);
  };

const selectorHelper =
  (helper: HelperName): Semantic =>
  (t) =>
    t.helper(helper, t.zext(t.read(need(t, 0)), 16));

/** LAR, LSL: the destination changes only if ZF is set. */
const inquire =
  (helper: HelperName): Semantic =>
  (t) => {
    const result = t.helperValue(helper, t.zext(t.read(need(t, 1)), 16));
    const dst = need(t, 0);
    const end = t.b.label();
    t.b.emit('br_if', 32, undefined, [t.b.value('eq', 32, t.condition(4).value, constant(0))], [end]);
    t.write(dst, result);
    t.b.place(end);
    t.b.emit('mov', 32, t.b.temp(), [constant(0)]);
  };

/** Ends the block: what the helper did may change how the next instruction is translated. */
function endBlock(t: Translation): void {
  t.move(register(R.EIP), 32, constant(t.i.next));
  t.gotoEip();
}

/** Control registers by number. */
const CONTROL: Readonly<Record<number, number>> = { 0: R.CR0, 2: R.CR2, 3: R.CR3, 4: R.CR4 };

const moveSpecial: Semantic = (t) => {
  const [dst, source] = [need(t, 0), need(t, 1)];
  const special = dst.kind === 'special' ? dst : source.kind === 'special' ? source : undefined;
  if (special === undefined) throw new Error('A control, debug or test register is needed.');
  const control = t.context.model.cr4Writable === 0 ? [0, 2, 3] : [0, 2, 3, 4];
  const exists = special.set === 'C' ? control.includes(special.index) : special.set === 'D' || special.index >= 6;
  if (!exists) {
    t.fault(VECTOR.UD);
    t.ended = true;
    return;
  }
  const helpers = { C: ['READ_CR', 'WRITE_CR'], D: ['READ_DR', 'WRITE_DR'], T: ['READ_TR', 'WRITE_TR'] } as const;
  const [read, write] = helpers[special.set];
  if (dst.kind === 'special') {
    t.helper(write, constant(special.index), t.read(source));
    endBlock(t);
  } else if (special.set === 'C' && t.context.cpl === 0) t.write(dst, register(CONTROL[special.index]));
  else t.write(dst, t.helperValue(read, constant(special.index)));
};

/** Coprocessor instructions: #NM when the machine status says so, else nothing: there is no coprocessor. */
const escape: Semantic = (t) => {
  if ((t.context.cr0 & (R.CR0_EM | R.CR0_TS)) !== 0) {
    t.fault(VECTOR.NM);
    t.ended = true;
    return;
  }
  // The CPU does the memory access of the operand all the same (a read).
  const operand = need(t, 0);
  if (operand.kind === 'memory') t.load(operand.segment, t.address(operand), 16);
};

const wait: Semantic = (t) => {
  const both = R.CR0_MP | R.CR0_TS;
  if ((t.context.cr0 & both) === both) {
    t.fault(VECTOR.NM);
    t.ended = true;
  }
};

/** ARPL: a destination that asks for more than the source is written; then ZF says whether it was. */
const adjustRpl: Semantic = (t) => {
  const { b } = t;
  const target = t.modify(need(t, 0));
  const value = t.zext(target.value, 16);
  const level = b.value('and', 32, t.zext(t.read(need(t, 1)), 16), constant(3));
  const raised = b.value('ltu', 32, b.value('and', 32, value, constant(3)), level);
  const end = b.label();
  b.emit('br_if', 32, undefined, [b.value('eq', 32, raised, constant(0))], [end]);
  target.write(b.value('or', 32, b.value('and', 32, value, constant(0xfffc)), level));
  b.place(end);
  t.helper('SET_ZERO', raised);
};

export const PRIVILEGED: Readonly<Record<string, Semantic>> = {
  CLI: (t) => {
    if (t.context.cpl > 0) t.helper('CLI');
    else t.b.emit('and', 32, register(R.FLAGS_SYSTEM), [register(R.FLAGS_SYSTEM), constant(0xffff_ffff - R.FLAG.IF)]);
  },
  STI: (t) => t.helper('STI'),
  LGDT: level0(loadTable('LOAD_GDT')),
  LIDT: level0(loadTable('LOAD_IDT')),
  SGDT: storeTable(R.GDTR_BASE, R.GDTR_LIMIT),
  SIDT: storeTable(R.IDTR_BASE, R.IDTR_LIMIT),
  LLDT: level0(selectorHelper('LOAD_LDT')),
  LTR: level0(selectorHelper('LOAD_TASK')),
  VERR: selectorHelper('VERIFY_READ'),
  VERW: selectorHelper('VERIFY_WRITE'),
  LMSW: level0((t) => {
    selectorHelper('LOAD_STATUS')(t);
    endBlock(t);
  }),
  LAR: inquire('ACCESS_RIGHTS'),
  LSL: inquire('SEGMENT_LIMIT'),
  ARPL: adjustRpl,
  CLTS: (t) => {
    t.helper('CLEAR_TASK_SWITCHED');
    endBlock(t);
  },
  LOADALL: (t) => {
    t.helper('LOAD_ALL');
    t.gotoEip();
  },
  MOVCR: moveSpecial,
  ESC: escape,
  WAIT: wait,
  NOP: () => undefined,
  // There is no cache, and no translation is ever stale.
  INVD: level0(() => undefined),
  WBINVD: level0(() => undefined),
  INVLPG: level0(() => undefined),
  CPUID: (t) => t.helper('IDENTIFY'),
  RDTSC: (t) => t.helper('READ_TIME'),
  RDMSR: level0((t) => t.helper('READ_MODEL_REGISTER')),
  WRMSR: level0((t) => t.helper('WRITE_MODEL_REGISTER')),
};

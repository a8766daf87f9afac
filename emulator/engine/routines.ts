/** Routines (ir/routine) as functions of the interpreter's module: temporaries are locals, registers lie in memory. */
import type { IrOp } from '../ir/block';
import type { Routine } from '../ir/routine';
import { RegionOperands } from './compiler/region-operands';
import type { InterpreterConfig } from './handler-scope';
import { accessType } from './handlers-memory';
import { lower } from './lowering';
import { BinaryEmitter } from './wasm/emitter';
import type { FunctionBody, Signature } from './wasm/module';

export const ROUTINE_SIGNATURE: Signature = { parameters: ['i32', 'i32'], results: ['i32'] };

/** No register is held in a local, and nothing outside of the function is known. */
const NOWHERE = {
  place: {
    slot: 0,
    context: 0,
    codeBase: 0,
    linkField: 0,
    tlb: 0,
    inPlace: false,
    asks: false,
    marks: false,
    leaves: 0,
    stamp: 0,
    block: () => undefined,
    entry: () => -1,
  },
  callees: {
    helper: 0,
    settle: 0,
    leave: 0,
    lookUp: 0,
    admit: 0,
    planesLoad: 0,
    planesStore: 0,
    bulk: 0,
    quick: 0,
    routines: 0,
    carries: 0,
    type: 0,
  },
};

class RoutineEmitter extends RegionOperands<BinaryEmitter> {
  protected readonly usesFlags = false;
  protected readonly copied: ReadonlySet<number> = new Set();
  /** Labels that are not placed yet, the first to come first. */
  private ahead: number[] = [];

  constructor(config: InterpreterConfig) {
    const none = { result: -1, carries: -1 };
    super(new BinaryEmitter(), { ...config, promoted: [], flags: none, quick: [] }, NOWHERE.place, NOWHERE.callees);
  }

  /** Labels lie further on, so that each is the end of a wasm block that is open from the start. */
  emit({ block }: Routine): void {
    const { out } = this;
    const labels = block.labels.map((_, label) => label);
    labels.sort((a, b) => block.labels[a] - block.labels[b]);
    this.ahead = labels;
    for (const local of [0, 1]) {
      out.emit('local.get', local);
      out.emit('local.set', this.temp(local, 'i32'));
    }
    for (let i = 0; i < labels.length; i++) out.open('block');
    block.ops.forEach((op, index) => {
      while (this.ahead.length > 0 && block.labels[this.ahead[0]] === index) {
        out.emit('end');
        this.ahead.shift();
        this.known.bits.clear();
      }
      this.op(op);
    });
    out.emit('unreachable');
  }

  private op(op: IrOp): void {
    const { out } = this;
    const [first] = op.immediates;
    switch (op.op) {
      case 'peek':
        this.assign(op, () => {
          this.source(op, 0);
          out.emit(accessType(op.width).load, first ?? 0);
        });
        return;
      case 'poke':
        this.source(op, 0);
        this.source(op, 1);
        out.emit(accessType(op.width).store, first ?? 0);
        return;
      case 'give':
        this.source(op, 0);
        out.emit('return');
        return;
      case 'br':
        out.emit('br', this.ahead.indexOf(first ?? -1));
        return;
      case 'br_if':
        this.source(op, 0);
        out.emit('br_if', this.ahead.indexOf(first ?? -1));
        return;
      default:
        this.assign(op, () =>
          lower(op.op, {
            out,
            width: op.width,
            nan: this.config.nan,
            source: (index) => this.source(op, index),
            local: (type, index) => this.local(`${type}_${index}`, type),
          }),
        );
    }
  }
}

/** (a, b) -> whether the routine is done. */
export function routineFunction(routine: Routine, config: InterpreterConfig): FunctionBody {
  const emitter = new RoutineEmitter(config);
  emitter.emit(routine);
  return {
    name: routine.name,
    signature: ROUTINE_SIGNATURE,
    locals: emitter.locals,
    code: emitter.out.out.finish(),
    localNames: ['a', 'b', ...emitter.localNames.slice(2)],
  };
}

/** (number, a, b) -> the same of the routine with that number; `first`: index of the first one's function. */
export function anyRoutine(routines: readonly Routine[], first: number): FunctionBody {
  const out = new BinaryEmitter();
  for (let i = 0; i <= routines.length; i++) out.open('block');
  out.emit('local.get', 0);
  out.table(
    routines.map((_, index) => index),
    routines.length,
  );
  routines.forEach((_, index) => {
    out.emit('end');
    out.emit('local.get', 1);
    out.emit('local.get', 2);
    out.emit('call', first + index);
    out.emit('return');
  });
  out.emit('end');
  out.emit('unreachable');
  return {
    name: 'any_routine',
    signature: { parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
    locals: [],
    code: out.out.finish(),
    localNames: ['number', 'a', 'b'],
  };
}

/**
 * The interpreter: one wasm function, generated at start from the op table and the lowering table. It runs bytecode
 * (engine/bytecode) in a `br_table` loop until something makes it leave, and gives the exit reason (ir/exits).
 *
 * It is exact at every instruction: `insn` sets the program counter and takes one of the fuel before anything of the
 * instruction happens. Slow accesses, helpers and faults are calls into the host or exits.
 */
import { EXIT } from '../ir/exits';
import { opRow } from '../ir/ops';
import type { RoutineFunction } from '../ir/routine';
import {
  CPU_BASE,
  FRAMES,
  RUN_BREAKPOINTS,
  RUN_CARRY_A,
  RUN_CONTEXT,
  RUN_DETAIL,
  RUN_FUEL,
  RUN_IP,
  RUN_REPEATING,
  RUN_SCRATCH,
} from '../memory/layout';
import { carriesFunction, VALUE_A } from './compiler/flags';
import { LAYOUTS, type Layout } from './bytecode';
import {
  ANY_ROUTINE,
  BULK_OPS,
  type BulkFunctions,
  CPU,
  ENTRY,
  FIRST_ROUTINE,
  FUEL,
  HandlerScope,
  hostImports,
  IMPORT_HELPER,
  INTERPRET,
  type InterpreterConfig,
  IP,
  LOCAL_NAMES,
  localName,
  regionSignature,
  ROW_TYPES,
} from './handler-scope';
import { driver } from './driver';
import { chain, enterBlock, jumpByRegister } from './handlers-flow';
import { framePop, framePush } from './handlers-frames';
import { accessType, load, store } from './handlers-memory';
import { bulk } from './handlers-strings';
import { leave, type LeavingFunctions, lookUp, settle } from './leaving';
import { lower } from './lowering';
import { anyRoutine, routineFunction } from './routines';
import { type PlaneFunctions, planesLoad, planesStore } from './plane-functions';
import { directRun, sameCode } from './bulk-function';
import { bulkFunctions, copyBytes } from './string-functions';
import { BinaryEmitter, TextEmitter } from './wasm/emitter';
import { assembleModule } from './wasm/module';

/** The handler of one opcode. `depth`: nesting from the handler's body down to the loop. */
function emitHandler(scope: HandlerScope, layout: Layout, depth: number): void {
  const { out } = scope;
  const { op } = layout.form;
  const row = opRow(op);
  switch (op) {
    case 'load':
    case 'load_be':
      load(scope, layout, op === 'load_be');
      break;
    case 'store':
    case 'store_be':
      store(scope, layout, op === 'store_be');
      break;
    case 'bulk_move':
    case 'bulk_fill':
    case 'bulk_skip':
    case 'bulk_compare':
    case 'bulk_scan':
      bulk(scope, layout, op);
      break;
    case 'bound': {
      // (a - low) + bytes must be at most size: in 64 bits, so that neither 4 GiB nor nothing is a special case.
      const pair = () => {
        out.emit('local.get', CPU);
        scope.field(layout, 'bounds');
        out.emit('i32.add');
      };
      scope.source(layout, 0);
      pair();
      out.emit('local.tee', ENTRY);
      out.emit('i32.load');
      out.emit('i32.sub');
      out.emit('i64.extend_i32_u');
      out.emit('local.get', IP);
      out.emit('i64.load32_u', layout.immediates[1]);
      out.emit('i64.add');
      out.emit('local.get', ENTRY);
      out.emit('i64.load', 8);
      out.emit('i64.gt_u');
      out.open('if');
      scope.leave(EXIT.FAULT, () => scope.field(layout, 'fault'));
      out.emit('end');
      break;
    }
    case 'limit':
      scope.source(layout, 0);
      scope.field(layout, 'last');
      out.emit('i32.gt_u');
      out.open('if');
      scope.leave(EXIT.FAULT, () => scope.field(layout, 'fault'));
      out.emit('end');
      break;
    case 'code':
      scope.slot(layout.destination);
      scope.field(layout, 'host');
      out.emit(accessType(layout.form.width).load);
      scope.storeResult(layout);
      break;
    case 'call':
    case 'call_value':
      scope.callHost(() => {
        scope.field(layout, 'helper');
        scope.source(layout, 0);
        scope.source(layout, 1);
      }, IMPORT_HELPER);
      if (op === 'call_value') {
        scope.slot(layout.destination);
        out.emit('local.get', CPU);
        out.emit('i32.load', RUN_SCRATCH);
        scope.storeResult(layout);
      }
      break;
    case 'routine':
      // It may look at the count.
      scope.setRun(RUN_FUEL, () => out.emit('local.get', FUEL));
      scope.field(layout, 'routine');
      scope.source(layout, 0);
      scope.source(layout, 1);
      out.emit('call', ANY_ROUTINE);
      out.emit('i32.eqz');
      out.open('if');
      scope.callHost(() => {
        scope.field(layout, 'helper');
        scope.source(layout, 0);
        scope.source(layout, 1);
      }, IMPORT_HELPER);
      out.emit('end');
      break;
    case 'frame_push':
      framePush(scope, layout);
      break;
    case 'frame_pop':
      framePop(scope, layout);
      break;
    case 'block':
      enterBlock(scope, layout);
      break;
    case 'insn':
      scope.setPc(() => scope.field(layout, 'pc'));
      out.emit('local.get', FUEL);
      out.emit('i32.eqz');
      out.open('if');
      scope.leave(EXIT.FUEL);
      out.emit('end');
      out.emit('local.get', FUEL);
      out.emit('i32.const', 1);
      out.emit('i32.sub');
      out.emit('local.set', FUEL);
      break;
    case 'breakpoint':
      // Without fuel something is due at this boundary first: a halt, an interrupt, a limit. What goes on behind it meets this again.
      out.emit('local.get', FUEL);
      out.emit('i32.eqz');
      out.open('if');
      scope.setPc(() => scope.field(layout, 'pc'));
      scope.leave(EXIT.FUEL);
      out.emit('end');
      out.emit('local.get', CPU);
      out.emit('i32.load', RUN_BREAKPOINTS);
      // A repeated instruction is met before its first iteration.
      out.emit('local.get', CPU);
      out.emit('i32.load', RUN_REPEATING);
      out.emit('i32.eqz');
      out.emit('i32.and');
      out.open('if');
      scope.setPc(() => scope.field(layout, 'pc'));
      scope.leave(EXIT.BREAKPOINT);
      out.emit('end');
      break;
    case 'br':
      scope.branch(layout, depth);
      return;
    case 'br_if':
      scope.source(layout, 0);
      out.open('if');
      scope.branch(layout, depth + 1);
      out.emit('end');
      break;
    case 'repeat':
      scope.setRun(RUN_REPEATING, () => out.emit('i32.const', 1));
      scope.branch(layout, depth);
      return;
    case 'goto':
      chain(scope, layout, depth);
      return;
    case 'goto_if':
      scope.source(layout, 0);
      out.open('if');
      chain(scope, layout, depth + 1);
      out.emit('end');
      break;
    case 'goto_ind':
      jumpByRegister(scope, () => scope.source(layout, 0), depth);
      return;
    case 'same_context':
      scope.field(layout, 'context');
      out.emit('local.get', CPU);
      out.emit('i32.load', RUN_CONTEXT);
      out.emit('i32.ne');
      out.open('if');
      jumpByRegister(scope, () => scope.field(layout, 'pc'), depth + 1);
      out.emit('end');
      break;
    case 'exit':
      scope.setRun(RUN_DETAIL, () => scope.field(layout, 'detail'));
      scope.setRun(RUN_FUEL, () => out.emit('local.get', FUEL));
      scope.setRun(RUN_IP, () => out.emit('local.get', IP));
      scope.field(layout, 'reason');
      out.emit('return');
      return;
    default:
      if (row.result !== 'none') scope.slot(layout.destination);
      lower(op, scope.rowContext(layout));
      scope.storeResult(layout);
  }
  scope.next(layout, depth);
}

/** Limits of what it imports: those of any machine. */
const MEMORY = { initial: FRAMES / 0x1_0000, maximum: 0x1_0000 } as const;
const TABLE = 1;

/** The bytes of the interpreter's module. Exports `interpret(cpu, ip) -> exit reason`, and what that one calls. */
export function interpreterModule(config: InterpreterConfig): Uint8Array<ArrayBuffer> {
  const scope = new HandlerScope(new BinaryEmitter(), config);
  const { out } = scope;
  out.emit('local.get', CPU);
  out.emit('i32.load', RUN_FUEL);
  out.emit('local.set', FUEL);
  out.open('loop');
  for (let i = 0; i <= LAYOUTS.length; i++) out.open('block');
  out.emit('local.get', IP);
  out.emit('i32.load16_u', 0);
  out.table(
    LAYOUTS.map((_, index) => index),
    LAYOUTS.length,
  );
  out.emit('end');
  LAYOUTS.forEach((layout, index) => {
    // Around the handler of opcode `index` are the blocks of the later ones, the one of bad opcodes, and the loop.
    emitHandler(scope, layout, LAYOUTS.length - index);
    out.emit('end');
  });
  out.emit('unreachable');
  out.emit('end');
  out.emit('unreachable');
  const rowLocals = ROW_TYPES.flatMap((type) => [type, type, type]);
  return assembleModule(
    hostImports(),
    [
      {
        name: config.tailCalls ? 'interpret' : 'interpret_piece',
        signature: { parameters: ['i32', 'i32'], results: ['i32'] },
        locals: ['i32', 'i32', 'i32', 'i32', ...rowLocals],
        code: out.out.finish(),
        localNames: LOCAL_NAMES,
      },
      planesLoad(),
      planesStore(),
      directRun(),
      sameCode(),
      copyBytes(),
      ...bulkFunctions(config.strings),
      carriesFunction(),
      settle(config),
      leave(config),
      lookUp(),
      anyRoutine(config.routines, FIRST_ROUTINE),
      ...config.routines.map((routine) => routineFunction(routine, config)),
      ...(config.tailCalls ? [] : [driver(config, INTERPRET)]),
    ],
    { memory: MEMORY, table: TABLE, types: [regionSignature(config.promoted)] },
  );
}

/** The handler of one opcode as text, for people. */
export function handlerText(layout: Layout, config: InterpreterConfig): string {
  const out = new TextEmitter(localName);
  emitHandler(new HandlerScope(out, config), layout, 0);
  return out.text();
}

/** What the interpreter calls; see `hostImports` for the meaning. */
export interface InterpreterHost {
  readonly load: (address: number, size: number) => number;
  readonly store: (address: number, size: number) => number;
  readonly helper: (id: number, a: number, b: number) => number;
}

export type Interpret = (cpu: number, ip: number) => number;

/** The interpreter's functions that others call. */
export interface Interpreter {
  readonly interpret: Interpret;
  /** By name, in the order of their numbers. */
  readonly routines: ReadonlyMap<string, RoutineFunction>;
  readonly planes: PlaneFunctions;
  readonly bulk: BulkFunctions;
  readonly leaving: LeavingFunctions;
}

/**
 * Compiles and instantiates the interpreter over a machine's memory.
 * @param table where compiled regions are found
 * @param bytes the interpreter's module, if they have been made
 */
export function createInterpreter(
  config: InterpreterConfig,
  memory: WebAssembly.Memory,
  host: InterpreterHost,
  table: WebAssembly.Table = new WebAssembly.Table({ element: 'anyfunc', initial: TABLE }),
  bytes: Uint8Array<ArrayBuffer> = interpreterModule(config),
): Interpreter {
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, {
    env: { memory, table },
    host: { load: host.load, store: host.store, helper: host.helper },
  });
  const { exports } = instance;
  new DataView(memory.buffer).setUint32(CPU_BASE + RUN_CARRY_A, VALUE_A, true);
  return {
    interpret: exports.interpret as Interpret,
    routines: new Map(config.routines.map(({ name }) => [name, exports[name] as RoutineFunction])),
    planes: { planes_load: exports.planes_load, planes_store: exports.planes_store } as PlaneFunctions,
    bulk: Object.fromEntries(BULK_OPS.map((op) => [op, exports[op]])) as BulkFunctions,
    leaving: { settle: exports.settle, leave: exports.leave, look_up: exports.look_up } as LeavingFunctions,
  };
}

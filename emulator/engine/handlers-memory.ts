/**
 * Handlers of loads and stores: inline behind one compare with the soft TLB's entry; in a page that is marked in part
 * (watched, or translated) inline behind a look at its map, too; in a page of planes by a function of the module; else by way of the host.
 */
import { opRow } from '../ir/ops';
import { CODE_MAPS, PAGE_MASK, PAGE_SIZE, RUN_SCRATCH, RUN_TLB, TLB_ENTRIES } from '../memory/layout';
import { MARKED, THROUGH_PLANES, TLB_ADDEND, TLB_MAP, TLB_READ, TLB_WRITE } from '../memory/tlb';
import type { Layout } from './bytecode';
import {
  ADDRESS,
  CPU,
  ENTRY,
  FIRST_ROW_LOCAL,
  type HandlerScope,
  IMPORT_LOAD,
  IMPORT_STORE,
  IP,
  PLANES_LOAD,
  PLANES_STORE,
} from './handler-scope';
import type { Emitter } from './wasm/emitter';
import type { ValueType, WasmMnemonic } from './wasm/opcodes';

/** Pushes 1 when the access at ADDRESS may go straight to memory; sets ENTRY to the TLB entry. */
function tlbHit(scope: HandlerScope, tag: number, size: number): void {
  const { out } = scope;
  out.emit('local.get', CPU);
  out.emit('local.get', CPU);
  out.emit('i32.load', RUN_TLB);
  out.emit('i32.add');
  out.emit('local.get', ADDRESS);
  out.emit('i32.const', 12 - 5);
  out.emit('i32.shr_u');
  out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
  out.emit('i32.and');
  out.emit('i32.add');
  out.emit('local.tee', ENTRY);
  out.emit('i32.load', tag);
  lastPage(scope, size);
  out.emit('i32.eq');
}

/** Pushes the page of the access's last byte. */
function lastPage({ out }: HandlerScope, size: number): void {
  out.emit('local.get', ADDRESS);
  if (size > 1) {
    out.emit('i32.const', size - 1);
    out.emit('i32.add');
  }
  out.emit('i32.const', -PAGE_SIZE);
  out.emit('i32.and');
}

/** Behind a miss: pushes 1 when the page is marked in part and none of the bytes at ADDRESS is. */
function unmarked(scope: HandlerScope, tag: number, size: number): void {
  const { out } = scope;
  out.emit('local.get', ENTRY);
  out.emit('i32.load', tag);
  lastPage(scope, size);
  out.emit('i32.const', MARKED);
  out.emit('i32.or');
  out.emit('i32.eq');
  // Where the page has no map this reads the guard and does not count.
  out.emit('local.get', ENTRY);
  out.emit('i32.load', TLB_MAP);
  out.emit('local.get', ADDRESS);
  out.emit('i32.const', PAGE_MASK);
  out.emit('i32.and');
  out.emit('i32.const', 3);
  out.emit('i32.shr_u');
  out.emit('i32.add');
  out.emit('i32.load');
  out.emit('local.get', ADDRESS);
  out.emit('i32.const', 7);
  out.emit('i32.and');
  out.emit('i32.shr_u');
  out.emit('i32.const', (1 << size) - 1);
  out.emit('i32.and');
  out.emit('i32.eqz');
  out.emit('i32.and');
}

/** Behind a miss: pushes 1 when bytes of translated code at ADDRESS are what is to be written: nobody has to be told. */
function rewritten(scope: HandlerScope, width: number, value: () => void): void {
  const { out } = scope;
  out.emit('local.get', ENTRY);
  out.emit('i32.load', TLB_WRITE);
  lastPage(scope, width / 8);
  out.emit('i32.const', MARKED);
  out.emit('i32.or');
  out.emit('i32.eq');
  out.emit('local.get', ENTRY);
  out.emit('i32.load', TLB_MAP);
  out.emit('i32.const', CODE_MAPS);
  out.emit('i32.ge_u');
  out.emit('i32.and');
  out.open('if', 'i32');
  hostAddress(scope);
  out.emit(accessType(width).load);
  value();
  out.emit('i32.eq');
  out.emit('else');
  out.emit('i32.const', 0);
  out.emit('end');
}

/** Behind a miss: begins an `if` for an access to a page of planes, its parameters on the stack; else the host is asked. */
function throughPlanes(scope: HandlerScope, tag: number, size: number, planes: () => void, host: () => void): void {
  const { out } = scope;
  if (size > 4) {
    host();
    return;
  }
  out.emit('local.get', ENTRY);
  out.emit('i32.load', tag);
  lastPage(scope, size);
  out.emit('i32.const', THROUGH_PLANES);
  out.emit('i32.or');
  out.emit('i32.eq');
  out.open('if');
  planes();
  out.emit('else');
  host();
  out.emit('end');
}

/** Pushes what the functions for planes take, but for the value. */
function planesAccess({ out }: HandlerScope, size: number): void {
  out.emit('local.get', ADDRESS);
  out.emit('i32.const', size);
  out.emit('local.get', ENTRY);
}

/** Pushes the offset in wasm memory of a hit. */
function hostAddress(scope: HandlerScope): void {
  scope.out.emit('local.get', ADDRESS);
  scope.out.emit('local.get', ENTRY);
  scope.out.emit('i32.load', TLB_ADDEND);
  scope.out.emit('i32.add');
}

/** How accesses of a width are made in wasm. */
export function accessType(width: number): { type: ValueType; load: WasmMnemonic; store: WasmMnemonic } {
  switch (width) {
    case 8:
      return { type: 'i32', load: 'i32.load8_u', store: 'i32.store8' };
    case 16:
      return { type: 'i32', load: 'i32.load16_u', store: 'i32.store16' };
    case 32:
      return { type: 'i32', load: 'i32.load', store: 'i32.store' };
    case 64:
      return { type: 'i64', load: 'i64.load', store: 'i64.store' };
    default:
      return { type: 'v128', load: 'v128.load', store: 'v128.store' };
  }
}

/** Reverses the bytes of the value on the stack; `value`: a scratch local of its type. */
export function swapBytes(out: Emitter, width: number, value: number): void {
  const type = width === 64 ? 'i64' : 'i32';
  out.emit('local.set', value);
  for (let byte = 0; byte < width / 8; byte++) {
    out.emit('local.get', value);
    out.emit(`${type}.const`, 8 * byte);
    out.emit(`${type}.shr_u`);
    out.emit(`${type}.const`, 0xff);
    out.emit(`${type}.and`);
    out.emit(`${type}.const`, width - 8 - 8 * byte);
    out.emit(`${type}.shl`);
    if (byte > 0) out.emit(`${type}.or`);
  }
}

const swap = ({ out }: HandlerScope, width: number): void =>
  swapBytes(out, width, FIRST_ROW_LOCAL + (width === 64 ? 3 : 0));

export function load(scope: HandlerScope, layout: Layout, big: boolean): void {
  const { out } = scope;
  const { width } = layout.form;
  const access = accessType(width);
  const direct = () => {
    scope.slot(layout.destination);
    hostAddress(scope);
    out.emit(access.load);
    if (big) swap(scope, width);
    scope.storeResult(layout);
  };
  addressSource(scope, layout);
  tlbHit(scope, TLB_READ, width / 8);
  out.open('if');
  direct();
  out.emit('else');
  unmarked(scope, TLB_READ, width / 8);
  out.open('if');
  direct();
  out.emit('else');
  const planes = () => {
    scope.slot(layout.destination);
    planesAccess(scope, width / 8);
    out.emit('i32.const', 0);
    out.emit('call', PLANES_LOAD);
    if (big) swap(scope, width);
    scope.storeResult(layout);
  };
  throughPlanes(scope, TLB_READ, width / 8, planes, () => {
    scope.callHost(() => {
      out.emit('local.get', ADDRESS);
      out.emit('i32.const', width / 8);
    }, IMPORT_LOAD);
    scope.slot(layout.destination);
    out.emit('local.get', CPU);
    out.emit(access.load, RUN_SCRATCH);
    if (big) swap(scope, width);
    scope.storeResult(layout);
  });
  out.emit('end');
  out.emit('end');
}

export function store(scope: HandlerScope, layout: Layout, big: boolean): void {
  const { out } = scope;
  const { width } = layout.form;
  const access = accessType(width);
  const value = () => {
    scope.source(layout, 1);
    if (big) swap(scope, width);
  };
  const direct = () => {
    hostAddress(scope);
    value();
    out.emit(access.store);
  };
  addressSource(scope, layout);
  tlbHit(scope, TLB_WRITE, width / 8);
  out.open('if');
  direct();
  out.emit('else');
  unmarked(scope, TLB_WRITE, width / 8);
  if (width <= 32) {
    rewritten(scope, width, value);
    out.emit('i32.or');
  }
  out.open('if');
  direct();
  out.emit('else');
  const planes = () => {
    planesAccess(scope, width / 8);
    value();
    out.emit('call', PLANES_STORE);
  };
  throughPlanes(scope, TLB_WRITE, width / 8, planes, () => {
    out.emit('local.get', CPU);
    value();
    out.emit(access.store, RUN_SCRATCH);
    scope.callHost(() => {
      out.emit('local.get', ADDRESS);
      out.emit('i32.const', width / 8);
    }, IMPORT_STORE);
  });
  out.emit('end');
  out.emit('end');
}

/** Address operands are 32 bits wide whatever the access is. */
function addressSource(scope: HandlerScope, layout: Layout): void {
  const at = layout.sources[0];
  const constant = layout.form.constant && opRow(layout.form.op).sources === 1;
  if (constant) {
    scope.out.emit('local.get', IP);
    scope.out.emit('i32.load', at);
  } else {
    scope.slot(at);
    scope.out.emit('i32.load');
  }
  scope.out.emit('local.set', ADDRESS);
}

/** What an op becomes in wasm, as text for people: computing ops with their operands, the others as the interpreter has them. */
import type { IrOp, Operand } from '../ir/block';
import { opRow, resultType } from '../ir/ops';
import { layoutOf, slotOffset } from './bytecode';
import { type InterpreterConfig, localName, rowLocal } from './handler-scope';
import { handlerText } from './interpreter';
import { isWord, LOWERING, lower, sourceType } from './lowering';
import { TextEmitter } from './wasm/emitter';
import type { WasmMnemonic } from './wasm/opcodes';

const CPU = 0;
const NARROW: Readonly<Record<number, string>> = { 8: '8', 16: '16' };

/** @throws Error when the op's operands can't stand where they are (see engine/bytecode) */
export function opWasmText(op: IrOp, config: InterpreterConfig): string {
  if (LOWERING[op.op] === undefined) return handlerText(layoutOf(op), config);
  const out = new TextEmitter(localName);
  const { width, dst } = op;
  const source = (index: number): void => {
    const operand: Operand | undefined = op.sources[index];
    if (operand === undefined) throw new Error(`${op.op} has no source ${index}.`);
    const type = sourceType(op.op, width, index);
    if (operand.kind === 'const') {
      out.emit(`${type}.const` as WasmMnemonic, operand.value);
      return;
    }
    const part = type === 'i32' && !isWord(op.op, index) ? NARROW[width] : undefined;
    out.emit('local.get', CPU);
    out.emit((part === undefined ? `${type}.load` : `i32.load${part}_u`) as WasmMnemonic, slotOffset(operand));
  };
  if (dst !== undefined) out.emit('local.get', CPU);
  lower(op.op, { out, width, nan: config.nan, source, local: rowLocal });
  if (dst !== undefined) {
    const row = opRow(op.op);
    const type = resultType(row, width) ?? 'i32';
    const part = row.result === 'same' && dst.kind === 'register' ? (NARROW[width] ?? '') : '';
    out.emit(`${type}.store${part}` as WasmMnemonic, slotOffset(dst));
  }
  return out.text();
}

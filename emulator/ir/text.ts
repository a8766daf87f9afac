/**
 * IR as text: one op a line, `dst = op.width sources #immediates`, labels as `L0:`. Registers are written `[name]` (or
 * `[+offset]`), temporaries `t0`, constants in hexadecimal. `parseBlock(printBlock(b))` is the same block.
 */
import { constant, type IrBlock, type IrOp, type Operand } from './block';
import { type OpName, OPS, opRow, type Width } from './ops';

/** How registers are named in the text; both ways. */
export interface RegisterNames {
  name(offset: number): string | undefined;
  offset(name: string): number | undefined;
}

const NO_NAMES: RegisterNames = { name: () => undefined, offset: () => undefined };

export function printBlock(block: IrBlock, names: RegisterNames = NO_NAMES): string {
  const lines: string[] = [];
  block.ops.forEach((op, index) => {
    block.labels.forEach((at, label) => {
      if (at === index) lines.push(`L${label}:`);
    });
    lines.push(`  ${printOp(op, names)}`);
  });
  return lines.join('\n');
}

export function printOp(op: IrOp, names: RegisterNames = NO_NAMES): string {
  const row = opRow(op.op);
  const operand = (value: Operand) => {
    if (value.kind === 'temp') return `t${value.index}`;
    if (value.kind === 'const') return `0x${value.value.toString(16)}`;
    return `[${names.name(value.offset) ?? `+${value.offset}`}]`;
  };
  const parts = [
    ...op.sources.map(operand),
    ...op.immediates.map((value, i) =>
      row.immediates[i] === 'label' ? `L${value}` : `#0x${(value >>> 0).toString(16)}`,
    ),
  ];
  const head = row.kind === 'control' ? op.op : `${op.op}.${op.width}`;
  return `${op.dst === undefined ? '' : `${operand(op.dst)} = `}${head}${parts.length === 0 ? '' : ` ${parts.join(', ')}`}`;
}

/** @throws Error with the line number and what is wrong there. */
export function parseBlock(text: string, names: RegisterNames = NO_NAMES): IrBlock {
  const ops: IrOp[] = [];
  const labels: number[] = [];
  let temps = 0;
  text.split('\n').forEach((raw, number) => {
    const line = raw.replace(/;.*/, '').trim();
    if (line === '') return;
    const fail = (why: string) => new Error(`IR line ${number + 1}: ${why}: ${line}`);
    const label = /^L(\d+):$/.exec(line);
    if (label !== null) {
      labels[Number(label[1])] = ops.length;
      return;
    }
    const operand = (word: string): Operand => {
      if (/^t\d+$/.test(word)) {
        const index = Number(word.slice(1));
        temps = Math.max(temps, index + 1);
        return { kind: 'temp', index };
      }
      if (/^0x[0-9a-f]+$/i.test(word)) return constant(BigInt(word));
      const register = /^\[(.+)\]$/.exec(word)?.[1];
      if (register === undefined) throw fail(`'${word}' is no operand`);
      const offset = register.startsWith('+') ? Number(register.slice(1)) : names.offset(register);
      if (offset === undefined || Number.isNaN(offset)) throw fail(`there is no register '${register}'`);
      return { kind: 'register', offset };
    };
    const match = /^(?:(\S+) = )?([a-z_0-9]+?)(?:\.(8|16|32|64|128))?(?: (.*))?$/.exec(line);
    if (match === null) throw fail('not an op');
    const [, target, name, width, rest] = match;
    if (name === undefined || !(name in OPS)) throw fail(`there is no op '${name ?? ''}'`);
    const sources: Operand[] = [];
    const immediates: number[] = [];
    for (const word of (rest ?? '').split(',').map((part) => part.trim())) {
      if (word === '') continue;
      if (/^L\d+$/.test(word)) immediates.push(Number(word.slice(1)));
      else if (/^#0x[0-9a-f]+$/i.test(word)) immediates.push(Number(word.slice(1)) | 0);
      else sources.push(operand(word));
    }
    const common = { op: name as OpName, width: Number(width ?? 32) as Width, sources, immediates };
    ops.push(target === undefined ? common : { ...common, dst: operand(target) });
  });
  return { ops, labels: Array.from(labels, (at) => at ?? -1), temps };
}

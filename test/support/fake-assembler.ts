/**
 * An assembler for the toy computer. It writes a listing in NASM's format, so that sources and breakpoints work as they
 * do with a real guest.
 */
import { OPCODES } from './fake-machine';

export interface Assembled {
  readonly source: string;
  readonly listing: string;
  readonly bytes: Uint8Array;
  /** Offsets from the beginning of memory. */
  readonly labels: ReadonlyMap<string, number>;
}

interface Line {
  readonly text: string;
  readonly offset: number;
  readonly operation: string | undefined;
  readonly operands: readonly string[];
}

const CODES: Readonly<Record<string, number>> = OPCODES;

/** Labels end in a colon; `db` takes numbers; operands are a register (`r1`), a number or a label. */
export function assemble(source: string): Assembled {
  const labels = new Map<string, number>();
  const lines: Line[] = [];
  let offset = 0;
  for (const text of source.split('\n')) {
    const match = /^\s*(?:([A-Za-z_]\w*):)?\s*([a-z]+)?\s*([^;]*?)\s*(?:;.*)?$/.exec(text);
    if (match?.[1] !== undefined) labels.set(match[1], offset);
    const operands = (match?.[3] ?? '').split(',').map((operand) => operand.trim());
    const given = operands.filter((operand) => operand !== '');
    lines.push({ text, offset, operation: match?.[2], operands: given });
    if (match?.[2] === 'db') offset += given.length;
    else if (match?.[2] !== undefined) offset += 4;
  }
  const bytes = new Uint8Array(offset);
  const listing = lines.map((line, index) => {
    const encoded = line.operation === undefined ? new Uint8Array(0) : encode(line, line.operation, labels);
    bytes.set(encoded, line.offset);
    return listingLine(index + 1, line.offset, encoded, line.text);
  });
  return { source, listing: `${listing.join('\n')}\n`, bytes, labels };
}

function encode(line: Line, operation: string, labels: ReadonlyMap<string, number>): Uint8Array {
  const number = (text: string | undefined): number => {
    const value = text === undefined ? 0 : (labels.get(text) ?? Number(text));
    if (Number.isNaN(value)) throw new Error(`unknown operand ${text} in "${line.text}"`);
    return value;
  };
  if (operation === 'db') return Uint8Array.from(line.operands, number);
  const opcode = CODES[operation];
  if (opcode === undefined) throw new Error(`unknown operation in "${line.text}"`);
  const register = /^r[0-3]$/.test(line.operands[0] ?? '') ? Number(line.operands[0]?.slice(1)) : 0;
  const last = line.operands.at(-1);
  const isBranch = operation === 'jmp' || operation === 'call' || operation === 'beqz';
  const value = last === undefined || /^r[0-3]$/.test(last) ? 0 : number(last);
  const operand = isBranch ? (value - line.offset - 4) / 4 : value;
  return Uint8Array.of(opcode, register, (operand >> 8) & 0xff, operand & 0xff);
}

/** Bytes on one row of a listing. */
const ROW = 9;

function listingLine(number: number, offset: number, bytes: Uint8Array, text: string): string {
  const hex = (from: number): string =>
    Buffer.from(bytes.subarray(from, from + ROW))
      .toString('hex')
      .toUpperCase();
  const left = String(number).padStart(6);
  if (bytes.length === 0) return text === '' ? `${left} ` : `${left.padEnd(40)}${text}`;
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const more = at + ROW < bytes.length ? '-' : '';
    const place = (offset + at).toString(16).toUpperCase().padStart(8, '0');
    rows.push(`${left} ${place} ${hex(at)}${more}`.padEnd(40) + (at === 0 ? text : ''));
  }
  return rows.join('\n');
}

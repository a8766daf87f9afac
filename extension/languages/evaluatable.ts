/** What of an assembler source the debugger can evaluate: registers, memory operands, labels; and which registers a line names. */
import { isInComment, type Lines, parseLine, type Statement, wordAt, type Word } from './assembly';
import { registerNamed } from './hover-text';

/** A piece of a line and the expression that it means. */
export interface Evaluatable {
  readonly start: number;
  readonly end: number;
  readonly expression: string;
}

const SIZES: Readonly<Record<number, string>> = { 8: 'byte', 16: 'word', 32: 'dword', 64: 'qword' };
const STACK_BASES = /\b(?:e?bp|esp)\b/i;
/** An operand in brackets with what stands before them. */
const BRACKETS = /(?:\b(byte|word|dword|qword)\s+(?:ptr\s+)?)?(?:\b([c-gs]s)\s*:\s*)?\[([^\][]+)\]/gi;
/** `%es:4(%bx,%si)` of GNU as. */
const ATT = /(?:%([c-gs]s):)?([-+\w.]*)\(\s*(?:%(\w+))?\s*(?:,\s*%(\w+)\s*(?:,\s*(\d))?)?\s*\)/g;
const ATT_SIZES: Readonly<Record<string, string>> = { b: 'byte', w: 'word', l: 'dword' };

/** The width that the other operand has, as the word for it. */
function sizeOfOther({ operands }: Statement, own: Word): string {
  for (const { text, start } of operands) {
    if (own.start >= start && own.start < start + text.length) continue;
    const register = registerNamed(text.replace(/^%/, ''));
    if (register !== undefined) return SIZES[register.width] ?? '';
  }
  return '';
}

/** `bx+4` -> `ds:bx+4`: the segment that the CPU takes by itself. */
const withSegment = (address: string, segment: string | undefined): string => {
  if (segment !== undefined) return `${segment.toLowerCase()}:${address}`;
  if (address.includes(':')) return address;
  return `${STACK_BASES.test(address) ? 'ss' : 'ds'}:${address}`;
};

/** The operand in memory at a column. */
function memoryAt(text: string, column: number, statement: Statement): Evaluatable | undefined {
  for (const match of text.matchAll(BRACKETS)) {
    const [whole, size, segment, inner = ''] = match;
    const start = match.index;
    const end = start + whole.length;
    if (column < start || column > end || isInComment(text, start)) continue;
    const address = inner.replace(/^\s*(?:rel|abs|byte|word|dword)\s+/i, '').trim();
    const bytes = size?.toLowerCase() ?? sizeOfOther(statement, { text: whole, start, end });
    return { start, end, expression: `${bytes}[${withSegment(address, segment)}]` };
  }
  for (const match of text.matchAll(ATT)) {
    const [whole, segment, displacement, base, index, scale = '1'] = match;
    const start = match.index;
    const end = start + whole.length;
    if (column < start || column > end || (base === undefined && index === undefined)) continue;
    const parts = [base, index === undefined ? undefined : scale === '1' ? index : `${index}*${scale}`, displacement];
    const address = parts
      .filter((part) => part !== undefined && part !== '')
      .join('+')
      .replace('+-', '-');
    const suffix = ATT_SIZES[statement.mnemonic?.text.at(-1) ?? ''] ?? '';
    const bytes = sizeOfOther(statement, { text: whole, start, end }) || suffix;
    return { start, end, expression: `${bytes}[${withSegment(address, segment)}]` };
  }
  return undefined;
}

/** `.next` below `print:` is `print.next`, as NASM has it. */
function labelName(lines: Lines, line: number, name: string): string {
  if (!name.startsWith('.')) return name;
  for (let at = line; at >= 0; at--) {
    const { label } = parseLine(lines.text(at));
    if (label !== undefined && !label.startsWith('.') && !/^\d/.test(label)) return `${label}${name}`;
  }
  return name;
}

/** What is to be evaluated at a place; nothing where the editor's own words are of more use. */
export function evaluatableAt(lines: Lines, line: number, column: number): Evaluatable | undefined {
  const text = lines.text(line);
  const word = wordAt(text, column);
  if (isInComment(text, column)) return undefined;
  const statement = parseLine(text);
  const { mnemonic, label } = statement;
  const register = word === undefined ? undefined : registerNamed(word.text);
  if (word !== undefined && register !== undefined) {
    // Of a port its chip is told.
    if (register.name === 'DX' && /^(?:in|out)[bwl]?$/.test(mnemonic?.text ?? '')) return undefined;
    return { start: word.start, end: word.end, expression: register.name };
  }
  const memory = memoryAt(text, column, statement);
  if (memory !== undefined) return memory;
  if (word === undefined || /^\d/.test(word.text) || mnemonic?.text === 'int') return undefined;
  if (word.start === mnemonic?.start && label !== word.text) return undefined;
  return { start: word.start, end: word.end, expression: labelName(lines, line, word.text) };
}

/** Lines above the stop whose registers are shown. */
const SHOWN_ABOVE = 8;
/** What is executed behind these came from somewhere else. */
const LEAVES = /^(?:jmp|ret[fn]?|iret[dq]?)$/;

/** A register named on a line, shown behind it. */
export interface Named extends Evaluatable {
  readonly line: number;
}

/**
 * The registers named at the stop and on the lines just before it, each once: where it was named last.
 * @param line where the session stands, from 0
 * @param first line that is seen
 */
export function namedRegisters(lines: Lines, line: number, first: number): readonly Named[] {
  const seen = new Set<string>();
  const found: Named[] = [];
  for (let at = line; at >= Math.max(first, line - SHOWN_ABOVE); at--) {
    const text = lines.text(at);
    const { mnemonic, operands, label } = parseLine(text);
    if (at < line && mnemonic !== undefined && LEAVES.test(mnemonic.text)) break;
    for (const operand of operands) {
      for (const match of operand.text.matchAll(/[A-Za-z]\w*/g)) {
        const register = registerNamed(match[0]);
        const start = operand.start + match.index;
        if (register === undefined || seen.has(register.name)) continue;
        seen.add(register.name);
        found.push({ line: at, start, end: start + match[0].length, expression: match[0] });
      }
    }
    // The lines above a routine are another's.
    if (label !== undefined && !label.startsWith('.')) break;
  }
  return found.toSorted((a, b) => a.line - b.line || a.start - b.start);
}

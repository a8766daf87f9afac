/** Lines of assembler sources, as far as hovers need to understand them: NASM, YASM, FASM, MASM and GNU as. */

/** A piece of a line; columns from 0, the end not included. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What a line says, without label and comment. */
export interface Statement {
  readonly label: string | undefined;
  readonly mnemonic: Word | undefined;
  /** Operands as they stand there, outer blanks aside. */
  readonly operands: readonly Word[];
}

/** What can be read of a document. */
export interface Lines {
  readonly lineCount: number;
  text(line: number): string;
}

const WORD = /%?[A-Za-z_.$?@][\w.$?@~]*|0[xX][0-9A-Fa-f_]+|\d\w*/g;
/** AT&T writes registers with %, which NASM has for its preprocessor. */
const SIGIL = /^[%$]/;

/** Where the comment of a line begins; its end where there is none. `#` and `//` are comments of GNU as. */
function commentStart(text: string): number {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'" || character === '`') quote = character;
    else if (character === ';' || text.startsWith('//', at) || (character === '#' && !/\w/.test(text[at + 1] ?? '')))
      return at;
  }
  return text.length;
}

/** The word at a column, a register's percent sign aside. */
export function wordAt(text: string, column: number): Word | undefined {
  for (const match of text.matchAll(WORD)) {
    const start = match.index;
    const end = start + match[0].length;
    if (column < start) return undefined;
    if (column > end || (column === end && /\w/.test(text[end] ?? ''))) continue;
    if (column <= end) {
      const plain = match[0].startsWith('%') ? match[0].slice(1) : match[0];
      return { text: plain, start: end - plain.length, end };
    }
  }
  return undefined;
}

export const isInComment = (text: string, column: number): boolean => column >= commentStart(text);

/** Parts between commas that lie in no bracket. */
function split(text: string, from: number): readonly Word[] {
  const parts: Word[] = [];
  let depth = 0;
  let start = 0;
  const add = (end: number): void => {
    const raw = text.slice(start, end);
    const trimmed = raw.trim();
    if (trimmed === '') return;
    const at = from + start + raw.indexOf(trimmed);
    parts.push({ text: trimmed, start: at, end: at + trimmed.length });
  };
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === '[' || character === '(') depth++;
    else if (character === ']' || character === ')') depth--;
    else if (at === text.length || (character === ',' && depth === 0)) {
      add(at);
      start = at + 1;
    }
  }
  return parts;
}

const PREFIXES = /^(?:rep(?:n?[ez])?|lock|[c-gs]s)$/i;

export function parseLine(text: string): Statement {
  let code = text.slice(0, commentStart(text));
  let from = 0;
  const labelled = /^\s*([A-Za-z_.$?@][\w.$?@~]*|\d+):(?!\s*\])/.exec(code);
  const label = labelled?.[1];
  if (labelled !== null) {
    from = labelled[0].length;
    code = code.slice(from);
  }
  for (;;) {
    const match = /^\s*([A-Za-z.%][\w.]*)/.exec(code);
    if (match === null) return { label, mnemonic: undefined, operands: [] };
    const [whole, name = ''] = match;
    const start = from + whole.length - name.length;
    const rest = code.slice(whole.length);
    if (PREFIXES.test(name) && /^\s+[A-Za-z]/.test(rest)) {
      code = rest;
      from += whole.length;
      continue;
    }
    const mnemonic = { text: name.toLowerCase(), start, end: start + name.length };
    return { label, mnemonic, operands: split(rest, from + whole.length) };
  }
}

/** `mov ax, 5` and `mov $5, %ax`: what is written to, and what it is given. */
function targetAndSource({ operands }: Statement): { readonly target: string; readonly source: string } | undefined {
  const [first, second] = operands;
  if (first === undefined || second === undefined) return undefined;
  // AT&T has the target last, and marks registers and numbers.
  const isAtt = SIGIL.test(first.text) || SIGIL.test(second.text);
  const [target, source] = isAtt ? [second.text, first.text] : [first.text, second.text];
  return { target: target.replace(SIGIL, '').toLowerCase(), source: source.replace(SIGIL, '') };
}

/** A number as the assemblers write it: `0x1f`, `1Fh`, `$1f`, `101b`, `'A'`; undefined for anything else. */
export function numberOf(text: string): number | undefined {
  const plain = text
    .trim()
    .replaceAll('_', '')
    .replace(/^\$(?=\d)/, '');
  const [, quoted] = /^'(.)'$/.exec(plain) ?? [];
  if (quoted !== undefined) return quoted.charCodeAt(0);
  const [, hex = /^([0-9][0-9a-f]*)h$/i.exec(plain)?.[1]] = /^0x([0-9a-f]+)$/i.exec(plain) ?? [];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  const [, bits = /^0b([01]+)$/i.exec(plain)?.[1]] = /^([01]+)b$/i.exec(plain) ?? [];
  if (bits !== undefined) return Number.parseInt(bits, 2);
  return /^\d+$/.test(plain) ? Number(plain) : undefined;
}

/** Deepest chain of constants that is followed. */
const DEPTH = 8;

const escaped = (text: string): string => text.replaceAll(/[.$?]/g, (character) => `\\${character}`);

/** How a constant is defined, in the one or the other assembler. */
function definition(name: string): RegExp {
  const is = escaped(name);
  return new RegExp(
    `^\\s*(?:${is}\\s*:?\\s+(?:equ)\\s+|${is}\\s*=\\s*|%(?:define|assign|xdefine)\\s+${is}\\s+|#define\\s+${is}\\s+|\\.(?:equ|set)\\s+${is}\\s*,\\s*)(.+)$`,
    'i',
  );
}

/** The value of a number, of a constant of this document, or of a sum of them. */
export function constantOf(lines: Lines, text: string, depth = 0): number | undefined {
  const number = numberOf(text);
  if (number !== undefined || depth > DEPTH) return number;
  const sum = /^(.+?)\s*([+-])\s*([^+-]+)$/.exec(text.trim());
  if (sum !== null) {
    const [, left = '', sign, right = ''] = sum;
    const a = constantOf(lines, left, depth + 1);
    const b = constantOf(lines, right, depth + 1);
    return a === undefined || b === undefined ? undefined : sign === '+' ? a + b : a - b;
  }
  const name = text.trim();
  if (!/^[A-Za-z_.?@][\w.?@]*$/.test(name)) return undefined;
  const pattern = definition(name);
  for (let line = 0; line < lines.lineCount; line++) {
    const whole = lines.text(line);
    const found = pattern.exec(whole.slice(0, commentStart(whole)))?.[1];
    if (found !== undefined) return constantOf(lines, found.trim(), depth + 1);
  }
  return undefined;
}

/** Lines above that are looked at for the value of a register. */
const LOOK_BACK = 16;
/** Behind these nothing above counts. */
const ENDS = /^(?:int|call|jmp|ret[fn]?|iret[dq]?|hlt|loop\w*)$/;

/** What a register was set to just above a line, where that is a constant there. */
export function valueAbove(lines: Lines, line: number, register: string): number | undefined {
  const wide = register.replace(/^([a-d])[hl]$/, '$1x');
  for (let at = line - 1; at >= Math.max(0, line - LOOK_BACK); at--) {
    const statement = parseLine(lines.text(at));
    const { mnemonic } = statement;
    if (mnemonic === undefined) continue;
    if (ENDS.test(mnemonic.text)) return undefined;
    const move = targetAndSource(statement);
    if (move === undefined) continue;
    const { target, source } = move;
    if (target !== register && target !== wide && target !== `e${wide}`) continue;
    const clears = /^(?:xor|sub)[bwl]?$/.test(mnemonic.text) && source.toLowerCase() === target;
    const value = clears ? 0 : /^mov[bwl]?$/.test(mnemonic.text) ? constantOf(lines, source) : undefined;
    if (value === undefined) return undefined;
    return register.endsWith('h') && target !== register
      ? (value >> 8) & 0xff
      : register === target
        ? value
        : value & 0xff;
  }
  return undefined;
}

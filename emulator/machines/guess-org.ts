/**
 * For which offset a flat 16-bit image was assembled (its ORG), told by the absolute offsets in its code: they lead to its
 * own texts and data only from the right one.
 */
import { decode, type DecodeMode, type Instruction } from '../cpu/x86/decode';
import type { ControlFlow } from '../cpu/x86/flow';
import { CPU_MODELS } from '../cpu/x86/models';

export interface OrgGuess {
  /** Offset of the first byte in its segment. */
  readonly org: number;
  /** Absolute offsets that lead into the image from there, and all that were found. */
  readonly inside: number;
  readonly references: number;
  /** Those that lead to the beginning of a text. */
  readonly texts: number;
}

/** Offsets that programs are usually written for: DOS, MBRs that move themselves, boot sectors, second stages. */
const USUAL = [0, 0x100, 0x500, 0x600, 0x1000, 0x2000, 0x7c00, 0x7e00, 0x8000, 0x9000, 0xa000] as const;
const MODE: DecodeMode = {
  model: CPU_MODELS['80386'],
  codeSize: 16,
  protectedMode: false,
  firmware: false,
};
/** More of an image than a segment holds is not looked at. */
const MOST_BYTES = 0x1_0000;
/** Programs begin at a paragraph. */
const PARAGRAPH = 16;
const SHORTEST_TEXT = 4;
/** A text counts as much as so many other references: few other offsets begin one by chance. */
const TEXT_WEIGHT = 3;

const SP = 4;

/** Behind these the next instruction need not be one. */
const ENDS: ReadonlySet<ControlFlow> = new Set(['jump', 'return', 'interrupt-return', 'halt', 'invalid']);

/** Where a relative jump or call leads. */
const targets = ({ operands }: Instruction): readonly number[] =>
  operands.flatMap((operand) => (operand.kind === 'relative' ? [operand.target] : []));

/** Offsets that the instruction names: of data, or a number moved into a register that can point. */
function absolutes({ operands, row }: Instruction): readonly number[] {
  return operands.flatMap((operand, place) => {
    if (operand.kind === 'memory') return operand.base < 0 && operand.index < 0 ? [operand.displacement] : [];
    if (operand.kind !== 'immediate' || operand.width !== 16 || row.mnemonic !== 'MOV' || place !== 1) return [];
    const [register] = operands;
    return register.kind === 'register' && register.width === 16 && register.index !== SP && register.index >= 2
      ? [operand.value & 0xffff]
      : [];
  });
}

/** Instructions that can be reached from the first byte, as offsets from it. */
function reachable(image: Uint8Array): readonly Instruction[] {
  const seen = new Map<number, Instruction>();
  const pending = [0];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    while (at < image.length && !seen.has(at)) {
      const here: number = at;
      const decoded = decode(here, MODE, (index) => image[here + index] ?? -1);
      if (!decoded.ok) break;
      const { instruction } = decoded;
      seen.set(here, instruction);
      pending.push(...targets(instruction).filter((target) => target < image.length));
      if (ENDS.has(instruction.row.flow)) break;
      at = here + instruction.length;
    }
  }
  return [...seen.values()];
}

/** Where texts begin: printable characters after something else. */
function textStarts(image: Uint8Array): ReadonlySet<number> {
  const printable = (at: number): boolean => {
    const byte = image[at] ?? 0;
    return (byte >= 0x20 && byte < 0x7f) || byte === 0x0d || byte === 0x0a || byte === 0x09;
  };
  const starts = new Set<number>();
  for (let at = 0; at < image.length; at++) {
    if (!printable(at) || (at > 0 && printable(at - 1))) continue;
    let end = at;
    while (printable(end)) end++;
    if (end - at >= SHORTEST_TEXT) starts.add(at);
    at = end;
  }
  return starts;
}

/** Paragraphs from which most references lead to the beginning of a text. */
function voted(references: readonly number[], texts: ReadonlySet<number>): readonly number[] {
  const votes = new Uint16Array(MOST_BYTES / PARAGRAPH);
  for (const reference of references)
    for (const start of texts)
      if (reference >= start && (reference - start) % PARAGRAPH === 0) votes[(reference - start) / PARAGRAPH]++;
  const most = votes.reduce((a, b) => Math.max(a, b), 0);
  if (most < 2) return [];
  return [...votes.keys()].filter((paragraph) => votes[paragraph] === most).map((paragraph) => paragraph * PARAGRAPH);
}

/** The guess for the bytes of a flat image or boot sector; nothing where its code tells nothing. */
export function guessOrg(bytes: Uint8Array): OrgGuess | undefined {
  const image = bytes.subarray(0, MOST_BYTES);
  const instructions = reachable(image);
  const found = [...new Set(instructions.flatMap((instruction) => absolutes(instruction)))];
  const texts = textStarts(image);
  const candidates = new Set<number>([...USUAL, ...voted(found, texts)]);
  let best: OrgGuess | undefined;
  let bestScore = 0;
  for (const org of candidates) {
    const inside = found.filter((reference) => reference >= org && reference < org + image.length);
    const atTexts = inside.filter((reference) => texts.has(reference - org)).length;
    const usual = (USUAL as readonly number[]).includes(org) ? 1 : 0;
    const score = inside.length + atTexts * TEXT_WEIGHT + usual;
    if (inside.length >= 2 && score > bestScore) {
      bestScore = score;
      best = { org, inside: inside.length, references: found.length, texts: atTexts };
    }
  }
  return best;
}

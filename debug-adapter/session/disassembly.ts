/** Memory as rows of instructions, forwards and backwards from an address. */
import type { CodeCapability, DecodedInstruction } from '../../emulator/debug/target';
import type { ProgramSymbols } from '../symbols/program-symbols';

export type Row =
  | { readonly kind: 'instruction'; readonly address: bigint; readonly decoded: DecodedInstruction }
  /** Bytes that are data, or the rest of an instruction that would run over a known beginning. */
  | { readonly kind: 'data'; readonly address: bigint; readonly bytes: Uint8Array }
  /** One byte that can't be read. */
  | { readonly kind: 'unreadable'; readonly address: bigint };

/** Longest instruction of any architecture that is served, in bytes (x86: 15). */
const LONGEST = 16;
/** Data bytes on one row. */
const DATA_ROW = 8;
/** Instructions that are decoded at once. */
const BATCH = 16;

/** Instructions by address; streams that join are decoded once. */
class InstructionCache {
  readonly #decoded = new Map<bigint, DecodedInstruction>();
  readonly #unreadable = new Set<bigint>();

  constructor(readonly code: CodeCapability) {}

  async at(address: bigint): Promise<DecodedInstruction | undefined> {
    const known = this.#decoded.get(address);
    if (known !== undefined || this.#unreadable.has(address)) return known;
    for (const decoded of await this.code.decode(address, BATCH)) this.#decoded.set(decoded.address, decoded);
    const found = this.#decoded.get(address);
    if (found === undefined || found.length === 0) {
      this.#unreadable.add(address);
      return undefined;
    }
    return found;
  }
}

export class Disassembler {
  readonly #cache: InstructionCache;
  /** Where an instruction certainly begins: the program counter, return addresses, routines. */
  readonly #anchors: readonly bigint[];

  /** @param anchors addresses at which an instruction certainly begins, in any order */
  constructor(
    code: CodeCapability,
    readonly symbols: ProgramSymbols,
    anchors: readonly bigint[],
  ) {
    this.#cache = new InstructionCache(code);
    this.#anchors = anchors;
  }

  /** Known beginnings in a half-open range, rising, each once. */
  #boundaries(start: bigint, end: bigint): bigint[] {
    const found = new Set([
      ...this.symbols.lines.starts(start, end),
      ...this.symbols.symbols.codeAddresses(start, end),
    ]);
    for (const anchor of this.#anchors) if (anchor >= start && anchor < end) found.add(anchor);
    return [...found].toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** Data of the source: bytes up to the end of the row, or nothing where there is code. */
  #dataEnd(address: bigint): bigint | undefined {
    if (this.#anchors.includes(address)) return undefined;
    const row = this.symbols.lines.at(address);
    return row === undefined || row.code ? undefined : row.end;
  }

  /** The bytes from `address` up to `end` as data rows. */
  async #data(address: bigint, end: bigint, rows: Row[]): Promise<void> {
    const bytes: number[] = [];
    for (let at = address; at < end; at++) {
      const decoded = await this.#cache.at(at);
      if (decoded === undefined) break;
      bytes.push(decoded.bytes[0] ?? 0);
    }
    for (let at = 0; at < bytes.length; at += DATA_ROW) {
      rows.push({
        kind: 'data',
        address: address + BigInt(at),
        bytes: Uint8Array.from(bytes.slice(at, at + DATA_ROW)),
      });
    }
    for (let at = address + BigInt(bytes.length); at < end; at++) rows.push({ kind: 'unreadable', address: at });
  }

  /** Rows from `start` on: until `count` of them are there, or until `end` is reached; the last may go beyond. */
  async #rows(start: bigint, count: number, end: bigint): Promise<Row[]> {
    const rows: Row[] = [];
    const limit = start + BigInt(count + 1) * BigInt(LONGEST);
    const boundaries = this.#boundaries(start + 1n, limit < end ? limit : end);
    if (end < limit) boundaries.push(end);
    let next = 0;
    let at = start;
    while (rows.length < count && at < end) {
      while ((boundaries[next] ?? limit) <= at) {
        if (next >= boundaries.length) break;
        next++;
      }
      const boundary = boundaries[next];
      const dataEnd = this.#dataEnd(at);
      if (dataEnd !== undefined) {
        const stop = boundary !== undefined && boundary < dataEnd ? boundary : dataEnd;
        // Long data (a padded boot sector) is cut where the rows asked for end.
        const most = at + BigInt((count - rows.length) * DATA_ROW);
        const to = stop < most ? stop : most;
        await this.#data(at, to, rows);
        at = to;
        continue;
      }
      const decoded = await this.#cache.at(at);
      if (decoded === undefined) {
        rows.push({ kind: 'unreadable', address: at });
        at++;
      } else if (boundary !== undefined && at + BigInt(decoded.length) > boundary) {
        await this.#data(at, boundary, rows);
        at = boundary;
      } else {
        rows.push({ kind: 'instruction', address: at, decoded });
        at += BigInt(decoded.length);
      }
    }
    return rows;
  }

  /** Exactly `count` rows from `start` on. */
  async forward(start: bigint, count: number): Promise<Row[]> {
    if (count <= 0) return [];
    return (await this.#rows(start, count, start + BigInt(count + 1) * BigInt(LONGEST))).slice(0, count);
  }

  /**
   * At most `count` rows that end exactly at `end`, fewer at address 0. Going back there is no telling where
   * instructions begin, so the alignments are tried; the one that has to cut the fewest instructions wins.
   */
  async backward(end: bigint, count: number): Promise<Row[]> {
    if (count <= 0 || end <= 0n) return [];
    const wanted = end - BigInt(count) * BigInt(LONGEST);
    const first = wanted < 0n ? 0n : wanted;
    const known = this.#boundaries(first, end)[0];
    // A known beginning that is far enough back needs no trying.
    const alignments = known === first || first === 0n ? 1 : LONGEST;
    let best: Row[] = [];
    let least = Number.POSITIVE_INFINITY;
    for (let alignment = 0; alignment < alignments && first + BigInt(alignment) < end; alignment++) {
      const rows = await this.#rows(first + BigInt(alignment), Number(end - first), end);
      const tail = rows.slice(-count);
      let cut = 0;
      for (const row of tail) if (row.kind === 'data' && this.#dataEnd(row.address) === undefined) cut++;
      if (cut < least) [best, least] = [tail, cut];
      if (least === 0) break;
    }
    return best;
  }
}

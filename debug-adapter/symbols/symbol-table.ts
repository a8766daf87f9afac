/** Names of addresses. */

export interface ProgramSymbol {
  readonly name: string;
  /** In the code space; the value itself for a constant. */
  readonly address: bigint;
  /** In bytes, 0 when unknown. */
  readonly size: number;
  readonly kind: 'code' | 'data' | 'constant';
  /** Where a label was moved to at run time it has an alias; the alias does not name addresses in lists of symbols. */
  readonly alias?: boolean;
}

/** Farthest distance at which `name+offset` still says something, for symbols of unknown size. */
const REACH = 0x1000n;

export class SymbolTable {
  readonly #byName = new Map<string, ProgramSymbol>();
  /** Sorted by address; without constants. */
  readonly #sorted: ProgramSymbol[];

  constructor(symbols: Iterable<ProgramSymbol> = []) {
    this.#sorted = [];
    for (const symbol of symbols) {
      if (!this.#byName.has(symbol.name) || this.#byName.get(symbol.name)?.alias === true)
        this.#byName.set(symbol.name, symbol);
      if (symbol.kind !== 'constant') this.#sorted.push(symbol);
    }
    this.#sorted.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : b.size - a.size));
  }

  get size(): number {
    return this.#byName.size;
  }

  byName(name: string): ProgramSymbol | undefined {
    return this.#byName.get(name);
  }

  /** All symbols, each name once. */
  all(): Iterable<ProgramSymbol> {
    return this.#byName.values();
  }

  /** Number of symbols with an address at or below `address`. */
  #upTo(address: bigint): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const symbol = this.#sorted[middle];
      if (symbol !== undefined && symbol.address <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The symbol exactly at an address. */
  at(address: bigint): ProgramSymbol | undefined {
    const found = this.#sorted[this.#upTo(address) - 1];
    if (found?.address !== address) return undefined;
    // Of several names the first that was declared is shown; they are beside each other.
    let index = this.#upTo(address) - 1;
    while (this.#sorted[index - 1]?.address === address) index--;
    return this.#sorted[index];
  }

  /** The symbol that an address belongs to, and the distance from it. */
  containing(address: bigint): { readonly symbol: ProgramSymbol; readonly offset: bigint } | undefined {
    const exact = this.at(address);
    if (exact !== undefined) return { symbol: exact, offset: 0n };
    const symbol = this.#sorted[this.#upTo(address) - 1];
    if (symbol === undefined) return undefined;
    const offset = address - symbol.address;
    return offset < (symbol.size > 0 ? BigInt(symbol.size) : REACH) ? { symbol, offset } : undefined;
  }

  /** Addresses of code symbols within a half-open range, rising. */
  codeAddresses(start: bigint, end: bigint): bigint[] {
    const found: bigint[] = [];
    for (let index = this.#upTo(start - 1n); index < this.#sorted.length; index++) {
      const symbol = this.#sorted[index];
      if (symbol === undefined || symbol.address >= end) break;
      if (symbol.kind === 'code') found.push(symbol.address);
    }
    return found;
  }

  /** `print+5h`-like text of an address: the name, and a hexadecimal distance where it is not 0. */
  describe(address: bigint): string | undefined {
    const found = this.containing(address);
    if (found === undefined) return undefined;
    return found.offset === 0n
      ? found.symbol.name
      : `${found.symbol.name}+0x${found.offset.toString(16).toUpperCase()}`;
  }
}

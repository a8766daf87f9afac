/** Reads the map files of NASM's flat binary output (`[map all FILE]`). */

export interface MapSection {
  readonly name: string;
  /** Address that the code is assembled for. */
  readonly vstart: bigint;
  /** Address in the image, counted from the origin. */
  readonly start: bigint;
  readonly length: number;
}

export interface MapSymbol {
  readonly name: string;
  readonly section: string;
  /** Where it lies in the image, counted from the origin. */
  readonly real: bigint;
  /** The value that the program sees. */
  readonly virtual: bigint;
}

export interface NasmMap {
  readonly source: string | undefined;
  readonly origin: bigint;
  readonly sections: readonly MapSection[];
  readonly symbols: readonly MapSymbol[];
  readonly constants: ReadonlyMap<string, bigint>;
}

function isNasmMap(text: string): boolean {
  return /^\s*- NASM Map file -/.test(text);
}

/** A number of 64 bits at most: an address or a size. */
const isHex = (word: string): boolean => /^[0-9A-F]{1,16}$/i.test(word);

const hex = (text: string | undefined): bigint => BigInt(`0x${text ?? '0'}`);

/** Nothing where the text is no NASM map. */
export function parseNasmMap(text: string): NasmMap | undefined {
  if (!isNasmMap(text)) return undefined;
  const sections: MapSection[] = [];
  const symbols: MapSymbol[] = [];
  const constants = new Map<string, bigint>();
  let source: string | undefined;
  let origin = 0n;
  let part = '';
  let section: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^-- (.+?) -+$/.exec(line)?.[1];
    if (heading !== undefined) {
      part = heading;
      section = undefined;
      continue;
    }
    const inner = /^---- (?:Section (\S+)|No Section) -+$/.exec(line);
    if (inner !== null) {
      section = inner[1];
      continue;
    }
    source ??= /^Source file:\s+(.+?)\s*$/.exec(line)?.[1];
    const words = line.trim().split(/\s+/);
    const numbers = words.every((word, index) => index === words.length - 1 || isHex(word));
    if (part === 'Program origin' && isHex(line.trim())) origin = hex(line.trim());
    else if (part === 'Sections (summary)' && words.length === 6 && words.slice(0, 4).every(isHex)) {
      const [vstart, start, , length, , name = ''] = words;
      sections.push({ name, vstart: hex(vstart), start: hex(start), length: Number(hex(length)) });
    } else if (part === 'Symbols' && numbers && section !== undefined && words.length === 3) {
      symbols.push({ name: words[2] ?? '', section, real: hex(words[0]), virtual: hex(words[1]) });
    } else if (part === 'Symbols' && numbers && section === undefined && words.length === 2) {
      constants.set(words[1] ?? '', hex(words[0]));
    }
  }
  return { source, origin, sections, symbols, constants };
}

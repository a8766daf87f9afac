/**
 * Disassembly as a source. The editor focuses no frame that has no source, so code without one gets a text made from
 * memory: one a routine, kept as long as memory still holds the same code around the place asked for.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Disassembler, type Row } from './disassembly';
import { bytesText, dataText } from './instruction-text';
import type { Program } from './program';

interface Generated {
  readonly reference: number;
  /** Address of the first row. */
  readonly start: bigint;
  readonly name: string;
  readonly text: string;
  /** CPU mode that it was decoded in, in bits. */
  readonly bits: number;
  /** Line (from 1) of each row's address. */
  readonly lines: ReadonlyMap<bigint, number>;
  /** Rows in order, with their bytes, to see whether memory still holds them. */
  readonly rows: readonly { readonly address: bigint; readonly line: number; readonly bytes: Uint8Array }[];
}

/** Rows shown from the place asked for on. */
const ROWS_AFTER = 200;
/** Farthest beginning of a routine that is still taken as the beginning of the text, in bytes. */
const ROUTINE_REACH = 0x400n;
/** Rows around the place asked for that must be as they were for a text to be used again. */
const ROWS_COMPARED = 16;
/** Room of an instruction before its bytes, which come last: beside the Display an editor is narrow. */
const TEXT_WIDTH = 32;

export class GeneratedSources {
  readonly #all: Generated[] = [];

  /**
   * The text and line that show `address`.
   * @param called true for a return address: the line shown is the one before, which made the call
   */
  async locate(
    program: Program,
    address: bigint,
    routine: bigint | undefined,
    called: boolean,
  ): Promise<{ readonly source: DebugProtocol.Source; readonly line: number } | undefined> {
    if (program.target.code === undefined) return undefined;
    const { bits } = await program.target.code.mode();
    const start = beginning(address, routine);
    // The text of the same routine first, then the latest that has the address.
    const candidates = this.#all.filter((known) => known.bits === bits && known.lines.has(address)).toReversed();
    candidates.sort((a, b) => Number(b.start === start) - Number(a.start === start));
    for (const known of candidates) {
      if (await this.#unchanged(program, known, address))
        return { source: present(known), line: lineOf(known, address, called) };
    }
    const made = await this.#make(program, address, start, bits);
    this.#all.push(made);
    return { source: present(made), line: lineOf(made, address, called) };
  }

  async #unchanged(program: Program, known: Generated, address: bigint): Promise<boolean> {
    const index = known.rows.findIndex((row) => row.address === address);
    const near = known.rows.slice(Math.max(0, index - ROWS_COMPARED), index + ROWS_COMPARED);
    const first = near[0];
    const last = near.at(-1);
    if (first === undefined || last === undefined) return false;
    const length = Number(last.address - first.address) + last.bytes.length;
    const now = await program.target.memory.read(program.target.description.codeSpace, first.address, length);
    return near.every((row) => {
      const at = Number(row.address - first.address);
      return row.bytes.every((byte, offset) => now[at + offset] === byte);
    });
  }

  async #make(program: Program, address: bigint, start: bigint, bits: number): Promise<Generated> {
    const { code } = program;
    const mode = await code.mode();
    const disassembler = new Disassembler(code, program.symbols, [address, start]);
    const before = start < address ? await disassembler.forward(start, Number(address - start)) : [];
    const after = await disassembler.forward(address, ROWS_AFTER);
    // Where memory ends the text ends; the place asked for has a row in any case.
    const end = after.findIndex((row, index) => index > 0 && row.kind === 'unreadable');
    const rows = [...before.filter((row) => row.address < address), ...after.slice(0, end < 0 ? undefined : end)];
    const startText = await program.formatAddress(start);
    const lines = new Map<bigint, number>();
    const kept: { address: bigint; line: number; bytes: Uint8Array }[] = [];
    const text = [`; Disassembly of memory from ${startText} on, ${mode.title}. There is no source for it.`];
    for (const row of rows) {
      const label = program.symbols.symbols.at(row.address);
      if (label !== undefined) text.push(`${label.name}:`);
      text.push(await rowLine(program, row, bits));
      lines.set(row.address, text.length);
      kept.push({ address: row.address, line: text.length, bytes: rowBytes(row) });
    }
    const name = program.symbols.symbols.at(start)?.name;
    return {
      reference: this.#all.length + 1,
      start,
      name: `${startText}${name === undefined ? '' : ` ${name}`}.asm`,
      text: `${text.join('\n')}\n`,
      bits,
      lines,
      rows: kept,
    };
  }

  #find(reference: number): Generated | undefined {
    return this.#all[reference - 1];
  }

  /** The text behind a source reference. */
  text(reference: number): string | undefined {
    return this.#find(reference)?.text;
  }

  /** The address of a line, or of the next line that has one. */
  addressAt(reference: number, line: number): { readonly address: bigint; readonly line: number } | undefined {
    return this.#find(reference)?.rows.find((row) => row.line >= line);
  }

  linesWithCode(reference: number, first: number, last: number): number[] {
    const rows = this.#find(reference)?.rows ?? [];
    return rows.filter((row) => row.line >= first && row.line <= last).map((row) => row.line);
  }

  sources(): DebugProtocol.Source[] {
    return this.#all.map(present);
  }
}

/** Where the text for an address begins: at its routine when that is near enough. */
function beginning(address: bigint, routine: bigint | undefined): bigint {
  return routine !== undefined && routine <= address && address - routine < ROUTINE_REACH ? routine : address;
}

function lineOf(generated: Generated, address: bigint, called: boolean): number {
  const index = generated.rows.findIndex((row) => row.address === address);
  const row = generated.rows[called && index > 0 ? index - 1 : index];
  return row?.line ?? 1;
}

function present(generated: Generated): DebugProtocol.Source {
  return { name: generated.name, sourceReference: generated.reference, origin: 'disassembly' };
}

function rowBytes(row: Row): Uint8Array {
  switch (row.kind) {
    case 'instruction':
      return row.decoded.bytes;
    case 'data':
      return row.bytes;
    case 'unreadable':
      return new Uint8Array(0);
  }
}

/** The text of a row without its address. */
export function rowText(program: Program, row: Row, bits: number): string {
  switch (row.kind) {
    case 'instruction':
      return program.text.format(row.decoded, bits, (address) => program.describe(address));
    case 'data':
      return dataText(row.bytes, program.text.syntax);
    case 'unreadable':
      return '??';
  }
}

async function rowLine(program: Program, row: Row, bits: number): Promise<string> {
  const address = row.kind === 'instruction' ? row.decoded.addressText : await program.formatAddress(row.address);
  const text = rowText(program, row, bits);
  const bytes = rowBytes(row);
  return bytes.length === 0 ? `${address}  ${text}` : `${address}  ${text.padEnd(TEXT_WIDTH)}  ; ${bytesText(bytes)}`;
}

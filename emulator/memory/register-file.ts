/** The register file: slots in the machine's wasm memory, laid out by one table a CPU. */
import type { BitField } from '../state/bits';

/** A register of a CPU, as its manual names it. One row serves IR, DAP scopes, GDB target XML, DWARF and snapshots. */
export interface RegisterRow {
  readonly name: string;
  /** Width in bits: 1 to 64, or 128 to 512 for vectors. */
  readonly width: number;
  /** Byte offset of its slot in the CPU block; a part (AH) may start inside of its whole's slot. */
  readonly offset: number;
  /** Heading for people; `internal` registers are saved but not shown. */
  readonly group: string;
  readonly role?: 'pc' | 'sp' | 'fp' | 'flags' | 'general' | 'segment' | 'control';
  readonly bits?: readonly BitField[];
  /** The register of which this is a part (AX of EAX): not saved, not listed on its own. */
  readonly partOf?: string;
  /** The segment register that an address in it is seen through by default. */
  readonly segment?: string;
  readonly dwarf?: number;
  readonly doc: string;
}

/** Reads and writes registers by name or row, raw: without the consequences that a CPU model may attach. */
export class RegisterFile {
  private readonly byName = new Map<string, RegisterRow>();

  constructor(
    readonly rows: readonly RegisterRow[],
    private readonly view: DataView,
    readonly base: number,
  ) {
    for (const row of rows) this.byName.set(row.name, row);
  }

  /** @throws Error when there is none of that name. */
  row(name: string): RegisterRow {
    const row = this.byName.get(name);
    if (row === undefined) throw new Error(`There is no register '${name}'.`);
    return row;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** The low 32 bits (or fewer) of the slot at `offset`. */
  get32(offset: number): number {
    return this.view.getUint32(this.base + offset, true);
  }

  set32(offset: number, value: number): void {
    this.view.setUint32(this.base + offset, value, true);
  }

  get16(offset: number): number {
    return this.view.getUint16(this.base + offset, true);
  }

  set16(offset: number, value: number): void {
    this.view.setUint16(this.base + offset, value, true);
  }

  get8(offset: number): number {
    return this.view.getUint8(this.base + offset);
  }

  set8(offset: number, value: number): void {
    this.view.setUint8(this.base + offset, value);
  }

  /** The value of any register, unsigned. */
  get(row: RegisterRow): bigint {
    const bytes = Math.ceil(row.width / 8);
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.view.getUint8(this.base + row.offset + i));
    return row.width % 8 === 0 ? value : value & ((1n << BigInt(row.width)) - 1n);
  }

  /** Sets any register; bits beyond its width are dropped, the rest of a slot is kept. */
  set(row: RegisterRow, value: bigint): void {
    const bytes = Math.ceil(row.width / 8);
    let rest = BigInt.asUintN(row.width, value);
    for (let i = 0; i < bytes; i++) {
      this.view.setUint8(this.base + row.offset + i, Number(rest & 0xffn));
      rest >>= 8n;
    }
  }
}

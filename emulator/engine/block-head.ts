/**
 * The first op of a block's bytecode. While the block may run it is `block`: the mapping epoch in which it was found, how
 * often it runs before it is told of, and the link to compiled code. Else it is a `goto` to the program counter that the
 * block was made for, so that what still leads to it goes on in the block that is there now, by a chain cell of its own.
 */
import { layoutOf } from './bytecode';

export const BEGIN = { op: 'block', width: 32, sources: [], immediates: [0, 0, 0] } as const;
const BEGIN_LAYOUT = layoutOf(BEGIN);
const [EPOCH, COUNTER, LINK] = BEGIN_LAYOUT.immediates;

const FORWARD_LAYOUT = layoutOf({ op: 'goto', width: 32, sources: [], immediates: [0, 0] });
const [PC, CHAIN] = FORWARD_LAYOUT.immediates;

/** Offset of the link from a block's bytecode: it is there in both forms. */
export const LINK_FIELD = LINK;

/** The heads of blocks in wasm memory, by the place of their bytecode. */
export class BlockHeads {
  constructor(private readonly view: DataView) {}

  epoch(ip: number): number {
    return this.view.getUint32(ip + EPOCH, true);
  }

  setEpoch(ip: number, epoch: number): void {
    this.view.setUint32(ip + EPOCH, epoch, true);
  }

  counter(ip: number): number {
    return this.view.getInt32(ip + COUNTER, true);
  }

  setCounter(ip: number, count: number): void {
    this.view.setInt32(ip + COUNTER, count, true);
  }

  link(ip: number): number {
    return this.view.getUint32(ip + LINK, true);
  }

  setLink(ip: number, link: number): void {
    this.view.setUint32(ip + LINK, link, true);
  }

  /** The block may run. */
  begin(ip: number, epoch: number, counter: number): void {
    this.view.setUint16(ip, BEGIN_LAYOUT.opcode, true);
    this.setEpoch(ip, epoch);
    this.setCounter(ip, counter);
  }

  /** It may not: leads on to whatever block is at `pc`, once that is known. */
  forward(ip: number, pc: number): void {
    this.view.setUint16(ip, FORWARD_LAYOUT.opcode, true);
    this.view.setInt32(ip + PC, pc | 0, true);
    this.view.setUint32(ip + CHAIN, 0, true);
  }

  /** The cell by which such a head leads on. */
  forwardCell(ip: number): number {
    return ip + CHAIN;
  }
}

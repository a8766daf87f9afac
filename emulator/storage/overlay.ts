/**
 * What was written to a medium, kept apart from the image, which is never written: blocks of 4 KiB, copied from the
 * image when first written to.
 *
 * The blocks hang in a tree of fixed depth, 64 branches a node, that is copied along the path of a write only when it
 * is shared with a saved state. So saving is handing out the root, loading is taking it back, and states share all that
 * they have in common. Digests are kept a node, so that digesting costs only what changed since the last time.
 */
import { Digest } from '../state/digest';
import type { BlockSource } from './block-source';
import { SECTOR_BYTES } from './block-device';

export const OVERLAY_BLOCK_BYTES = 4096;
const BRANCH_BITS = 6;
const BRANCHES = 1 << BRANCH_BITS;
/** What a guest writes is kept in memory: a larger disk can be read, but not all of it be written. Bytes. */
const MOST_WRITTEN = 2 ** 30;

interface Block {
  /** The period in which it may be changed in place. */
  readonly period: number;
  readonly bytes: Uint8Array;
  hash: string | undefined;
}

interface Branch {
  readonly period: number;
  readonly children: (Branch | Block | undefined)[];
  hash: string | undefined;
}

/** A state of an overlay, immutable and opaque. It belongs to the overlay that saved it. */
export interface OverlayState {
  /** Blocks that differ from the image, or were at least written to. */
  readonly blocks: number;
  /** Indices of the blocks that this state holds and the one before it, saved or loaded, did not. */
  readonly copied: readonly number[];
  readonly tree: OverlayTree;
}

declare const tree: unique symbol;
/** The blocks of a state; only an overlay can look inside. */
export interface OverlayTree {
  readonly [tree]: true;
}

const isBranch = (node: Branch | Block): node is Branch => 'children' in node;

function hashOf(node: Branch | Block): string {
  if (node.hash === undefined) {
    const digest = new Digest();
    if (isBranch(node)) {
      node.children.forEach((child, index) => {
        if (child !== undefined) {
          digest.word(index);
          digest.text(hashOf(child));
        }
      });
    } else {
      digest.bytes(node.bytes);
    }
    node.hash = digest.hex();
  }
  return node.hash;
}

export class Overlay {
  /** Length in bytes: whole sectors, at least the image's. */
  readonly length: number;
  /** Levels of branches above the blocks, at least one. */
  private readonly depth: number;
  private root: Branch;
  private blocks = 0;
  /** Grows at every save and load: nodes of an earlier period may be shared and are copied before a change. */
  private period = 0;
  /** Blocks made in the present period. */
  private copied: number[] = [];

  /**
   * @param length of the medium in bytes when it is larger than its image; what lies past the image reads as zeros
   * @param most bytes that can be held of what is written
   * @throws Error when the image is empty
   */
  constructor(
    private readonly source: BlockSource,
    length = source.length,
    private readonly most = MOST_WRITTEN,
  ) {
    if (source.length === 0) throw new Error('The disk image is empty (0 bytes): a medium has at least one sector.');
    this.length = Math.ceil(Math.max(length, source.length) / SECTOR_BYTES) * SECTOR_BYTES;
    let depth = 1;
    while (OVERLAY_BLOCK_BYTES * BRANCHES ** depth < this.length) depth++;
    this.depth = depth;
    this.root = this.emptyBranch();
  }

  /** Length of the image in bytes, without what the medium has beyond it. */
  get imageLength(): number {
    return this.source.length;
  }

  private emptyBranch(): Branch {
    return { period: this.period, children: new Array<undefined>(BRANCHES).fill(undefined), hash: undefined };
  }

  private find(index: number): Block | undefined {
    let node: Branch | Block | undefined = this.root;
    for (let level = this.depth - 1; node !== undefined && isBranch(node); level--) {
      node = node.children[Math.floor(index / BRANCHES ** level) % BRANCHES];
    }
    return node;
  }

  /** The image's bytes from `offset` on, zeros past its end. */
  private original(offset: number, length: number): Uint8Array {
    const present = Math.max(0, Math.min(length, this.source.length - offset));
    const bytes = present > 0 ? this.source.read(offset, present) : new Uint8Array(0);
    if (bytes.length !== present) {
      throw new Error(`The disk image gave ${bytes.length} bytes at ${offset} instead of ${present}.`);
    }
    if (present === length) return bytes;
    const padded = new Uint8Array(length);
    padded.set(bytes);
    return padded;
  }

  private check(offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.length) {
      throw new RangeError(`Bytes ${offset} to ${offset + length} lie outside of a medium of ${this.length} bytes.`);
    }
  }

  /** A copy of `length` bytes. @throws RangeError when they lie outside of the medium. */
  read(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const inside = at % OVERLAY_BLOCK_BYTES;
      const block = this.find(Math.floor(at / OVERLAY_BLOCK_BYTES));
      const run = Math.min(length - done, OVERLAY_BLOCK_BYTES - inside);
      bytes.set(block === undefined ? this.original(at, run) : block.bytes.subarray(inside, inside + run), done);
      done += run;
    }
    return bytes;
  }

  /** @throws RangeError when the bytes lie outside of the medium, or no more can be held; nothing is written then. */
  write(offset: number, bytes: Uint8Array): void {
    this.check(offset, bytes.length);
    if (this.bytesHeld + bytes.length + 2 * OVERLAY_BLOCK_BYTES > this.most) {
      throw new RangeError(`No more than ${this.most} bytes that are written to a medium can be kept.`);
    }
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const inside = at % OVERLAY_BLOCK_BYTES;
      const run = Math.min(bytes.length - done, OVERLAY_BLOCK_BYTES - inside);
      this.writable(Math.floor(at / OVERLAY_BLOCK_BYTES)).set(bytes.subarray(done, done + run), inside);
      done += run;
    }
  }

  /** The bytes of a block that may be changed in place, with every node above it. */
  private writable(index: number): Uint8Array {
    if (this.root.period !== this.period) this.root = this.copy(this.root);
    let node = this.root;
    node.hash = undefined;
    for (let level = this.depth - 1; level > 0; level--) {
      const slot = Math.floor(index / BRANCHES ** level) % BRANCHES;
      const child = node.children[slot];
      let next: Branch;
      if (child === undefined) next = this.emptyBranch();
      else if (!isBranch(child)) throw new Error('A block hangs where a branch belongs.');
      else next = child.period === this.period ? child : this.copy(child);
      next.hash = undefined;
      node.children[slot] = next;
      node = next;
    }
    const slot = index % BRANCHES;
    const old = node.children[slot];
    if (old !== undefined && !isBranch(old) && old.period === this.period) {
      old.hash = undefined;
      return old.bytes;
    }
    const fresh = new Uint8Array(OVERLAY_BLOCK_BYTES);
    if (old === undefined) {
      const offset = index * OVERLAY_BLOCK_BYTES;
      fresh.set(this.original(offset, Math.min(OVERLAY_BLOCK_BYTES, this.length - offset)));
      this.blocks++;
    } else if (!isBranch(old)) {
      fresh.set(old.bytes);
    }
    node.children[slot] = { period: this.period, bytes: fresh, hash: undefined };
    this.copied.push(index);
    return fresh;
  }

  private copy(branch: Branch): Branch {
    return { period: this.period, children: branch.children.slice(), hash: undefined };
  }

  /** Bytes held for the present state, those shared with saved states included. */
  get bytesHeld(): number {
    return this.blocks * OVERLAY_BLOCK_BYTES;
  }

  /** Indices of the blocks (OVERLAY_BLOCK_BYTES each) that were written to, ascending. */
  dirtyBlocks(): readonly number[] {
    const indices: number[] = [];
    const walk = (branch: Branch, first: number, level: number): void => {
      branch.children.forEach((child, slot) => {
        if (child === undefined) return;
        const index = first + slot * BRANCHES ** level;
        if (isBranch(child)) walk(child, index, level - 1);
        else indices.push(index);
      });
    };
    walk(this.root, 0, this.depth - 1);
    return indices;
  }

  /** Takes the present state in. Equal contents written by equal writes give equal digests. */
  digest(digest: Digest): void {
    digest.number(this.blocks);
    digest.text(hashOf(this.root));
  }

  /** The present state, at no cost. It stays as it is whatever is written later. */
  save(): OverlayState {
    const { copied } = this;
    this.nextPeriod();
    return { blocks: this.blocks, copied, tree: this.root as unknown as OverlayTree };
  }

  /** Goes back to a state that this overlay saved. */
  load(state: OverlayState): void {
    this.nextPeriod();
    this.root = state.tree as unknown as Branch;
    this.blocks = state.blocks;
  }

  /** Forgets all writes. */
  reset(): void {
    this.nextPeriod();
    this.root = this.emptyBranch();
    this.blocks = 0;
  }

  private nextPeriod(): void {
    this.period++;
    this.copied = [];
  }
}

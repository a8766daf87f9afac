/**
 * Translated blocks: found by context and program counter, encoded in the machine's wasm memory.
 *
 * A block is good for the bytes that it was made from. When some of them are written it is *suspended*: a copy of them is
 * kept, and the block is linked in again when they are found to be the same at a look-up. So several variants of the code
 * of one program counter lie side by side, a bounded number, and code that is patched back and forth, loaded again or
 * restored from a snapshot is not translated anew.
 */
import type { GuestMemory } from '../memory/guest-memory';
import { type IrBlock, validateBlock } from '../ir/block';
import type { FrontEnd, TranslatedBlock } from '../ir/frontend';
import { CODE, CODE_BYTES, CPU_BASE, PAGE_BITS, RUN_CONTEXT, RUN_EPOCH } from '../memory/layout';
import { BEGIN, BlockHeads, LINK_FIELD } from './block-head';
import { encodeBlock } from './bytecode';
import { CodeIndex } from './code-index';
import type { SourceBlock } from './compiler/graph';
import { JumpCache } from './jump-cache';
import { CHANGED, changedFields, fieldsWritten, type Patches, patchesBehind, RETURNED, UNPATCHED } from './patches';

export interface CachedBlock {
  readonly pc: number;
  readonly context: number;
  /** Offset of its bytecode in wasm memory. */
  readonly ip: number;
  readonly code: TranslatedBlock['code'];
  readonly fields: TranslatedBlock['fields'];
  readonly pages: TranslatedBlock['pages'];
  readonly addresses: readonly number[];
  /** Byte offset from `ip` of each op of its IR. */
  readonly places: Uint16Array;
  /** Another block of the same context and program counter: made of other bytes, or when its pages lay elsewhere. */
  next: CachedBlock | undefined;
  /** The bytes that it was made from, while it is suspended. */
  content: Uint8Array | undefined;
  /** What its counter said then, and the fields that were written if nothing else of it was. */
  counter: number;
  written: readonly number[];
  /** Writes to its bytes are told. */
  isTold: boolean;
  /** Fields that it reads when it runs; how often its constants have changed (patches). */
  readonly open: ReadonlySet<number>;
  changes: number;
}

/** Most blocks of a context and program counter: a new one and those that are suspended. */
export const MOST_VARIANTS = 8;

export class BlockCache {
  /** Tests and debug builds: every translated block is held against the validator. */
  static validates = false;
  /** By context, then by program counter. */
  private readonly contexts = new Map<number, Map<number, CachedBlock>>();
  private readonly heads: BlockHeads;
  private readonly jumps: JumpCache;
  private readonly index: CodeIndex<CachedBlock>;
  private next = CODE;
  /** Pages of wasm memory in which code has been changed. */
  private readonly changedPages = new Set<number>();
  /** Blocks translated, and linked in again, since the start; for statistics. */
  translated = 0;
  revived = 0;
  /** How often a block runs before it is worth compiling; 0: never. */
  threshold = 0;
  /** A block is dropped: called before it is forgotten. */
  onDrop: (block: CachedBlock) => void = () => undefined;
  /** A block may not run for the present. */
  onSuspend: (block: CachedBlock) => void = () => undefined;
  /** A block was found good in a new mapping epoch, or again after it was suspended. */
  onSettle: (block: CachedBlock) => void = () => undefined;
  /** All blocks are dropped. */
  onFlush: () => void = () => undefined;
  /** Offset of the link to compiled code from a block's bytecode. */
  readonly linkField = LINK_FIELD;
  /** Grows whenever blocks are dropped. */
  generation = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly frontEnd: FrontEnd,
  ) {
    this.heads = new BlockHeads(memory.view);
    this.jumps = new JumpCache(memory);
    this.index = new CodeIndex(memory);
  }

  /** Drops everything. */
  flush(): void {
    this.generation++;
    this.onFlush();
    this.contexts.clear();
    this.index.clear();
    this.changedPages.clear();
    this.next = CODE;
    this.jumps.clear();
  }

  /** The block at `pc` in the present context: translated now if it is new. */
  find(pc: number): CachedBlock {
    const context = this.memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    const { epoch } = this;
    const found =
      this.known(pc, context) ??
      this.revive(pc, context, epoch) ??
      this.translate(pc, context, this.patchesAt(pc, context));
    if (this.heads.epoch(found.ip) !== epoch) {
      this.heads.setEpoch(found.ip, epoch);
      this.onSettle(found);
    }
    if (isKept(found)) this.jumps.fill(pc, context, found.ip, this.linkOf(found));
    return found;
  }

  private get epoch(): number {
    return this.memory.view.getUint32(CPU_BASE + RUN_EPOCH, true);
  }

  /** Whether a block of the present context is good: made from what its pages hold now. One that is suspended may become so. */
  isGood(block: CachedBlock, epoch: number): boolean {
    return block.content === undefined ? this.isMapped(block, epoch) : this.resume(block, block.content, epoch);
  }

  /** Whether the pages of a block are where they were. */
  private isMapped(block: CachedBlock, epoch: number): boolean {
    return this.heads.epoch(block.ip) === epoch || this.isInPlace(block);
  }

  private isInPlace({ pages }: CachedBlock): boolean {
    for (const { linear, host } of pages) if (this.frontEnd.codePage(linear) !== host) return false;
    return true;
  }

  private translate(pc: number, context: number, { open, changes }: Patches): CachedBlock {
    const translated = this.frontEnd.translate(pc, open);
    if (BlockCache.validates) {
      const faults = validateBlock(translated.block);
      if (faults.length > 0) throw new Error(`Bad IR at ${pc.toString(16)}h: ${faults.join('; ')}`);
    }
    const { bytes, places } = encodeBlock(begun(translated.block));
    if (this.next + bytes.length > CODE + CODE_BYTES) this.flush();
    const { code, fields, pages, addresses } = translated;
    const block: CachedBlock = {
      pc,
      context,
      ip: this.next,
      code,
      fields,
      pages,
      addresses,
      places: Uint16Array.from(places).subarray(1),
      next: undefined,
      content: undefined,
      counter: 0,
      isTold: true,
      written: [],
      open,
      changes,
    };
    this.memory.u8.set(bytes, this.next);
    this.next += bytes.length;
    this.translated++;
    this.heads.setCounter(block.ip, isKept(block) ? this.threshold : 0);
    if (!isKept(block)) return block;
    this.boundVariants(pc, context);
    this.link(block);
    this.index.add(block);
    return block;
  }

  /** The block at `pc` in a context, if it has been translated and is not suspended. */
  known(pc: number, context: number): CachedBlock | undefined {
    const { epoch } = this;
    let found = this.contexts.get(context)?.get(pc);
    while (found !== undefined && (found.content !== undefined || !this.isMapped(found, epoch))) found = found.next;
    return found;
  }

  /** Whether a block of the present context is what its program counter leads to. */
  has(block: CachedBlock): boolean {
    return this.known(block.pc, block.context) === block;
  }

  /* ------------------------------------------------------------------------------ variants */

  /** A suspended block at `pc` whose bytes are what they were: linked in again. */
  private revive(pc: number, context: number, epoch: number): CachedBlock | undefined {
    let found = this.contexts.get(context)?.get(pc);
    while (found !== undefined && !(found.content !== undefined && this.resume(found, found.content, epoch)))
      found = found.next;
    if (found === undefined) return undefined;
    if (found.written.length === 0) return found;
    const patches = patchesBehind(found, found.written, RETURNED);
    found.changes = patches.changes;
    if (patches.open === found.open) return found;
    this.dropCovered(pc, context, patches.open);
    this.drop(found);
    return this.translate(pc, context, patches);
  }

  /** What to make at `pc`, where nothing is that was made from the present bytes. */
  private patchesAt(pc: number, context: number): Patches {
    const { u8 } = this.memory;
    for (let block = this.contexts.get(context)?.get(pc); block !== undefined; block = block.next) {
      if (block.content === undefined || !this.isInPlace(block)) continue;
      const changed = changedFields(u8, block, block.content);
      if (changed === undefined) continue;
      const patches = patchesBehind(block, changed, CHANGED);
      if (patches.open !== block.open) this.dropCovered(pc, context, patches.open);
      return patches;
    }
    return UNPATCHED;
  }

  /** Drops suspended blocks that differ from what is there now in nothing but fields that are read from now on. */
  private dropCovered(pc: number, context: number, open: ReadonlySet<number>): void {
    const { u8 } = this.memory;
    for (let block = this.contexts.get(context)?.get(pc); block !== undefined; block = block.next) {
      if (block.content === undefined || !this.isInPlace(block)) continue;
      const changed = changedFields(u8, block, block.content);
      if (changed !== undefined && [...changed].every((field) => open.has(field))) this.drop(block);
    }
  }

  /** Links a suspended block in again, if its bytes are what they were. */
  private resume(block: CachedBlock, content: Uint8Array, epoch: number): boolean {
    if (!this.holds(block.code, content) || !this.isInPlace(block)) return false;
    block.content = undefined;
    this.heads.begin(block.ip, epoch, block.counter);
    if (!block.isTold) {
      block.isTold = true;
      this.index.add(block);
    }
    this.unlink(block);
    this.link(block);
    this.revived++;
    this.onSettle(block);
    return true;
  }

  /** Whether memory holds `content` at the places of `code`. */
  private holds(code: TranslatedBlock['code'], content: Uint8Array): boolean {
    const { u8 } = this.memory;
    let at = 0;
    for (const { host, length } of code) {
      for (let i = 0; i < length; i++, at++) if (u8[host + i] !== content[at]) return false;
    }
    return true;
  }

  /** `size` bytes at `host` are about to be written, some of them a block's. */
  private suspend(block: CachedBlock, host: number, size: number): void {
    const { u8 } = this.memory;
    const content = new Uint8Array(block.code.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const { host, length } of block.code) {
      content.set(u8.subarray(host, host + length), at);
      at += length;
    }
    this.changedPages.add(host >>> PAGE_BITS);
    block.content = content;
    block.written = fieldsWritten(block, host, size);
    block.counter = this.heads.counter(block.ip);
    this.onSuspend(block);
    this.disconnect(block);
  }

  /** Whatever leads to a block asks what there is instead. */
  private disconnect(block: CachedBlock): void {
    this.generation++;
    this.setLink(block, 0);
    this.heads.forward(block.ip, block.pc);
    this.jumps.forget(block.pc, block.ip);
  }

  /** Makes room for one more at a place: the one that was linked in longest ago is dropped of those that are suspended. */
  private boundVariants(pc: number, context: number): void {
    let suspended = 0;
    let last: CachedBlock | undefined;
    for (let block = this.contexts.get(context)?.get(pc); block !== undefined; block = block.next) {
      if (block.content === undefined) continue;
      suspended++;
      last = block;
    }
    if (last !== undefined && suspended >= MOST_VARIANTS) this.drop(last);
  }

  /** The IR of a block of the present context, with where the interpreter has each op; nothing when it is not the same any more. */
  source(block: CachedBlock): SourceBlock | undefined {
    const { block: ir } = this.frontEnd.translate(block.pc, block.open);
    if (ir.ops.length !== block.places.length) return undefined;
    return { pc: block.pc, block: ir, ip: block.ip, places: block.places };
  }

  /** Fields that the block at `pc` in the present context reads when it runs. */
  openAt(pc: number): ReadonlySet<number> {
    const context = this.memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    return (this.known(pc, context) ?? UNPATCHED).open;
  }

  linkOf(block: CachedBlock): number {
    return this.heads.link(block.ip);
  }

  /** Leads from a block to compiled code; 0: not any more. */
  setLink(block: CachedBlock, link: number): void {
    this.heads.setLink(block.ip, link);
    this.jumps.setLink(block.pc, block.ip, link);
  }

  /** Lets a block that has run often run on before it is told again. */
  rewind(block: CachedBlock, count: number): void {
    this.heads.setCounter(block.ip, count);
  }

  /** Whether there is another block at its place, which is suspended. */
  isPatched({ pc, context }: CachedBlock): boolean {
    let other = this.contexts.get(context)?.get(pc);
    while (other !== undefined && other.content === undefined) other = other.next;
    return other !== undefined;
  }

  /** Whether it lies where code has been changed: it may be again. */
  mayChange({ code }: CachedBlock): boolean {
    return code.some(({ host }) => this.changedPages.has(host >>> PAGE_BITS));
  }

  /** Has a block that is not compiled any more told as soon as a new one. */
  hasten(block: CachedBlock): void {
    if (block.content !== undefined) block.counter = Math.min(block.counter, this.threshold);
    else if (this.heads.counter(block.ip) > this.threshold) this.heads.setCounter(block.ip, this.threshold);
  }

  /** Fills the chain cell at `cell` (0 for none) with the block that a direct jump leads to. */
  chain(cell: number, block: CachedBlock): void {
    // One that is linked in again has no such cell any more.
    if (cell !== 0 && cell !== this.heads.forwardCell(block.ip) && isKept(block))
      this.memory.view.setUint32(cell, block.ip, true);
  }

  /** Bytes of a frame are about to be written: blocks made from them are suspended. Says whether there were any. */
  invalidate(frame: number, offset: number, size: number): boolean {
    const host = this.memory.hostOfFrame(frame) + offset;
    const blocks = this.index.madeFrom(host, size);
    let any = false;
    for (const block of blocks) {
      if (block.content !== undefined) continue;
      this.suspend(block, host, size);
      any = true;
    }
    if (any) return true;
    // Where nothing has run since the last write nobody has to be told.
    for (const block of blocks) this.forget(block);
    this.index.refine(host, size);
    return false;
  }

  /** Writes to the bytes of a suspended block are not told any more. */
  private forget(block: CachedBlock): void {
    if (!block.isTold) return;
    block.isTold = false;
    this.index.remove(block);
  }

  /** Drops the blocks that hold an instruction at any of these linear addresses. */
  dropAt(addresses: ReadonlySet<number>): void {
    for (const blocks of this.contexts.values()) {
      for (const head of [...blocks.values()]) {
        for (let block: CachedBlock | undefined = head; block !== undefined; block = block.next)
          if (block.addresses.some((a) => addresses.has(a))) this.drop(block);
      }
    }
  }

  /** Puts a block before the others of its context and program counter. */
  private link(block: CachedBlock): void {
    let blocks = this.contexts.get(block.context);
    if (blocks === undefined) {
      blocks = new Map();
      this.contexts.set(block.context, blocks);
    }
    block.next = blocks.get(block.pc);
    blocks.set(block.pc, block);
  }

  /** Takes a block out of those of its context and program counter. */
  private unlink(block: CachedBlock): void {
    const blocks = this.contexts.get(block.context);
    const head = blocks?.get(block.pc);
    if (blocks === undefined || head === undefined) return;
    if (head !== block) {
      let before = head;
      while (before.next !== undefined && before.next !== block) before = before.next;
      before.next = block.next;
    } else if (block.next === undefined) blocks.delete(block.pc);
    else blocks.set(block.pc, block.next);
  }

  private drop(block: CachedBlock): void {
    this.onDrop(block);
    this.disconnect(block);
    this.unlink(block);
    this.forget(block);
  }
}

/** The block behind its first op. */
const begun = (block: IrBlock): IrBlock => ({
  ...block,
  ops: [BEGIN, ...block.ops],
  labels: block.labels.map((at) => at + 1),
});

/** Whether the block may be executed again: of code outside of memory nobody knows when it changes. */
export const isKept = (block: CachedBlock): boolean => block.code.length > 0;

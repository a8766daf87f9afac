/** Translated blocks: found by context and program counter, encoded in the machine's wasm memory, dropped when stale. */
import type { GuestMemory } from '../memory/guest-memory';
import { type IrBlock, validateBlock } from '../ir/block';
import type { FrontEnd, TranslatedBlock } from '../ir/frontend';
import {
  CODE,
  CODE_BYTES,
  CPU_BASE,
  FRAMES,
  JUMP_ENTRIES,
  JUMP_ENTRY_BYTES,
  JUMPS,
  PAGE_BITS,
  RUN_CONTEXT,
  RUN_EPOCH,
} from '../memory/layout';
import { EXIT } from '../ir/exits';
import type { SourceBlock } from './compiler/graph';
import { encodeBlock, layoutOf } from './bytecode';

export interface CachedBlock {
  readonly pc: number;
  readonly context: number;
  /** Offset of its bytecode in wasm memory. */
  readonly ip: number;
  readonly code: TranslatedBlock['code'];
  readonly pages: TranslatedBlock['pages'];
  readonly addresses: readonly number[];
  /** Byte offset from `ip` of each op of its IR. */
  readonly places: Uint16Array;
  /** Another block of the same context and program counter, made when its pages lay elsewhere. */
  next: CachedBlock | undefined;
}

/** What every block begins with. */
const BEGIN = { op: 'block', width: 32, sources: [], immediates: [0, 0, 0] } as const;
const BEGIN_FIELDS = layoutOf(BEGIN).immediates;
const [EPOCH_FIELD, COUNTER_FIELD, LINK_FIELD] = BEGIN_FIELDS;

/** What a dropped block begins with: leaves, so that the block is looked up again. */
const STALE = layoutOf({ op: 'exit', width: 32, sources: [], immediates: [0, 0] });

export class BlockCache {
  /** Tests and debug builds: every translated block is held against the validator. */
  static validates = false;
  /** By context, then by program counter. */
  private readonly contexts = new Map<number, Map<number, CachedBlock>>();
  private readonly byFrame = new Map<number, Set<CachedBlock>>();
  private next = CODE;
  /** Blocks translated since the start, for statistics. */
  translated = 0;
  /** How often a block runs before it is worth compiling; 0: never. */
  threshold = 0;
  /** A block is dropped: called before it is forgotten. */
  onDrop: (block: CachedBlock) => void = () => undefined;
  /** A block was found good in a new mapping epoch. */
  onEpoch: (block: CachedBlock) => void = () => undefined;
  /** All blocks are dropped. */
  onFlush: () => void = () => undefined;
  /** Offset of the link to compiled code from a block's bytecode. */
  readonly linkField = LINK_FIELD;
  /** Grows whenever blocks are dropped. */
  generation = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly frontEnd: FrontEnd,
  ) {}

  /** Drops everything. */
  flush(): void {
    this.generation++;
    this.onFlush();
    this.contexts.clear();
    for (const frame of this.byFrame.keys()) this.memory.removeCode(frame);
    this.byFrame.clear();
    this.next = CODE;
    this.clearJumps();
  }

  private clearJumps(): void {
    const start = CPU_BASE + JUMPS;
    // A context of 0 is never used, so that an empty entry matches nothing.
    this.memory.u8.fill(0, start, start + JUMP_ENTRIES * JUMP_ENTRY_BYTES);
  }

  /** The block at `pc` in the present context: translated now if it is new. */
  find(pc: number): CachedBlock {
    const context = this.memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    const found = this.known(pc, context) ?? this.translate(pc, context);
    const { view } = this.memory;
    const epoch = view.getUint32(CPU_BASE + RUN_EPOCH, true);
    if (view.getUint32(found.ip + EPOCH_FIELD, true) !== epoch) {
      view.setUint32(found.ip + EPOCH_FIELD, epoch, true);
      this.onEpoch(found);
    }
    if (isKept(found)) this.fillJump(found);
    return found;
  }

  /** Whether a block of the present context is still made from what its pages lead to. */
  isCurrent(block: CachedBlock, epoch: number): boolean {
    if (this.memory.view.getUint32(block.ip + EPOCH_FIELD, true) === epoch) return true;
    return block.pages.every(({ linear, host }) => this.frontEnd.codePage(linear) === host);
  }

  private translate(pc: number, context: number): CachedBlock {
    const translated = this.frontEnd.translate(pc);
    if (BlockCache.validates) {
      const faults = validateBlock(translated.block);
      if (faults.length > 0) throw new Error(`Bad IR at ${pc.toString(16)}h: ${faults.join('; ')}`);
    }
    const { bytes, places } = encodeBlock(begun(translated.block));
    if (this.next + bytes.length > CODE + CODE_BYTES) this.flush();
    const { code, pages, addresses } = translated;
    const block: CachedBlock = {
      pc,
      context,
      ip: this.next,
      code,
      pages,
      addresses,
      places: Uint16Array.from(places).subarray(1),
      next: undefined,
    };
    this.memory.u8.set(bytes, this.next);
    this.next += bytes.length;
    this.translated++;
    this.memory.view.setInt32(block.ip + COUNTER_FIELD, isKept(block) ? this.threshold : 0, true);
    let blocks = this.contexts.get(context);
    if (blocks === undefined) {
      blocks = new Map();
      this.contexts.set(context, blocks);
    }
    if (isKept(block)) {
      block.next = blocks.get(pc);
      blocks.set(pc, block);
    }
    for (const range of block.code) {
      this.memory.addCode(range.host, range.length);
      for (const frame of framesOf(range)) {
        const set = this.byFrame.get(frame) ?? new Set();
        set.add(block);
        this.byFrame.set(frame, set);
      }
    }
    return block;
  }

  /** The block at `pc` in a context, if it has been translated. */
  known(pc: number, context: number): CachedBlock | undefined {
    const epoch = this.memory.view.getUint32(CPU_BASE + RUN_EPOCH, true);
    let found = this.contexts.get(context)?.get(pc);
    while (found !== undefined && !this.isCurrent(found, epoch)) found = found.next;
    return found;
  }

  /** Whether a block of the present context is what its program counter leads to. */
  has(block: CachedBlock): boolean {
    return this.known(block.pc, block.context) === block;
  }

  /** The IR of a block of the present context, with where the interpreter has each op; nothing when it is not the same any more. */
  source(block: CachedBlock): SourceBlock | undefined {
    const { block: ir } = this.frontEnd.translate(block.pc);
    if (ir.ops.length !== block.places.length) return undefined;
    return { pc: block.pc, block: ir, ip: block.ip, places: block.places };
  }

  linkOf(block: CachedBlock): number {
    return this.memory.view.getUint32(block.ip + LINK_FIELD, true);
  }

  /** Leads from a block to compiled code; 0: not any more. */
  setLink(block: CachedBlock, link: number): void {
    const { view } = this.memory;
    view.setUint32(block.ip + LINK_FIELD, link, true);
    const at = jumpAt(block.pc);
    if (view.getUint32(at + 8, true) === block.ip) view.setUint32(at + 12, link, true);
  }

  /** Lets a block that has run often run on before it is told again. */
  rewind(block: CachedBlock, count: number): void {
    this.memory.view.setInt32(block.ip + COUNTER_FIELD, count, true);
  }

  /** Lets indirect jumps find the block without asking. */
  private fillJump(block: CachedBlock): void {
    const at = jumpAt(block.pc);
    const { view } = this.memory;
    view.setUint32(at, block.pc, true);
    view.setUint32(at + 4, block.context, true);
    view.setUint32(at + 8, block.ip, true);
    view.setUint32(at + 12, this.linkOf(block), true);
  }

  /** Fills the chain cell at `cell` (0 for none) with the block that a direct jump leads to. */
  chain(cell: number, block: CachedBlock): void {
    if (cell !== 0 && isKept(block)) this.memory.view.setUint32(cell, block.ip, true);
  }

  /** Bytes of a frame were written: blocks made from them are dropped. Says whether there were any. */
  invalidate(frame: number, offset: number, size: number): boolean {
    const blocks = this.byFrame.get(frame);
    if (blocks === undefined) return false;
    const from = FRAMES + (frame << PAGE_BITS) + offset;
    let dropped = false;
    for (const block of [...blocks]) {
      if (block.code.some((range) => range.host < from + size && from < range.host + range.length)) {
        this.drop(block);
        dropped = true;
      }
    }
    return dropped;
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
    this.generation++;
    const { view } = this.memory;
    this.onDrop(block);
    this.setLink(block, 0);
    // Chains to it still lead here: its first op becomes an exit that asks for a look-up.
    view.setUint16(block.ip, STALE.opcode, true);
    view.setInt32(block.ip + STALE.immediates[0], EXIT.LOOKUP, true);
    view.setInt32(block.ip + STALE.immediates[1], 0, true);
    this.unlink(block);
    for (const range of block.code) {
      for (const frame of framesOf(range)) {
        const set = this.byFrame.get(frame);
        set?.delete(block);
        if (set?.size === 0) {
          this.byFrame.delete(frame);
          this.memory.removeCode(frame);
        }
      }
    }
    const at = jumpAt(block.pc);
    if (view.getUint32(at + 8, true) === block.ip) view.setUint32(at + 4, 0, true);
  }
}

/** The block behind its first op. */
const begun = (block: IrBlock): IrBlock => ({
  ...block,
  ops: [BEGIN, ...block.ops],
  labels: block.labels.map((at) => at + 1),
});

/** Host address of the jump cache's entry for a program counter. */
const jumpAt = (pc: number): number => CPU_BASE + JUMPS + ((pc ^ (pc >>> 12)) & (JUMP_ENTRIES - 1)) * JUMP_ENTRY_BYTES;

/** Whether the block may be executed again: of code outside of memory nobody knows when it changes. */
const isKept = (block: CachedBlock): boolean => block.code.length > 0;

function framesOf(range: { readonly host: number; readonly length: number }): readonly number[] {
  const frames: number[] = [];
  for (
    let frame = (range.host - FRAMES) >>> PAGE_BITS;
    frame <= (range.host + range.length - 1 - FRAMES) >>> PAGE_BITS;
    frame++
  ) {
    frames.push(frame);
  }
  return frames;
}

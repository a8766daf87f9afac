/**
 * Guest memory: the physical address space. RAM, video RAM and ROM lie as frames of 4 KiB in the machine's wasm memory;
 * everything else is answered by devices (bus/address-space).
 *
 * This is the one write path: CPU, DMA, firmware, loaders and debuggers all write through `write` (or were granted
 * direct writes to a page by the soft TLB, which asks `mayWriteDirectly`). It notes dirty frames for every reader
 * (snapshots, display), tells the translator of writes into translated code, and reports watched accesses.
 */
import type { AccessSize, DeviceSpace } from './access';
import { CODE_LINE_BITS, CodeMap } from './code-map';
import { FRAME_FLAGS, FRAMES, MAX_GUEST_BYTES, MOST_FRAMES, PAGE_BITS, PAGE_MASK, PAGE_SIZE } from './layout';
import { LANES, ROW_BYTES } from './planes';
import { type Watch, Watches } from './watches';

/**
 * `window`: memory of a chip, seen by the CPU as the chip's registers say; `planes`: seen through the logic of
 * memory/planes, so that the chip answers, but not for each access.
 */
export type RegionKind = 'ram' | 'rom' | 'window' | 'planes';

/** A run of frames at a physical address. */
export interface Region {
  readonly name: string;
  readonly kind: RegionKind;
  readonly base: number;
  readonly length: number;
  /** Offset of its first byte in the wasm memory. */
  readonly host: number;
}

/** Collects the frames written since it last looked. */
export class DirtyReader {
  readonly flags: Uint8Array;
  readonly frames: Int32Array;
  count = 0;

  constructor(frameCount: number) {
    this.flags = new Uint8Array(frameCount);
    this.frames = new Int32Array(frameCount);
  }

  note(frame: number): void {
    if (this.flags[frame] === 0) {
      this.flags[frame] = 1;
      this.frames[this.count++] = frame;
    }
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.flags[this.frames[i]] = 0;
    this.count = 0;
  }
}

/**
 * Frame flags that keep direct writes away: the frame holds translated code; page tables that were walked; some reader has not
 * noted it.
 */
export const CODE_FRAME = 1;
export const TABLE_FRAME = 2;
export const UNNOTED_FRAME = 4;
/** It is no RAM that lies one to one. */
export const OTHER_FRAME = 8;
const HELD = CODE_FRAME | TABLE_FRAME;

/** Whether a page may be accessed without asking: all of it, only those of its bytes that are not marked in its map, or none. */
export type Direct = 'yes' | 'unmarked' | 'no';

const ROW_FRAMES = ROW_BYTES >>> PAGE_BITS;

export class GuestMemory {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly view: DataView;
  readonly frameCount: number;
  private readonly regions: Region[] = [];
  /** The region of the last look-up that met one, not the window: most meet the same again. */
  private lastRegion: Region | undefined;
  /** Where the CPU sees memory of a chip, now. */
  private window: Region | undefined;
  private nextHost = FRAMES;
  private readonly frameFlags: Uint8Array;
  private readonly code: CodeMap;
  private readonly readers: DirtyReader[] = [];
  /** Never cleared: frames that have been written at all. */
  private readonly everWritten: DirtyReader;
  private readonly watches: Watches;
  /** Physical addresses are ANDed with this: the CPU's width and the A20 gate. */
  private mask = 0xffffffff;

  /** Direct accesses granted by TLBs must be withdrawn: all of them (`true`) or only those to write. */
  onRevoke: (all: boolean) => void = () => undefined;
  /** The same for writes to one frame. */
  onRevokeFrame: (frame: number) => void = () => undefined;
  /** Physical addresses lead elsewhere than before: address lines, or what a chip shows. All direct accesses go too. */
  onRemap: () => void = () => undefined;
  /** A frame of page tables that were walked is about to be written. */
  onTableWrite: (frame: number, offset: number, size: number) => void = () => undefined;
  /** Where a linear page leads now, for what is watched by linear address; undefined where it leads nowhere. */
  linearPage: (page: number) => number | undefined = (page) => page;
  /** Bytes that were translated are about to be written. `frame` counts from the start of guest memory. */
  onCodeWrite: (frame: number, offset: number, size: number) => void = () => undefined;
  /**
   * An access to watched bytes happened: a read, or a write that has been made over `before`. An access across pages is
   * told byte by byte.
   */
  onWatch: (watch: Watch, kind: 'read' | 'write', address: number, size: AccessSize, before: number) => void = () =>
    undefined;

  /**
   * @param bytes guest memory in all regions together, a multiple of 4 KiB
   * @param devices who answers where no region is
   * @param identity RAM below this address lies one to one behind FRAMES, so that compiled code reaches it without
   *   looking up where it lies; `bytes` covers what lies between, too
   * @throws RangeError when it does not fit or the host has not enough memory
   */
  constructor(
    bytes: number,
    readonly devices: DeviceSpace,
    private readonly identity = 0,
  ) {
    if (bytes > MAX_GUEST_BYTES) {
      throw new RangeError(`Guest memory of ${bytes} bytes is too large; at most ${MAX_GUEST_BYTES} are possible.`);
    }
    const pages = Math.ceil((FRAMES + bytes) / 0x1_0000);
    this.nextHost = FRAMES + identity;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.u8 = new Uint8Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.frameCount = bytes >>> PAGE_BITS;
    this.everWritten = new DirtyReader(this.frameCount);
    this.readers.push(this.everWritten);
    this.frameFlags = new Uint8Array(this.memory.buffer, FRAME_FLAGS, this.frameCount);
    // Who looks for a frame that the machine has not finds that it is no RAM.
    this.u8.fill(UNNOTED_FRAME | OTHER_FRAME, FRAME_FLAGS, FRAME_FLAGS + MOST_FRAMES);
    this.code = new CodeMap(this.u8, this.frameCount);
    this.watches = new Watches(this.u8, this.frameCount);
  }

  /**
   * Adds a region at a physical address; both page-aligned. Regions are added once, while the board is built.
   * @throws Error when it overlaps another or exceeds the memory that the constructor was told of
   */
  addRegion(name: string, kind: RegionKind, base: number, length: number): Region {
    if ((base & PAGE_MASK) !== 0) throw new Error(`${name} is not aligned to pages.`);
    const other = this.regions.find((r) => base < r.base + r.length && r.base < base + length);
    if (other !== undefined) throw new Error(`${name} overlaps ${other.name}.`);
    const inPlace = kind === 'ram' && base + length <= this.identity;
    const region: Region = { name, kind, base, length, host: inPlace ? FRAMES + base : this.reserve(name, length) };
    this.regions.push(region);
    // Nothing is known of frames yet but that.
    if (inPlace) this.frameFlags.fill(UNNOTED_FRAME, base >>> PAGE_BITS, (base + length) >>> PAGE_BITS);
    return region;
  }

  /**
   * Frames without an address, for a chip's own memory (memory/chip-memory); gives their offset in wasm memory.
   * `hole`: a physical address from which on no region is; if RAM lies one to one beyond it, they take that room, so that what
   * the chip shows there lies one to one, too.
   * @throws Error when they exceed the memory that the constructor was told of, are no whole pages or overlap a region
   */
  reserve(name: string, length: number, hole?: number): number {
    if ((length & PAGE_MASK) !== 0) throw new Error(`${name} is not aligned to pages.`);
    if (hole !== undefined && hole + length <= this.identity) {
      const other = this.regions.find((r) => hole < r.base + r.length && r.base < hole + length);
      if (other !== undefined) throw new Error(`${name} overlaps ${other.name}.`);
      return FRAMES + hole;
    }
    if (this.nextHost + length > FRAMES + this.frameCount * PAGE_SIZE) throw new Error(`${name} exceeds guest memory.`);
    const host = this.nextHost;
    this.nextHost += length;
    return host;
  }

  /**
   * Lets the CPU see reserved frames, instead of where it did before; nowhere when undefined. Where it sees them as
   * memory the chip that they belong to is not asked any more. Withdraws all direct accesses unless it is the same region.
   */
  setWindow(window: Region | undefined): void {
    const before = this.window;
    if (before === window) return;
    this.window = window;
    for (const { kind, host, length } of [before, window].filter((one) => one !== undefined)) {
      if (kind !== 'window') continue;
      for (let frame = this.frameOf(host); frame < this.frameOf(host + length); frame++) {
        if ((this.frameFlags[frame] & CODE_FRAME) !== 0) this.onCodeWrite(frame, 0, PAGE_SIZE);
      }
    }
    this.onRemap();
    this.placeWatches();
    this.onRevoke(true);
  }

  listRegions(): readonly Region[] {
    return this.regions;
  }

  /** The live bytes of a region: for reading only (writes must go through `write`). */
  bytesOf(region: Region): Uint8Array {
    return this.u8.subarray(region.host, region.host + region.length);
  }

  get addressMask(): number {
    return this.mask;
  }

  /** Address lines that exist: 20 for an 8086, A20 forced low, ... Withdraws all direct accesses when it changes. */
  setAddressMask(mask: number): void {
    if (mask >>> 0 === this.mask) return;
    this.mask = mask >>> 0;
    this.onRemap();
    this.placeWatches();
    this.onRevoke(true);
  }

  regionAt(address: number): Region | undefined {
    const { lastRegion } = this;
    if (lastRegion !== undefined && address >= lastRegion.base && address - lastRegion.base < lastRegion.length)
      return lastRegion;
    for (const region of this.regions) {
      if (address >= region.base && address - region.base < region.length) {
        this.lastRegion = region;
        return region;
      }
    }
    const { window } = this;
    return window?.kind === 'window' && address >= window.base && address - window.base < window.length
      ? window
      : undefined;
  }

  /** Offset in wasm memory of the words of planes behind the page of a physical address, 0 where there are none. */
  planesOf(address: number): number {
    const { window } = this;
    const masked = (address & this.mask) >>> 0;
    if (window?.kind !== 'planes' || masked < window.base || masked - window.base >= window.length) return 0;
    return window.host + (masked - window.base);
  }

  /** Offset in wasm memory of a physical address that is RAM or ROM, else 0. */
  hostOf(address: number): number {
    const masked = (address & this.mask) >>> 0;
    const region = this.regionAt(masked);
    return region === undefined ? 0 : region.host + (masked - region.base);
  }

  /** Physical address of a frame; undefined for a chip's own memory. */
  addressOf(frame: number): number | undefined {
    const host = this.hostOfFrame(frame);
    const region = this.regions.find((one) => host >= one.host && host < one.host + one.length);
    return region === undefined ? undefined : region.base + (host - region.host);
  }

  /** Frame number of an offset in wasm memory. */
  frameOf(host: number): number {
    return (host - FRAMES) >>> PAGE_BITS;
  }

  /** Whether the page at `host` may be read without asking, until the next `onRevoke`. */
  mayReadDirectly(host: number): Direct {
    return this.watches.reads(this.frameOf(host)) ? 'unmarked' : 'yes';
  }

  /** Whether the page of a physical address may be written without asking, until the next `onRevoke`. */
  mayWriteDirectly(address: number): Direct {
    const masked = (address & this.mask) >>> 0;
    const region = this.regionAt(masked);
    if (region === undefined || region.kind === 'rom') return 'no';
    const frame = this.frameOf(region.host + (masked - region.base));
    if (!this.isNoted(frame)) return 'no';
    if (this.heldBy(frame) === 0) return this.watches.writes(frame) ? 'unmarked' : 'yes';
    return this.isOnlyCode(frame) && this.code.map(frame) !== 0 ? 'unmarked' : 'no';
  }

  /** What keeps direct writes away from a frame for good: code, tables. */
  private heldBy(frame: number): number {
    return this.frameFlags[frame] & HELD;
  }

  /** Whether nothing but translated code keeps direct writes away from a frame. */
  private isOnlyCode(frame: number): boolean {
    return this.heldBy(frame) === CODE_FRAME && !this.watches.reads(frame) && !this.watches.writes(frame);
  }

  /**
   * Whether a write of `size` bytes at `host`, within one page, lies beside translated code, nothing else being in the way:
   * then such writes to the page need not be told from now on, where it is granted again.
   */
  besidesCode(host: number, size: number): boolean {
    const frame = this.frameOf(host);
    if (!this.isOnlyCode(frame)) return false;
    this.code.open(frame, (taken) => this.onRevokeFrame(taken));
    return !this.code.meets(frame, host & PAGE_MASK, size);
  }

  /**
   * Whether writes to the page at `host` are let through if only `touch` is told of them first: code or tables keep direct
   * writes away, and nothing else does.
   */
  mayWriteTold(host: number): boolean {
    const frame = this.frameOf(host);
    return (this.frameFlags[frame] & HELD) !== 0 && !this.watches.writes(frame);
  }

  /**
   * Lets the page of a physical address be written without asking if only its frame had to be noted first. Says whether it
   * may be: no watches may be set.
   */
  admitWrites(address: number): boolean {
    const host = this.hostOf(address);
    if (host === 0 || (this.frameFlags[this.frameOf(host)] & HELD) !== 0 || !this.isWritable(address)) return false;
    this.noteFrame(this.frameOf(host));
    return true;
  }

  /** Whether the page at `host` holds translated code. */
  holdsCode(host: number): boolean {
    return (this.frameFlags[this.frameOf(host)] & CODE_FRAME) !== 0;
  }

  /** Whether anything is watched. */
  get isWatched(): boolean {
    return this.watches.any;
  }

  /** Whether the page of planes at a physical address may be read without asking, until the next `onRevoke`. */
  mayReadPlanes(address: number): boolean {
    return !this.devices.isObserved && !this.watches.inPage((address & this.mask) >>> 0);
  }

  /** Whether it may be written: the frames of all rows must be, whichever of them a write meets. */
  mayWritePlanes(address: number): boolean {
    if (!this.mayReadPlanes(address)) return false;
    const first = this.frameOf(this.planesOf(address));
    for (let frame = first; frame < first + LANES * ROW_FRAMES; frame += ROW_FRAMES) {
      if ((this.frameFlags[frame] & ~OTHER_FRAME) !== 0) return false;
    }
    return true;
  }

  /** Offset in wasm memory of the map of the page at `host`, 0 where it has none (memory/watches, memory/code-map). */
  partialMap(host: number): number {
    const frame = this.frameOf(host);
    return this.watches.map(frame) || this.code.map(frame);
  }

  /* -------------------------------------------------------------------------------- accesses */

  /** A guest's read of 1, 2 or 4 bytes at a physical address; may cross a page. Devices may act. */
  read(address: number, size: AccessSize): number {
    return this.readBy(address, size, true);
  }

  /** The same without side effects. */
  peek(address: number, size: AccessSize): number {
    return this.readBy(address, size, false);
  }

  private readBy(address: number, size: AccessSize, act: boolean): number {
    if ((address & PAGE_MASK) + size > PAGE_SIZE) {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = (value << 8) | this.readBy(address + i, 1, act);
      return value >>> 0;
    }
    const masked = (address & this.mask) >>> 0;
    const host = this.hostOf(masked);
    const value =
      host === 0 ? (act ? this.devices.read(masked, size) : this.devices.peek(masked, size)) : this.valueAt(host, size);
    if (act && this.watches.any && (host === 0 || this.watches.reads(this.frameOf(host)))) {
      this.tellWatches('read', masked, size, value);
    }
    return value;
  }

  /** The value of 1, 2 or 4 bytes of memory at an offset in wasm memory. */
  valueAt(host: number, size: AccessSize): number {
    if (size === 1) return this.u8[host];
    return size === 2 ? this.view.getUint16(host, true) : this.view.getUint32(host, true);
  }

  /** Writes to memory that may be written without asking. */
  setValueAt(host: number, size: AccessSize, value: number): void {
    if (size === 1) this.u8[host] = value;
    else if (size === 2) this.view.setUint16(host, value, true);
    else this.view.setUint32(host, value, true);
  }

  /** A write of 1, 2 or 4 bytes at a physical address; may cross a page. Writes to ROM are ignored. */
  write(address: number, size: AccessSize, value: number): void {
    if ((address & PAGE_MASK) + size > PAGE_SIZE) {
      for (let i = 0; i < size; i++) this.write(address + i, 1, (value >>> (8 * i)) & 0xff);
      return;
    }
    const masked = (address & this.mask) >>> 0;
    const region = this.regionAt(masked);
    if (region === undefined) {
      const before = this.watches.any ? this.devices.peek(masked, size) : 0;
      this.devices.write(masked, size, value);
      if (this.watches.any) this.tellWatches('write', masked, size, before);
      return;
    }
    const host = region.host + (masked - region.base);
    const watched = this.watches.any && this.watches.writes(this.frameOf(host));
    const before = watched ? this.valueAt(host, size) : 0;
    if (region.kind !== 'rom') this.put(host, size, value);
    if (watched) this.tellWatches('write', masked, size, before);
  }

  /** Notes that a frame is written, or may be from now on. */
  noteFrame(frame: number): void {
    for (const reader of this.readers) reader.note(frame);
    this.setFlags(frame, UNNOTED_FRAME, false);
  }

  private setFlags(frame: number, flags: number, on: boolean): void {
    const now = this.frameFlags[frame];
    this.frameFlags[frame] = on ? now | flags : now & ~flags;
  }

  /** Notes a write of `size` bytes at `host` (within one page) before it happens. `isSame`: it changes nothing. */
  touch(host: number, size: number, isSame = false): void {
    const frame = this.frameOf(host);
    this.noteFrame(frame);
    if (this.heldBy(frame) === 0) return;
    const offset = host & PAGE_MASK;
    if ((this.frameFlags[frame] & TABLE_FRAME) !== 0) this.onTableWrite(frame, offset, size);
    if ((this.frameFlags[frame] & CODE_FRAME) !== 0 && !isSame && this.code.meets(frame, offset, size))
      this.onCodeWrite(frame, offset, size);
  }

  /** Writes 1, 2 or 4 bytes of memory at `host` (within one page) and tells of it. */
  put(host: number, size: AccessSize, value: number): void {
    const bits = 32 - 8 * size;
    this.touch(host, size, (this.valueAt(host, size) << bits) >>> bits === (value << bits) >>> bits);
    this.setValueAt(host, size, value);
  }

  /** Copies bytes out, without side effects; all ones where nothing is. */
  readBytes(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; ) {
      const run = Math.min(length - i, PAGE_SIZE - ((address + i) & PAGE_MASK));
      const host = this.hostOf(address + i);
      if (host !== 0) bytes.set(this.u8.subarray(host, host + run), i);
      else for (let k = 0; k < run; k++) bytes[i + k] = this.peek(address + i + k, 1);
      i += run;
    }
    return bytes;
  }

  /** Whether RAM or ROM answers at a physical address. */
  isMemory(address: number): boolean {
    return this.hostOf(address) !== 0;
  }

  /** Whether writes to a physical address change memory. */
  isWritable(address: number): boolean {
    const region = this.regionAt((address & this.mask) >>> 0);
    return region !== undefined && region.kind !== 'rom';
  }

  /** Writes bytes as the guest would (devices see them, ROM ignores them). */
  writeBytes(address: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.write(address + i, 1, bytes[i]);
  }

  /** Puts bytes into memory as a board or a debugger does: ROM takes them too. */
  load(address: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; ) {
      const run = Math.min(bytes.length - i, PAGE_SIZE - ((address + i) & PAGE_MASK));
      const host = this.hostOf(address + i);
      if (host !== 0 && this.heldBy(this.frameOf(host)) === 0) {
        this.noteFrame(this.frameOf(host));
        this.u8.set(bytes.subarray(i, i + run), host);
      } else
        for (let k = i; k < i + run; k++) {
          if (host === 0) this.write(address + k, 1, bytes[k]);
          else this.put(host + k - i, 1, bytes[k]);
        }
      i += run;
    }
  }

  /** Replaces a whole frame, as a restored snapshot does. Dirty readers are told; who translated code that it changes, too. */
  loadFrame(frame: number, content: Uint8Array): void {
    const host = FRAMES + frame * PAGE_SIZE;
    this.noteFrame(frame);
    if ((this.frameFlags[frame] & TABLE_FRAME) !== 0) this.onTableWrite(frame, 0, PAGE_SIZE);
    if ((this.frameFlags[frame] & CODE_FRAME) !== 0) this.tellChangedCode(frame, content);
    this.u8.set(content, host);
  }

  /** Tells of lines with translated code that `content` would change. */
  private tellChangedCode(frame: number, content: Uint8Array): void {
    const host = FRAMES + frame * PAGE_SIZE;
    const length = 1 << CODE_LINE_BITS;
    for (let line = 0; line < PAGE_SIZE >>> CODE_LINE_BITS; line++) {
      if (!this.code.hasLine(frame, line)) continue;
      const start = line << CODE_LINE_BITS;
      for (let i = start; i < start + length; i++) {
        if (this.u8[host + i] !== content[i]) {
          this.onCodeWrite(frame, start, length);
          break;
        }
      }
    }
  }

  /** Offset in wasm memory of a frame. */
  hostOfFrame(frame: number): number {
    return FRAMES + frame * PAGE_SIZE;
  }

  /** The live content of a frame, for reading only. */
  frame(frame: number): Uint8Array {
    const host = this.hostOfFrame(frame);
    return this.u8.subarray(host, host + PAGE_SIZE);
  }

  /* -------------------------------------------------------------------------------- readers, code, watches */

  /**
   * A reader to which every frame written is reported. It begins with all frames written since the memory was made:
   * the others hold zeros.
   */
  addReader(): DirtyReader {
    const reader = new DirtyReader(this.frameCount);
    for (let i = 0; i < this.everWritten.count; i++) reader.note(this.everWritten.frames[i]);
    this.readers.push(reader);
    this.onRevoke(false);
    return reader;
  }

  /**
   * Begins a new period for `reader`: nothing is dirty, and the next write to any page is noted again; but for the frames
   * `kept`, which count as written already.
   */
  clearReader(reader: DirtyReader, kept: readonly number[] = []): void {
    for (let i = 0; i < reader.count; i++) this.setFlags(reader.frames[i], UNNOTED_FRAME, true);
    reader.clear();
    for (const frame of kept) {
      reader.note(frame);
      if (this.readers.every(({ flags }) => flags[frame] !== 0)) this.setFlags(frame, UNNOTED_FRAME, false);
    }
    this.onRevoke(false);
  }

  /** Tells `reader` of writes for a while, from the first one to each page on. */
  attach(reader: DirtyReader): void {
    this.readers.push(reader);
    for (let i = 0; i < this.everWritten.count; i++) this.setFlags(this.everWritten.frames[i], UNNOTED_FRAME, true);
    this.onRevoke(false);
  }

  /** The first write to a page is noted once more, by the others. */
  detach(reader: DirtyReader): void {
    const index = this.readers.indexOf(reader);
    if (index >= 0) this.readers.splice(index, 1);
  }

  /** Whether writes to a frame need not be noted any more: every reader has it. */
  isNoted(frame: number): boolean {
    return (this.frameFlags[frame] & UNNOTED_FRAME) === 0;
  }

  /** Bytes at `host` have been translated: writes to them are reported from now on, and maybe to what lies beside. */
  addCode(host: number, length: number): void {
    for (let at = host; at < host + length; ) {
      const run = Math.min(host + length - at, PAGE_SIZE - (at & PAGE_MASK));
      const frame = this.frameOf(at);
      if ((this.frameFlags[frame] & CODE_FRAME) === 0) {
        this.setFlags(frame, CODE_FRAME, true);
        this.onRevokeFrame(frame);
      }
      this.code.add(frame, at, run);
      at += run;
    }
  }

  /** No translated code is left in a line: in `line` << CODE_LINE_BITS, in wasm memory, and behind. */
  removeCodeLine(line: number): void {
    if (this.code.removeLine(line)) return;
    const frame = this.frameOf(line << CODE_LINE_BITS);
    this.setFlags(frame, CODE_FRAME, false);
  }

  /** More is marked in a line than what was translated: what was is about to be added again. */
  refineCodeLine(line: number): void {
    this.code.refineLine(line);
  }

  /** Page tables in a frame have been walked: writes to it are reported from now on. */
  addTable(frame: number): void {
    this.setFlags(frame, TABLE_FRAME, true);
    this.onRevokeFrame(frame);
  }

  /** Nothing depends on the page tables in a frame any more. */
  removeTable(frame: number): void {
    this.setFlags(frame, TABLE_FRAME, false);
  }

  /** Replaces the watched ranges. */
  setWatches(watches: readonly Watch[]): void {
    this.watches.set(watches);
    this.replaceWatches();
  }

  /** The watched ranges. */
  get watched(): readonly Watch[] {
    return this.watches.all;
  }

  /** Whether some watched range is meant by linear address. */
  get watchesLinear(): boolean {
    return this.watches.anyLinear;
  }

  /** Finds out anew where the watched ranges lie: linear addresses lead elsewhere than before. */
  replaceWatches(): void {
    this.placeWatches();
    this.onRevoke(true);
  }

  private placeWatches(): void {
    const frameAt = (address: number) => {
      const host = this.hostOf(address);
      return host === 0 ? -1 : this.frameOf(host);
    };
    this.watches.place(this.mask, (page) => this.linearPage(page), frameAt);
  }

  private tellWatches(kind: 'read' | 'write', address: number, size: AccessSize, before: number): void {
    for (const watch of this.watches.hit(kind, address, size)) this.onWatch(watch, kind, address, size, before);
  }
}

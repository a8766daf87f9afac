/**
 * Versions of memory pages. A page of a snapshot is an immutable copy, made when the snapshot is taken for the pages
 * that were written since the one before; everything else is shared. A snapshot's map from frame to version is a table
 * of chunks, shared too.
 */
import type { DirtyReader, GuestMemory } from '../memory/guest-memory';
import { PAGE_SIZE } from '../memory/layout';

/** A page's content; undefined stands for zeros. */
type Version = Uint8Array | undefined;
const CHUNK = 256;
/** Frames that count as written from a period's start, so that comparing them costs little. */
const MOST_STEADY = 1024;
const NONE: ReadonlySet<number> = new Set();
const ZEROS = new Uint8Array(PAGE_SIZE);

/** The pages of one snapshot, by chunk. */
export type PageMap = readonly (readonly Version[])[];

/** Whether frames hold the same versions in both. */
export function sameFrames(a: PageMap, b: PageMap, frames: readonly number[]): boolean {
  return frames.every((frame) => {
    const index = Math.floor(frame / CHUNK);
    return a[index]?.[frame % CHUNK] === b[index]?.[frame % CHUNK];
  });
}

export class PageStore {
  private readonly reader: DirtyReader;
  /** What the live pages are, but for those that the reader holds as dirty. */
  private live: PageMap;
  /** Frames that the last snapshot copied; and those that the one before had copied, too. */
  private copied: ReadonlySet<number> = NONE;
  /**
   * They will be written again, so that their first write needs not be noted: that would make compiled code leave once a
   * frame. Whether they were is found out by comparing.
   */
  private steady: ReadonlySet<number> = NONE;

  constructor(private readonly memory: GuestMemory) {
    this.reader = memory.addReader();
    const chunks = Math.ceil(memory.frameCount / CHUNK);
    const empty: readonly Version[] = new Array<Version>(CHUNK).fill(undefined);
    this.live = new Array<readonly Version[]>(chunks).fill(empty);
  }

  /** Pages that may have been written since the last snapshot. */
  get dirtyPages(): number {
    return this.reader.count;
  }

  /** Of these, pages whose first write had to be noticed. */
  get noted(): number {
    return this.reader.count - this.steady.size;
  }

  /** The present pages, with the frames that were copied for it, and those that were found to be what they had been. */
  capture(): { readonly pages: PageMap; readonly copied: Set<number>; readonly same: Set<number> } {
    const { reader } = this;
    const copied = new Set<number>();
    const same = new Set<number>();
    const steady = new Set<number>();
    if (reader.count > 0) {
      const chunks = [...this.live];
      const fresh = new Set<number>();
      for (let i = 0; i < reader.count; i++) {
        const frame = reader.frames[i];
        const index = Math.floor(frame / CHUNK);
        const content = this.memory.frame(frame);
        if (this.steady.has(frame) && isSame(content, chunks[index]?.[frame % CHUNK] ?? ZEROS)) {
          same.add(frame);
          continue;
        }
        if (!fresh.has(index)) {
          fresh.add(index);
          chunks[index] = [...chunks[index]];
        }
        (chunks[index] as Version[])[frame % CHUNK] = content.slice();
        copied.add(frame);
        if (this.copied.has(frame) && steady.size < MOST_STEADY) steady.add(frame);
      }
      this.live = chunks;
    }
    this.begin(copied, steady);
    return { pages: this.live, copied, same };
  }

  /** A new period: `steady` frames count as written from its start. */
  private begin(copied: ReadonlySet<number>, steady: ReadonlySet<number>): void {
    this.copied = copied;
    this.steady = steady;
    this.memory.clearReader(this.reader, [...steady]);
  }

  /** Makes memory what `pages` says; only pages that differ are copied. */
  restore(pages: PageMap): void {
    const { reader, memory } = this;
    const dirty = reader.frames.slice(0, reader.count);
    memory.clearReader(reader);
    const put = (frame: number) => {
      const version = pages[Math.floor(frame / CHUNK)]?.[frame % CHUNK];
      memory.loadFrame(frame, version ?? ZEROS);
    };
    for (const frame of dirty) put(frame);
    for (let index = 0; index < pages.length; index++) {
      const from = this.live[index];
      const to = pages[index];
      if (from === to || from === undefined || to === undefined) continue;
      for (let k = 0; k < CHUNK; k++) if (from[k] !== to[k]) put(index * CHUNK + k);
    }
    this.live = pages;
    this.begin(NONE, NONE);
  }

  /** Says that memory is just what `pages` says: they are the same moment, reached by running. */
  adopt(pages: PageMap): void {
    this.live = pages;
    this.begin(NONE, NONE);
  }
}

const wordsOf = ({ buffer, byteOffset }: Uint8Array): Int32Array => new Int32Array(buffer, byteOffset, PAGE_SIZE >>> 2);

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  const [words, others] = [wordsOf(a), wordsOf(b)];
  for (let i = 0; i < words.length; i++) if (words[i] !== others[i]) return false;
  return true;
}

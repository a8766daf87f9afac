/** What an engine asks of a guest architecture's front end. */
import type { IrBlock } from './block';

/** A run of guest code bytes in wasm memory that a block was made from. */
export interface CodeRange {
  readonly host: number;
  readonly length: number;
}

/** A page that code was fetched from, by linear address: page tables, address lines or a chip may lead that elsewhere. */
export interface CodePage {
  readonly linear: number;
  /** Where it lay, in wasm memory. */
  readonly host: number;
}

export interface TranslatedBlock {
  readonly block: IrBlock;
  /**
   * Where its bytes lie; a write there makes the block stale. Empty when not all of them are in RAM or ROM: nobody tells
   * when a device's bytes change, so that the block is good for once.
   */
  readonly code: readonly CodeRange[];
  /**
   * Constants in its bytes that its IR depends on by nothing but their value: with `open`, it may be made so that they are
   * read when it runs. Each lies in one page.
   */
  readonly fields: readonly CodeRange[];
  /** The pages of its bytes. */
  readonly pages: readonly CodePage[];
  /** Guest instructions in it. */
  readonly instructions: number;
  /** Linear addresses of the instructions, in order; for breakpoints and for people. */
  readonly addresses: readonly number[];
}

export interface FrontEnd {
  /**
   * Translates the block at program counter `pc` in the present execution context. Never fails: what can't be decoded becomes
   * a fault when it is executed.
   * @param open offsets in wasm memory of fields that are read when the block runs, as far as that can be: `code` does not
   *   hold their bytes
   */
  translate(pc: number, open: ReadonlySet<number>): TranslatedBlock;
  /**
   * Offset in wasm memory of the page that code at the linear page `page` is fetched from now, if fetching it has no
   * effect that can be seen; else 0. Good until the mapping epoch changes.
   */
  codePage(page: number): number;
}

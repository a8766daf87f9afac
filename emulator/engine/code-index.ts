/** Which blocks were made from which bytes of wasm memory, by lines of 64 bytes; tells memory which lines those are. */
import type { CodeRange } from '../ir/frontend';
import { CODE_LINE_BITS } from '../memory/code-map';
import type { GuestMemory } from '../memory/guest-memory';

/** What was made from bytes. */
interface MadeFromCode {
  readonly code: readonly CodeRange[];
}

export class CodeIndex<Block extends MadeFromCode> {
  /** By line. */
  private readonly lines = new Map<number, Block[]>();

  constructor(private readonly memory: GuestMemory) {}

  clear(): void {
    for (const line of this.lines.keys()) this.memory.removeCodeLine(line);
    this.lines.clear();
  }

  add(block: Block): void {
    for (const range of block.code) {
      this.memory.addCode(range.host, range.length);
      for (let line = firstLine(range); line <= lastLine(range); line++) {
        const blocks = this.lines.get(line);
        if (blocks === undefined) this.lines.set(line, [block]);
        else if (!blocks.includes(block)) blocks.push(block);
      }
    }
  }

  remove(block: Block): void {
    for (const range of block.code) {
      for (let line = firstLine(range); line <= lastLine(range); line++) {
        const blocks = this.lines.get(line);
        const at = blocks?.indexOf(block) ?? -1;
        if (blocks === undefined || at < 0) continue;
        if (blocks.length > 1) blocks.splice(at, 1);
        else {
          this.lines.delete(line);
          this.memory.removeCodeLine(line);
        }
      }
    }
  }

  /** Marks in memory just what blocks were made from, in the lines of `size` bytes at `host`. */
  refine(host: number, size: number): void {
    for (let line = host >>> CODE_LINE_BITS; line <= (host + size - 1) >>> CODE_LINE_BITS; line++) {
      const blocks = this.lines.get(line);
      if (blocks === undefined) continue;
      this.memory.refineCodeLine(line);
      for (const { code } of blocks) for (const range of code) this.memory.addCode(range.host, range.length);
    }
  }

  /** The blocks made from any of `size` bytes at `host`, each once. */
  madeFrom(host: number, size: number): readonly Block[] {
    const found: Block[] = [];
    for (let line = host >>> CODE_LINE_BITS; line <= (host + size - 1) >>> CODE_LINE_BITS; line++) {
      for (const block of this.lines.get(line) ?? []) {
        if (overlaps(block, host, size) && !found.includes(block)) found.push(block);
      }
    }
    return found;
  }
}

const firstLine = ({ host }: CodeRange): number => host >>> CODE_LINE_BITS;
const lastLine = ({ host, length }: CodeRange): number => (host + length - 1) >>> CODE_LINE_BITS;

function overlaps(block: MadeFromCode, host: number, size: number): boolean {
  for (const range of block.code) if (range.host < host + size && host < range.host + range.length) return true;
  return false;
}

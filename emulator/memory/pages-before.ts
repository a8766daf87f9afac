/** What pages were before they were written, for who wants to know whether they are the same again. */
import { DirtyReader, type GuestMemory } from './guest-memory';

/** So many pages are kept; where more are written they are not the same. */
const MOST_PAGES = 8;

export class PagesBefore extends DirtyReader {
  private readonly pages: Uint8Array[] = [];

  constructor(private readonly memory: GuestMemory) {
    super(memory.frameCount);
  }

  override note(frame: number): void {
    if (this.flags[frame] !== 0) return;
    if (this.count < MOST_PAGES) {
      const page = (this.pages[this.count] ??= new Uint8Array(this.memory.frame(frame).length));
      page.set(this.memory.frame(frame));
    }
    super.note(frame);
  }

  /** Whether all pages are as they were. */
  get isSame(): boolean {
    if (this.count > MOST_PAGES) return false;
    for (let n = 0; n < this.count; n++) {
      const now = this.memory.frame(this.frames[n]);
      const page = this.pages[n];
      for (let at = 0; at < page.length; at++) if (page[at] !== now[at]) return false;
    }
    return true;
  }
}

/** The screen with a version that grows when the picture changes; a look at one that can't have changed costs next to nothing. */
import type { DisplayChip, DisplayFrame } from '../bus/display';
import type { DirtyReader, GuestMemory } from '../memory/guest-memory';
import { Digest } from '../state/digest';

export interface VersionedFrame {
  readonly version: number;
  readonly frame: DisplayFrame;
}

export class Screen {
  /** Taken at the first look: a machine whose screen nobody sees tells nobody what it writes. */
  private reader: DirtyReader | undefined;
  private appearance = '';
  private digest = '';
  private latest: VersionedFrame | undefined;

  constructor(
    private readonly display: DisplayChip,
    private readonly memory: GuestMemory,
  ) {}

  /** The picture, or nothing when it is the one of version `since`. */
  frame(since: number): VersionedFrame | undefined {
    const latest = this.look();
    return latest.version === since ? undefined : latest;
  }

  private look(): VersionedFrame {
    this.reader ??= this.memory.addReader();
    const digest = new Digest();
    this.display.digestAppearance(digest);
    const appearance = digest.hex();
    const before = this.latest;
    if (before !== undefined && appearance === this.appearance && !this.display.memoryChanged(this.reader))
      return before;
    this.appearance = appearance;
    this.memory.clearReader(this.reader);
    const frame = this.display.frame();
    const picture = digestFrame(frame);
    if (before !== undefined && picture === this.digest) return before;
    this.digest = picture;
    this.latest = { version: (before?.version ?? 0) + 1, frame };
    return this.latest;
  }
}

function digestFrame(frame: DisplayFrame): string {
  const digest = new Digest();
  for (const value of Object.values(frame) as unknown[]) {
    if (value instanceof Uint8Array) digest.bytes(value);
    else digest.text(JSON.stringify(value));
  }
  return digest.hex();
}

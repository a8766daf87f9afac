/** Messages between a Memory panel's two sides: the two unions at the end are all that is said. */
import type { LocateResponse, SubscribeResponse } from '../../debug-adapter/protocol/messages';

export type { LocateResponse };

/** The machine that is looked at. */
export interface MemoryMachine extends Pick<SubscribeResponse, 'spaces' | 'segmented' | 'byteOrder'> {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** Another number at each stop: what belongs to an older one is stale. */
  readonly stop: number;
}

/** Where a panel begins to look: the `data-` attributes of its page's body, unless the page remembers where it was. */
export interface MemoryTarget {
  readonly expression: string;
  /** It is evaluated again at each stop. */
  readonly follow: boolean;
}

/** Bytes that a person has chosen. */
export interface MemoryRange {
  readonly space: string;
  /** `0x7C00` */
  readonly address: string;
  readonly length: number;
}

/** Part of a panel over which its menu is opened: `webviewSection` in `when` clauses of package.json. */
export const MEMORY_SECTION = 'memory';

/** Most bytes that are asked for at once. */
export const MOST_READ = 16_384;

export type ToMemory =
  /** Sent whenever it changes. */
  | { readonly type: 'machine'; readonly machine: MemoryMachine | undefined }
  /** The answer to `read`: what lies between the pieces can't be read. */
  | {
      readonly type: 'bytes';
      readonly stop: number;
      readonly range: MemoryRange;
      readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
    }
  /** The answers to `locate`. */
  | { readonly type: 'located'; readonly id: number; readonly found: LocateResponse }
  | { readonly type: 'nowhere'; readonly id: number; readonly message: string }
  /** Somebody has changed something since the stop. */
  | { readonly type: 'changed' }
  /** A write was refused. */
  | { readonly type: 'problem'; readonly message: string }
  /** The person wants to say where to look. */
  | { readonly type: 'ask' };

export type FromMemory =
  /** The page is there and wants to know everything. */
  | { readonly type: 'ready' }
  /** At most one is under way. */
  | { readonly type: 'read'; readonly stop: number; readonly range: MemoryRange }
  | { readonly type: 'locate'; readonly id: number; readonly expression: string; readonly space: string }
  | { readonly type: 'write'; readonly range: MemoryRange; readonly bytes: Uint8Array }
  | { readonly type: 'copy'; readonly range: MemoryRange; readonly as: 'hex' | 'text' }
  /** What is looked at, for the title. */
  | { readonly type: 'looksAt'; readonly text: string };

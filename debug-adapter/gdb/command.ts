/** What the command families of the GDB remote stub have in common. */
import type { Awaitable } from '../../emulator/debug/target';

/** The reply's payload, as text of one character a byte or as bytes; nothing where a stop reply follows later. */
export type Reply = string | Uint8Array | undefined;

/** An unknown packet is answered so. */
export const UNSUPPORTED = '';

/** A packet: how it begins, and what is done with the rest of it. The longest beginning wins. */
export interface CommandRow {
  readonly packet: string;
  /** The packet is just that; longer ones that begin so are others. */
  readonly exact?: true;
  /** @throws RangeError where the rest makes no sense; Error with a message for a person */
  run(rest: string): Awaitable<Reply>;
}

/** Memory with holes: what of a range can be read, in pieces. */
import type { DebugTarget, SpaceId } from '../../emulator/debug/target';

/** Bytes that can be read, one behind the other. */
export interface Piece {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** Behind a byte that can't be read the next that might be begins here: no architecture has smaller pages. */
const GRAIN = 256n;

/** Everything that can be read from `start` on, `length` bytes at most. */
export async function readPieces(
  { memory, description }: Pick<DebugTarget, 'memory' | 'description'>,
  space: SpaceId,
  start: bigint,
  length: number,
): Promise<Piece[]> {
  const bits = description.spaces.find(({ id }) => id === space)?.addressBits ?? 0;
  const last = 1n << BigInt(bits);
  const end = start + BigInt(length) < last ? start + BigInt(length) : last;
  const pieces: Piece[] = [];
  for (let at = start; at < end; ) {
    const bytes = await memory.read(space, at, Number(end - at));
    if (bytes.length > 0) pieces.push({ address: at, bytes });
    const hole = at + BigInt(bytes.length);
    at = (hole / GRAIN + 1n) * GRAIN;
  }
  return pieces;
}

/** A file with no format of its own, put where the user says. */
import type { GuestMemory } from '../memory/guest-memory';
import { requireRam } from './place';

export interface FlatProgram {
  readonly base: number;
  readonly length: number;
  /** Where to begin: the first byte, as it was told. */
  readonly segment: number;
  readonly offset: number;
}

/** @throws Error when the file is empty or does not lie in RAM whole. */
export function loadFlat(memory: GuestMemory, bytes: Uint8Array, segment: number, offset: number): FlatProgram {
  if (bytes.length === 0) throw new Error('The program is empty (0 bytes).');
  const base = segment * 16 + offset;
  requireRam(memory, { base, length: bytes.length }, 'The program');
  memory.load(base, bytes);
  return { base, length: bytes.length, segment, offset };
}

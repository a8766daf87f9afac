import type { Translation } from '../translation';

/** Writes the IR of the instruction that `t` has begun. */
export type Semantic = (t: Translation) => void;

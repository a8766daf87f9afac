/** Semantics by mnemonic: what the opcode map's rows mean. */
import { ARITHMETIC } from './arithmetic';
import { ATOMICS } from './atomics';
import { BITS } from './bits';
import { CONTROL, conditionalJump, setCondition } from './control';
import { DATA } from './data';
import { PRIVILEGED } from './privileged';
import type { Semantic } from './semantic';
import { SHIFTS } from './shifts';
import { STRINGS } from './strings';

const SEMANTICS: Readonly<Record<string, Semantic>> = {
  ...ARITHMETIC,
  ...SHIFTS,
  ...DATA,
  ...CONTROL,
  ...STRINGS,
  ...BITS,
  ...ATOMICS,
  ...PRIVILEGED,
};

/** What a mnemonic means. @throws Error when the opcode map names one that has no meaning here. */
export function semanticOf(mnemonic: string): Semantic {
  const semantic = SEMANTICS[mnemonic];
  if (semantic !== undefined) return semantic;
  if (mnemonic.startsWith('SET')) return setCondition;
  if (mnemonic.startsWith('J')) return conditionalJump;
  throw new Error(`The opcode map has ${mnemonic}, which has no semantics.`);
}

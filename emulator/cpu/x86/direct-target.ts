import type { Instruction } from './decode';

/** Where an instruction leads whose operand says so. */
export type DirectTarget =
  | { readonly kind: 'near'; readonly offset: number }
  | { readonly kind: 'far'; readonly selector: number; readonly offset: number };

/** The direct target of a jump or call; undefined when there is none, or when registers or memory hold it. */
export function directTarget(instruction: Instruction): DirectTarget | undefined {
  const operand = instruction.operands[0];
  if (operand?.kind === 'relative') return { kind: 'near', offset: operand.target };
  if (operand?.kind === 'far') return operand;
  return undefined;
}

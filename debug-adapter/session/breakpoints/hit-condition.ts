/** Hit conditions: `5`, `>= 5`, `% 3`. */
import { RequestError } from '../../dap/errors';

export type HitCondition = (hits: number) => boolean;

const COMPARE: Readonly<Record<string, (hits: number, count: number) => boolean>> = {
  '': (hits, count) => hits === count,
  '=': (hits, count) => hits === count,
  '==': (hits, count) => hits === count,
  '!=': (hits, count) => hits !== count,
  '>': (hits, count) => hits > count,
  '>=': (hits, count) => hits >= count,
  '<': (hits, count) => hits < count,
  '<=': (hits, count) => hits <= count,
  '%': (hits, count) => hits % count === 0,
};

/** @throws RequestError for what is no hit condition */
export function parseHitCondition(text: string): HitCondition {
  const match = /^\s*(==?|!=|>=?|<=?|%)?\s*(\d{1,15})\s*$/.exec(text);
  const compare = COMPARE[match?.[1] ?? ''];
  const count = Number(match?.[2]);
  if (match === null || compare === undefined || (match[1] === '%' && count === 0)) {
    throw new RequestError(
      `"${text}" is no hit count; write for example 5 (the fifth time), >= 5 or % 5 (every fifth time).`,
    );
  }
  return (hits) => compare(hits, count);
}

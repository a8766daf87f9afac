/** Every board, by the name that `--machine` takes. */
import type { Board, BoardPlan } from './board';
import { PcBoard } from './pc';

export interface BoardEntry {
  readonly id: string;
  readonly title: string;
  /** CPU models that it takes, the default first. */
  readonly cpus: readonly string[];
  readonly create: (plan: BoardPlan) => Board;
}

export const BOARDS: readonly BoardEntry[] = [
  {
    id: 'pc',
    title: 'PC/AT with built-in firmware',
    cpus: ['80386', '80286', '8086'],
    create: (plan) => new PcBoard(plan),
  },
];

/** @throws Error that lists the known ones when there is no such board. */
export function boardEntry(id: string): BoardEntry {
  const entry = BOARDS.find((board) => board.id === id);
  if (entry === undefined)
    throw new Error(`There is no machine '${id}'. Known: ${BOARDS.map((b) => b.id).join(', ')}.`);
  return entry;
}

/** Every board, by the name that `--machine` takes. */
import { CPU_MODELS, type CpuModelId } from '../cpu/x86/models';
import type { Board, BoardConfig } from './board';
import { PcBoard } from './pc';

export interface BoardEntry {
  readonly id: string;
  readonly title: string;
  /** CPU models that it takes, the default first. */
  readonly cpus: readonly string[];
  readonly create: (config: BoardConfig) => Board;
}

export const BOARDS: readonly BoardEntry[] = [
  {
    id: 'pc',
    title: 'PC/AT with built-in firmware',
    cpus: ['80386', 'pentium', '80486', '80286', '8086'],
    create: (config) => new PcBoard({ ...config, addressLines: CPU_MODELS[config.cpu as CpuModelId].addressMask }),
  },
];

/** @throws Error that lists the known ones when there is no such board. */
export function boardEntry(id: string): BoardEntry {
  const entry = BOARDS.find((board) => board.id === id);
  if (entry === undefined)
    throw new Error(`There is no machine '${id}'. Known: ${BOARDS.map((b) => b.id).join(', ')}.`);
  return entry;
}

/** The chosen bytes, and how keys move on them. */
import type { Pane } from './grid';
import type { Move } from './keys';
import type { Rows } from './rows';

export interface Selection {
  readonly pane: Pane;
  /** Where it began, and where the keyboard is: the first byte of a unit each. */
  readonly anchor: bigint;
  readonly head: bigint;
}

export interface Chosen {
  readonly first: bigint;
  readonly last: bigint;
}

/** Bytes of one cell. */
export const cellSize = (pane: Pane, unit: number): number => (pane === 'hex' ? unit : 1);

/** The first byte of the cell that holds an address. */
export function cellStart({ bounds }: Pick<Rows, 'bounds'>, size: number, address: bigint): bigint {
  return address - ((address - bounds.first) % BigInt(size));
}

export function chosen({ pane, anchor, head }: Selection, unit: number, { bounds }: Pick<Rows, 'bounds'>): Chosen {
  const [first, last] = anchor < head ? [anchor, head] : [head, anchor];
  const end = last + BigInt(cellSize(pane, unit) - 1);
  return { first, last: end < bounds.last ? end : bounds.last };
}

/** Where a move leads from an address, before it is kept within the space. */
function target(rows: Rows, move: Move, from: bigint, size: number): bigint {
  const row = BigInt(rows.columns);
  switch (move) {
    case 'left':
      return from - BigInt(size);
    case 'right':
      return from + BigInt(size);
    case 'up':
      return from - row;
    case 'down':
      return from + row;
    case 'pageUp':
      return from - row * BigInt(rows.visible);
    case 'pageDown':
      return from + row * BigInt(rows.visible);
    case 'rowStart':
      return rows.rowOf(from);
    case 'rowEnd':
      return rows.rowOf(from) + row - 1n;
    case 'first':
      return rows.bounds.first;
    case 'last':
      return rows.bounds.last;
  }
}

/** The selection behind a move; the rows are scrolled to show it. */
export function moved(selection: Selection, rows: Rows, move: Move, extend: boolean, unit: number): Selection {
  const size = cellSize(selection.pane, unit);
  const head = cellStart(rows, size, rows.clamp(target(rows, move, selection.head, size)));
  if (move === 'pageUp') rows.scrollBy(-rows.visible);
  if (move === 'pageDown') rows.scrollBy(rows.visible);
  rows.reveal(head);
  return { pane: selection.pane, anchor: extend ? selection.anchor : head, head };
}

/** The rows of a Memory panel as text and classes, from what was seen. */
import type { CellView, GridView, RowView } from './grid';
import type { Look } from './look';
import type { Rows } from './rows';
import { type Chosen, cellSize, type Selection } from './selection';
import type { ByteStore, SeenByte } from './store';
import { type ByteOrder, hex, printable, unitText } from './text';

export interface Painting {
  readonly look: Look;
  readonly rows: Rows;
  readonly store: ByteStore;
  readonly unit: number;
  readonly order: ByteOrder;
  readonly selection: Selection;
  readonly chosen: Chosen;
  /** Where the expression leads. */
  readonly target: bigint;
  /** Digits that were typed into the cell at the keyboard. */
  readonly digits: string;
}

/** A character that is not printable, and one that can't be read. */
const NO_CHARACTER = '·';
const UNREADABLE = '?';

function kinds(painting: Painting, first: bigint, size: number, bytes: readonly (SeenByte | undefined)[]): string[] {
  const last = first + BigInt(size - 1);
  const { chosen, target } = painting;
  const names: string[] = [];
  if (bytes.some((byte) => byte?.changed === true)) names.push('changed');
  if (bytes.some((byte) => byte !== undefined && byte.value === undefined)) names.push('unreadable');
  else if (bytes.every((byte) => byte?.value === 0)) names.push('zero');
  if (first <= chosen.last && last >= chosen.first) names.push('selected');
  if (target >= first && target <= last) names.push('target');
  return names;
}

function numberCell(painting: Painting, first: bigint, bytes: readonly (SeenByte | undefined)[]): CellView {
  const { unit, order, selection, digits } = painting;
  const names = kinds(painting, first, unit, bytes);
  const atKeyboard = selection.pane === 'hex' && selection.head === first;
  if (atKeyboard) names.push('caret');
  if (atKeyboard && digits !== '') return { text: digits.padEnd(2 * unit, '_'), kind: [...names, 'typing'].join(' ') };
  const values = bytes.map((byte) => (byte === undefined ? null : byte.value));
  return { text: unitText(values, order), kind: names.join(' ') };
}

function textCell(painting: Painting, address: bigint, byte: SeenByte | undefined): CellView {
  const names = kinds(painting, address, 1, [byte]);
  if (painting.selection.pane === 'text' && painting.selection.head === address) names.push('caret');
  if (byte === undefined) return { text: ' ', kind: names.join(' ') };
  const character = byte.value === undefined ? UNREADABLE : printable(byte.value);
  if (character === undefined) names.push('zero');
  return { text: character ?? NO_CHARACTER, kind: names.join(' ') };
}

function rowView(painting: Painting, start: bigint): RowView {
  const { look, rows, store, unit } = painting;
  const { last } = rows.bounds;
  const seen: (SeenByte | undefined)[] = [];
  for (let at = start; at < start + BigInt(rows.columns) && at <= last; at++) seen.push(store.at(look.space, at));
  const blank: CellView = { text: '', kind: '' };
  return {
    address: look.text(start),
    hex: Array.from({ length: rows.columns / unit }, (_, cell) => {
      const bytes = seen.slice(cell * unit, (cell + 1) * unit);
      return bytes.length < unit ? blank : numberCell(painting, start + BigInt(cell * unit), bytes);
    }),
    text: Array.from({ length: rows.columns }, (_, cell) =>
      cell < seen.length ? textCell(painting, start + BigInt(cell), seen[cell]) : blank,
    ),
  };
}

/** What a screen reader says of the cell at the keyboard. */
function caretLabel({ look, store, unit, order, selection }: Painting): string {
  const size = cellSize(selection.pane, unit);
  const bytes = Array.from({ length: size }, (_, at) => store.at(look.space, selection.head + BigInt(at)));
  const changed = bytes.some((byte) => byte?.changed === true) ? ', changed' : '';
  if (bytes.some((byte) => byte?.value === undefined)) return `${look.text(selection.head)}: can't be read`;
  return `${look.text(selection.head)}: ${unitText(
    bytes.map((byte) => byte?.value),
    order,
  )}${changed}`;
}

export function paint(painting: Painting): GridView {
  const { rows, unit, selection } = painting;
  const { top, bottom, columns } = rows;
  const views: RowView[] = [];
  for (let start = top; start <= bottom; start += BigInt(columns)) views.push(rowView(painting, start));
  const at = Number(selection.head - top);
  const seen = selection.head >= top && selection.head <= bottom;
  const size = cellSize(selection.pane, unit);
  return {
    rows: views,
    columnHeads: Array.from({ length: columns / unit }, (_, cell) => hex(cell * unit, 2).padStart(2 * unit)),
    caret: seen
      ? {
          pane: selection.pane,
          row: Math.floor(at / columns),
          cell: Math.floor((at % columns) / size),
          label: caretLabel(painting),
        }
      : undefined,
  };
}

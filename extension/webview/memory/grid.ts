/** The rows of a Memory panel as elements: addresses, numbers, text, and a scrollbar for a range too long to be one. */
import type { Rows } from './rows';

export type Pane = 'hex' | 'text';

export interface CellView {
  readonly text: string;
  /** Classes of the style sheet, separated by blanks. */
  readonly kind: string;
}

export interface RowView {
  readonly address: string;
  readonly hex: readonly CellView[];
  readonly text: readonly CellView[];
}

export interface GridView {
  readonly rows: readonly RowView[];
  readonly columnHeads: readonly string[];
  /** The cell at which the keyboard is, by row and place on it. */
  readonly caret:
    | { readonly pane: Pane; readonly row: number; readonly cell: number; readonly label: string }
    | undefined;
}

export interface GridListener {
  /** Scrolled by so many rows. */
  scrolled(rows: number): void;
  /** Scrolled to a share of the whole, 0 to 1. */
  scrolledTo(position: number): void;
  /** A cell was pressed, or the pointer was dragged there. Rows above 0 or below the last mean that it left the pane. */
  pressed(pane: Pane, row: number, cell: number, how: { readonly extend: boolean; readonly menu: boolean }): void;
  key(pane: Pane, event: KeyboardEvent): void;
  resized(): void;
}

/** Bytes that a row may have. */
export const COLUMNS = [8, 16, 32] as const;

/** Widths of the style sheet in characters: between numbers, and of all that is neither address, number nor text. */
const GAP = 0.7;
const MARGINS = 7;
/** Bytes between which the gap is wider. */
const GROUP = 8;

const PANES: readonly Pane[] = ['hex', 'text'];
/** Rows of a turn of the wheel, of 100 pixels. */
const WHEEL_ROWS = 3;
const LINE_MODE = 1;
const SMALLEST_THUMB = 24;

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no "${id}".`);
  return found;
}

interface DrawnRow {
  readonly address: HTMLElement;
  readonly panes: Readonly<Record<Pane, { readonly row: HTMLElement; readonly cells: readonly HTMLElement[] }>>;
}

export class Grid {
  readonly main = element('memory');
  readonly #addresses = element('addresses');
  readonly #panes: Readonly<Record<Pane, HTMLElement>> = { hex: element('hex'), text: element('text') };
  readonly #head = element('head');
  readonly #bar = element('scrollbar');
  readonly #thumb = element('thumb');
  /** Some characters on a row, to measure. */
  readonly #probe = element('probe');
  #rows: readonly DrawnRow[] = [];
  #shape = '';
  #wheel = 0;
  #position = 0;

  constructor(readonly listener: GridListener) {
    new ResizeObserver(() => listener.resized()).observe(this.main);
    this.main.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    for (const pane of PANES) this.#listen(pane);
    this.#listenToBar();
  }

  /** The most columns that fit. @param digits of an address @param unit bytes of a number */
  columnsFitting(digits: number, unit: number): number {
    const character = this.#probe.getBoundingClientRect().width / this.#probe.textContent.length;
    const width = (columns: number): number => {
      const cells = (columns / unit) * (2 * unit + GAP) + (columns / GROUP) * GAP;
      return digits + cells + columns + MARGINS;
    };
    const room = this.main.clientWidth / character;
    return COLUMNS.findLast((columns) => width(columns) <= room) ?? COLUMNS[0];
  }

  /** Whole rows that fit. */
  get rowsFitting(): number {
    return Math.max(
      1,
      Math.floor(this.#panes.hex.clientHeight / Math.max(1, this.#probe.getBoundingClientRect().height)),
    );
  }

  focus(pane: Pane): void {
    this.#panes[pane].focus();
  }

  #turn(event: WheelEvent): void {
    event.preventDefault();
    this.#wheel += event.deltaMode === LINE_MODE ? event.deltaY : (event.deltaY * WHEEL_ROWS) / 100;
    const rows = Math.trunc(this.#wheel);
    this.#wheel -= rows;
    if (rows !== 0) this.listener.scrolled(rows);
  }

  #listen(pane: Pane): void {
    const box = this.#panes[pane];
    box.addEventListener('keydown', (event) => this.listener.key(pane, event));
    box.addEventListener('pointerdown', (event) => {
      const place = this.#placeAt(event, pane);
      if (place === undefined) return;
      const menu = event.button === 2;
      if (!menu) box.setPointerCapture(event.pointerId);
      this.listener.pressed(pane, place.row, place.cell, { extend: event.shiftKey, menu });
    });
    box.addEventListener('pointermove', (event) => {
      if (!box.hasPointerCapture(event.pointerId)) return;
      const { top, bottom } = box.getBoundingClientRect();
      const outside = event.clientY < top ? -1 : event.clientY > bottom ? this.#rows.length : undefined;
      const place = outside === undefined ? this.#placeAt(event, pane) : { row: outside, cell: 0 };
      if (place !== undefined) this.listener.pressed(pane, place.row, place.cell, { extend: true, menu: false });
    });
  }

  #placeAt(event: PointerEvent, pane: Pane): { readonly row: number; readonly cell: number } | undefined {
    const hit = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-cell]');
    if (hit === null || hit === undefined || hit.dataset['pane'] !== pane) return undefined;
    return { row: Number(hit.dataset['row']), cell: Number(hit.dataset['cell']) };
  }

  #listenToBar(): void {
    let grabbed = 0;
    const room = (): number => this.#bar.clientHeight - this.#thumb.clientHeight;
    this.#bar.addEventListener('pointerdown', (event) => {
      const thumb = this.#thumb.getBoundingClientRect();
      const on = event.clientY >= thumb.top && event.clientY < thumb.bottom;
      grabbed = on ? event.clientY - thumb.top : thumb.height / 2;
      this.#bar.setPointerCapture(event.pointerId);
      this.#bar.classList.add('active');
      if (!on) this.#drag(event.clientY - grabbed, room());
    });
    this.#bar.addEventListener('pointermove', (event) => {
      if (this.#bar.hasPointerCapture(event.pointerId)) this.#drag(event.clientY - grabbed, room());
    });
    this.#bar.addEventListener('lostpointercapture', () => this.#bar.classList.remove('active'));
  }

  #drag(top: number, room: number): void {
    if (room > 0) this.listener.scrolledTo((top - this.#bar.getBoundingClientRect().top) / room);
  }

  /** Makes the elements where the rows or what is on them have another shape. */
  #build({ rows, columnHeads }: GridView): void {
    const [first] = rows;
    const shape = `${rows.length} ${first?.hex.length ?? 0} ${first?.text.length ?? 0} ${columnHeads.join()}`;
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#head.replaceChildren(...columnHeads.map((text) => made('span', 'cell', text)));
    const panes = (view: RowView, row: number): DrawnRow['panes'] => {
      const cells = (pane: Pane) => {
        const list = view[pane].map((_, cell) => {
          const span = made('span', 'cell', '');
          Object.assign(span.dataset, { pane, row: String(row), cell: String(cell) });
          span.id = `${pane}-${row}-${cell}`;
          span.setAttribute('role', 'gridcell');
          return span;
        });
        const line = made('div', 'row', '');
        line.setAttribute('role', 'row');
        line.replaceChildren(...list);
        return { row: line, cells: list };
      };
      return { hex: cells('hex'), text: cells('text') };
    };
    this.#rows = rows.map((view, row) => ({ address: made('div', 'row', ''), panes: panes(view, row) }));
    this.#addresses.replaceChildren(...this.#rows.map(({ address }) => address));
    for (const pane of PANES) this.#panes[pane].replaceChildren(...this.#rows.map(({ panes: all }) => all[pane].row));
  }

  draw(view: GridView, { scroll }: Rows): void {
    this.#build(view);
    for (const [index, row] of view.rows.entries()) {
      const drawn = this.#rows[index];
      setText(drawn.address, row.address);
      for (const pane of PANES) {
        for (const [cell, { text, kind }] of row[pane].entries()) {
          const target = drawn.panes[pane].cells[cell];
          setText(target, text);
          const wanted = kind === '' ? 'cell' : `cell ${kind}`;
          if (target.className !== wanted) target.className = wanted;
        }
      }
    }
    this.#drawCaret(view);
    this.#drawBar(scroll);
  }

  #drawCaret({ caret }: GridView): void {
    for (const pane of PANES) {
      const box = this.#panes[pane];
      const id = caret?.pane === pane ? `${pane}-${caret.row}-${caret.cell}` : undefined;
      if (id === undefined) box.removeAttribute('aria-activedescendant');
      else box.setAttribute('aria-activedescendant', id);
    }
    for (const old of this.main.querySelectorAll('[aria-label].cell')) old.removeAttribute('aria-label');
    if (caret === undefined) return;
    this.#rows[caret.row]?.panes[caret.pane].cells[caret.cell]?.setAttribute('aria-label', caret.label);
  }

  #drawBar({ position, share }: Rows['scroll']): void {
    const height = this.#bar.clientHeight;
    const thumb = Math.max(SMALLEST_THUMB, Math.round(height * share));
    this.#position = position;
    this.#thumb.hidden = share >= 1;
    this.#thumb.style.height = `${thumb}px`;
    this.#thumb.style.transform = `translateY(${Math.round((height - thumb) * this.#position)}px)`;
  }
}

function made(tag: 'div' | 'span', className: string, text: string): HTMLElement {
  const one = document.createElement(tag);
  one.className = className;
  one.textContent = text;
  return one;
}

function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

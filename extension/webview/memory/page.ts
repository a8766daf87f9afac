/** A Memory panel's page: what it looks at, what is chosen there, and what a person does to it. */
import {
  type FromMemory,
  type LocateResponse,
  MEMORY_SECTION,
  type MemoryMachine,
  type MemoryRange,
  type MemoryTarget,
  type ToMemory,
} from '../../shared/memory';
import { AUTOMATIC, type Controls, type KeptLook } from './controls';
import { Conversation } from './conversation';
import { Describing } from './describing';
import { type EditedCell, Editing, onClipboard } from './editing';
import { COLUMNS, Grid, type GridListener, type Pane } from './grid';
import { inspect } from './inspector';
import { type KeyAction, keyAction, type Move } from './keys';
import { Locating } from './locating';
import { Look, type Place, placeOf, spaceOf } from './look';
import { paint } from './paint';
import { Rows } from './rows';
import { cellSize, cellStart, type Chosen, chosen, moved, type Selection } from './selection';
import { wireAddress } from './text';

/** Bytes at the keyboard that are told in words. */
const INSPECTED = 4n;

interface Outside {
  post(message: FromMemory): void;
  keep(look: KeptLook): void;
}

export class MemoryPage implements GridListener {
  readonly #grid = new Grid(this);
  readonly #conversation: Conversation;
  readonly #locating: Locating;
  readonly #editing: Editing;
  readonly #describing: Describing;
  #place: Place;
  #look: Look;
  #rows: Rows;
  #selection: Selection;
  #drawing = false;

  constructor(
    readonly controls: Controls,
    readonly outside: Outside,
  ) {
    const { top, cursor, mode } = controls.look;
    this.#conversation = new Conversation((message) => outside.post(message));
    this.#editing = new Editing(this.#conversation, (text) => controls.tellProblem(text));
    this.#locating = new Locating(this.#conversation, {
      question: () => ({ expression: controls.look.expression, space: this.#wantedSpace }),
      found: (place) => this.#goTo(place),
      lost: (message) => {
        if (message !== undefined) controls.tellProblem(message);
        this.#read();
      },
    });
    this.#describing = new Describing(this.#conversation, {
      range: () => this.#range,
      settled: () => this.#keep(),
      found: () => this.#draw(),
    });
    this.#place = { space: mode, address: BigInt(cursor), segment: undefined };
    this.#look = new Look(mode, { spaces: [] }, this.#place);
    this.#rows = new Rows(this.#look.bounds, COLUMNS[0], this.#grid.rowsFitting, BigInt(top));
    this.#selection = { pane: 'hex', anchor: BigInt(cursor), head: BigInt(cursor) };
    controls.listen({
      go: (target) => this.go(target),
      mode: (next) => this.#setMode(next),
      shape: () => this.#reshape(this.#rows.top),
    });
    onClipboard('copy', () => this.#copy());
    onClipboard('paste', (pane, text) => this.#editing.paste(pane, text, this.#cell(this.#chosen.first)));
    this.#draw();
  }

  /* ---------------------------------------------------------------------------------- what the extension says */

  receive(message: ToMemory): void {
    switch (message.type) {
      case 'machine':
        this.#setMachine(message.machine);
        break;
      case 'bytes':
        this.#conversation.takeBytes(message);
        this.#seenOther();
        break;
      case 'located':
      case 'nowhere':
        this.#conversation.takePlace(message);
        break;
      case 'changed':
        this.#conversation.store.changed();
        this.#refresh();
        break;
      case 'problem':
        this.controls.tellProblem(message.message);
        break;
      case 'ask':
        this.controls.ask();
    }
  }

  #setMachine(machine: MemoryMachine | undefined): void {
    const { isOther, isLater } = this.#conversation.setMachine(machine);
    if (isOther) this.#locating.want();
    this.controls.setMachine(machine);
    if (isOther) this.#reshape(this.#rows.top);
    if (isLater) this.#refresh();
    this.#draw();
  }

  /** Something may be other than it was. */
  #refresh(): void {
    if (this.controls.look.follow) this.#locating.want();
    this.#locating.now();
    this.#read();
    this.#describing.soon();
  }

  /* ---------------------------------------------------------------------------------- what is looked at */

  /** Looks there now, or when the machine next stands still. */
  go(target: MemoryTarget): void {
    this.outside.post({ type: 'looksAt', text: target.expression });
    this.#locating.want();
    this.#locating.now();
    this.#keep();
  }

  get #wantedSpace(): string {
    return spaceOf(this.controls.look.mode, this.#conversation.spaces);
  }

  #goTo(found: LocateResponse): void {
    this.controls.tellProblem('');
    this.#place = placeOf(found);
    if (this.#place.space !== this.#wantedSpace) this.controls.setMode(this.#place.space);
    this.#select(this.#selection.pane, this.#place.address, false);
    this.#reshape(this.#place.address);
  }

  /** Another way to write addresses keeps the place; another space begins at the same address of it, and follows nothing. */
  #setMode(mode: string): void {
    const space = spaceOf(mode, this.#conversation.spaces);
    if (space !== this.#look.space) {
      this.#place = { space, address: this.#selection.head, segment: undefined };
      this.controls.setTarget({ expression: wireAddress(this.#selection.head), follow: false });
      this.outside.post({ type: 'looksAt', text: this.controls.look.expression });
    }
    this.#reshape(this.#rows.top);
  }

  #reshape(top: bigint): void {
    this.#look = new Look(this.controls.look.mode, this.#conversation.spaces, this.#place);
    this.#layOut(top);
    this.#select(this.#selection.pane, this.#selection.head, false);
  }

  #layOut(top: bigint): void {
    const { columns, unit } = this.controls.look;
    const fitting = columns === AUTOMATIC ? this.#grid.columnsFitting(this.#look.text(0n).length, unit) : columns;
    this.#rows = new Rows(this.#look.bounds, fitting, this.#grid.rowsFitting, top);
    this.#seenOther();
  }

  /** Asks for what is seen and not known. */
  #read(): void {
    // What is seen before the expression has led somewhere is not what is wanted.
    if (this.#locating.isDone) this.#conversation.read(this.#look.space, this.#rows.top, this.#rows.bottom);
  }

  scrolled(rows: number): void {
    this.#rows.scrollBy(rows);
    this.#seenOther();
  }

  scrolledTo(position: number): void {
    this.#rows.scrollToPosition(position);
    this.#seenOther();
  }

  resized(): void {
    this.#layOut(this.#rows.top);
  }

  #seenOther(): void {
    this.#draw();
    this.#read();
  }

  /* ---------------------------------------------------------------------------------- what is chosen and typed */

  get #chosen(): Chosen {
    return chosen(this.#selection, this.controls.look.unit, this.#rows);
  }

  get #range(): MemoryRange {
    const { first, last } = this.#chosen;
    return { space: this.#look.space, address: wireAddress(first), length: Number(last - first) + 1 };
  }

  #cell(address = this.#selection.head): EditedCell {
    return { space: this.#look.space, address, unit: this.controls.look.unit };
  }

  pressed(pane: Pane, row: number, cell: number, { extend, menu }: { extend: boolean; menu: boolean }): void {
    this.#editing.commit(this.#cell());
    const size = cellSize(pane, this.controls.look.unit);
    const address = this.#rows.top + BigInt(row * this.#rows.columns + cell * size);
    const { first, last } = this.#chosen;
    // The menu is about what is chosen, where it was opened on that.
    if (!menu || pane !== this.#selection.pane || address < first || address > last)
      this.#select(pane, address, extend);
    this.#rows.reveal(this.#selection.head);
    this.#seenOther();
    this.#tellMenu();
  }

  #select(pane: Pane, address: bigint, extend: boolean): void {
    const size = cellSize(pane, this.controls.look.unit);
    const head = cellStart(this.#rows, size, this.#rows.clamp(address));
    const before = this.#selection;
    this.#selection = { pane, anchor: extend && pane === before.pane ? before.anchor : head, head };
    this.#editing.forget();
    if (before.head !== head || this.#describing.found?.space !== this.#look.space) this.#describing.soon();
  }

  key(pane: Pane, event: KeyboardEvent): void {
    const action = keyAction(pane, event);
    if (action === undefined) return;
    // Webviews pass on to VS Code what reaches their window.
    event.preventDefault();
    event.stopPropagation();
    if (pane !== this.#selection.pane) this.#select(pane, this.#selection.head, false);
    this.#do(pane, action);
    this.#seenOther();
  }

  #do(pane: Pane, action: KeyAction): void {
    switch (action.kind) {
      case 'move':
        this.#move(action.move, action.extend);
        break;
      case 'type': {
        const cell = this.#cell();
        const isWhole =
          pane === 'text' ? this.#editing.typeText(action.text, cell) : this.#editing.typeDigit(action.text, cell);
        if (isWhole) this.#move('right', false);
        break;
      }
      case 'commit':
        this.#editing.commit(this.#cell());
        break;
      case 'cancel':
        this.#editing.forget();
        this.#selection = { ...this.#selection, anchor: this.#selection.head };
        this.controls.tellProblem('');
        break;
      case 'erase':
        this.#editing.erase();
        break;
      case 'copy':
        this.#copy();
        break;
      case 'ask':
        this.controls.ask();
    }
  }

  #move(move: Move, extend: boolean): void {
    this.#editing.commit(this.#cell());
    this.#selection = moved(this.#selection, this.#rows, move, extend, this.controls.look.unit);
    this.#describing.soon();
  }

  #copy(): void {
    this.outside.post({ type: 'copy', range: this.#range, as: this.#selection.pane });
  }

  /* ---------------------------------------------------------------------------------- what is told of it */

  /** What VS Code's menu is about. */
  #tellMenu(): void {
    const context = { webviewSection: MEMORY_SECTION, preventDefaultContextMenuItems: true, ...this.#range };
    this.#grid.main.dataset['vscodeContext'] = JSON.stringify(context);
  }

  #keep(): void {
    this.outside.keep({
      ...this.controls.look,
      top: String(this.#rows.top),
      cursor: String(this.#selection.head),
    });
  }

  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      const { byteOrder: order, store } = this.#conversation;
      const range = this.#chosen;
      const isTarget = this.#place.space === this.#look.space;
      const view = paint({
        look: this.#look,
        rows: this.#rows,
        store,
        unit: this.controls.look.unit,
        order,
        selection: this.#selection,
        chosen: range,
        target: isTarget ? this.#place.address : -1n,
        digits: this.#editing.digits,
      });
      this.#grid.draw(view, this.#rows);
      const known = store.known(this.#look.space, range.first, this.#rows.clamp(range.first + INSPECTED - 1n));
      this.controls.inspect(inspect(known, Number(range.last - range.first) + 1, order, this.#describing.found));
      this.#tellMenu();
    });
  }

  focus(): void {
    this.#grid.focus(this.#selection.pane);
  }
}

/** A Memory panel's page: what it looks at, what it has been told, and what a person does to it. */
import type {
  FromMemory,
  LocateResponse,
  MemoryMachine,
  MemoryRange,
  MemoryTarget,
  ToMemory,
} from '../../shared/memory';
import { MEMORY_SECTION, MOST_READ } from '../../shared/memory';
import { COLUMNS, Grid, type GridListener, type Pane } from './grid';
import { inspect } from './inspector';
import { type KeyAction, keyAction } from './keys';
import { Look, type Place, placeOf, spaceOf } from './look';
import { paint } from './paint';
import { Rows } from './rows';
import { cellSize, cellStart, chosen, moved, type Selection } from './selection';
import { ByteStore } from './store';
import { pastedHex, typedText, unitBytes, wireAddress } from './text';
import { AUTOMATIC, type Controls, type KeptLook } from './controls';

/** Milliseconds after which what is chosen is told in words. */
const SETTLED_MS = 120;

interface Outside {
  post(message: FromMemory): void;
  keep(look: KeptLook): void;
}

type Located = LocateResponse | string;

export class MemoryPage implements GridListener {
  readonly #grid = new Grid(this);
  #store = new ByteStore();
  #machine: MemoryMachine | undefined;
  #place: Place;
  #look: Look;
  #rows: Rows;
  #selection: Selection;
  #digits = '';
  /** The expression is to be evaluated as soon as the machine stands still. */
  #toLocate = true;
  #locating = false;
  #reading = false;
  #nextId = 1;
  readonly #asked = new Map<number, (found: Located) => void>();
  #found: LocateResponse | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #drawing = false;

  constructor(
    readonly controls: Controls,
    readonly outside: Outside,
  ) {
    const { top, cursor, mode } = controls.look;
    this.#place = { space: mode, address: BigInt(cursor), segment: undefined };
    this.#look = new Look(mode, { spaces: [] }, this.#place);
    this.#rows = new Rows(this.#look.bounds, COLUMNS[0], this.#grid.rowsFitting, BigInt(top));
    this.#selection = { pane: 'hex', anchor: BigInt(cursor), head: BigInt(cursor) };
    controls.listen({
      go: (target) => this.go(target),
      mode: (next) => this.#setMode(next),
      shape: () => this.#reshape(this.#rows.top),
    });
    document.addEventListener('copy', (event) => this.#clipboard(event, () => this.#copy()));
    document.addEventListener('paste', (event) =>
      this.#clipboard(event, (pane) => this.#paste(pane, event.clipboardData?.getData('text/plain') ?? '')),
    );
    this.#draw();
  }

  get #spaces(): Pick<MemoryMachine, 'spaces'> {
    return this.#machine ?? { spaces: [] };
  }

  get #isReadable(): boolean {
    return this.#machine !== undefined && !this.#machine.running;
  }

  receive(message: ToMemory): void {
    switch (message.type) {
      case 'machine':
        this.#setMachine(message.machine);
        break;
      case 'bytes':
        this.#reading = false;
        if (message.stop === this.#machine?.stop) {
          const { space, address, length } = message.range;
          this.#store.put(space, BigInt(address), length, message.pieces);
        }
        this.#draw();
        this.#read();
        break;
      case 'located':
      case 'nowhere':
        this.#asked.get(message.id)?.(message.type === 'located' ? message.found : message.message);
        this.#asked.delete(message.id);
        break;
      case 'changed':
        this.#store.changed();
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
    const before = this.#machine;
    this.#machine = machine;
    if (machine === undefined) {
      this.controls.setMachine(undefined);
      this.#draw();
      return;
    }
    const isOther = before?.id !== machine.id;
    if (isOther) {
      this.#store = new ByteStore();
      this.#toLocate = true;
    } else if (before.stop !== machine.stop) this.#store.nextStop();
    this.controls.setMachine(machine);
    if (isOther) this.#reshape(this.#rows.top);
    if (before?.stop !== machine.stop || before.running !== machine.running) this.#refresh();
    this.#draw();
  }

  /** Something may be other than it was. */
  #refresh(): void {
    if (this.controls.look.follow) this.#toLocate = true;
    this.#locateNow();
    this.#read();
    this.#describeSoon();
  }

  /** Looks there now, or when the machine next stands still. */
  go(target: MemoryTarget): void {
    this.outside.post({ type: 'looksAt', text: target.expression });
    this.#toLocate = true;
    this.#locateNow();
    this.#keep();
  }

  #locateNow(): void {
    if (this.#toLocate && !this.#locating && this.#isReadable) void this.#locate();
  }

  async #locate(): Promise<void> {
    this.#toLocate = false;
    const { expression, mode } = this.controls.look;
    this.#locating = true;
    const found = await this.#ask(expression, spaceOf(mode, this.#spaces));
    this.#locating = false;
    if (this.#toLocate && this.#isReadable) {
      // Another expression meanwhile, or another stop.
      await this.#locate();
      return;
    }
    if (typeof found === 'string') {
      if (this.#isReadable) this.controls.tellProblem(found);
      else this.#toLocate = true;
      this.#read();
      return;
    }
    this.controls.tellProblem('');
    this.#place = placeOf(found);
    if (this.#place.space !== spaceOf(mode, this.#spaces)) this.controls.setMode(this.#place.space);
    this.#select(this.#selection.pane, this.#place.address, false);
    this.#reshape(this.#place.address);
  }

  #ask(expression: string, space: string): Promise<Located> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.outside.post({ type: 'locate', id, expression, space });
    });
  }

  /** Another way to write addresses keeps the place; another space begins at the same address of it, and follows nothing. */
  #setMode(mode: string): void {
    const space = spaceOf(mode, this.#spaces);
    if (space !== this.#look.space) {
      this.#place = { space, address: this.#selection.head, segment: undefined };
      this.controls.setTarget({ expression: wireAddress(this.#selection.head), follow: false });
      this.outside.post({ type: 'looksAt', text: this.controls.look.expression });
    }
    this.#reshape(this.#rows.top);
  }

  #reshape(top: bigint): void {
    this.#look = new Look(this.controls.look.mode, this.#spaces, this.#place);
    this.#layOut(top);
    this.#select(this.#selection.pane, this.#selection.head, false);
  }

  #layOut(top: bigint): void {
    const { columns, unit } = this.controls.look;
    const fitting = columns === AUTOMATIC ? this.#grid.columnsFitting(this.#look.text(0n).length, unit) : columns;
    this.#rows = new Rows(this.#look.bounds, fitting, this.#grid.rowsFitting, top);
    this.#seenOther();
  }

  /** Asks for what is seen and not known, one range at a time. */
  #read(): void {
    const machine = this.#machine;
    if (machine === undefined || machine.running || this.#look.space === '') return;
    // What is seen before the expression has led somewhere is not what is wanted.
    if (this.#reading || this.#toLocate || this.#locating) return;
    const { space } = this.#look;
    const missing = this.#store.missing(space, this.#rows.top, this.#rows.bottom);
    if (missing === undefined) return;
    this.#reading = true;
    const length = Math.min(missing.length, MOST_READ);
    this.outside.post({
      type: 'read',
      stop: machine.stop,
      range: { space, address: wireAddress(missing.address), length },
    });
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

  pressed(pane: Pane, row: number, cell: number, { extend, menu }: { extend: boolean; menu: boolean }): void {
    this.#commit();
    const size = cellSize(pane, this.controls.look.unit);
    const address = this.#rows.top + BigInt(row * this.#rows.columns + cell * size);
    const { first, last } = chosen(this.#selection, this.controls.look.unit, this.#rows);
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
    this.#digits = '';
    if (before.head !== head || this.#found?.space !== this.#look.space) this.#describeSoon();
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
        this.#commit();
        this.#selection = moved(this.#selection, this.#rows, action.move, action.extend, this.controls.look.unit);
        this.#describeSoon();
        break;
      case 'type':
        if (pane === 'text') this.#typeText(action.text);
        else this.#typeDigit(action.text);
        break;
      case 'commit':
        this.#commit();
        break;
      case 'cancel':
        this.#digits = '';
        this.#selection = { ...this.#selection, anchor: this.#selection.head };
        this.controls.tellProblem('');
        break;
      case 'erase':
        this.#digits = this.#digits.slice(0, -1);
        break;
      case 'copy':
        this.#copy();
        break;
      case 'ask':
        this.controls.ask();
    }
  }

  #typeDigit(digit: string): void {
    this.#digits += digit.toUpperCase();
    if (this.#digits.length < 2 * this.controls.look.unit) return;
    this.#commit();
    this.#do('hex', { kind: 'move', move: 'right', extend: false });
  }

  #typeText(text: string): void {
    const bytes = typedText(text);
    if (bytes === undefined) {
      this.controls.tellProblem(`"${text}" has no byte.`);
      return;
    }
    this.#write(this.#selection.head, bytes);
    this.#do('text', { kind: 'move', move: 'right', extend: false });
  }

  /** Writes the digits that were typed. */
  #commit(): void {
    if (this.#digits === '') return;
    const { unit } = this.controls.look;
    const bytes = unitBytes(this.#digits, unit, this.#machine?.byteOrder ?? 'little');
    this.#digits = '';
    this.#write(this.#selection.head, bytes);
  }

  #write(address: bigint, bytes: Uint8Array): void {
    if (!this.#isReadable) {
      this.controls.tellProblem('Memory can be changed while the machine stands still.');
      return;
    }
    this.controls.tellProblem('');
    const range = { space: this.#look.space, address: wireAddress(address), length: bytes.length };
    this.outside.post({ type: 'write', range, bytes });
  }

  /** Does something in place of what the browser would, where a pane has the keyboard. */
  #clipboard(event: ClipboardEvent, action: (pane: Pane) => void): void {
    const pane = document.activeElement?.id;
    if (pane !== 'hex' && pane !== 'text') return;
    event.preventDefault();
    action(pane);
  }

  #copy(): void {
    this.outside.post({ type: 'copy', range: this.#range, as: this.#selection.pane });
  }

  #paste(pane: Pane, text: string): void {
    const bytes = pane === 'hex' ? pastedHex(text) : typedText(text);
    if (bytes === undefined)
      this.controls.tellProblem(
        pane === 'hex'
          ? 'The clipboard holds no bytes in hexadecimal.'
          : 'The clipboard holds characters without a byte.',
      );
    else if (bytes.length > 0) this.#write(chosen(this.#selection, this.controls.look.unit, this.#rows).first, bytes);
  }

  get #range(): MemoryRange {
    const { first, last } = chosen(this.#selection, this.controls.look.unit, this.#rows);
    return { space: this.#look.space, address: wireAddress(first), length: Number(last - first) + 1 };
  }

  /** What VS Code's menu is about. */
  #tellMenu(): void {
    const context = { webviewSection: MEMORY_SECTION, preventDefaultContextMenuItems: true, ...this.#range };
    this.#grid.main.dataset['vscodeContext'] = JSON.stringify(context);
  }

  #describeSoon(): void {
    clearTimeout(this.#settling);
    this.#found = undefined;
    this.#settling = setTimeout(() => {
      this.#keep();
      if (this.#isReadable) void this.#describe();
    }, SETTLED_MS);
  }

  async #describe(): Promise<void> {
    const { address, space } = this.#range;
    const found = await this.#ask(address, space);
    if (typeof found === 'string' || address !== this.#range.address) return;
    this.#found = found;
    this.#draw();
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
      const { unit } = this.controls.look;
      const order = this.#machine?.byteOrder ?? 'little';
      const range = chosen(this.#selection, unit, this.#rows);
      const isTarget = this.#place.space === this.#look.space;
      const view = paint({
        look: this.#look,
        rows: this.#rows,
        store: this.#store,
        unit,
        order,
        selection: this.#selection,
        chosen: range,
        target: isTarget ? this.#place.address : -1n,
        digits: this.#digits,
      });
      this.#grid.draw(view, this.#rows);
      const known: number[] = [];
      for (let at = range.first; at < range.first + 4n && at <= this.#rows.bounds.last; at++) {
        const value = this.#store.at(this.#look.space, at)?.value;
        if (value === undefined) break;
        known.push(value);
      }
      this.controls.inspect(inspect(known, Number(range.last - range.first) + 1, order, this.#found));
      this.#tellMenu();
    });
  }

  focus(): void {
    this.#grid.focus(this.#selection.pane);
  }
}

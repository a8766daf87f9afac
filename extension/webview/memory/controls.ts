/** The bar above the bytes and the line below them. */
import type { MemoryMachine, MemoryTarget } from '../../shared/memory';
import { COLUMNS } from './grid';
import { SEGMENTED } from './look';

/** What a panel looks at and how; small, so that it can be kept for a reload of the window. */
export interface KeptLook extends MemoryTarget {
  /** A space by its id, or `segmented`. */
  readonly mode: string;
  /** Bytes on a row, or {@link AUTOMATIC}. */
  readonly columns: number;
  /** Bytes of one number. */
  readonly unit: number;
  /** Address of the first row, and of the byte at the keyboard, in decimal. */
  readonly top: string;
  readonly cursor: string;
}

/** As many columns as there is room for. */
export const AUTOMATIC = 0;

export const FIRST_LOOK: KeptLook = {
  expression: '$',
  follow: false,
  mode: 'linear',
  columns: AUTOMATIC,
  unit: 1,
  top: '0',
  cursor: '0',
};

/** Places that people go to on a machine with segments. */
const COMMON_PLACES = ['CS:IP', 'SS:SP', 'DS:SI', 'ES:DI', '0x7C00', '0040:0000', 'B800:0000', '0000:0000'];
/** Most expressions that are remembered. */
const MOST_REMEMBERED = 12;
/** A run shorter than this, in milliseconds, is not told: a step would make the words flicker. */
const SHORT_RUN_MS = 300;

interface ControlsListener {
  go(target: MemoryTarget): void;
  mode(mode: string): void;
  /** Columns or units are other ones. */
  shape(): void;
}

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} "${id}".`);
  return found;
}

const option = (value: string, text: string): HTMLOptionElement => new Option(text, value);

export class Controls {
  readonly #expression = element('expression', HTMLInputElement);
  readonly #places = element('places', HTMLDataListElement);
  readonly #follow = element('follow', HTMLButtonElement);
  readonly #mode = element('mode', HTMLSelectElement);
  readonly #columns = element('columns', HTMLSelectElement);
  readonly #unit = element('unit', HTMLSelectElement);
  readonly #status = element('status', HTMLElement);
  readonly #problem = element('problem', HTMLElement);
  readonly #inspector = element('inspector', HTMLElement);
  readonly #body = element('memory', HTMLElement);
  #look: KeptLook;
  #remembered: readonly string[] = [];
  #isSegmented = false;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(look: KeptLook) {
    this.#look = look;
    this.#mode.replaceChildren(option(look.mode, look.mode));
    this.#columns.replaceChildren(
      option(String(AUTOMATIC), 'auto columns'),
      ...COLUMNS.map((columns) => option(String(columns), `${columns} columns`)),
    );
    this.#columns.value = String(look.columns);
    this.#unit.value = String(look.unit);
    this.#body.dataset['unit'] = this.#unit.value;
    this.setTarget(look);
  }

  get look(): KeptLook {
    return this.#look;
  }

  listen(listener: ControlsListener): void {
    const go = (follow: boolean): void => {
      const expression = this.#expression.value.trim();
      if (expression === '') return;
      this.setTarget({ expression, follow });
      listener.go({ expression, follow });
    };
    this.#expression.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') go(this.#look.follow);
      else if (event.key === 'Escape') this.#expression.value = this.#look.expression;
      else return;
      event.stopPropagation();
    });
    this.#follow.addEventListener('click', () => go(!this.#look.follow));
    this.#mode.addEventListener('change', () => {
      this.#look = { ...this.#look, mode: this.#mode.value };
      listener.mode(this.#mode.value);
    });
    for (const select of [this.#columns, this.#unit]) {
      select.addEventListener('change', () => {
        this.#look = { ...this.#look, columns: Number(this.#columns.value), unit: Number(this.#unit.value) };
        this.#body.dataset['unit'] = this.#unit.value;
        listener.shape();
      });
    }
  }

  setTarget({ expression, follow }: MemoryTarget): void {
    this.#look = { ...this.#look, expression, follow };
    this.#expression.value = expression;
    this.#follow.setAttribute('aria-pressed', String(follow));
    this.#remembered = [expression, ...this.#remembered.filter((one) => one !== expression)].slice(0, MOST_REMEMBERED);
    this.#offerPlaces();
  }

  #offerPlaces(): void {
    const offered = new Set([...this.#remembered, ...(this.#isSegmented ? COMMON_PLACES : [])]);
    this.#places.replaceChildren(...[...offered].map((place) => option(place, '')));
  }

  setMode(mode: string): void {
    this.#look = { ...this.#look, mode };
    this.#mode.value = mode;
  }

  setMachine(machine: MemoryMachine | undefined): void {
    if (machine !== undefined) {
      const [code] = machine.spaces;
      // The bar has little room.
      const modes = machine.spaces.map(({ id, title }) => option(id, title.replace(/ memory$/, '')));
      if (machine.segmented) modes.splice(1, 0, option(SEGMENTED, 'seg:off'));
      this.#mode.replaceChildren(...modes);
      const known = modes.some(({ value }) => value === this.#look.mode);
      this.setMode(known ? this.#look.mode : (code?.id ?? this.#look.mode));
      this.#isSegmented = machine.segmented;
      this.#offerPlaces();
    }
    clearTimeout(this.#telling);
    const words = machine === undefined ? 'No machine is running.' : machine.running ? 'Running' : '';
    const tell = (): void => {
      this.#status.textContent = words;
      this.#body.classList.toggle('stale', words !== '');
    };
    if (machine?.running === true) this.#telling = setTimeout(tell, SHORT_RUN_MS);
    else tell();
  }

  /** An empty text takes the last one away. */
  tellProblem(text: string): void {
    this.#problem.textContent = text;
    this.#problem.hidden = text === '';
  }

  inspect(entries: readonly { readonly title: string; readonly text: string }[]): void {
    const wanted = entries.map(({ title, text }) => `${title}\t${text}`).join('\n');
    if (this.#inspector.dataset['shown'] === wanted) return;
    this.#inspector.dataset['shown'] = wanted;
    const parts = entries.map(({ title, text }) => {
      const part = document.createElement('span');
      const name = document.createElement('span');
      name.className = 'name';
      name.textContent = title;
      part.append(name, text);
      return part;
    });
    this.#inspector.replaceChildren(...parts);
  }

  /** Puts the keyboard into the box for expressions. */
  ask(): void {
    this.#expression.focus();
    this.#expression.select();
  }
}

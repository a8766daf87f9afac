/**
 * Happenings of the machine, told to the client: unmodelled accesses, changes of the past and, where wanted, firmware calls.
 * A guest can make tens of thousands a second; the client gets as many as a person can follow, and the number of the rest.
 */
import type { Disposable, Note } from '../../../emulator/debug/target';
import { nameOf } from '../../symbols/paths';
import type { Timer } from '../host';
import type { Program } from '../program';
import type { Session } from '../session';

const WINDOW_MS = 250;
/** So many notes are told one by one in a window of time, and in one that follows upon a full one. */
const MOST = 40;
const MOST_AFTER_FULL = 2;

class NoteFeed {
  #told = 0;
  #most = MOST;
  readonly #untold = new Map<Note['category'], number>();
  #window: Timer | undefined;

  constructor(
    readonly session: Session,
    readonly program: Program,
  ) {}

  add(note: Note): void {
    if (note.category === 'firmware' && !this.program.options.firmwareCalls) return;
    this.#window ??= this.session.host.every(WINDOW_MS, () => this.close());
    if (this.#told >= this.#most) {
      this.#untold.set(note.category, (this.#untold.get(note.category) ?? 0) + 1);
      return;
    }
    this.#told++;
    const text = this.program.formatAddress(note.pc);
    // A target that answers at once keeps its notes in order with all else that is told.
    const place = this.placeOf(note);
    if (typeof text === 'string') this.session.note(note, text, place);
    else {
      const tellLater = async (): Promise<void> => this.session.note(note, await text, place);
      tellLater().catch((error: unknown) => this.session.host.problem?.(error as Error));
    }
  }

  /** The line that called the firmware, where it is known: a click on the message goes there. */
  private placeOf({ caller }: Note): object {
    // The return address may be the next line already.
    const at = caller === undefined ? undefined : caller - 1n;
    const { lines, listings } = this.program.symbols;
    const row = at === undefined ? undefined : (lines.at(at) ?? listings.at(at));
    if (row === undefined) return {};
    const source = { name: nameOf(row.file), path: row.file };
    const column = this.session.client.columnsStartAt1 ? 1 : 0;
    return { source, line: this.session.breakpoints.clientLine(row.line), column };
  }

  /** Ends the present window: says how many were not told. */
  close(): void {
    this.#window?.stop();
    this.#window = undefined;
    this.#told = 0;
    this.#most = this.#untold.size > 0 ? MOST_AFTER_FULL : MOST;
    for (const [category, count] of this.#untold) {
      this.session.output(`... and ${count} more of this kind (${category}) in a short time.`);
    }
    this.#untold.clear();
  }
}

/** Follows each program of the session. */
export function notesOf(session: Session): void {
  let feed: NoteFeed | undefined;
  let listening: Disposable | undefined;
  session.onProgram((program) => {
    feed?.close();
    listening?.dispose();
    const next = new NoteFeed(session, program);
    feed = next;
    listening = program.target.listen((event) => {
      if (event.type === 'note') next.add(event.note);
      else if (event.type === 'stopped') next.close();
    });
  });
  session.onEnd(() => feed?.close());
}

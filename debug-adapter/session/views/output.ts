/** What the guest sends and what happens in the machine, told to the client. */
import type { Disposable, Note, TargetEvent } from '../../../emulator/debug/target';
import { toBase64 } from '../base64';
import type { Program } from '../program';
import type { Session } from '../session';

/** Characters of a channel that is not subscribed wait for their line end; longer lines are told in pieces. */
const LINE_LENGTH = 4096;

/** Gathers the bytes of a channel into lines for the debug console. */
class LineBuffer {
  #text = '';
  readonly #decoder = new TextDecoder('utf-8');

  /** @param tell is given whole lines */
  add(bytes: Uint8Array, tell: (text: string) => void): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    const end = this.#text.lastIndexOf('\n') + 1;
    const cut = end > 0 ? end : this.#text.length > LINE_LENGTH ? this.#text.length : 0;
    if (cut > 0) tell(this.#text.slice(0, cut));
    this.#text = this.#text.slice(cut);
  }

  /** The unfinished line. */
  flush(tell: (text: string) => void): void {
    if (this.#text !== '') tell(this.#text);
    this.#text = '';
  }
}

/** Follows each program of the session. */
export function outputOf(session: Session): void {
  let listening: Disposable | undefined;
  const buffers = new Map<string, LineBuffer>();
  const tell = (text: string): void => session.output(text, 'stdout');

  const onNote = (program: Program, note: Note): void => {
    const text = program.formatAddress(note.pc);
    // A target that answers at once keeps its notes in order with all else that is told.
    if (typeof text === 'string') session.note(note, text);
    else {
      const tellLater = async (): Promise<void> => session.note(note, await text);
      tellLater().catch((error: unknown) => session.host.problem?.(error as Error));
    }
  };

  const onEvent = (program: Program, event: TargetEvent): void => {
    if (event.type === 'note') onNote(program, event.note);
    else if (event.type === 'output') {
      if (session.subscriptions.serial) {
        session.customEvent('stepback.serial', { channel: event.channel, data: toBase64(event.bytes) });
      } else {
        const buffer = buffers.get(event.channel) ?? new LineBuffer();
        buffers.set(event.channel, buffer);
        buffer.add(event.bytes, tell);
      }
    } else if (event.type === 'stopped') for (const buffer of buffers.values()) buffer.flush(tell);
  };

  session.onProgram((program) => {
    listening?.dispose();
    listening = program.target.listen((event) => onEvent(program, event));
  });
}

/** What the guest sends, told to the client. */
import type { Disposable, TargetEvent } from '../../../emulator/debug/target';
import { channelOption } from '../../protocol/guest-channels';
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

  const onEvent = (program: Program, event: TargetEvent): void => {
    if (event.type === 'output') {
      const leads = channelOption(program.options, event.channel)?.kind;
      // The host writes the files.
      if (leads === 'none' || leads === 'file') return;
      if (session.subscriptions.serial && leads === undefined) {
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

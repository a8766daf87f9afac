/** The screen: frames to the client as fast as it shows them, and no faster. */
import * as v from 'valibot';
import type { DisplayFrame } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { request } from '../../dap/requests';
import type { BorderMessage, FrameMessage, RowsMessage } from '../../protocol/messages';
import { int, nothing } from '../arguments';
import { toBase64 } from '../base64';
import type { Family } from '../family';
import type { Timer } from '../host';
import type { Session } from '../session';

type IndexedFrame = Extract<DisplayFrame, { kind: 'indexed' }>;

/** Frames under way that the client has not shown yet. */
const IN_FLIGHT = 2;
/** Time between two looks at the screen, in milliseconds. */
const INTERVAL = 16;

/** A frame as a message. What the client has already is left out: fonts, palettes, rows of pixels. */
class FrameEncoder {
  #font = '';
  #palette = '';
  #picture: IndexedFrame | undefined;

  /** Forgets what was sent: a new client, or a new machine. */
  reset(): void {
    this.#font = '';
    this.#palette = '';
    this.#picture = undefined;
  }

  encode(frame: DisplayFrame): FrameMessage {
    const before = this.#picture;
    this.#picture = frame.kind === 'indexed' ? frame : undefined;
    if (frame.kind === 'blank') return { kind: 'blank', width: frame.width, height: frame.height };
    const palette = toBase64(frame.palette);
    const newPalette = palette === this.#palette ? {} : { palette };
    this.#palette = palette;
    const border = seenBorder(frame.border);
    if (frame.kind === 'indexed') {
      const { width, height, mode, text } = frame;
      const rows = changedRows(frame, before);
      const words = text === undefined ? {} : { text };
      return { kind: 'indexed', width, height, rows, mode, ...words, ...newPalette, ...border };
    }
    const { columns, rows, cursor, blink, underline, lineGraphics, cellWidth, cellHeight } = frame;
    const bitmap = toBase64(frame.font);
    const key = `${cellWidth}x${cellHeight} ${bitmap}`;
    const newFont = key === this.#font ? {} : { font: { cellWidth, cellHeight, bitmap } };
    this.#font = key;
    const cells = toBase64(frame.cells);
    const shape = { columns, rows, cells, cursor, blink, underline, lineGraphics };
    return { kind: 'text', ...shape, ...newFont, ...newPalette, ...border };
  }
}

/** A border that can be told from the dark around it. */
function seenBorder(border: IndexedFrame['border']): { readonly border?: BorderMessage } {
  if (border === undefined || border.colour === 0) return {};
  return border.left + border.right + border.top + border.bottom > 0 ? { border } : {};
}

/** The rows of `frame` that differ from those of `before`, in runs. */
function changedRows(frame: IndexedFrame, before: IndexedFrame | undefined): readonly RowsMessage[] {
  const { width, height, pixels } = frame;
  const known = before?.width === width && before.height === height ? before.pixels : undefined;
  const changed = (row: number): boolean => {
    if (known === undefined) return true;
    for (let at = row * width; at < (row + 1) * width; at++) if (pixels[at] !== known[at]) return true;
    return false;
  };
  const runs: RowsMessage[] = [];
  for (let row = 0; row < height; ) {
    const first = row;
    while (row < height && changed(row)) row++;
    if (row > first) runs.push({ first, pixels: toBase64(pixels.subarray(first * width, row * width)) });
    row++;
  }
  return runs;
}

/** Sends the screen while the client wants it. */
class DisplayStream {
  readonly #encoder = new FrameEncoder();
  readonly #inFlight = new Set<number>();
  #version = -1;
  #timer: Timer | undefined;
  #looking = false;

  constructor(readonly session: Session) {
    session.onProgram(() => this.#restart());
    session.onEnd(() => this.#timer?.stop());
  }

  /** Begins or ends, as the subscription says. */
  update(): void {
    this.#restart();
  }

  #restart(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#encoder.reset();
    this.#inFlight.clear();
    this.#version = -1;
    if (!this.session.subscriptions.display || this.session.launched?.target.display === undefined) return;
    this.#timer = this.session.host.every(INTERVAL, () => {
      this.#look().catch((error: unknown) => this.session.host.problem?.(error as Error));
    });
  }

  shown(version: number): void {
    for (const sent of this.#inFlight) if (sent <= version) this.#inFlight.delete(sent);
  }

  async #look(): Promise<void> {
    const { session } = this;
    const display = session.launched?.target.display;
    if (display === undefined || this.#looking || this.#inFlight.size >= IN_FLIGHT) return;
    this.#looking = true;
    try {
      const next = await display.frame(this.#version);
      if (next === undefined || session.launched?.target.display !== display) return;
      this.#version = next.version;
      this.#inFlight.add(next.version);
      session.customEvent('stepback.frame', { version: next.version, frame: this.#encoder.encode(next.frame) });
    } finally {
      this.#looking = false;
    }
  }
}

const frameShown = v.object({ version: int });

export function displayRequests(session: Session): Family {
  const stream = new DisplayStream(session);
  session.onSubscribe(() => stream.update());
  return {
    capabilities: {},
    handlers: [
      request('stepback.frameShown', 'now', frameShown, (args) => {
        stream.shown(args.version);
        return undefined;
      }),
      request('stepback.screenText', 'read', nothing, async () => {
        const { display } = session.program().target;
        if (display === undefined) throw new RequestError('The target has no screen.');
        return { rows: await display.text(), mode: await display.mode() };
      }),
    ],
  };
}

/**
 * What a program changes while the beam draws. Each change of a register that can be seen is kept with its virtual time and
 * the value before, for the frame being drawn and the one before it: enough to say of every line on the screen which
 * registers drew it (`vga-composed`), and which start address the last vertical retrace found.
 *
 * A picture is put together line by line only where a program keeps at it: in each of the last two whole frames something
 * was changed while lines were displayed. Else a picture is that of the registers now, so that who steps over a change
 * sees it at once. Changes of the timing itself (a mode is set) begin anew. When there are more changes than are kept, the
 * oldest are forgotten: the lines above them are shown as from then on.
 */
import type { TimeSource } from '../../time/clock';
import { dotsSince, frameTiming } from './vga-beam';
import { displayedLines } from './vga-geometry';
import { RASTER_NUMBERS, type VgaState } from './vga-registers';
import { LATCHED, readShown, SEEN, TIMING, type VgaLook, writeShown } from './vga-shown';

/** Numbers an entry has: virtual time, and the register and its value before in one. */
const ENTRY = 2;
const VALUES = 2 ** 18;
/** Whole frames in a row with changes, before the picture is put together. */
const FRAMES = 2;

/** A change on the way from an earlier look to the present one. */
export interface Change {
  /** When, in dots since time 0. */
  readonly dots: number;
  readonly register: number;
  readonly value: number;
}

export class VgaRaster {
  constructor(
    private readonly state: VgaState,
    private readonly clock: TimeSource,
  ) {}

  /** The one way in which a register that can be seen changes; whether it does. */
  set(register: number, value: number): boolean {
    const { state } = this;
    const before = readShown(state, register);
    const changed = before ^ value;
    if (changed === 0) return false;
    if (changed & TIMING[register]) this.forget();
    else if (changed & SEEN[register]) this.note(register, before);
    writeShown(state, register, value);
    return true;
  }

  /** From here on the picture is that of the registers now, the start address too. */
  forget(): void {
    this.state.rasterLog = [];
    this.state.rasterFrames = 0;
  }

  private note(register: number, before: number): void {
    const { state, clock } = this;
    const { frame, line } = frameTiming(state);
    const dots = dotsSince(clock.now, state);
    const number = Math.floor(dots / frame);
    this.dropOld(number);
    state.rasterLog.push(clock.now, register * VALUES + before);
    const displayed = dots % frame < displayedLines(state.crtc) * line;
    if (!displayed || LATCHED.has(register) || number === state.rasterFrame) return;
    state.rasterFrames = number === state.rasterFrame + 1 ? Math.min(state.rasterFrames + 1, FRAMES + 1) : 1;
    state.rasterFrame = number;
  }

  /** Forgets what no picture of frame `number` or a later one can ask for; not one by one. */
  private dropOld(number: number): void {
    const { state } = this;
    const { rasterLog: log } = state;
    const oldest = this.retraceOf(number - 1);
    let drop = 0;
    while (drop < log.length && dotsSince(log[drop], state) < oldest) drop += ENTRY;
    if (log.length >= RASTER_NUMBERS) drop = Math.max(drop, RASTER_NUMBERS / 2);
    if (drop > 0 && drop * 2 >= log.length) log.splice(0, drop);
  }

  /** Whether the picture is to be put together line by line. */
  get isActive(): boolean {
    const { rasterFrame, rasterFrames } = this.state;
    const { frame } = this.beam;
    return rasterFrame === frame - 1 ? rasterFrames >= FRAMES : rasterFrame === frame && rasterFrames > FRAMES;
  }

  /** The frame that is being drawn, and the line of it. */
  get beam(): { readonly frame: number; readonly line: number } {
    const { frame, line } = frameTiming(this.state);
    const dots = dotsSince(this.clock.now, this.state);
    return { frame: Math.floor(dots / frame), line: Math.floor((dots % frame) / line) };
  }

  /** The vertical retrace before frame `number`, in dots since time 0. */
  private retraceOf(number: number): number {
    const { frame, retrace } = frameTiming(this.state);
    return (number - 1) * frame + retrace;
  }

  /** The registers as the retrace before frame `number` found them, and what has changed since, oldest first. */
  since(number: number): { readonly look: VgaLook; readonly changes: readonly Change[] } {
    const { state } = this;
    const look = copyLook(state);
    const changes = this.undo(look, this.retraceOf(number));
    return { look, changes: changes.toReversed() };
  }

  /** Undoes in `look` what was changed from `dots` on; gives that, newest first. */
  private undo(look: VgaLook, dots: number): Change[] {
    const { state } = this;
    const { rasterLog: log } = state;
    const changes: Change[] = [];
    for (let at = log.length - ENTRY; at >= 0; at -= ENTRY) {
      const when = dotsSince(log[at], state);
      if (when < dots) break;
      const register = Math.floor(log[at + 1] / VALUES);
      changes.push({ dots: when, register, value: readShown(look, register) });
      writeShown(look, register, log[at + 1] % VALUES);
    }
    return changes;
  }

  /** The memory address at which the picture begins: as the last vertical retrace found it, where there are any. */
  get start(): number {
    const { state, clock } = this;
    if (state.rasterLog.length === 0) return startOf(state);
    const { frame, retrace } = frameTiming(state);
    if (retrace >= frame || (state.crtc[0x17] & 0x80) === 0) return startOf(state);
    const last = Math.floor((dotsSince(clock.now, state) - retrace) / frame);
    return startOf(this.since(last + 1).look);
  }
}

/** Start Address with Byte Panning. */
export const startOf = ({ crtc }: Pick<VgaLook, 'crtc'>): number =>
  ((crtc[0x0c] << 8) | crtc[0x0d]) + ((crtc[0x08] >> 5) & 3);

const copyLook = (from: VgaLook): VgaLook => ({
  misc: from.misc,
  enabled: from.enabled,
  sequencer: from.sequencer.slice(),
  crtc: from.crtc.slice(),
  graphics: from.graphics.slice(),
  attribute: from.attribute.slice(),
  attributeIndex: from.attributeIndex,
  pelMask: from.pelMask,
  dac: from.dac.slice(),
});

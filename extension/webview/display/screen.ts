/** The canvas: paints pictures as they come, lets the cursor blink, and fits the picture into the panel. */
import type { Picture, Rows } from '../../shared/display';
import { type Area, paintBlank, paintRows, paintText, sameBytes, sizeOf, type TextPicture } from './paint';

/** A VGA's cursor is on for 8 frames and off for 8, its characters for 16, of about 70 a second. */
const CURSOR_MS = 8 * (1000 / 70);

export class Screen {
  readonly #context: CanvasRenderingContext2D;
  #image = new ImageData(1, 1);
  #words = new Uint32Array(this.#image.data.buffer);
  #picture: Picture | undefined;
  #tick = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly frame: HTMLElement,
  ) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This webview has no 2D canvas.');
    this.#context = context;
    new ResizeObserver(() => this.#fit()).observe(frame);
    setInterval(() => this.#blink(), CURSOR_MS);
  }

  get picture(): Picture | undefined {
    return this.#picture;
  }

  show(picture: Picture): void {
    const { width, height } = sizeOf(picture);
    const resized = this.canvas.width !== width || this.canvas.height !== height || this.#picture === undefined;
    if (resized) this.#resize(width, height);
    const before = this.#picture;
    this.#picture = picture;
    if (picture.kind === 'text') {
      this.#paintText(picture, !resized && before?.kind === 'text' ? before : undefined, false);
    } else if (picture.kind === 'indexed') {
      this.#put(paintRows(this.#words, picture, 0, height));
    } else {
      paintBlank(this.#words);
      this.#put({ x: 0, y: 0, width, height });
    }
  }

  /** Changes rows, and perhaps colours, of the picture shown. */
  patch(rows: readonly Rows[], palette: Uint8Array): void {
    const before = this.#picture;
    if (before?.kind !== 'indexed') return;
    for (const { first, pixels } of rows) before.pixels.set(pixels, first * before.width);
    const picture = { ...before, palette };
    this.#picture = picture;
    if (!sameBytes(palette, before.palette)) this.#put(paintRows(this.#words, picture, 0, picture.height));
    else {
      for (const { first, pixels } of rows) {
        this.#put(paintRows(this.#words, picture, first, pixels.length / picture.width));
      }
    }
  }

  #blink(): void {
    this.#tick++;
    // Nobody looks, or nothing runs: the picture stands still.
    if (this.#picture?.kind === 'text' && !document.hidden && !this.canvas.classList.contains('ended')) {
      this.#paintText(this.#picture, this.#picture, true);
    }
  }

  #paintText(picture: TextPicture, before: TextPicture | undefined, blinked: boolean): void {
    const blink = { cursor: (this.#tick & 1) === 0, characters: (this.#tick & 2) === 0 };
    const area = paintText(this.#words, picture, before, blink, blinked);
    if (area !== undefined) this.#put(area);
  }

  #put({ x, y, width, height }: Area): void {
    this.#context.putImageData(this.#image, 0, 0, x, y, width, height);
  }

  #resize(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.#image = new ImageData(width, height);
    this.#words = new Uint32Array(this.#image.data.buffer);
    this.#fit();
  }

  /** Whole multiples of the screen's own pixels keep the picture crisp; only where it does not fit is it made smaller. */
  #fit(): void {
    const { width, height } = this.canvas;
    const density = window.devicePixelRatio;
    const room = Math.min((this.frame.clientWidth * density) / width, (this.frame.clientHeight * density) / height);
    const scale = room >= 1 ? Math.floor(room) : room;
    this.canvas.style.width = `${(width * scale) / density}px`;
    this.canvas.style.height = `${(height * scale) / density}px`;
    this.canvas.classList.toggle('shrunk', scale < 1);
  }

  /** The picture as a PNG file, in the guest's own pixels. */
  async png(): Promise<Uint8Array> {
    const blob = await new Promise<Blob | null>((resolve) => this.canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('The picture could not be made into a PNG.');
    return new Uint8Array(await blob.arrayBuffer());
  }
}

/** The canvas: paints pictures as they come, lets the cursor blink, and fits the picture into the panel. */
import type { Border, Picture, Rows } from '../../shared/display';
import { type Aspect, type Fit, fit, roomInside } from './fit';
import { type Area, paintBlank, paintRows, paintText, sameBytes, sizeOf, type TextPicture } from './paint';

/** A VGA's cursor is on for 8 frames and off for 8, its characters for 16, of about 70 a second. */
const CURSOR_MS = 8 * (1000 / 70);

const NO_BORDER: Border = { left: 0, right: 0, top: 0, bottom: 0, colour: 0 };

const borderOf = (picture: Picture): Border => (picture.kind === 'blank' ? NO_BORDER : (picture.border ?? NO_BORDER));
const borderKey = (border: Border): string => Object.values(border).join(' ');

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This webview has no 2D canvas.');
  return context;
}

export class Screen {
  /** The picture in the guest's own pixels; the canvas to be seen is drawn from it. */
  readonly #own = document.createElement('canvas');
  readonly #ownContext = contextOf(this.#own);
  readonly #context: CanvasRenderingContext2D;
  #image = new ImageData(1, 1);
  #words = new Uint32Array(this.#image.data.buffer);
  #picture: Picture | undefined;
  #fit: Fit | undefined;
  #aspect: Aspect = 'monitor';
  #tick = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly frame: HTMLElement,
  ) {
    this.#context = contextOf(canvas);
    new ResizeObserver(() => this.#resize()).observe(frame);
    setInterval(() => this.#blink(), CURSOR_MS);
  }

  get picture(): Picture | undefined {
    return this.#picture;
  }

  set aspect(aspect: Aspect) {
    this.#aspect = aspect;
    this.#resize();
  }

  show(picture: Picture): void {
    const { width, height } = sizeOf(picture);
    const resized = this.#own.width !== width || this.#own.height !== height || this.#picture === undefined;
    const before = this.#picture;
    this.#picture = picture;
    if (resized) this.#renew(width, height);
    else if (borderKey(borderOf(picture)) !== borderKey(before === undefined ? NO_BORDER : borderOf(before)))
      this.#resize();
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

  #put(area: Area): void {
    const { x, y, width, height } = area;
    this.#ownContext.putImageData(this.#image, 0, 0, x, y, width, height);
    this.#draw(area);
  }

  /** Draws a part of the picture in the size in which it is seen. */
  #draw({ x, y, width, height }: Area): void {
    if (this.#fit === undefined) return;
    const { across, down } = this.#fit;
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(this.#own, x, y, width, height, x * across, y * down, width * across, height * down);
  }

  /** A picture of another size. */
  #renew(width: number, height: number): void {
    this.#own.width = width;
    this.#own.height = height;
    this.#image = new ImageData(width, height);
    this.#words = new Uint32Array(this.#image.data.buffer);
    this.#resize();
  }

  #resize(): void {
    if (this.#picture === undefined) return;
    const { canvas, frame } = this;
    const density = window.devicePixelRatio;
    const { width, height } = this.#own;
    const room = { width: frame.clientWidth * density, height: frame.clientHeight * density };
    // A panel that is not laid out yet has none.
    if (room.width === 0 || room.height === 0) return;
    const border = borderOf(this.#picture);
    const size = fit({ width, height }, roomInside({ width, height }, border, room), this.#aspect);
    canvas.style.width = `${size.width / density}px`;
    canvas.style.height = `${size.height / density}px`;
    canvas.classList.toggle('soft', !size.exact);
    const across = size.width / width / density;
    const down = size.height / height / density;
    const { top, right, bottom, left, colour } = border;
    canvas.style.borderWidth = [top * down, right * across, bottom * down, left * across]
      .map((side) => `${side}px`)
      .join(' ');
    canvas.style.borderColor = `#${colour.toString(16).padStart(6, '0')}`;
    if (canvas.width !== width * size.across) canvas.width = width * size.across;
    if (canvas.height !== height * size.down) canvas.height = height * size.down;
    this.#fit = size;
    this.#draw({ x: 0, y: 0, width, height });
  }

  /** The picture as a PNG file, in the guest's own pixels. */
  async png(): Promise<Blob> {
    const blob = await new Promise<Blob | null>((resolve) => this.#own.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('The picture could not be made into a PNG.');
    return blob;
  }
}

/**
 * The pointer goes to the guest while the keyboard does and the guest listens to its mouse. Where the browser lets it, the
 * pointer is locked to the screen, as a mouse has no place, only movement; elsewhere its movement over the screen counts.
 */

export interface Movement {
  /** To the right and down, in pixels of the page. */
  readonly dx: number;
  readonly dy: number;
  /** Notches of the wheel towards the person. */
  readonly wheel: number;
  /** Held: 1 left, 2 right, 4 middle, 8 fourth, 16 fifth. */
  readonly buttons: number;
}

/** The bits of MouseEvent.buttons stand in the same order. */
const BUTTONS = 0x1f;

export class Pointer {
  #isWanted = false;
  #isCaptured = false;
  #dx = 0;
  #dy = 0;
  #wheel = 0;
  #buttons = 0;
  #told = 0;
  #isDue = false;

  constructor(
    readonly screen: HTMLElement,
    readonly tell: (movement: Movement) => void,
  ) {
    screen.addEventListener('mousemove', (event) => this.#move(event));
    screen.addEventListener('mousedown', (event) => this.#press(event));
    screen.addEventListener('mouseup', (event) => this.#hold(event.buttons));
    screen.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    // The guest may use the right button; a menu of VS Code has no place over its screen then.
    screen.addEventListener('contextmenu', (event) => {
      if (this.#isOn) event.preventDefault();
    });
  }

  /** Whether the guest listens to its mouse. */
  set wanted(on: boolean) {
    this.#isWanted = on;
    if (!on) this.#release();
  }

  /** Whether the person has given the keyboard, and with it the pointer, to the guest. */
  set captured(on: boolean) {
    this.#isCaptured = on;
    if (!on) this.#release();
  }

  get #isOn(): boolean {
    return this.#isWanted && this.#isCaptured;
  }

  #release(): void {
    if (document.pointerLockElement === this.screen) document.exitPointerLock();
    this.#hold(0);
  }

  #press(event: MouseEvent): void {
    if (!this.#isWanted) return;
    // The click that gives the pointer to the guest is none of the guest's.
    const gives = document.pointerLockElement !== this.screen && !this.#isLockRefused;
    if (gives) this.#lock();
    if (!gives && this.#isOn) this.#hold(event.buttons);
  }

  #isLockRefused = false;

  #lock(): void {
    const refused = (): void => {
      this.#isLockRefused = true;
    };
    try {
      // Older browsers answer by an event instead of a promise.
      const asked: unknown = this.screen.requestPointerLock();
      if (asked instanceof Promise) asked.catch(refused);
    } catch {
      refused();
    }
  }

  #move(event: MouseEvent): void {
    if (!this.#isOn) return;
    this.#dx += event.movementX;
    this.#dy += event.movementY;
    this.#soon();
  }

  #turn(event: WheelEvent): void {
    if (!this.#isOn) return;
    event.preventDefault();
    this.#wheel += Math.sign(event.deltaY);
    this.#soon();
  }

  #hold(buttons: number): void {
    if (!this.#isOn && buttons !== 0) return;
    this.#buttons = buttons & BUTTONS;
    // A click is not to be lost because it was shorter than a frame.
    if (this.#buttons !== this.#told) this.#now();
  }

  /** Movement is told once a frame: a mouse tells it far more often than a guest reads it. */
  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#now());
  }

  #now(): void {
    this.#isDue = false;
    const dx = Math.trunc(this.#dx);
    const dy = Math.trunc(this.#dy);
    if (dx === 0 && dy === 0 && this.#wheel === 0 && this.#buttons === this.#told) return;
    this.tell({ dx, dy, wheel: this.#wheel, buttons: this.#buttons });
    // Pixels of a scaled page have parts, counts have not.
    this.#dx -= dx;
    this.#dy -= dy;
    this.#wheel = 0;
    this.#told = this.#buttons;
  }
}

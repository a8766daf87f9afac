/** Keys pressed on the screen go to the guest, and not to VS Code, until the person lets go with Ctrl+Alt+G. */

export interface KeyboardListener {
  key(code: string, pressed: boolean): void;
  /** The keyboard belongs to the guest, or no longer. */
  captured(captured: boolean): void;
}

/** The way out, shown in the toolbar; the same as QEMU's. */
const isRelease = (event: KeyboardEvent): boolean => event.code === 'KeyG' && event.ctrlKey && event.altKey;

/** @param screen takes the keyboard when it has the focus */
export function captureKeyboard(screen: HTMLElement, listener: KeyboardListener): void {
  /** Keys that the guest believes are down: all of them are let go when the focus leaves. */
  const down = new Set<string>();

  const releaseAll = (): void => {
    for (const code of down) listener.key(code, false);
    down.clear();
  };

  const handle = (event: KeyboardEvent, pressed: boolean): void => {
    // Webviews pass on to VS Code what reaches their window; nothing does from here.
    event.preventDefault();
    event.stopPropagation();
    if (pressed && isRelease(event)) {
      screen.blur();
      return;
    }
    if (event.code === '' || (!pressed && !down.has(event.code))) return;
    if (pressed) down.add(event.code);
    else down.delete(event.code);
    listener.key(event.code, pressed);
  };

  screen.addEventListener('keydown', (event) => handle(event, true));
  screen.addEventListener('keyup', (event) => handle(event, false));
  screen.addEventListener('focus', () => listener.captured(true));
  screen.addEventListener('blur', () => {
    releaseAll();
    listener.captured(false);
  });
  // VS Code gives the focus to the page; a click on the picture is what gives it to the guest.
  screen.addEventListener('mousedown', (event) => {
    event.preventDefault();
    screen.focus();
  });
}

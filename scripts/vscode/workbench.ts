/**
 * Drives the workbench in a browser as a person does, and reads what a person sees. Used by the browser journeys and by
 * `npm start -- --check`. The selectors are VS Code's own and checked against the pinned code-server.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Frame, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { findFirstProgram } from '../lib/find';
import { Complaint } from '../lib/main';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** Path of a Chromium, or undefined. `STEPBACK_CHROMIUM` names another one. */
export const findChromium = (): string | undefined =>
  findFirstProgram([
    ...(process.env.STEPBACK_CHROMIUM === undefined ? [] : [process.env.STEPBACK_CHROMIUM]),
    ...BROWSERS,
  ]);

/** A headless Chromium. Throws a Complaint where there is none. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Complaint('no Chromium was found on PATH; STEPBACK_CHROMIUM can name one');
  }
  // Chromium's sandbox refuses to start for root, and /dev/shm is small in containers. Only pages of this computer are opened.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

const STOPPED =
  '.glyph-margin-widgets .codicon-debug-stackframe, .glyph-margin-widgets .codicon-debug-breakpoint-stackframe, .disassembly-view .codicon-debug-stackframe';
const BREAKPOINT =
  '.glyph-margin-widgets .codicon-debug-breakpoint, .glyph-margin-widgets .codicon-debug-breakpoint-stackframe';
const POLL = 50;
/** VS Code draws the outer frames some 400 ms after a stop, and lets changed values and hovers fade. */
const SETTLED = 800;
/** VS Code takes no click in a menu for 100 ms after it opened, lest the opening click itself picks something. */
const MENU_DEAF = 300;

interface WorkbenchOptions {
  /** Folder for pictures. */
  readonly pictures: string;
  readonly password?: string;
  /** Of the window, in pixels. */
  readonly size?: { readonly width: number; readonly height: number };
}

const WINDOW = { width: 1400, height: 900 };

export class Workbench {
  private shots = 0;

  private constructor(
    readonly page: Page,
    /** Folder for pictures. */
    private readonly pictures: string,
  ) {}

  /** Opens the address, gives the password where the page asks for one, and waits for the workbench. */
  static async open(
    browser: Browser,
    address: string,
    { pictures, password, size = WINDOW }: WorkbenchOptions,
  ): Promise<Workbench> {
    mkdirSync(pictures, { recursive: true });
    const page = await browser.newPage({ viewport: size });
    page.setDefaultTimeout(60_000);
    await page.goto(address);
    if (password !== undefined) {
      await page.locator('input[type=password]').fill(password);
      await page.locator('input[type=submit]').click();
    }
    await page.waitForSelector('.monaco-workbench .statusbar');
    return new Workbench(page, pictures);
  }

  /** Leaves a PNG in the folder of pictures, numbered in order, when all is drawn; returns its path. */
  async picture(name: string): Promise<string> {
    const file = path.join(this.pictures, `${String(++this.shots).padStart(2, '0')}-${name}.png`);
    await this.page.waitForTimeout(SETTLED);
    await this.page.screenshot({ path: file });
    return file;
  }

  /** Opens a file of the folder from the Explorer. */
  async openFile(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** Waits until the status bar shows the language of the file: before that F9 and F5 do nothing useful. */
  async waitForLanguage(name: string): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: name }).first().waitFor();
  }

  /** Puts the cursor on a line (from 1) of the active editor. */
  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press('Control+g');
    await this.page.locator('.quick-input-widget input').fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.cursorAt(line);
  }

  /** Waits until the cursor is at the beginning of a line: a stop puts it there later than it shows the frame. */
  async cursorAt(line: number): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line}, Col 1` }).waitFor();
  }

  /** Clicks into a line of the open editor; blanks are matched by `.` because the editor shows no plain ones. */
  async clickLine(text: RegExp): Promise<void> {
    await this.page.locator('.view-line', { hasText: text }).first().click();
  }

  /** Sets a breakpoint on the line of the cursor, and waits until it shows. */
  async breakpoint(): Promise<void> {
    await this.repeatUntil(() => this.page.keyboard.press('F9'), this.page.locator(BREAKPOINT).first());
  }

  /**
   * Presses F5 until a session has stopped: pressed before the debuggers are known it only opens a view. Returns the
   * milliseconds from the F5 that counted to the mark in the stopped line.
   */
  async startDebugging(): Promise<number> {
    let pressed = 0;
    const press = async (): Promise<void> => {
      if (await this.page.locator('.debug-toolbar').first().isVisible()) return;
      pressed = performance.now();
      await this.page.keyboard.press('F5');
    };
    await this.repeatUntil(press, this.page.locator(STOPPED).first());
    return performance.now() - pressed;
  }

  /** Opens an assembler source of the folder and debugs it, to the first stop. */
  async debugSource(name: string): Promise<void> {
    await this.openFile(name);
    await this.waitForLanguage('NASM x86 assembly');
    await this.page.locator('.view-line').first().click();
    await this.startDebugging();
  }

  /** Presses one of the buttons of the debug toolbar by the name of its icon, e.g. `step-back`. */
  async toolbar(icon: string): Promise<void> {
    await this.page.locator(`.debug-toolbar .codicon-debug-${icon}`).first().click();
  }

  /** Presses Pause, and waits until the editor with the stopped line has the keyboard: a key that comes earlier is lost. */
  async pause(): Promise<void> {
    await this.toolbar('pause');
    await this.page.locator('.monaco-editor.focused', { has: this.page.locator(STOPPED) }).waitFor();
  }

  /** Runs a command by its title, as the list of commands shows it. */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    await this.repeatUntil(() => this.page.keyboard.press('F1'), input);
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-widget .monaco-list-row.focused', { hasText: title }).waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').first().waitFor({ state: 'hidden' });
  }

  /** Opens the context menu of something and picks an item of it. */
  async contextMenu(target: Locator, title: string): Promise<void> {
    await target.click({ button: 'right' });
    const item = this.page.locator('.monaco-menu .action-label', { hasText: title });
    await item.waitFor();
    await this.page.waitForTimeout(MENU_DEAF);
    await item.click();
  }

  variables(): Promise<readonly string[]> {
    return rowTexts(this.page.locator('.debug-variables .monaco-list-row'));
  }

  callStack(): Promise<readonly string[]> {
    return rowTexts(this.page.locator('.debug-call-stack .monaco-list-row'));
  }

  /** Waits until the innermost frame of the Call Stack is as wanted. */
  async top(wanted: RegExp): Promise<void> {
    await this.waitForText(async () => (await this.callStack()).slice(0, 1), wanted);
  }

  /** Waits until the text on the guest's screen, which the Display has for screen readers, is as wanted. */
  async screenSays(wanted: RegExp): Promise<void> {
    const display = await this.webviewWith('#spoken');
    await this.waitForText(() => display.locator('#spoken').allTextContents(), wanted);
  }

  /** Rows of a view in the side bar by its title; the view is opened where it is collapsed. */
  async viewRows(title: string): Promise<readonly string[]> {
    const pane = this.page.locator('.pane', { has: this.page.locator('.pane-header', { hasText: title }) }).first();
    const header = pane.locator('.pane-header').first();
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
    const rows = pane.locator('.monaco-list-row');
    await rows.first().waitFor();
    return rowTexts(rows);
  }

  /** The document inside the only visible webview. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** The document of the visible webview that has such an element; more than one webview may be seen. */
  async webviewWith(selector: string, limit = 20_000): Promise<Frame> {
    for (const end = performance.now() + limit; performance.now() < end; await this.page.waitForTimeout(POLL)) {
      for (const frame of this.page.frames()) {
        // A frame that is just being replaced has no answer.
        const found = await frame
          .locator(selector)
          .count()
          .catch(() => 0);
        if (found > 0) return frame;
      }
    }
    throw new Error(`no webview had ${selector} within ${limit} ms`);
  }

  /** Reads again until the texts hold a match, because rows are redrawn; returns them. */
  async waitForText(
    read: () => Promise<readonly string[]>,
    wanted: RegExp,
    limit = 20_000,
  ): Promise<readonly string[]> {
    const end = performance.now() + limit;
    let texts: readonly string[] = [];
    while (performance.now() < end) {
      texts = await read();
      if (texts.some((text) => wanted.test(text))) return texts;
      await this.page.waitForTimeout(POLL);
    }
    throw new Error(`${wanted} did not show within ${limit} ms; there was: ${JSON.stringify(texts)}`);
  }

  private async repeatUntil(act: () => Promise<void>, shown: Locator, tries = 10): Promise<void> {
    for (let i = 1; ; i++) {
      await act();
      try {
        await shown.waitFor({ timeout: 4_000 });
        return;
      } catch (error) {
        if (i === tries) throw error;
      }
    }
  }
}

async function rowTexts(rows: Locator): Promise<readonly string[]> {
  const texts = await rows.allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

/** A person's way through the example, from F5 to a reload of the window. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { beginJourney, type Journey, pictureOfFailure, pixel, sayFigure } from './support';

const FILES = { 'boot.asm': 'boot.asm', 'boot.bin': 'boot.bin', 'boot.lst': 'boot.lst', 'boot.map': 'boot.map' };
const BLUE = '0000aa';
/** A person types no faster. */
const TYPING = { delay: 60 };

describe('the example in the editor', function () {
  this.timeout(90_000);
  let journey: Journey;
  let canvas: Locator;
  let spoken: Locator;

  const lineOf = (text: string): number =>
    readFileSync(path.join(journey.folder, 'boot.asm'), 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1;
  const press = (key: string): Promise<void> => journey.workbench.page.keyboard.press(key);
  const stack = (wanted: RegExp): Promise<readonly string[]> =>
    journey.workbench.waitForText(() => journey.workbench.callStack(), wanted);
  const top = (wanted: RegExp): Promise<void> => journey.workbench.top(wanted);
  const variable = (wanted: RegExp): Promise<readonly string[]> =>
    journey.workbench.waitForText(() => journey.workbench.variables(), wanted);

  before(async function () {
    this.timeout(240_000);
    journey = await beginJourney({ name: 'hello-boot', files: FILES });
  });

  afterEach(pictureOfFailure(() => journey));
  after(() => journey.end());

  it('F5 stops in the first line', async () => {
    const { workbench } = journey;
    await workbench.openFile('boot.asm');
    await workbench.waitForLanguage('NASM x86 assembly');
    await workbench.page.locator('.view-line').first().click();
    sayFigure('the first F5 of a window, to the stop', await workbench.startDebugging());
    await top(new RegExp(`start 0000:7C00 boot\\.asm ${lineOf('xor     ax, ax')}:1`));
    await workbench.page.locator('.view-overlays .debug-top-stack-frame-line').waitFor();
  });

  it('the registers are there', async () => {
    await variable(/^EIP = 0x00007C00$/);
    await variable(/^EAX = 0x0000AA55$/);
    await journey.workbench.picture('stopped');
  });

  it('F10 steps, and Ctrl+F10 takes it back', async () => {
    await press('F10');
    await top(/0000:7C02/);
    await variable(/^EAX = 0x00000000$/);
    await journey.workbench.picture('stepped');
    await press('Control+F10');
    await top(/0000:7C00/);
    await variable(/^EAX = 0x0000AA55$/);
    await journey.workbench.picture('stepped-back');
  });

  it('the button in the toolbar steps back too', async () => {
    const { workbench } = journey;
    await press('F10');
    await top(/0000:7C02/);
    await workbench.toolbar('step-back');
    await top(/0000:7C00/);
    await workbench.cursorAt(lineOf('xor     ax, ax'));
  });

  it('F9 sets a breakpoint, and F5 runs to it', async () => {
    const { workbench } = journey;
    await workbench.goToLine(lineOf('int     0x10'));
    await workbench.breakpoint();
    await press('F5');
    await top(/put_char.*boot\.asm/);
    await workbench.picture('breakpoint');
  });

  it('F11 goes into INT 10h, whose frame and code are shown', async () => {
    const { workbench } = journey;
    await press('F11');
    await top(/INT 10h F000:/);
    await stack(/^put_char/);
    await workbench.page.locator('.view-line', { hasText: /F000:/ }).first().waitFor();
    await workbench.picture('in-int-10h');
  });

  it('and back out of it, to the INT', async () => {
    await press('Control+F10');
    await top(new RegExp(`^put_char.*boot\\.asm ${lineOf('int     0x10')}:1`));
    await journey.workbench.picture('back-at-int');
  });

  it('running on opens the Display and the serial terminal without taking the focus', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await page.locator('.tab', { hasText: 'boot.asm' }).click();
    await workbench.goToLine(lineOf('int     0x10'));
    await press('F9');
    await press('F5');
    await page.locator('.tab', { hasText: 'Display' }).waitFor();
    await page.locator('.terminal-wrapper .xterm').waitFor();
    canvas = workbench.webview().locator('#screen');
    spoken = workbench.webview().locator('#spoken');
    await workbench.waitForText(() => spoken.allTextContents(), /painted by hand/);
    assert.equal(await page.locator('.tab.active', { hasText: 'boot.asm' }).count(), 1, 'the source stays in front');
    const rows = page.locator('.terminal-wrapper .xterm-rows, .terminal-wrapper .xterm-accessibility');
    if ((await rows.count()) > 0) await workbench.waitForText(() => rows.allInnerTexts(), /Hello over the serial port/);
    await workbench.picture('display-and-serial');
  });

  it("the pixels are the guest's", async () => {
    assert.equal(await pixel(canvas, 2, 4 * 16 + 2), BLUE);
    assert.equal(await pixel(canvas, 600, 350), '000000');
  });

  it('keys go to the guest when its screen is clicked, and not to VS Code', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await canvas.click();
    await page.keyboard.type('back', TYPING);
    await press('F1');
    await workbench.waitForText(() => spoken.allTextContents(), /Type something: back/);
    assert.equal(await page.locator('.quick-input-widget:visible').count(), 0, 'F1 stayed with the guest');
    await workbench.picture('typed');
  });

  it('Ctrl+Alt+G gives the keyboard back', async () => {
    const { page } = journey.workbench;
    await press('Control+Alt+g');
    await journey.workbench.webview().locator('#hint', { hasText: 'Click the screen' }).waitFor();
    await press('F1');
    await page.locator('.quick-input-widget').waitFor();
    await press('Escape');
  });

  it('Send Key sends what a browser would keep', async () => {
    const { workbench } = journey;
    await workbench.webview().locator('#sendKey').click();
    const box = workbench.page.locator('.quick-input-widget input');
    await box.fill('Text');
    await press('Enter');
    await box.fill(' and forth');
    await press('Enter');
    await workbench.waitForText(() => spoken.allTextContents(), /Type something: back\s+and forth/);
  });

  it('the status bar says where the machine is', async () => {
    const item = journey.workbench.page.locator('.statusbar-item', { hasText: '16-bit real' });
    assert.match(await item.innerText(), /[0-9A-F]{4}:[0-9A-F]{4}\s+16-bit real\s+#[\d\s]+\s+[\d.]+ m?s/);
  });

  it('the Machine view shows the chips when the machine is paused', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await workbench.pause();
    await top(/INT 16h/);
    // The sections above take the room: a person closes them.
    for (const title of ['Watch', 'Breakpoints', 'Variables', 'Call Stack']) {
      const header = page.locator('.pane-header[aria-expanded=true]', { hasText: title });
      if ((await header.count()) > 0) await header.click();
    }
    const rows = await workbench.viewRows('Machine');
    assert.ok(
      rows.some((row) => /^pic1 ?8259A/.test(row)),
      rows.join(', '),
    );
    const tree = page.locator('.pane', { hasText: 'Machine' }).last();
    await tree.locator('.monaco-list-row', { hasText: '8259A' }).first().locator('.monaco-tl-twistie').click();
    await workbench.waitForText(() => workbench.viewRows('Machine'), /^IMR = [0-9A-F]{2}h/);
    await tree.locator('.monaco-list-row', { hasText: 'IMR' }).first().locator('.monaco-tl-twistie').click();
    await workbench.picture('machine-view');
    await page.locator('.pane-header[aria-expanded=false]', { hasText: 'Call Stack' }).click();
  });

  it('Ctrl+F5 runs backwards, to the beginning', async () => {
    const { workbench } = journey;
    await press('Control+F5');
    await top(/F000:FFF0/);
    await workbench.waitForText(() => spoken.allTextContents(), /screen is (empty|off)/);
    await workbench.picture('beginning');
  });

  it('Shift+F5 ends it, and the Display keeps its last picture through a reload', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await press('Shift+F5');
    await workbench.webview().locator('#hint', { hasText: 'No machine is running' }).waitFor();
    await page.reload();
    await page.waitForSelector('.monaco-workbench .statusbar');
    await page.locator('.tab', { hasText: 'Display' }).waitFor();
    await workbench.webview().locator('#hint', { hasText: 'No machine is running' }).waitFor();
    await page.locator('.terminal-tabs-entry, .single-terminal-tab', { hasText: 'COM1' }).first().waitFor();
    await workbench.picture('reloaded');
  });

  it('F5 starts it again', async () => {
    const { workbench } = journey;
    await workbench.page.locator('.tab', { hasText: 'boot.asm' }).click();
    await workbench.waitForLanguage('NASM x86 assembly');
    sayFigure('the first F5 after the reload, to the stop', await workbench.startDebugging());
    await top(/start 0000:7C00/);
    await press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    sayFigure('the next F5, to the stop', await workbench.startDebugging());
    await top(/start 0000:7C00/);
  });
});

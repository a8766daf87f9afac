/** Memory as a person looks at it: opened, gone through, changed, followed, and there again after a reload. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { beginJourney, type Journey, pictureOfFailure } from './support';

const FILES = { 'boot.asm': 'boot.asm', 'boot.bin': 'boot.bin', 'boot.lst': 'boot.lst', 'boot.map': 'boot.map' };

describe('a Memory panel in the editor', function () {
  this.timeout(90_000);
  let journey: Journey;
  let memory: Frame;

  const press = (key: string): Promise<void> => journey.workbench.page.keyboard.press(key);
  const top = (wanted: RegExp): Promise<void> => journey.workbench.top(wanted);
  const lineOf = (text: string): number =>
    readFileSync(path.join(journey.folder, 'boot.asm'), 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1;
  /** Waits until the first row is as wanted: address, numbers, text. */
  const firstRow = (wanted: RegExp): Promise<unknown> =>
    journey.workbench.waitForText(async () => {
      const parts = await Promise.all(
        ['addresses', 'hex', 'text'].map((id) => memory.locator(`#${id} .row`).first().textContent()),
      );
      return [parts.join(' ')];
    }, wanted);
  const goTo = async (expression: string): Promise<void> => {
    await memory.locator('#expression').fill(expression);
    await press('Enter');
  };
  const changed = (wanted: RegExp): Promise<unknown> =>
    journey.workbench.waitForText(
      async () => [(await memory.locator('#hex .changed').allTextContents()).join(' ')],
      wanted,
    );

  before(async function () {
    this.timeout(240_000);
    journey = await beginJourney({
      name: 'memory',
      files: FILES,
      settings: { 'stepback.display.openAutomatically': false },
    });
  });

  afterEach(pictureOfFailure(() => journey));
  after(() => journey.end());

  it('opens from the list of commands where the machine is', async () => {
    const { workbench } = journey;
    await workbench.debugSource('boot.asm');
    await top(/0000:7C00/);
    await workbench.goToLine(lineOf('call    print'));
    await workbench.breakpoint();
    await press('F5');
    await top(/0000:7C0D/);
    await workbench.runCommand('Stepback: Open Memory');
    memory = await workbench.webviewWith('#hex');
    await firstRow(/^00007C08 7CFCBE777CE82700/);
    await workbench.page.locator('.tab.active', { hasText: /^Memory: (CS:IP|\$)/ }).waitFor();
  });

  it('marks what a step has changed: the return address of the call', async () => {
    const { workbench } = journey;
    await goTo('SS:SP - 8');
    await firstRow(/^00007BF8 0{16}/);
    await memory.locator('#mode').selectOption('segmented');
    await firstRow(/^0000:7BF8/);
    await press('F11');
    await top(/^print 0000:7C37/);
    await changed(/^10 7C$/);
    await workbench.picture('return-address');
  });

  it('is right after a step back, too', async () => {
    await press('Control+F11');
    await top(/0000:7C0D/);
    await changed(/^00 00$/);
    await firstRow(/^0000:7BF8 0{16}/);
  });

  it('changes a byte by two digits, and the next step keeps it', async () => {
    const { workbench } = journey;
    await memory.locator('#hex .cell').first().click();
    await workbench.page.keyboard.type('5a4b');
    await firstRow(/^0000:7BF8 5A4B0{12} ZK/);
    await changed(/5A 4B/);
    await press('F11');
    await top(/^print 0000:7C37/);
    await firstRow(/^0000:7BF8 5A4B0{8}107C ZK/);
    await changed(/^10 7C$/);
  });

  it('follows an expression from stop to stop', async () => {
    await goTo('DS:SI');
    await memory.locator('#follow').click();
    await firstRow(/^0000:7C70/);
    await memory.locator('#columns').selectOption('8');
    await firstRow(/^0000:7C70/);
    await memory.locator('#hex .target', { hasText: '48' }).waitFor();
    await press('F10');
    await memory.locator('#hex .target', { hasText: '65' }).waitFor();
    await journey.workbench.picture('follows');
  });

  it('says what is wrong with an expression, and where nothing is', async () => {
    await goTo('nothing_there');
    await memory.locator('#problem', { hasText: 'There is no register, symbol or chip "nothing_there"' }).waitFor();
    await goTo('port 3f8h - 8');
    await firstRow(/^03F0 \?{16} \?{8}/);
    assert.equal(await memory.locator('#problem').isVisible(), false);
  });

  it('Ctrl+G asks where to, wherever the keyboard is in it', async () => {
    await memory.locator('#text .cell').first().click();
    await press('Control+g');
    await memory.locator('#expression:focus').waitFor();
    assert.equal(await journey.workbench.page.locator('.quick-input-widget:visible').count(), 0);
  });

  it('says when the machine runs', async () => {
    await press('F5');
    await memory.locator('#status', { hasText: 'Running' }).waitFor();
    await journey.workbench.pause();
    await top(/INT 16h/);
    await memory.locator('#status', { hasText: 'Running' }).waitFor({ state: 'hidden' });
  });

  it('breaks on writes to what is chosen, from its menu', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await press('Control+F5');
    await top(/0000:7C0D/);
    await goTo('SS:SP - 2');
    await firstRow(/^00007BF8/);
    await workbench.contextMenu(memory.locator('#hex .target'), 'Break on Write');
    // It is the last one of the list, below what is seen.
    const list = page.locator('.debug-breakpoints');
    await list.locator('.monaco-list-row', { hasText: 'CPU exception' }).first().click();
    await press('End');
    await workbench.waitForText(() => list.locator('.monaco-list-row').allInnerTexts(), /write 0x7BFE/);
    await press('F5');
    const why = page.locator('.pane', { hasText: 'Call Stack' }).last().locator('.pane-header');
    await workbench.waitForText(() => why.allInnerTexts(), /Paused on (change of|write to) byte 7BFEh/i);
    await top(/^print 0000:7C37/);
  });

  it('says when there is no machine, and is there again after a reload', async () => {
    const { workbench } = journey;
    await press('Shift+F5');
    await memory.locator('#status', { hasText: 'No machine is running.' }).waitFor();
    await workbench.page.reload();
    await workbench.page.waitForSelector('.monaco-workbench .statusbar');
    // In a browser VS Code keeps what a page told some time ago, not always what it told last.
    const tab = workbench.page.locator('.tab', { hasText: /^Memory: \S/ });
    await tab.waitFor();
    memory = await workbench.webviewWith('#hex');
    await workbench.waitForText(async () => [await memory.locator('#expression').inputValue()], /\S/);
    const kept = await memory.locator('#expression').inputValue();
    assert.equal((await tab.innerText()).trim(), `Memory: ${kept}`);
    await workbench.page.locator('.tab', { hasText: 'boot.asm' }).click();
    await workbench.waitForLanguage('NASM x86 assembly');
    await workbench.startDebugging();
    await firstRow(/^[0-9A-F:]+ ([0-9A-F]{16}|\?{16})/);
    await workbench.picture('after-a-reload');
  });
});

/** The hunt of examples/find-the-bug, as its README tells it: from F5 to the line that is to blame, and mended. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { hasTool } from '../support/tools';
import { beginJourney, type Journey, pictureOfFailure } from './support';

/** A person types no faster. */
const TYPING = { delay: 60 };

describe('the bug that is found backwards', function () {
  this.timeout(90_000);
  let journey: Journey;

  const press = (key: string): Promise<void> => journey.workbench.page.keyboard.press(key);
  const top = (wanted: RegExp): Promise<void> => journey.workbench.top(wanted);
  const source = (): string => path.join(journey.folder, 'boot.asm');
  const lineOf = (text: string): number =>
    readFileSync(source(), 'utf8')
      .split('\n')
      .findIndex((line) => line.trim() === text) + 1;
  const screen = (wanted: RegExp): Promise<void> => journey.workbench.screenSays(wanted);
  /** Waits until the Call Stack says why the machine stands. */
  const paused = (wanted: RegExp): Promise<unknown> =>
    journey.workbench.waitForText(
      () => journey.workbench.page.locator('.call-stack-state-message').allInnerTexts(),
      wanted,
    );
  /** Types into the Debug Console and waits for what it says. */
  const ask = async (expression: string, wanted: RegExp): Promise<void> => {
    const { workbench } = journey;
    await workbench.runCommand('Debug Console: Focus on Debug Console View');
    await workbench.page.keyboard.type(expression, TYPING);
    // What is completed must not be taken for what was typed.
    await press('Escape');
    await press('Enter');
    await workbench.waitForText(() => workbench.page.locator('.repl .monaco-list-row').allInnerTexts(), wanted);
  };

  before(async function () {
    this.timeout(240_000);
    if (!hasTool('nasm')) this.skip();
    journey = await beginJourney({
      name: 'find-the-bug',
      example: 'find-the-bug',
      files: { 'boot.asm': 'boot.asm', '.vscode': '.vscode' },
    });
  });

  afterEach(pictureOfFailure(() => journey));
  after(() => journey?.end());

  it('F5 assembles the source and stops in its first line', async () => {
    const { workbench } = journey;
    await workbench.debugSource('boot.asm');
    await top(/start 0000:7C00/);
  });

  it('a short name is greeted', async () => {
    const { workbench } = journey;
    await press('F5');
    await workbench.page.locator('.tab', { hasText: 'Display' }).waitFor();
    await screen(/What is your name\?/);
    await workbench.webview().locator('#screen').click();
    await workbench.page.keyboard.type('ada', TYPING);
    await press('Enter');
    await screen(/Hello, ada[\s\S]*What is your name\?/);
  });

  it('a long one makes the machine stop with a sentence, where nothing is', async () => {
    const { workbench } = journey;
    await workbench.page.keyboard.type('wolfgang amadeus', TYPING);
    await press('Enter');
    await top(/0000:7375/);
    await paused(/^Paused on code of zeros$/);
    await workbench.picture('stopped');
  });

  it('a step back stands on the RET that went there', async () => {
    await press('Control+F11');
    await top(new RegExp(`greet.* 0000:\\w{4} boot\\.asm ${lineOf('ret')}:1`));
    await paused(/^Paused on step$/);
    await ask('word[ss:sp]', /0x7375/);
    await ask('ss:sp', /^The CPU is about to execute nothing but zeros/);
  });

  it('and who wrote its address is told, and gone back to', async () => {
    await ask('who word[ss:sp]', /changed from .* to 7375h, by the instruction at .*read_line/);
    await paused(/^Paused before the last access$/);
    await top(new RegExp(`read_line.* boot\\.asm ${lineOf('stosb')}:1`));
    await ask('di > bp', /^1|true/);
    await journey.workbench.picture('found');
  });

  it('the end of the session leaves nothing beside the source', async () => {
    await press('Shift+F5');
    await journey.workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    assert.match(readFileSync(source(), 'utf8'), /stosb/);
  });
});

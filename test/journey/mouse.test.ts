/** The mouse of a guest: the person's own moves and clicks reach its interrupt handler, and the guest's screen shows it. */
import { hasTool } from '../support/tools';
import { beginJourney, type Journey, pictureOfFailure } from './support';

describe('the mouse of the guest', function () {
  this.timeout(90_000);
  let journey: Journey;

  const press = (key: string): Promise<void> => journey.workbench.page.keyboard.press(key);
  const top = (wanted: RegExp): Promise<void> => journey.workbench.top(wanted);
  const screen = (wanted: RegExp): Promise<void> => journey.workbench.screenSays(wanted);
  const hint = (text: string): Promise<void> =>
    journey.workbench.webview().locator('#hint', { hasText: text }).waitFor();

  before(async function () {
    this.timeout(240_000);
    if (!hasTool('nasm')) this.skip();
    journey = await beginJourney({
      name: 'mouse',
      example: 'protected-mode',
      files: { 'boot.asm': 'boot.asm', '.vscode': '.vscode' },
    });
  });

  afterEach(pictureOfFailure(() => journey));
  after(() => journey?.end());

  it('is asked for by the guest', async () => {
    const { workbench } = journey;
    await workbench.debugSource('boot.asm');
    await top(/start 0000:7C00/);
    await press('F5');
    await workbench.page.locator('.tab', { hasText: 'Display' }).waitFor();
    await screen(/^Protected mode\. Type, and move the mouse/);
    await hint('Click the screen');
    await workbench.webview().locator('#screen').click();
    await hint('Keys and the mouse go to the guest.');
  });

  it('moves a pointer and leaves marks where its button is pressed', async () => {
    const { workbench } = journey;
    const { mouse } = workbench.page;
    const box = await workbench.webview().locator('#screen').boundingBox();
    const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
    await mouse.move(x, y);
    await mouse.move(x + 60, y + 40, { steps: 10 });
    await mouse.down();
    await mouse.move(x - 60, y + 40, { steps: 20 });
    await mouse.up();
    await screen(/\*\*/);
    await workbench.picture('marks');
  });

  it('is given back with Ctrl+Alt+G', async () => {
    await press('Control+Alt+g');
    await hint('Click the screen');
  });
});

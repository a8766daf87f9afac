/** The same on an image with no source, no listing and no launch.json. */
import { beginJourney, type Journey, pictureOfFailure } from './support';

describe('a raw image in the editor', function () {
  this.timeout(90_000);
  let journey: Journey;

  const top = (wanted: RegExp): Promise<void> => journey.workbench.top(wanted);

  before(async function () {
    this.timeout(240_000);
    journey = await beginJourney({
      name: 'raw-image',
      files: { 'boot.bin': 'raw.img' },
      settings: { 'workbench.colorTheme': 'Dark Modern' },
    });
  });

  afterEach(pictureOfFailure(() => journey));
  after(() => journey.end());

  it('F5 stops in a disassembly of its first instruction', async () => {
    const { workbench } = journey;
    await workbench.openFile('raw.img');
    await workbench.startDebugging();
    await top(/0000:7C00/);
    await workbench.page
      .locator('.view-line', { hasText: /xor.+ax/ })
      .first()
      .waitFor();
    await workbench.picture('stopped');
  });

  it('it steps and steps back', async () => {
    const { workbench } = journey;
    await workbench.page.keyboard.press('F10');
    await top(/0000:7C02/);
    await workbench.picture('stepped');
    await workbench.page.keyboard.press('Control+F10');
    await top(/0000:7C00/);
  });

  it('a breakpoint in the disassembly is hit', async () => {
    const { workbench } = journey;
    await workbench.cursorAt(2);
    await workbench.clickLine(/0000:7C0D/);
    await workbench.breakpoint();
    await workbench.page.keyboard.press('F5');
    await top(/0000:7C0D/);
    await workbench.picture('breakpoint');
  });

  it('ends', async () => {
    await journey.workbench.page.locator('.debug-toolbar .codicon-debug-stop').click();
    await journey.workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('starts from the Explorer too, by its menu', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await page.keyboard.press('Control+Shift+E');
    const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'raw.img' });
    await workbench.contextMenu(row, 'Debug with Stepback');
    await page.locator('.debug-toolbar').waitFor();
    await top(/0000:7C00/);
    await workbench.picture('from-the-explorer');
  });
});

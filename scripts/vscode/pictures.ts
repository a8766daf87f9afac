/**
 * npm run pictures: makes the pictures of README.md in media/, from the example in a real code-server and Chromium.
 *   tsx scripts/vscode/pictures.ts
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import type { Browser, Locator } from 'playwright-core';
import { runMain } from '../lib/main';
import { inRoot } from '../lib/root';
import { packExtension } from '../package';
import { ensureCodeServer } from './code-server';
import { EXAMPLE_FILE } from './hello-boot';
import { startServer } from './server';
import { openBrowser, Workbench } from './workbench';

const EXAMPLE = inRoot('examples', 'hello-boot');
const FILES = ['boot.asm', 'boot.bin', 'boot.lst', 'boot.map'] as const;
const SIZE = { width: 1280, height: 800 };
const SETTINGS = {
  'workbench.colorTheme': 'Dark Modern',
  'editor.minimap.enabled': false,
  'workbench.editor.showIcons': false,
};
const PAINTED = /painted by hand/;

/** Five bits of each colour: nobody sees the difference in a picture of text, and it halves the file. */
function shrink(file: string): Buffer {
  const png = PNG.sync.read(readFileSync(file));
  for (const [at, value] of png.data.entries()) png.data[at] = Math.min(255, Math.round(value / 8) * 8);
  const deflate = { deflateLevel: 9, deflateStrategy: 0, filterType: 0 };
  return PNG.sync.write(png, { colorType: 2, inputHasAlpha: true, ...deflate });
}

/** Moves the left edge of a group of editors by so many pixels. */
async function moveLeft(group: Locator, pixels: number): Promise<void> {
  const { mouse } = group.page();
  const { x = 0, y = 0 } = (await group.boundingBox()) ?? {};
  await mouse.move(x, y + 200);
  await mouse.down();
  await mouse.move(x - pixels, y + 200, { steps: 4 });
  await mouse.up();
  // Away from the edge, which would stay lit.
  await mouse.move(SIZE.width / 2, SIZE.height - 60);
}

/** Walks through the example and leaves the three pictures, in the order of the README. */
async function takePictures(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const keep = async (name: string): Promise<void> => {
    const file = await workbench.picture(name);
    const small = shrink(file);
    writeFileSync(inRoot('media', `${name}.png`), small);
    console.log(`media/${name}.png: ${small.length} bytes`);
  };
  const top = (wanted: RegExp): Promise<void> => workbench.top(wanted);
  /** Closes or opens sections of the side bar, in this order: a section keeps the height it had when it was closed. */
  const toggle = async (...titles: readonly string[]): Promise<void> => {
    for (const title of titles) await page.locator('.pane-header', { hasText: title }).click();
  };

  /** The stack behind a call, which has pushed where it returns to. */
  const memoryPicture = async (): Promise<void> => {
    await workbench.runCommand('Stepback: Open Memory');
    const memory = await workbench.webviewWith('#hex .row');
    await memory.locator('#expression').fill('SS:SP - 24');
    await press('Enter');
    await memory.locator('#mode').selectOption('segmented');
    await workbench.waitForText(() => memory.locator('#hex .row').allTextContents(), /3F7C/);
    await page.locator('.tab', { hasText: EXAMPLE_FILE }).click();
    for (const place of [/0000:7C43/, /0000:7C42/, /^print/]) {
      await press('Control+F10');
      await top(place);
    }
    // The upper byte of the return address: gone, and there again.
    await memory.locator('#hex .changed', { hasText: '00' }).last().waitFor();
    await press('F11');
    await top(/^put_char/);
    await memory.locator('#hex .changed', { hasText: '7C' }).waitFor();
    await page.mouse.move(SIZE.width / 2, SIZE.height - 60);
    await keep('memory');
    await page.locator('.tab', { hasText: 'Memory' }).click({ button: 'middle' });
  };

  await workbench.openFile(EXAMPLE_FILE);
  await workbench.waitForLanguage('NASM x86 assembly');
  await workbench.clickLine(/start:/);
  await workbench.startDebugging();
  await toggle('Call Stack', 'Watch', 'Breakpoints', 'Call Stack');
  const lines = readFileSync(path.join(EXAMPLE, EXAMPLE_FILE), 'utf8').split('\n');
  await workbench.goToLine(lines.findIndex((line) => line.includes('int     0x10')) + 1);
  await workbench.breakpoint();
  await press('F5');
  await top(/put_char.*boot\.asm/);
  await press('F9');
  await press('Control+F10');
  await top(/0000:7C45/);
  await page.mouse.move(SIZE.width / 2, SIZE.height - 60);
  await keep('stopped');

  await memoryPicture();

  await press('F5');
  const screen = await workbench.webviewWith('#screen');
  await workbench.screenSays(PAINTED);
  await press('Control+b');
  await screen.locator('#screen').click();
  await page.keyboard.type('forwards and back', { delay: 60 });
  await workbench.screenSays(/forwards and back/);
  await moveLeft(page.locator('.editor-group-container').nth(1), 160);
  await keep('display');

  await press('Control+Alt+g');
  await workbench.pause();
  await press('Control+Shift+d');
  await toggle('Variables', 'Call Stack');
  await workbench.waitForText(() => workbench.viewRows('Machine'), /^pic1 ?8259A/);
  const tree = page.locator('.pane', { hasText: 'Machine' }).last();
  const open = async (text: string): Promise<void> => {
    await tree.locator('.monaco-list-row', { hasText: text }).first().locator('.monaco-tl-twistie').click();
  };
  await open('8259A');
  await workbench.waitForText(() => workbench.viewRows('Machine'), /^IMR = /);
  await open('IMR');
  await keep('machine');
}

async function main(): Promise<number> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'stepback-pictures-'));
  const folder = path.join(scratch, 'hello-boot');
  for (const file of FILES) {
    cpSync(path.join(EXAMPLE, file), path.join(folder, file), { preserveTimestamps: true });
  }
  const vsix = await packExtension(path.join(scratch, 'stepback.vsix'));
  const server = await startServer(await ensureCodeServer(console.log), { vsix, settings: SETTINGS });
  let browser: Browser | undefined;
  try {
    browser = await openBrowser();
    await takePictures(await Workbench.open(browser, server.address(folder), { pictures: scratch, size: SIZE }));
    return 0;
  } finally {
    await browser?.close();
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (require.main === module) void runMain(main);

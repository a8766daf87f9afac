/**
 * What a journey starts from: the .vsix installed in a code-server of its own, opened on a copy of an example in a temporary
 * folder, so that nothing of this repository (and none of its node_modules) is within reach.
 */
import { strict as assert } from 'node:assert';
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { inRoot } from '../../scripts/lib/root';
import { packExtension } from '../../scripts/package';
import { ensureCodeServer } from '../../scripts/vscode/code-server';
import { startServer, type Server } from '../../scripts/vscode/server';
import { openBrowser, Workbench } from '../../scripts/vscode/workbench';

/** Where the pictures of the journeys are left. */
const PICTURES = inRoot('.stepback-check', 'journey');

export interface Journey {
  readonly workbench: Workbench;
  readonly server: Server;
  readonly folder: string;
  end(): Promise<void>;
}

let vsix: string | undefined;

/** The package, made once for all journeys. */
export async function packageOnce(): Promise<string> {
  if (vsix !== undefined) return vsix;
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-vsix-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  vsix = await packExtension(path.join(folder, 'stepback.vsix'));
  return vsix;
}

/** No folder above the installed extension may offer packages to it. */
function assertOnItsOwn(server: Server): void {
  const extensions = path.join(server.home, 'extensions');
  const installed = readdirSync(extensions).find((name) => name.startsWith('stepback.stepback-'));
  assert.ok(installed !== undefined, 'the package is installed');
  const places: string[] = [];
  for (let at = realpathSync(path.join(extensions, installed)); at !== path.dirname(at); at = path.dirname(at)) {
    places.push(path.join(at, 'node_modules'));
  }
  assert.deepEqual(places.filter(existsSync), []);
}

export interface JourneyOptions {
  /** Name under which the pictures are left. */
  readonly name: string;
  /** Folder of examples/; hello-boot unless told. */
  readonly example?: string;
  /** Files of it to copy, with the names they get. */
  readonly files: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export async function beginJourney(options: JourneyOptions): Promise<Journey> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-journey-'));
  for (const [from, to] of Object.entries(options.files)) {
    const source = inRoot('examples', options.example ?? 'hello-boot', from);
    cpSync(source, path.join(folder, to), { preserveTimestamps: true, recursive: true });
  }
  const pictures = path.join(PICTURES, options.name);
  rmSync(pictures, { recursive: true, force: true });
  const server = await startServer(await ensureCodeServer(console.log), {
    vsix: await packageOnce(),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  let browser: Browser | undefined;
  const end = async (): Promise<void> => {
    await browser?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    assertOnItsOwn(server);
    browser = await openBrowser();
    const workbench = await Workbench.open(browser, server.address(folder), { pictures });
    return { workbench, server, folder, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Prints a time that depends too much on the computer to be asserted. */
export function sayFigure(what: string, milliseconds: number): void {
  console.log(`      ${what}: ${(milliseconds / 1000).toFixed(2)} s`);
}

/** Leaves a picture of what went wrong. */
export function pictureOfFailure(journey: () => Journey | undefined): Mocha.AsyncFunc {
  return async function (this: Mocha.Context) {
    if (this.currentTest?.state === 'failed') await journey()?.workbench.picture('failed');
  };
}

/** Colour of a pixel of the text screen in the Display, `rrggbb`; the canvas repeats each of them. */
export function pixel(canvas: Locator, x: number, y: number): Promise<string> {
  return canvas.evaluate(
    (element, [x, y]) => {
      const canvas = element as HTMLCanvasElement;
      const [across, down] = [canvas.width / 720, canvas.height / 400];
      const [red, green, blue] = canvas.getContext('2d')?.getImageData(x * across, y * down, 1, 1).data ?? [];
      return [red, green, blue].map((part) => (part ?? 0).toString(16).padStart(2, '0')).join('');
    },
    [x, y] as const,
  );
}

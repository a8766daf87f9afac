/** The main job as a person does it in the editor: F5 on the example, one step, one step back. */
import type { Workbench } from './workbench';

/** The status bar's name for a file of our NASM language. */
const LANGUAGE = 'NASM x86 assembly';
export const EXAMPLE_FILE = 'boot.asm';
const FIRST_INSTRUCTION = /0000:7C00/i;

/**
 * Needs a workbench that was opened on examples/hello-boot. Says each thing that it saw; throws when something is not as it
 * must be. Leaves a picture of each stop.
 */
export async function helloBootJourney(workbench: Workbench, say: (line: string) => void): Promise<void> {
  const { page } = workbench;
  await workbench.openFile(EXAMPLE_FILE);
  await workbench.waitForLanguage(LANGUAGE);
  await page.locator('.view-line').first().click();
  const milliseconds = await workbench.startDebugging();
  const first = await workbench.waitForText(() => workbench.callStack(), FIRST_INSTRUCTION);
  say(`F5: stopped after ${(milliseconds / 1000).toFixed(1)} s at ${frameOf(first)}`);
  await workbench.waitForText(() => workbench.variables(), /\S/);
  await workbench.picture('stopped');
  await workbench.toolbar('step-over');
  const next = await waitForOther(workbench, frameOf(first));
  say(`step: at ${next}`);
  await workbench.picture('stepped');
  await workbench.toolbar('step-back');
  const back = await waitForOther(workbench, next);
  if (back !== frameOf(first)) throw new Error(`the step back ended at ${back}, not at ${frameOf(first)}`);
  say(`step back: at ${back}`);
  await workbench.picture('stepped-back');
}

/** The text of the topmost frame that names an address. */
function frameOf(rows: readonly string[]): string {
  return rows.find((row) => /[0-9A-F]{4}:[0-9A-F]{4}/i.test(row)) ?? '';
}

/** Waits until the topmost frame is another one, and returns it. */
async function waitForOther(workbench: Workbench, before: string): Promise<string> {
  const read = async (): Promise<readonly string[]> => {
    const frame = frameOf(await workbench.callStack());
    return frame === before ? [] : [frame];
  };
  return frameOf(await workbench.waitForText(read, /\S/));
}

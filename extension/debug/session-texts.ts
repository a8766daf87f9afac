/**
 * VS Code serves the texts of a debug session (scheme `debug`) from the last phase of its start on, some seconds after a
 * window has opened. Who stops in such a text before that reads "The editor could not be opened"; so what leads there waits.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/** A text that no session has: only whether somebody serves its scheme is asked. */
const PROBE = vscode.Uri.from({ scheme: 'debug', path: 'stepback-probe' });
/** What VS Code says where nobody serves a scheme; not translated. */
const UNSERVED = /Unable to resolve resource/;
const POLL = 50;
/** VS Code's own limit is 5 s after the window is there; a busy computer takes longer. */
const PATIENCE = 15_000;

let served = false;
let waiting: Promise<void> | undefined;

/** Whether texts of sessions are served, as far as is known. */
export const sessionTextsServed = (): boolean => served;

/** Resolves when texts of sessions are served, or when that takes so long that an error is better than more waiting. */
export function untilSessionTextsServed(): Promise<void> {
  waiting ??= poll();
  return waiting;
}

async function poll(): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!served) {
    // oxlint-disable-next-line no-await-in-loop -- asks again and again
    served = await vscode.workspace.openTextDocument(PROBE).then(
      () => true,
      (error: unknown) => !UNSERVED.test(String(error)),
    );
    if (performance.now() > end) served = true;
    // oxlint-disable-next-line no-await-in-loop -- asks again and again
    if (!served) await sleep(POLL);
  }
}

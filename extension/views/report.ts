/** Report a Problem: one document with what is known, for the person to read, shorten and send. Nothing is sent by itself. */
import * as os from 'node:os';
import * as vscode from 'vscode';
import type { Sessions } from '../debug/sessions';
import { SETTINGS, SETTINGS_SECTION } from '../ids';
import type { Log } from '../log';

const fenced = (text: string, language = ''): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const json = (value: unknown): string => fenced(JSON.stringify(value, undefined, 2), 'json');

/** Versions of all that takes part. */
function versions(extensionVersion: string): string {
  return [
    `- Stepback ${extensionVersion}`,
    `- ${vscode.env.appName} ${vscode.version}${vscode.env.remoteName === undefined ? '' : `, remote ${vscode.env.remoteName}`}`,
    `- Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `- ${os.type()} ${os.release()} ${os.arch()}, ${os.cpus().length} CPUs, ${Math.round(os.totalmem() / 2 ** 20)} MB`,
    '',
  ].join('\n');
}

/** Settings that differ from their defaults, or all of ours. */
function ownSettings(): Readonly<Record<string, unknown>> {
  const section = vscode.workspace.getConfiguration(SETTINGS_SECTION);
  return Object.fromEntries(Object.values(SETTINGS).map((name) => [`${SETTINGS_SECTION}.${name}`, section.get(name)]));
}

async function machine(sessions: Sessions): Promise<string> {
  const { active } = sessions;
  if (active === undefined) return 'No machine was running.\n';
  try {
    return json(await active.request('stepback.report'));
  } catch (error) {
    return `The machine gave no report: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

/** The text of the report. */
async function reportText(sessions: Sessions, log: Log, extensionVersion: string): Promise<string> {
  const parts = [
    '# Stepback: problem report\n',
    'Write here what you did, what you saw and what you expected. Read the rest before you send it: the log may hold',
    'names of your files.\n',
    '## Versions\n',
    versions(extensionVersion),
    '## Settings\n',
    json(ownSettings()),
    '## Machine\n',
    await machine(sessions),
    '## Log\n',
    fenced(log.recent.join('\n')),
  ];
  return parts.join('\n');
}

export async function reportProblem(sessions: Sessions, log: Log, extensionVersion: string): Promise<void> {
  const content = await reportText(sessions, log, extensionVersion);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
}

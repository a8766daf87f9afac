/** What VS Code says before a session begins is what docs/troubleshooting.md has; the rest is provoked in test/cli. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { ConfigurationProvider } from '../../extension/debug/configuration-provider';
import { assertSays, messagesOf } from '../support/troubleshooting';
import { api, exampleFile, extension, scratchFolder } from './support';

const SECTION = 'Starting in VS Code';

describe('troubleshooting, in VS Code', () => {
  const page = readFileSync(path.join(extension().extensionPath, 'docs', 'troubleshooting.md'), 'utf8');
  const said: string[] = [];
  const warn = (text: string): void => void said.push(text);
  const provider = new ConfigurationProvider({ warn });
  const entry = (more: object): vscode.DebugConfiguration => ({
    type: 'stepback',
    request: 'launch',
    name: 'x',
    ...more,
  });

  /** What is said where no launch can be made. */
  async function refusal(launch: () => unknown): Promise<string> {
    assert.equal(await launch(), undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
    return said.at(-1) ?? '';
  }

  /** What is said of an entry that attaches. */
  async function attaching(more: object): Promise<string> {
    const { adapters } = await api();
    const configuration = { ...entry(more), request: 'attach' };
    const session = { name: 'x', configuration } as vscode.DebugSession;
    return adapters.createDebugAdapterDescriptor(session).then(() => '', String);
  }

  const nothing = { type: '', name: '', request: '' };
  const PROVOCATIONS: Readonly<Record<string, () => Promise<string>>> = {
    async 'There is nothing to start: open an assembler source or an image, or name an image as "program" in launch.json.'() {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      return refusal(() => provider.resolveDebugConfiguration(undefined, nothing));
    },
    async '... is no image and no assembler source. Name the image to start as "program" in launch.json.'() {
      await vscode.window.showTextDocument(exampleFile('README.md'));
      return refusal(() => provider.resolveDebugConfiguration(undefined, nothing));
    },
    async 'No image was found for ...: there is no ..., ... or the like beside it or in build, out, bin.'() {
      const folder = await scratchFolder();
      const source = vscode.Uri.joinPath(folder.uri, 'alone.asm');
      await vscode.workspace.fs.writeFile(source, Buffer.from('nop\n'));
      const { PATH } = process.env;
      process.env['PATH'] = '';
      try {
        return await refusal(() =>
          provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, entry({ program: source.fsPath })),
        );
      } finally {
        process.env['PATH'] = PATH;
        await folder.remove();
      }
    },
    'There is no file ....': () =>
      refusal(() =>
        provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, entry({ program: '/nowhere/boot.asm' })),
      ),
    'No machine listens at port ... of this computer. Start one: stepback run IMAGE --listen ...': () =>
      attaching({ port: 1 }),
    'Attaching needs the "port" of a machine: that of "stepback run IMAGE --listen PORT".': () => attaching({}),
  };

  it('provokes what the page has, and no more', () => {
    assert.deepEqual(Object.keys(PROVOCATIONS).toSorted(), messagesOf(page, SECTION).toSorted());
  });
  for (const [message, provoke] of Object.entries(PROVOCATIONS))
    it(message, async () => assertSays(message, await provoke()));
});

/** First of all files by its name: it must run before anything has woken the extension. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { COMMANDS, DEBUG_TYPE } from '../../extension/ids';
import { extension } from './support';

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly keybindings: readonly { readonly command: string; readonly key: string; readonly when: string }[];
    readonly commands: readonly { readonly command: string }[];
  };
}

const manifest = (): Manifest => extension().packageJSON as Manifest;

describe('activation', () => {
  it('does not happen at the start', () => {
    assert.equal(extension().isActive, false);
  });

  it('is asked for by debugging, commands, views and assembler sources only', () => {
    for (const event of manifest().activationEvents)
      assert.match(event, /^on(Debug\w+|WebviewPanel):stepback|^onLanguage:/);
  });

  it('registers every command that it contributes', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const contributed = manifest().contributes.commands.map(({ command }) => command);
    assert.deepEqual(
      contributed.filter((command) => !registered.has(command)),
      [],
    );
    assert.deepEqual(contributed.toSorted(), Object.values(COMMANDS).toSorted());
  });

  it('takes keys in its own sessions, and F5 on images, and no others', () => {
    const { keybindings } = manifest().contributes;
    assert.ok(keybindings.length >= 4);
    for (const { key, when } of keybindings) {
      if (key === 'f5') assert.match(when, /^!inDebugMode && .*resourceExtname =~/);
      else if (key === 'ctrl+g') assert.equal(when, "activeWebviewPanelId == 'stepback.memory'");
      else assert.match(when, new RegExp(`inDebugMode && debugType == '${DEBUG_TYPE}'`));
    }
  });
});

/** *Open the Example*: a copy that is the person's own, and that starts. */
import { strict as assert } from 'node:assert';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../extension/ids';
import { eventually, exampleFile, Watched } from './support';

const CHANGED = '; changed by a test\n';

describe('the example', () => {
  let copy: vscode.Uri | undefined;

  /** Opens it as a person does; gives the file that the editor shows. */
  const open = async (): Promise<vscode.Uri> => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand(COMMANDS.openExample);
    const editor = await eventually('its source in the editor', () => {
      const { activeTextEditor } = vscode.window;
      return activeTextEditor !== undefined && path.basename(activeTextEditor.document.fileName) === 'boot.asm'
        ? activeTextEditor
        : undefined;
    });
    copy = editor.document.uri;
    return copy;
  };
  const text = async (file: vscode.Uri): Promise<string> =>
    Buffer.from(await vscode.workspace.fs.readFile(file)).toString('latin1');
  const beside = (file: vscode.Uri, name: string): vscode.Uri => vscode.Uri.joinPath(file, '..', name);
  /** The copy goes, so that the next is made anew. */
  const forget = async (file: vscode.Uri): Promise<void> => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(beside(file, ''), { recursive: true });
  };

  before(async () => {
    // One of an earlier run may have been changed.
    await forget(await open());
  });
  afterEach(async () => {
    if (copy !== undefined) await forget(copy);
    copy = undefined;
  });

  it('is opened as a copy, with what belongs to it, in the first group', async () => {
    const source = await open();
    assert.notEqual(source.fsPath, exampleFile('boot.asm').fsPath);
    for (const name of ['boot.asm', 'boot.bin', 'boot.lst', 'boot.map'])
      assert.equal(await text(beside(source, name)), await text(exampleFile(name)), name);
    assert.equal(vscode.window.activeTextEditor?.viewColumn, vscode.ViewColumn.One);
  });

  it('keeps what the person has changed in it', async () => {
    const source = await open();
    await vscode.workspace.fs.writeFile(source, Buffer.from(CHANGED));
    assert.equal((await open()).fsPath, source.fsPath);
    assert.equal(await text(source), CHANGED);
  });

  it('starts with F5, on its own lines', async () => {
    const source = await open();
    const watched = new Watched();
    try {
      await vscode.commands.executeCommand('workbench.action.debug.start');
      assert.equal((await watched.stop()).reason, 'entry');
      const frame = await watched.frame();
      // In a remote window VS Code makes a URI of the path.
      assert.ok(frame.source?.path?.endsWith(source.path), frame.source?.path);
      assert.match((await text(source)).split('\n')[frame.line - 1] ?? '', /xor +ax, ax/);
    } finally {
      await watched.end();
      watched.dispose();
    }
  });
});

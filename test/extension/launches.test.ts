/** How F5 becomes a launch: which image, and what is said when there is none. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { ConfigurationProvider } from '../../extension/debug/configuration-provider';
import { DynamicConfigurations } from '../../extension/debug/dynamic-configurations';
import { COMMANDS } from '../../extension/ids';
import type { Log } from '../../extension/log';
import { eventually, exampleFile, scratchFolder, Watched } from './support';

class FakeLog implements Pick<Log, 'warn'> {
  readonly lines: string[] = [];
  warn(text: string): void {
    this.lines.push(text);
  }
}

describe('a launch', () => {
  const log = new FakeLog();
  const provider = new ConfigurationProvider(log);
  const empty: vscode.DebugConfiguration = { type: '', name: '', request: '' };

  it('is made from the open source when there is no launch.json', async () => {
    await vscode.window.showTextDocument(exampleFile('boot.asm'));
    const config = provider.resolveDebugConfiguration(undefined, empty);
    assert.equal(config?.type, 'stepback');
    assert.equal(config?.request, 'launch');
    assert.equal(config?.program, exampleFile('boot.asm').fsPath);
  });

  it('assembles the source where its assembler is installed', async () => {
    const config = { type: 'stepback', request: 'launch', name: 'x', program: exampleFile('boot.asm').fsPath };
    const resolved = await provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, config);
    assert.equal(resolved?.program, exampleFile('boot.asm').fsPath);
  });

  describe('without an assembler', () => {
    const { PATH } = process.env;
    before(() => {
      process.env['PATH'] = '';
    });
    after(() => {
      process.env['PATH'] = PATH;
    });

    it('starts the image that lies beside the source', async () => {
      const config = { type: 'stepback', request: 'launch', name: 'x', program: exampleFile('boot.asm').fsPath };
      const resolved = await provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, config);
      assert.equal(resolved?.program, exampleFile('boot.bin').fsPath);
    });

    it('says so when there is no image, and how to get one', async () => {
      const folder = await scratchFolder();
      const source = vscode.Uri.joinPath(folder.uri, 'alone.asm');
      await vscode.workspace.fs.writeFile(source, Buffer.from('nop\n'));
      const config = { type: 'stepback', request: 'launch', name: 'x', program: source.fsPath };
      assert.equal(await provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, config), undefined);
      assert.match(log.lines.at(-1) ?? '', /No image was found for alone\.asm.*Install NASM.*apt-get install nasm/s);
      await folder.remove();
    });
  });

  it('of a source with an error puts it into Problems on its line, and does not start', async () => {
    const folder = await scratchFolder();
    const source = vscode.Uri.joinPath(folder.uri, 'wrong.asm');
    await vscode.workspace.fs.writeFile(source, Buffer.from('org 0x7c00\nmovv ax, 1, 2\n'));
    const config = { type: 'stepback', request: 'launch', name: 'Wrong', program: source.fsPath };
    const starting = vscode.debug.startDebugging(undefined, config);
    const [problem] = await eventually('a problem', () => {
      const found = vscode.languages.getDiagnostics(source);
      return found.length > 0 ? found : undefined;
    });
    assert.equal(problem?.range.start.line, 1);
    assert.equal(problem?.source, 'Stepback');
    // The editor shows the error until somebody answers it.
    await vscode.commands.executeCommand('workbench.action.closeMessages').then(undefined, () => undefined);
    void starting.then(undefined, () => undefined);
    await folder.remove();
  });

  it('takes relative paths from the folder', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    const config = { type: 'stepback', request: 'launch', name: 'x', floppy: 'boot.bin' };
    const resolved = await provider.resolveDebugConfigurationWithSubstitutedVariables(folder, config);
    assert.equal(resolved?.floppy, exampleFile('boot.bin').fsPath);
  });

  it('offers the images of the folder in the drop-down', async () => {
    const offered = await new DynamicConfigurations().provideDebugConfigurations(undefined);
    assert.ok(
      offered.some(({ name }) => name === 'Debug boot.bin'),
      JSON.stringify(offered),
    );
  });

  it('of a lone image outside the folder stops in its first instruction, without a source', async () => {
    const folder = await scratchFolder();
    const image = vscode.Uri.joinPath(folder.uri, 'lone.img');
    await vscode.workspace.fs.copy(exampleFile('boot.bin'), image);
    const watched = new Watched();
    await vscode.commands.executeCommand(COMMANDS.debugFile, image);
    assert.equal((await watched.stop()).reason, 'entry');
    const frame = await watched.frame();
    assert.match(frame.name, /0000:7C00/);
    assert.ok((frame.source?.sourceReference ?? 0) > 0, 'a disassembly stands for the source');
    await eventually('the disassembly in an editor', () =>
      vscode.window.visibleTextEditors.some(({ document }) => document.uri.scheme === 'debug') ? true : undefined,
    );
    await watched.end();
    watched.dispose();
    await folder.remove();
  });

  it('works in a process of its own too', async () => {
    const section = vscode.workspace.getConfiguration('stepback');
    await section.update('adapter', 'process', vscode.ConfigurationTarget.Global);
    const watched = new Watched();
    try {
      assert.equal((await watched.startExample()).reason, 'entry');
      assert.match((await watched.frame()).name, /0000:7C00/);
      await watched.end();
    } finally {
      await section.update('adapter', undefined, vscode.ConfigurationTarget.Global);
      watched.dispose();
    }
  });
});

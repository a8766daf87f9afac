import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { exampleFile, extension, lineOf, Watched } from './support';

/** Column of a text on a line (from 1) of the example. */
async function at(
  line: string,
  text: string,
): Promise<{ readonly uri: vscode.Uri; readonly position: vscode.Position }> {
  const uri = exampleFile('boot.asm');
  const document = await vscode.workspace.openTextDocument(uri);
  const row = (await lineOf(line)) - 1;
  return { uri, position: new vscode.Position(row, document.lineAt(row).text.indexOf(text)) };
}

async function hover(line: string, text: string): Promise<string> {
  const { uri, position } = await at(line, text);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
  return hovers
    .flatMap(({ contents }) => contents)
    .map((part) => (typeof part === 'string' ? part : part.value))
    .join('\n');
}

describe('assembler sources', () => {
  before(async () => {
    await extension().activate();
  });

  it('tell of services, ports and registers without a session', async () => {
    assert.match(await hover('int     0x14', '0x14'), /INT 14h AH=00h\*\*: Set up a serial port/);
    assert.match(await hover('in      al, dx', 'dx'), /com1[\s\S]*LSR, Line Status/);
    assert.match(await hover('mov     sp, start', 'sp'), /\*\*SP\*\*, 16 bits/);
    assert.doesNotMatch(await hover('mov     sp, start', 'sp'), /Now/);
  });

  describe('in a session that is stopped', () => {
    let watched: Watched;

    before(async () => {
      watched = new Watched();
      await watched.startExample();
      await watched.command('workbench.action.debug.stepOver');
    });
    after(async () => {
      await watched.end();
      watched.dispose();
    });

    it('tell the values, too', async () => {
      assert.match(await hover('mov     ds, ax', 'ax'), /Now `AX = 0000h`/);
      assert.match(await hover('int     0x14', '0x14'), /Now `AL = 00h`, `DX = [0-9A-F]{4}h`/);
    });

    it('show the registers of the lines just executed behind them', async () => {
      const { uri, position } = await at('mov     ds, ax', 'mov');
      const view = new vscode.Range(0, 0, 60, 0);
      const values = await vscode.commands.executeCommand<vscode.InlineValueText[]>(
        'vscode.executeInlineValueProvider',
        uri,
        view,
        {
          frameId: (await watched.frame()).id,
          stoppedLocation: new vscode.Range(position, position),
        },
      );
      assert.deepEqual(
        values.map(({ text, range }) => [range.start.line - position.line, text]),
        [
          [0, 'ds = 0000h'],
          [0, 'ax = 0000h'],
        ],
      );
    });
  });
});

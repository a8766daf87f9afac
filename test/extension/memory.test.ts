import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { COMMANDS } from '../../extension/ids';
import type { MemoryPanel } from '../../extension/views/memory-panel';
import { saveRange } from '../../extension/views/memory-range';
import { api, eventually, lineOf, scratchFolder, Watched } from './support';

/** The first instructions of the example: xor ax, ax; mov ds, ax. */
const FIRST_BYTES = [0x31, 0xc0, 0x8e, 0xd8];
const AT_START = { space: 'linear', address: '0x7C00', length: 4 };

describe('Memory panels', () => {
  let watched: Watched;
  const ready = async (panel: MemoryPanel): Promise<MemoryPanel> =>
    eventually(
      'the page of a Memory panel',
      () => (panel.state.lastRead === undefined ? undefined : panel),
      () => ({ ...panel.state, visible: panel.panel.visible, column: panel.panel.viewColumn }),
    );
  const open = async (argument?: unknown): Promise<MemoryPanel> => {
    const panel = await vscode.commands.executeCommand<MemoryPanel>(COMMANDS.openMemory, argument);
    return ready(panel);
  };
  const functionBreakpoints = (): readonly string[] =>
    vscode.debug.breakpoints.flatMap((one) => (one instanceof vscode.FunctionBreakpoint ? [one.functionName] : []));

  before(async () => {
    watched = new Watched();
    await watched.startExample();
    await eventually('what the machine offers', async () => (await api()).sessions.active?.offers);
  });

  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    for (const { panel } of (await api()).memory.panels) panel.dispose();
  });

  after(async () => {
    await watched.end();
    watched.dispose();
  });

  it('read what is seen, where the machine is', async () => {
    const { state } = await open();
    assert.equal(state.looksAt, 'CS:IP');
    const { space, address, length } = state.lastRead ?? AT_START;
    assert.equal(space, 'linear');
    assert.ok(BigInt(address) <= 0x7c00n && BigInt(address) + BigInt(length) > 0x7c00n, `${address} + ${length}`);
    // Far less than the 4 GiB that can be scrolled through.
    assert.ok(length <= 0x2000, String(length));
  });

  it('may be several, each for what a row of a view means', async () => {
    const { memory } = await api();
    const first = await open({ variable: { evaluateName: 'ESP', memoryReference: '0x7000' } });
    const second = await open('port 20h');
    assert.deepEqual(memory.panels, [first, second]);
    assert.deepEqual(
      memory.panels.map(({ panel, state }) => [panel.title, state.lastRead?.space]),
      [
        ['Memory: ESP', 'linear'],
        ['Memory: port 20h', 'io'],
      ],
    );
  });

  it('follow the machine from stop to stop', async () => {
    const panel = await open({ variable: { evaluateName: 'EIP' } });
    const before = panel.state.reads;
    await watched.command('workbench.action.debug.stepOver');
    await eventually('another read', () => (panel.state.reads > before ? true : undefined));
    const after = panel.state.reads;
    await watched.command('workbench.action.debug.stepBack');
    await eventually('a read after the step back', () => (panel.state.reads > after ? true : undefined));
  });

  it('know of a stop before the status is told', async () => {
    const session = (await api()).sessions.active;
    const status = session?.status;
    assert.ok(session !== undefined && status !== undefined);
    session.emit('stepback.status', { ...status, running: true });
    session.stopped();
    const { state } = await open('0x7c00');
    assert.equal(state.looksAt, '0x7c00');
  });

  it('go on when they are moved to another place of the window', async () => {
    // Of two in a group one can be moved out of it.
    await open('port 20h');
    const memory = await open('ESP');
    const column = memory.panel.viewColumn;
    memory.panel.reveal();
    await vscode.commands.executeCommand('workbench.action.moveEditorToBelowGroup');
    await eventually('the other group', () =>
      memory.panel.visible && memory.panel.viewColumn !== column ? true : undefined,
    );
    const before = memory.state.reads;
    await watched.command('workbench.action.debug.stepOver');
    await eventually('a read in the other group', () => (memory.state.reads > before ? true : undefined));
    await watched.command('workbench.action.debug.stepBack');
  });

  it('read again what somebody else has changed', async () => {
    const panel = await open('0x7e00');
    const before = panel.state.reads;
    const { sessions } = await api();
    await sessions.active?.writeMemory('linear:0x7E00', Uint8Array.of(0x5a));
    await eventually('another read', () => (panel.state.reads > before ? true : undefined));
    assert.deepEqual([...((await sessions.active?.readMemory('0x7E00', 2)) ?? [])], [0x5a, 0]);
  });

  it('copy the chosen bytes as numbers and as text', async () => {
    await vscode.commands.executeCommand(COMMANDS.copyMemoryHex, AT_START);
    assert.equal(await vscode.env.clipboard.readText(), '31 C0 8E D8');
    // "Hello" of the greeting.
    const start = await watched.register('greeting');
    const greeting = { space: 'linear', address: `0x${start.toString(16)}`, length: 7 };
    await vscode.commands.executeCommand(COMMANDS.copyMemoryText, greeting);
    assert.equal(await vscode.env.clipboard.readText(), 'Hello f');
  });

  it('save bytes to a file, and refuse where some are missing', async () => {
    const { sessions } = await api();
    const session = sessions.active;
    assert.ok(session !== undefined);
    const folder = await scratchFolder();
    const file = vscode.Uri.joinPath(folder.uri, 'start.bin');
    await saveRange(session, AT_START, file);
    assert.deepEqual([...(await vscode.workspace.fs.readFile(file))], FIRST_BYTES);
    await assert.rejects(
      saveRange(session, { space: 'physical', address: '0xFFFFFFFE', length: 4 }, file),
      /Only 2 of the 4 bytes at 0xFFFFFFFE can be read/,
    );
    await folder.remove();
  });

  it('break on accesses to the chosen bytes', async () => {
    await vscode.commands.executeCommand(COMMANDS.breakOnWrite, { space: 'linear', address: '0x7BFE', length: 2 });
    await vscode.commands.executeCommand(COMMANDS.breakOnRead, { space: 'physical', address: '0x500', length: 1 });
    await vscode.commands.executeCommand(COMMANDS.breakOnAccess, { space: 'io', address: '0x60', length: 1 });
    assert.deepEqual(functionBreakpoints(), ['write 0x7BFE, 2', 'read byte[physical:0x500]', 'access byte[io:0x60]']);
    const stop = await watched.command('workbench.action.debug.continue');
    assert.equal(stop.reason, 'data breakpoint');
    // The first CALL pushes its return address there.
    assert.match((await watched.frame()).name, /^print /);
  });

  it('go back to who wrote a byte', async () => {
    const line = await lineOf('mov     ah, 0x00');
    const document = (await watched.frame()).source;
    assert.ok(document !== undefined);
    const uri = vscode.window.visibleTextEditors.find((editor) => editor.document.fileName.endsWith('boot.asm'))
      ?.document.uri;
    assert.ok(uri !== undefined);
    const at = new vscode.Location(uri, new vscode.Position(line - 1, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(at)]);
    await watched.command('workbench.action.debug.continue');
    // The last character that `paint` has put on the screen: row 4 of B800:0000.
    const cell = { space: 'physical', address: '0xB8280', length: 1 };
    await vscode.commands.executeCommand(COMMANDS.whoWroteMemory, cell);
    await watched.stop();
    assert.equal((await watched.frame()).line, await lineOf('stosw'));
  });
});

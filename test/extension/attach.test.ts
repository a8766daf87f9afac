/** Attaching to a machine that runs in a process of its own, from VS Code; Display, Serial and Machine view work there. */
import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, VIEWS } from '../../extension/ids';
import type { MemoryPanel } from '../../extension/views/memory-panel';
import { api, eventually, exampleFile, extension, Watched } from './support';

describe('attaching', () => {
  let child: ChildProcess | undefined;
  let said = '';
  let watched: Watched;

  beforeEach(() => {
    watched = new Watched();
  });
  afterEach(async () => {
    if (vscode.debug.activeDebugSession !== undefined) await watched.end();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    watched.dispose();
    child?.kill();
    child = undefined;
  });

  it('to a machine in a terminal: pause, views, detach; it runs on', async () => {
    const program = path.join(extension().extensionPath, 'dist', 'stepback.js');
    const args = [program, 'run', exampleFile('boot.bin').fsPath, '--listen', '0'];
    const made = spawn(process.execPath, args, { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
    child = made;
    made.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const port = Number(await eventually('the port', () => /editors attach at port (\d+)/.exec(said)?.[1]));
    const { sessions, machine } = await api();
    assert.ok(
      await vscode.debug.startDebugging(undefined, { type: 'stepback', request: 'attach', name: 'Attached', port }),
    );
    const session = await eventually('the session', () => sessions.active);
    const screen = await eventually('the screen', async () => {
      const { rows } = await session.request('stepback.screenText');
      return rows.some((row) => row.trim() !== '') ? rows : undefined;
    });
    assert.ok(screen.length > 0);
    // The button works once VS Code has asked for the threads, which nothing tells.
    await eventually('the machine to be paused', async () => {
      await vscode.commands.executeCommand('workbench.action.debug.pause');
      return watched.events.includes('stopped') ? true : undefined;
    });
    assert.equal((await watched.stop()).reason, 'pause');
    await vscode.commands.executeCommand(`${VIEWS.machine}.focus`);
    const chips = await eventually('the chips', async () => {
      const nodes = await machine.getChildren();
      return nodes.length > 0 ? nodes : undefined;
    });
    assert.ok(chips.some((node) => node.kind === 'chip' && node.chip.id === 'pic1'));
    // A Memory panel reads there, and shows what is changed.
    const { memory } = await api();
    const panel = await vscode.commands.executeCommand<MemoryPanel>(COMMANDS.openMemory, '0x7e00');
    const read = await eventually('the bytes of the machine', () => panel.state.lastRead);
    assert.equal(read.space, 'linear');
    assert.deepEqual(memory.panels, [panel]);
    const before = panel.state.reads;
    await session.writeMemory('linear:0x7E00', Uint8Array.of(0x5a));
    await eventually('another read', () => (panel.state.reads > before ? true : undefined));
    assert.deepEqual([...(await session.readMemory('0x7E00', 1))], [0x5a]);
    // What the button of the toolbar does in a session that attached; ending one from code ends the machine, too.
    await vscode.commands.executeCommand('workbench.action.debug.disconnect');
    await eventually('the machine to be left', () => (said.includes('The editor has gone.') ? true : undefined));
    assert.equal(made.exitCode, null);
  });

  it('says so where nothing listens', async () => {
    const config = { type: 'stepback', request: 'attach', name: 'Nobody', port: 1 };
    const started = await vscode.debug.startDebugging(undefined, config).then(
      (answer) => answer,
      (error: unknown) => String(error),
    );
    assert.ok(started === false || /No machine listens at port 1/.test(String(started)), String(started));
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});

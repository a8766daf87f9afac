import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { COMMANDS } from '../../extension/ids';
import { api, eventually, exampleFile, lineOf, Watched } from './support';

const NEXT = 'workbench.action.debug.stepOver';
const INTO = 'workbench.action.debug.stepInto';
const OUT = 'workbench.action.debug.stepOut';
const BACK = 'workbench.action.debug.stepBack';
const CONTINUE = 'workbench.action.debug.continue';
const REVERSE = 'workbench.action.debug.reverseContinue';

async function breakAt(text: string): Promise<number> {
  const line = await lineOf(text);
  const at = new vscode.Location(exampleFile('boot.asm'), new vscode.Position(line - 1, 0));
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(at)]);
  return line;
}

describe('a session without launch.json', () => {
  let watched: Watched;

  beforeEach(async () => {
    watched = new Watched();
    const stop = await watched.startExample();
    assert.equal(stop.reason, 'entry');
  });

  afterEach(async () => {
    await watched.end();
    watched.dispose();
  });

  it('stops at the first line of the source, at 0000:7C00', async () => {
    const frame = await watched.frame();
    assert.match(frame.name, /0000:7C00/);
    assert.equal(frame.line, await lineOf('xor     ax, ax'));
    // VS Code answers with a URI where its window and its extension host are apart.
    assert.ok(frame.source?.path?.endsWith(exampleFile('boot.asm').fsPath), frame.source?.path);
  });

  it('forgets the breakpoints in its disassembly when it ends', async () => {
    await breakAt('int     0x10');
    await watched.command(CONTINUE);
    await watched.command(INTO);
    const { source } = await watched.frame();
    assert.ok(source !== undefined && (source.sourceReference ?? 0) > 0, 'the firmware has no source of its own');
    const uri = vscode.debug.asDebugSourceUri(source, watched.session);
    const own = new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(2, 0)));
    vscode.debug.addBreakpoints([own]);
    await watched.command(CONTINUE);
    assert.equal((await watched.frame()).line, 3);
    await vscode.debug.stopDebugging();
    await eventually('only the breakpoint in the source is left', () => {
      const left = vscode.debug.breakpoints.map((one) => (one as vscode.SourceBreakpoint).location.uri.scheme);
      return left.length === 1 && left[0] !== 'debug' ? true : undefined;
    });
  });

  it('shows that line in the editor', async () => {
    const line = await lineOf('xor     ax, ax');
    await eventually('the cursor on the line', () =>
      vscode.window.activeTextEditor?.selection.active.line === line - 1 ? true : undefined,
    );
  });

  it('says that it can go back', async () => {
    const session = await eventually('offers', async () => (await api()).sessions.active?.offers);
    assert.equal(session.reverse, true);
    assert.equal(session.display, true);
    assert.ok(session.ports.includes('com1'));
  });

  it('reads registers', async () => {
    assert.equal(await watched.register('EIP'), 0x7c00);
    assert.equal(await watched.register('CS'), 0);
  });

  it("steps and steps back by VS Code's own commands", async () => {
    assert.notEqual(await watched.register('AX'), 0);
    await watched.command(NEXT);
    assert.equal(await watched.register('AX'), 0);
    assert.match((await watched.frame()).name, /0000:7C02/);
    await watched.command(BACK);
    assert.match((await watched.frame()).name, /0000:7C00/);
    assert.notEqual(await watched.register('AX'), 0);
  });

  it('stops at a breakpoint, and runs backwards to it', async () => {
    const line = await breakAt('call    paint');
    await watched.command(CONTINUE);
    assert.equal((await watched.frame()).line, line);
    await watched.command(NEXT);
    assert.equal((await watched.frame()).line, await lineOf('mov     ah, 0x00'));
    const stop = await watched.command(REVERSE);
    assert.equal((await watched.frame()).line, line);
    assert.equal(stop.reason, 'breakpoint');
  });

  it('steps into a call and out of it', async () => {
    const line = await breakAt('call    paint');
    await watched.command(CONTINUE);
    await watched.command(INTO);
    assert.match((await watched.frame()).name, /paint/);
    await watched.command(OUT);
    assert.ok((await watched.frame()).line > line - 1);
  });

  it('steps back into what a step over went past', async () => {
    const line = await breakAt('call    paint');
    await watched.command(CONTINUE);
    await watched.command(NEXT);
    await watched.command(COMMANDS.stepBackInto);
    const frame = await watched.frame();
    assert.match(frame.name, /paint/);
    assert.equal(frame.line, (await lineOf('pop     es')) + 1);
    assert.notEqual(frame.line, line);
  });

  it('shows a frame for the BIOS when a step goes into INT 10h', async () => {
    await breakAt('int     0x10');
    await watched.command(CONTINUE);
    await watched.command(INTO);
    const [inner, outer] = await watched.frames();
    assert.match(inner.name, /INT 10h.*F000:/);
    assert.ok((inner.source?.sourceReference ?? 0) > 0, 'the frame has a source to show');
    assert.match(outer.name, /put_char/);
  });

  it('tells the status of the machine', async () => {
    const { sessions } = await api();
    const { active } = sessions;
    assert.ok(active !== undefined);
    // The status of the stop before may still be on its way.
    let last = '';
    active.on('stepback.status', (status) => {
      last = status.running ? '' : `${status.pc} ${status.mode}`;
    });
    await watched.command(NEXT);
    await eventually('the status', () => (last === '0000:7C02 16-bit real' ? last : undefined));
  });

  it('tells how GDB attaches, in the status bar and into the clipboard', async () => {
    const { status } = await api();
    const command = await eventually('the command', () => /`(gdb -ex [^`]+)`/.exec(status.shown.tooltip)?.[1]);
    assert.match(command, /^gdb -ex 'target remote 127\.0\.0\.1:\d+'$/);
    const { pc = '' } = (await api()).sessions.active?.status ?? {};
    assert.ok(status.shown.text.startsWith(`$(debug-pause) ${pc}  16-bit real  #`), status.shown.text);
    assert.match(status.shown.tooltip, /^Stopped at .*\n\n.* instructions since the start/);
    await vscode.commands.executeCommand(COMMANDS.copyGdbCommand);
    assert.equal(await vscode.env.clipboard.readText(), command);
  });

  it('ends with the session', async () => {
    const { sessions } = await api();
    await watched.end();
    assert.equal(sessions.active, undefined);
    assert.ok(watched.events.includes('terminated'));
  });
});

import { strict as assert } from 'node:assert';
import { PNG } from 'pngjs';
import * as vscode from 'vscode';
import type { MediaResponse } from '../../debug-adapter/protocol/messages';
import type { MachineNode } from '../../extension/views/machine-tree';
import { COMMANDS } from '../../extension/ids';
import { api, eventually, scratchFolder, Watched } from './support';

/** Words on the screen of the example, which paints this in yellow on blue. */
const PAINTED = 'painted by hand';

async function runToPrompt(watched: Watched): Promise<void> {
  await watched.press('workbench.action.debug.continue');
  await eventually('the greeting', async () => {
    const { rows } = (await watched.session.customRequest('stepback.screenText')) as {
      readonly rows: readonly string[];
    };
    return rows.some((row) => row.includes(PAINTED)) ? true : undefined;
  });
}

describe('the views of a session', () => {
  const watched = new Watched();

  before(async () => {
    await watched.startExample();
    await runToPrompt(watched);
  });

  after(async () => {
    await watched.end();
    watched.dispose();
  });

  it('open the Display by itself, beside the source and without the focus', async () => {
    const { display } = await api();
    await eventually('the Display', () => (display.state.isReady ? true : undefined));
    const group = vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(({ label }) => label === 'Display'));
    assert.equal(group?.viewColumn, vscode.ViewColumn.Two);
    assert.equal(group?.isActive, false);
  });

  it("hand the guest's cells to the Display", async () => {
    const { display } = await api();
    const text = await eventually('the picture', () => {
      const picture = display.state.latest?.picture;
      if (picture?.kind !== 'text') return undefined;
      const shown = Buffer.from(picture.cells.filter((_, at) => at % 2 === 0)).toString('latin1');
      return shown.includes(PAINTED) ? shown : undefined;
    });
    assert.match(text, /^Hello from the boot sector\./);
  });

  it('save the pixels of the Display as PNG', async () => {
    const folder = await scratchFolder();
    const file = vscode.Uri.joinPath(folder.uri, 'screen.png');
    await vscode.commands.executeCommand(COMMANDS.saveScreenshot, file);
    const png = PNG.sync.read(Buffer.from(await vscode.workspace.fs.readFile(file)));
    await folder.remove();
    assert.deepEqual([png.width, png.height], [720, 400]);
    const at = (x: number, y: number): readonly number[] => [
      ...png.data.subarray((y * 720 + x) * 4, (y * 720 + x) * 4 + 3),
    ];
    // Row 4, first cell: a blank of attribute 1Eh, so the blue of the palette's colour 1.
    assert.deepEqual(at(2, 4 * 16 + 2), [0, 0, 0xaa]);
    assert.deepEqual(at(700, 390), [0, 0, 0]);
  });

  it('keep the Display when it is moved to another place of the window', async () => {
    const { display } = await api();
    const column = (): vscode.ViewColumn | undefined =>
      vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(({ label }) => label === 'Display'))?.viewColumn;
    await vscode.commands.executeCommand(COMMANDS.openDisplay);
    await vscode.commands.executeCommand('workbench.action.moveEditorToFirstGroup');
    await eventually('the other group', () => (column() === vscode.ViewColumn.One ? true : undefined));
    const png = await eventually('a picture from there', () => display.screenshot().catch(() => undefined));
    assert.ok(png.length > 0);
    await vscode.commands.executeCommand('workbench.action.moveEditorToNextGroup');
    await eventually('the group of before', () => (column() === vscode.ViewColumn.Two ? true : undefined));
    await eventually('a picture from here', () => display.screenshot().catch(() => undefined));
  });

  it('change the disk of a drive, and say why it can not be', async () => {
    const folder = await scratchFolder();
    const image = vscode.Uri.joinPath(folder.uri, 'disk.img');
    await vscode.workspace.fs.writeFile(image, new Uint8Array(737_280));
    const inA = async (): Promise<string | undefined> => {
      const { drives } = (await watched.session.customRequest('stepback.media')) as MediaResponse;
      return drives[0]?.medium?.name;
    };
    const before = await inA();
    await vscode.commands.executeCommand(COMMANDS.changeFloppy, { drive: 'floppy0', image: image.fsPath });
    assert.equal(await inA(), image.fsPath);
    await vscode.commands.executeCommand(COMMANDS.changeFloppy, { drive: 'floppy0', image: `${image.fsPath}.none` });
    assert.equal(await inA(), image.fsPath);
    await vscode.commands.executeCommand(COMMANDS.changeFloppy, { drive: 'floppy0' });
    assert.equal(await inA(), undefined);
    await vscode.commands.executeCommand(COMMANDS.changeFloppy, { drive: 'floppy0', image: before });
    await folder.remove();
    assert.equal(await inA(), before);
  });

  it('turn the sound of the Display on and off', async () => {
    const { display } = await api();
    for (const wanted of [true, false]) {
      await vscode.commands.executeCommand(COMMANDS.toggleSound);
      await eventually(`sound ${wanted ? 'on' : 'off'}`, () => (display.state.hasSound === wanted ? true : undefined));
    }
  });

  it('show what the guest sends to the serial port in a terminal', async () => {
    const { serial } = await api();
    await eventually('the line', () =>
      serial.textOf('com1').includes('Hello over the serial port.') ? true : undefined,
    );
    assert.ok(vscode.window.terminals.some(({ name }) => name === 'COM1'));
  });

  it('take keys: what is typed is echoed by the guest', async () => {
    const { sessions, display } = await api();
    for (const code of ['KeyO', 'KeyK']) {
      await sessions.active?.request('stepback.key', { code, pressed: true });
      await sessions.active?.request('stepback.key', { code, pressed: false });
    }
    await eventually('the echo', () => {
      const picture = display.state.latest?.picture;
      if (picture?.kind !== 'text') return undefined;
      return Buffer.from(picture.cells.filter((_, at) => at % 2 === 0)).includes('Type something: ok')
        ? true
        : undefined;
    });
  });

  describe('the Machine view', () => {
    const children = async (node?: MachineNode): Promise<MachineNode[]> => (await api()).machine.getChildren(node);
    const find = async (name: string, node?: MachineNode): Promise<MachineNode> => {
      const { machine } = await api();
      const nodes = await children(node);
      const found = nodes.find((one) => {
        const { label } = machine.getTreeItem(one);
        return (typeof label === 'string' ? label : (label?.label ?? '')).startsWith(name);
      });
      assert.ok(found !== undefined, `${name} among ${nodes.length}`);
      return found;
    };

    before(async () => {
      await vscode.commands.executeCommand('workbench.action.debug.pause');
      await watched.stop();
      await vscode.commands.executeCommand('stepback.machine.focus');
    });

    it('has every chip of the board', async () => {
      const ids = (await children()).map((node) => node.chip.id);
      for (const id of ['pic1', 'pic2', 'pit', 'rtc', 'kbc', 'com1', 'vga'])
        assert.ok(ids.includes(id), `${id} in ${ids.join(', ')}`);
    });

    it('shows registers and bit fields with their meaning', async () => {
      const lcr = await find('LCR', await find('com1'));
      assert.ok(lcr.kind === 'register');
      assert.equal(lcr.register.value & 3, 3, '8 data bits');
      const { machine } = await api();
      const fields = (await children(lcr)).map((node) => machine.getTreeItem(node));
      const described = fields.filter(({ description }) => typeof description === 'string' && description !== '');
      assert.ok(described.length > 0, 'a field says what its value means');
    });

    it('copies a value', async () => {
      const lcr = await find('LCR', await find('com1'));
      await (await api()).machine.copyValue(lcr);
      assert.match(await vscode.env.clipboard.readText(), /^[0-9A-F]{2}h$/);
    });

    it('breaks on the change of a field, which stands in the Breakpoints view, and watches it', async () => {
      const { machine } = await api();
      const field = await find('DLAB', await find('LCR', await find('com1')));
      machine.breakOnChange(field);
      const names = vscode.debug.breakpoints.flatMap((one) =>
        one instanceof vscode.FunctionBreakpoint ? [one.functionName] : [],
      );
      assert.deepEqual(names, ['change com1.LCR.DLAB']);
      vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
      await machine.watchValue(field);
      assert.equal(await watched.register('com1.LCR.DLAB'), 0);
    });

    it('sets a value, and marks it as changed', async () => {
      const { machine } = await api();
      const scratch = async (): Promise<MachineNode> => find('SCR', await find('com1'));
      await machine.setValue(await scratch(), '5Ah');
      const changed = await eventually('the new value', async () => {
        const node = await scratch();
        return node.kind === 'register' && node.register.value === 0x5a ? node : undefined;
      });
      assert.match(String(machine.getTreeItem(changed).accessibilityInformation?.label), /5Ah.*changed/);
    });
  });
});

describe('the Display of one session after another', () => {
  const watched = new Watched();
  const KEYS = ['KeyA', 'KeyB', 'KeyC', 'KeyD', 'KeyE', 'KeyF', 'KeyG', 'KeyH', 'KeyI', 'KeyJ', 'KeyK', 'KeyL'];

  /** Types key by key, each time waiting for the picture with its echo. */
  async function typeAlong(): Promise<void> {
    const { sessions, display } = await api();
    await eventually('the Display', () => (display.state.isReady ? true : undefined));
    let typed = 'Type something: ';
    for (const code of KEYS) {
      await sessions.active?.request('stepback.key', { code, pressed: true });
      await sessions.active?.request('stepback.key', { code, pressed: false });
      typed += code.slice(-1).toLowerCase();
      await eventually(`"${typed}"`, () => {
        const picture = display.state.latest?.picture;
        if (picture?.kind !== 'text') return undefined;
        return Buffer.from(picture.cells.filter((_, at) => at % 2 === 0)).includes(typed) ? true : undefined;
      });
    }
  }

  after(() => watched.dispose());

  for (const session of ['first', 'second']) {
    it(`follows the ${session}`, async () => {
      await watched.startExample();
      await runToPrompt(watched);
      await typeAlong();
      await watched.end();
    });
  }
});

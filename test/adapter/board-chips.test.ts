/** A chip is seen everywhere because the board lists it: a dummy is added to a board, and nothing else is touched. */
import { strict as assert } from 'node:assert';
import { createSession, type RunningSession } from '../../debug-adapter/session/create-session';
import type { MachineResponse } from '../../debug-adapter/protocol/messages';
import { nodeSessionHost } from '../../debug-adapter/host/session-host';
import { Chip, type ChipRegister } from '../../emulator/bus/chip';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import type { Board } from '../../emulator/machines/board';
import { boardEntry, BOARDS, type BoardEntry } from '../../emulator/machines/registry';
import { uint } from '../../emulator/state/fields';
import { Machine } from '../../emulator/system/machine';
import { digestMachine, saveMachine } from '../../emulator/system/machine-state';
import { DapClient } from '../support/dap-client';
import { INITIALIZE } from '../support/dap-session';

const TABLE = { level: uint(8, 'how far it is open', 3) };

class Dummy extends Chip<typeof TABLE> {
  protected get registers(): readonly ChipRegister<this>[] {
    return [
      {
        name: 'LEVEL',
        width: 8,
        doc: 'how far it is open',
        bits: [{ name: 'HALF', lsb: 4, width: 4 }],
        peek: ({ state }) => state.level,
        poke: ({ state }, value) => {
          state.level = value;
        },
      },
    ];
  }
}

const withDummy = (config: Parameters<BoardEntry['create']>[0]): Board => {
  const board = boardEntry('pc').create(config);
  return Object.assign(board, { chips: [...board.chips, new Dummy('dummy', 'Dummy valve', TABLE)] });
};
const ENTRY: BoardEntry = { ...boardEntry('pc'), id: 'pc-with-dummy', create: withDummy };

describe('a chip that was added to a board', () => {
  let machine: Machine;
  let client: DapClient;
  let running: RunningSession;

  before(async () => {
    (BOARDS as BoardEntry[]).push(ENTRY);
    machine = new Machine({
      machine: ENTRY.id,
      cpu: '80386',
      memoryBytes: 1 << 20,
      floppies: [],
      disks: [],
      bootOrder: [],
      rtcEpochSeconds: 0,
    });
    const target = new BuiltInTarget(machine, { historyBytes: 1 << 20, wake: () => undefined });
    client = new DapClient();
    const launched = { target, images: [], dispose: () => undefined };
    running = createSession(client.transport, () => Promise.resolve(launched), nodeSessionHost());
    await client.request('initialize', INITIALIZE);
    const stopped = client.next('stopped');
    await client.request('launch', { program: 'none', stopOnEntry: 'reset' });
    await client.request('configurationDone');
    await stopped;
  });

  after(() => {
    running.end();
    (BOARDS as BoardEntry[]).splice(BOARDS.indexOf(ENTRY), 1);
  });

  it('is in the machine view, with its registers and fields', async () => {
    const { chips } = await client.request<MachineResponse>('stepback.machine');
    const chip = chips.find(({ id }) => id === 'dummy');
    assert.equal(chip?.model, 'Dummy valve');
    assert.deepEqual(
      chip.registers.map(({ name, value }) => [name, value]),
      [['LEVEL', 3]],
    );
    assert.deepEqual(
      chip.registers[0]?.fields.map(({ name }) => name),
      ['HALF'],
    );
  });

  it('is in the Machine scope and in expressions, and can be changed', async () => {
    const row = (await client.scope('Machine')).find(({ name }) => name.startsWith('dummy'));
    assert.ok(row !== undefined && row.variablesReference > 0);
    const [register] = await client.variables(row.variablesReference);
    assert.equal(register?.name, 'LEVEL');
    await client.request('stepback.writeChip', { chip: 'dummy', register: 'LEVEL', value: 0x42 });
    assert.match(await client.evaluate('dummy.LEVEL', { format: { hex: true } }), /0x42/);
  });

  it('is in snapshots and the digest', () => {
    const saved = saveMachine(machine);
    const before = digestMachine(machine);
    const chip = machine.board.chips.at(-1);
    chip?.setField('level', 0x43);
    assert.notEqual(digestMachine(machine), before);
    assert.deepEqual(saved.chips.at(-1), { level: 0x42 });
    assert.deepEqual(saveMachine(machine).chips.at(-1), { level: 0x43 });
  });
});

/** Packets of the pointing device, as the handler of INT 15h AX=C207h finds them, beside SeaBIOS. */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyInput } from '../../emulator/system/input';
import { nasmGuest } from '../support/nasm-guest';
import { Stepback } from '../support/stepback';
import { hasTool, runTool } from '../support/tools';

const GUEST = path.join(__dirname, '..', 'guests', 'firmware', 'pointing.asm');
const PATIENCE_MS = 30_000;
const LOOK_MS = 20;

/** Each goes when the packet of the one before has come: movement, or buttons: none, the left one, all three. */
const MOVES: readonly ({ readonly dx: number; readonly dy: number } | { readonly buttons: number })[] = [
  { dx: 5, dy: 3 },
  { dx: -7, dy: -2 },
  { buttons: 1 },
  { buttons: 7 },
  { dx: 120, dy: -100 },
  { buttons: 0 },
];

/** Lines behind the mark of a guest that is ready. */
const packetsOf = (said: string): readonly string[] => said.split('\n').slice(1, -1);

/** @param told path of a file for what the guest says */
async function onQemu(image: string, told: string): Promise<readonly string[]> {
  writeFileSync(told, '');
  const child = spawn(
    'qemu-system-i386',
    [
      ...['-display', 'none', '-net', 'none', '-serial', 'none', '-monitor', 'stdio', '-m', '32'],
      ...['-debugcon', `file:${told}`, '-drive', `file=${image},format=raw,if=floppy,snapshot=on`],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const said = (): string => readFileSync(told, 'latin1');
  try {
    const until = async (lines: number): Promise<void> => {
      for (const start = performance.now(); said().split('\n').length <= lines; await delay(LOOK_MS)) {
        if (performance.now() - start > PATIENCE_MS) throw new Error(`QEMU said only: ${said()}`);
      }
    };
    await until(1);
    for (const [index, move] of MOVES.entries()) {
      const command = 'buttons' in move ? `mouse_button ${move.buttons}` : `mouse_move ${move.dx} ${move.dy}`;
      child.stdin.write(`${command}\n`);
      await until(index + 2);
    }
    return packetsOf(said());
  } finally {
    child.kill('SIGKILL');
  }
}

function onOurs(): readonly string[] {
  const { machine } = nasmGuest(GUEST);
  let said = '';
  machine.listener = { output: (_, byte) => (said += String.fromCharCode(byte)), note: () => undefined };
  const until = (lines: number): void => {
    const end = machine.board.clock.now + 3e9;
    while (said.split('\n').length <= lines) {
      assert.ok(machine.board.clock.now < end, `the guest said only: ${said}`);
      const stop = machine.run({ count: machine.count + 100_000, time: end, breakpoints: false }, false);
      assert.equal(stop.kind, 'limit');
    }
  };
  until(1);
  let buttons = 0;
  for (const [index, move] of MOVES.entries()) {
    if ('buttons' in move) ({ buttons } = move);
    const { dx, dy } = 'buttons' in move ? { dx: 0, dy: 0 } : move;
    applyInput(machine, { type: 'mouse', dx, dy, wheel: 0, buttons });
    until(index + 2);
  }
  return packetsOf(said);
}

describe('the pointing device beside SeaBIOS', function () {
  this.timeout(120_000);
  let stepback: Stepback;
  before(async function () {
    if (!hasTool('qemu-system-i386') || !hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  it('its handler finds the same words', async () => {
    const image = stepback.file('pointing.img');
    runTool('nasm', ['-f', 'bin', '-o', image, path.basename(GUEST)], path.dirname(GUEST));
    const ours = onOurs();
    assert.equal(ours.length, MOVES.length);
    assert.deepEqual(ours, await onQemu(image, stepback.file('said')));
  });
});

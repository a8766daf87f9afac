/** Calls of the firmware that its ROM does with more than a trap, on the CPU. */
import { strict as assert } from 'node:assert';
import path from 'node:path';
import { MemorySource } from '../../../emulator/storage/block-source';
import { type NasmGuest, nasmGuest } from '../../support/nasm-guest';
import { hasTool } from '../../support/tools';

const GUEST = path.join(__dirname, 'services.asm');
const RESULTS = 0x602;
const CALLS = 0x600;
const SELECTORS = 0x640;
const CARRY = 0x0001;
const INTERRUPT = 0x0200;

describe('calls of the firmware on a CPU', function () {
  this.timeout(30_000);
  before(function () {
    if (!hasTool('nasm')) this.skip();
  });

  /** Runs to where the guest has done all of it. */
  function run(cpu: string): NasmGuest {
    const guest = nasmGuest(GUEST, { cpu, disks: [new MemorySource(new Uint8Array(1 << 20))] });
    const { machine } = guest;
    machine.processor.setBreakpoints(new Set([guest.at('done')]));
    const stop = machine.run({ count: 20_000_000, time: Infinity, breakpoints: true }, false);
    assert.equal(stop.kind, 'breakpoint');
    return guest;
  }
  const word = ({ machine }: NasmGuest, address: number): number => machine.board.memory.peek(address, 2);

  for (const cpu of ['8086', '80286', '80386']) {
    it(`INT 13h goes on to INT 40h for floppy drives, with its results and the caller's flags, on an ${cpu}`, () => {
      const guest = run(cpu);
      assert.equal(word(guest, CALLS), 3);
      const results = [0, 1, 2, 3].map((n) => {
        const flags = word(guest, RESULTS + n * 4 + 2);
        return [word(guest, RESULTS + n * 4), flags & CARRY, flags & INTERRUPT];
      });
      assert.deepEqual(results, [
        [0x0001, 0, INTERRUPT],
        [0x0001, 0, INTERRUPT],
        [0x0400, CARRY, INTERRUPT],
        [0x0001, 0, 0],
      ]);
    });

    it(`INT 16h AH=03h sets the typematic rate of the keyboard, on an ${cpu}`, () => {
      const { machine } = run(cpu);
      const keyboard = machine.board.chips.find(({ id }) => id === 'keyboard');
      assert.equal(keyboard?.view().find(({ name }) => name === 'Typematic')?.value, 0x65);
    });
  }

  for (const cpu of ['80286', '80386']) {
    it(`INT 15h AH=89h comes back in protected mode, on an ${cpu}`, () => {
      const guest = run(cpu);
      const { machine } = guest;
      assert.deepEqual(
        [0, 2, 4, 6, 8].map((at) => word(guest, SELECTORS + at)),
        [0x30, 0x18, 0x20, 0x28, 0],
      );
      const [master, slave] = ['pic1', 'pic2'].map((id) => machine.board.chips.find((chip) => chip.id === id));
      const register = (chip: typeof master, name: string) => chip?.view().find((one) => one.name === name)?.value;
      assert.deepEqual(
        [master, slave].flatMap((chip) => [register(chip, 'ICW2'), register(chip, 'IMR')]),
        [0x50, 0xfb, 0x58, 0xff],
      );
    });
  }

  it('INT 15h AH=89h is no service of an 8086', () => {
    const guest = run('8086');
    assert.equal(word(guest, SELECTORS + 2), 0);
    assert.equal(Number(guest.machine.processor.cpu.readRegister('AX')) >> 8, 0x86);
  });
});

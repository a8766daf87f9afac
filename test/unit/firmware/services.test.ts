/** The table of services tells of what the firmware does: each number is called, and what is answered must stand there. */
import { strict as assert } from 'node:assert';
import { calledName, serviceName, withTitle } from '../../../emulator/firmware/pc-bios/service-names';
import { SERVICE_DESCRIPTIONS } from '../../../emulator/firmware/pc-bios/services';
import { BiosBoard, diskOf, floppyOf } from './bios-board';

const MB = 1 << 20;
const FLOPPY_BYTES = 1_474_560;
const UNKNOWN = /not supported|no such function|no such port/;
/** Interrupts with a number in AH; without that of printers, of which there are none, whatever they are asked. */
const NUMBERED = [0x10, 0x13, 0x14, 0x15, 0x16, 0x1a];
/** AL of functions that have functions of their own. */
const PARTS: readonly number[] = [
  ...new Set([0x00, 0x01, 0x10, 0x12, 0x30, ...SERVICE_DESCRIPTIONS.flatMap(({ part }) => part ?? [])]),
];
/** What some functions ask for before they answer: the signature of the disk extensions, a function in BL, a drive. */
const SETTINGS = [
  { BX: 0x55aa, DX: 0x80 },
  { BX: 0x0010, DX: 0x00 },
  { BX: 0x0000, DX: 0x00 },
];
/** Called by the keyboard's own interrupt: it tells nothing. */
const SILENT = 'INT 15h AH=4Fh';
/** Answered by code of the ROM, which needs a CPU. */
const OF_THE_ROM = 'INT 15h AH=89h';
/** Pixels are for graphics modes. */
const IN_GRAPHICS = ['INT 10h AH=0Ch', 'INT 10h AH=0Dh'];

describe('the table of services', () => {
  it('has what the firmware answers, and marks what it does not', function () {
    this.timeout(30_000);
    const board = new BiosBoard({
      floppies: [floppyOf(new Uint8Array(FLOPPY_BYTES))],
      disks: [diskOf(new Uint8Array(4 * MB))],
    });
    const answered = new Set<string>([SILENT, OF_THE_ROM]);
    const ask = (interrupt: number, ax: number, setting: Readonly<Record<string, number>>): void => {
      board.calls.length = 0;
      board.int(interrupt, { CX: 1, SI: 0x600, DI: 0x600, DS: 0x2000, ES: 0x3000, BP: 0, ...setting, AX: ax });
      const call = board.calls.at(-1);
      if (call === undefined || UNKNOWN.test(call.results)) return;
      assert.equal(call.name, calledName(interrupt, ax));
      answered.add(call.name);
    };
    for (const interrupt of NUMBERED)
      for (let service = 0; service < 0x100; service++)
        for (const part of PARTS) for (const setting of SETTINGS) ask(interrupt, (service << 8) | part, setting);
    board.int(0x10, { AX: 0x0013 });
    for (const service of [0x0c, 0x0d]) ask(0x10, service << 8, { BX: 0, CX: 1, DX: 1 });

    const told = SERVICE_DESCRIPTIONS.filter(
      ({ interrupt, isMissing }) => isMissing !== true && NUMBERED.includes(interrupt),
    ).map(serviceName);
    assert.deepEqual([...answered].toSorted(), told.toSorted());
    assert.ok(IN_GRAPHICS.every((name) => answered.has(name)));
  });

  it('is named in few words', () => {
    const long = SERVICE_DESCRIPTIONS.filter(({ title }) => title.length > 34 || /[.;]/.test(title));
    assert.deepEqual(long, []);
  });

  it('names calls, with what they do where that is known', () => {
    assert.equal(withTitle(calledName(0x13, 0x0201)), 'INT 13h AH=02h (Read sectors)');
    assert.equal(withTitle(calledName(0x15, 0xe820)), 'INT 15h AX=E820h (Read the memory map)');
    assert.equal(withTitle(calledName(0x11, 0x1234)), 'INT 11h (Read the equipment list)');
    assert.equal(withTitle(calledName(0x15, 0xd800)), 'INT 15h AH=D8h');
  });
});

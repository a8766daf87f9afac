/** Boot code from Debian's packages on the built-in firmware: the screen is QEMU's. */
import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Stepback } from '../support/stepback';
import { hasTool, runTool } from '../support/tools';
import { qemuScreen } from './qemu-screen';

const MBR = '/usr/lib/syslinux/mbr/mbr.bin';
const MKFS = '/usr/sbin/mkfs.fat';
const DISK_BYTES = 4 << 20;
const FLOPPY_BYTES = 1_474_560;
const PARTITION = { entry: 446, first: 2048, sectors: 4096 } as const;
const SIGNATURE = 0xaa55;

/** A boot sector that prints its text and halts: code, then the text. */
const SAYS = 'the active partition was started';
const BOOT_CODE = [
  ...[0x31, 0xc0], // xor ax, ax
  ...[0x8e, 0xd8], // mov ds, ax
  ...[0xbe, 0x18, 0x7c], // mov si, text
  ...[0xac, 0x08, 0xc0], // next: lodsb; or al, al
  ...[0x74, 0x09], // jz done
  ...[0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10], // teletype
  ...[0xeb, 0xf2], // jmp next
  ...[0xf4, 0xeb, 0xfd], // done: hlt; jmp done
];

function needs(file: string): boolean {
  if (existsSync(file)) return true;
  if (process.env['CI'] !== undefined) throw new Error(`${file} is needed by the tests and is not there`);
  return false;
}

/** A disk with SYSLINUX's MBR, and a partition that may be active. */
function mbrDisk({ active }: { readonly active: boolean }): Buffer {
  const disk = Buffer.alloc(DISK_BYTES);
  readFileSync(MBR).copy(disk);
  if (active) {
    const { entry, first, sectors } = PARTITION;
    disk.writeUInt8(0x80, entry);
    // CHS addresses for 16 heads and 63 sectors a track, as both firmwares translate a disk of this size.
    Buffer.of(2048 / 63, 33, 0).copy(disk, entry + 1);
    disk.writeUInt8(6, entry + 4);
    Buffer.of(1, 33, 6).copy(disk, entry + 5);
    disk.writeUInt32LE(first, entry + 8);
    disk.writeUInt32LE(sectors, entry + 12);
    Buffer.concat([Buffer.from(BOOT_CODE), Buffer.from(`${SAYS}\r\n\0`)]).copy(disk, first * 512);
    disk.writeUInt16LE(SIGNATURE, first * 512 + 510);
  }
  disk.writeUInt16LE(SIGNATURE, 510);
  return disk;
}

describe('real boot code', function () {
  this.timeout(120_000);
  let stepback: Stepback;

  before(async function () {
    if (!hasTool('qemu-system-i386') || !needs(MBR) || !needs(MKFS)) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  /** What both show from the line with `first` on: so many lines of the boot code. What a firmware says then is its own. */
  const compare = async (image: string, kind: 'floppy' | 'disk', first: string, count: number): Promise<void> => {
    const run = await stepback.run(['run', image, '--screen-text', '--max-instructions', '2e7', '--timeout', '20']);
    const guest = (lines: readonly string[]): readonly string[] => {
      const start = lines.findIndex((line) => line.includes(first));
      assert.ok(start >= 0, `"${first}" is not on the screen:\n${lines.join('\n')}`);
      return lines.slice(start, start + count);
    };
    const qemu = guest(await qemuScreen({ image, kind, wanted: first, scratch: stepback.file('screen.bin') }));
    const ours = guest(run.stdout.split('\n'));
    assert.deepEqual(ours, qemu);
  };

  it("SYSLINUX's mbr.bin without an active partition", async () => {
    const image = stepback.file('none.img');
    writeFileSync(image, mbrDisk({ active: false }));
    await compare(image, 'disk', 'Missing operating system.', 1);
  });

  it("SYSLINUX's mbr.bin starts the active partition", async () => {
    const image = stepback.file('active.img');
    writeFileSync(image, mbrDisk({ active: true }));
    await compare(image, 'disk', SAYS, 1);
  });

  it('the FAT12 boot sector of mkfs.fat', async () => {
    const image = stepback.file('fat12.img');
    writeFileSync(image, Buffer.alloc(FLOPPY_BYTES));
    runTool(MKFS, ['-F', '12', image], stepback.folder);
    await compare(image, 'floppy', 'This is not a bootable disk.', 2);
  });
});

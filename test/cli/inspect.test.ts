/** `stepback inspect`: what a person reads about an image. */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { inRoot } from '../../scripts/lib/root';
import { Stepback } from '../support/stepback';
import { hasTool, runTool } from '../support/tools';

const EXAMPLE = inRoot('examples', 'hello-boot', 'boot.bin');
const MB = 1024 * 1024;

describe('stepback inspect', function () {
  this.timeout(60_000);
  let stepback: Stepback;

  before(async function () {
    if (!hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  const inspect = async (file: string, ...more: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await stepback.run(['inspect', file, ...more]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const file = (name: string, bytes: Uint8Array): string => {
    const at = stepback.file(name);
    writeFileSync(at, bytes);
    return at;
  };
  const disk = (name: string, script: string): string => {
    const image = file(name, new Uint8Array(0));
    truncateSync(image, 64 * MB);
    assert.equal(spawnSync('/sbin/sfdisk', ['--quiet', image], { input: script }).status, 0);
    return image;
  };

  it('says that a boot sector is one, how it begins and what it is written for', async () => {
    const text = await inspect(EXAMPLE);
    assert.match(text, /kind +boot-sector\n/);
    assert.match(text, /runs as +floppy A, 1\.44 MB/);
    assert.match(text, /signature +55h AAh\n/);
    assert.match(text, /begins with +31 C0 {2}xor ax, ax\n/);
    assert.match(text, /written for +offset 7C00h/);
  });

  it('says what is missing of a signature', async () => {
    const sector = readFileSync(EXAMPLE);
    const turned = Buffer.from(sector);
    turned.set([0xaa, 0x55], 510);
    assert.match(
      await inspect(file('turned.bin', turned)),
      /missing: AAh 55h at offset 510 instead of 55h AAh; .*wrong way round/,
    );
    assert.match(await inspect(file('short.bin', sector.subarray(0, 100))), /none: the image has 100 bytes/);
    assert.match(
      await inspect(file('zeros.img', new Uint8Array(1_474_560))),
      /nothing but zeros: there is nothing to boot/,
    );
  });

  it('says with which option a flat image runs', async () => {
    writeFileSync(
      stepback.file('com.asm'),
      "org 0x100\nmov dx, text\nmov si, [number]\nint 0x21\nret\ntext db 'Hello$'\nnumber dw 1\n",
    );
    runTool('nasm', ['-f', 'bin', '-o', 'hello.com', 'com.asm'], stepback.folder);
    assert.match(await inspect(stepback.file('hello.com')), /to run it +--org 0x100\n/);
  });

  it('shows partitions, and what is odd about them', async function () {
    if (!hasTool('/sbin/sfdisk')) this.skip();
    const text = await inspect(
      disk('mbr.img', 'label: dos\nstart=2048, size=10M, type=c\nstart=30000, size=4M, type=83\n'),
    );
    assert.match(text, /kind +disk\n/);
    assert.match(text, /1 +0Ch W95 FAT32 \(LBA\) +2,048 +20,480 +10\.0 MiB/);
    assert.match(text, /! No partition is active/);
    const image = readFileSync(stepback.file('mbr.img'));
    image.writeUInt32LE(10_000, 0x1be + 16 + 8);
    image.writeUInt32LE(500_000, 0x1be + 16 + 12);
    const odd = await inspect(file('odd.img', image));
    assert.match(odd, /! Partitions 1 and 2 overlap from sector 10,000 on\./);
    assert.match(odd, /! Partition 2 ends in sector 509,999; the image has 131,072\./);
  });

  it('shows a GPT, also as JSON', async function () {
    if (!hasTool('/sbin/sfdisk')) this.skip();
    const image = disk('gpt.img', 'label: gpt\nsize=8M, type=U, name=esp\n');
    const sections = JSON.parse(await inspect(image, '--json')) as {
      readonly title: string;
      readonly entries?: unknown;
    }[];
    const gpt = sections.find(({ title }) => title.includes('GPT'));
    assert.deepEqual(gpt?.entries, [
      { '#': '1', type: 'EFI System', first: '2,048', last: '18,431', size: '8,192 KiB', name: 'esp' },
    ]);
  });

  it('shows a FAT volume', async function () {
    if (!hasTool('mkfs.fat')) this.skip();
    const image = stepback.file('fat.img');
    runTool('mkfs.fat', ['-C', '-n', 'MYDISK', image, '1440'], stepback.folder);
    const text = await inspect(image);
    assert.match(text, /FAT12 volume\n/);
    assert.match(text, /clusters +2,847 of 512 bytes, from sector 33 on/);
    assert.match(text, /label +MYDISK/);
  });

  it('shows segments and the Multiboot header of a kernel', async () => {
    const elf = await inspect(stepback.guest('elf'));
    assert.match(elf, /kind +(elf|multiboot)\n/);
    assert.match(elf, /ELF program for i386\n +entry +[0-9A-F]{8}h/);
  });

  it('says what is wrong with a damaged program', async () => {
    const elf = stepback.guest('elf');
    truncateSync(elf, 60);
    const { code, stderr } = await stepback.run(['inspect', elf]);
    assert.deepEqual([code, /a fault of Stepback/.test(stderr)], [2, false], stderr);
    assert.match(stderr, /ELF file/);
  });

  it('says why a file can not be run', async () => {
    const packed = file('packed.img', Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(600)]));
    assert.match(await inspect(packed), /because +This file is compressed by gzip: convert or unpack/);
    const { code, stderr } = await stepback.run(['inspect', 'none.img']);
    assert.deepEqual([code, /There is no such file/.test(stderr)], [2, true]);
  });
});

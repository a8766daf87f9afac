/** Partition tables, FAT and CD-ROM volumes, held against what other programs made and read. */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { identifyImage } from '../../../emulator/machines/identify-image';
import { type BlockSource, MemorySource } from '../../../emulator/storage/block-source';
import { partitionEntries } from '../../../emulator/storage/disk-geometry';
import { guidPartitionTable } from '../../../emulator/storage/gpt';
import { isoVolume } from '../../../emulator/storage/iso9660';
import { fatVolume, parameterBlock } from '../../../emulator/storage/parameter-block';
import { hasTool, runTool, withFolder } from '../../support/tools';

const MB = 1024 * 1024;

interface SfdiskTable {
  readonly partitiontable: {
    readonly id: string;
    readonly partitions: readonly {
      readonly start: number;
      readonly size: number;
      readonly type: string;
      readonly bootable?: boolean;
      readonly name?: string;
      readonly uuid?: string;
    }[];
  };
}

/** A disk that sfdisk has partitioned, and its own reading of it. */
function partitioned(
  folder: string,
  script: string,
): { readonly image: Buffer; readonly table: SfdiskTable['partitiontable'] } {
  const file = path.join(folder, 'disk.img');
  writeFileSync(file, '');
  truncateSync(file, 64 * MB);
  const made = spawnSync('/sbin/sfdisk', ['--quiet', file], { input: script, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const { partitiontable } = JSON.parse(runTool('/sbin/sfdisk', ['--json', file], folder)) as SfdiskTable;
  return { image: readFileSync(file), table: partitiontable };
}

describe('volumes', () => {
  it('reads the MBR as sfdisk does', function () {
    if (!hasTool('/sbin/sfdisk')) this.skip();
    withFolder((folder) => {
      const script = 'label: dos\nsize=10M, type=c, bootable\nsize=20M, type=83\ntype=ef\n';
      const { image, table } = partitioned(folder, script);
      const entries = partitionEntries(image.subarray(0, 512)).filter(({ type }) => type !== 0);
      assert.deepEqual(
        entries.map(({ start, sectors, type, status }) => [start, sectors, type.toString(16), status === 0x80]),
        table.partitions.map(({ start, size, type, bootable }) => [start, size, type, bootable === true]),
      );
    });
  });

  it('reads the GPT as sfdisk does, and sees damage', function () {
    if (!hasTool('/sbin/sfdisk')) this.skip();
    withFolder((folder) => {
      const script = 'label: gpt\nsize=8M, type=U, name="EFI böot"\nsize=16M, type=L, name=root\n';
      const { image, table } = partitioned(folder, script);
      const found = guidPartitionTable(new MemorySource(image));
      assert.deepEqual(found?.problems, []);
      assert.equal(found?.diskId, table.id);
      assert.deepEqual(
        found?.partitions.map((p) => [p.type, p.id, p.first, p.last - p.first + 1, p.name]),
        table.partitions.map((p) => [p.type, p.uuid, p.start, p.size, p.name]),
      );
      const damaged = Buffer.from(image);
      damaged[2 * 512 + 3] ^= 1;
      assert.deepEqual(guidPartitionTable(new MemorySource(damaged))?.problems, [
        'The checksum of its entries is wrong.',
      ]);
      damaged[512 + 60] ^= 1;
      assert.match(
        String(guidPartitionTable(new MemorySource(damaged))?.problems),
        /header is wrong.*entries is wrong/,
      );
    });
  });

  /** What mkfs.fat is told: type, sectors, sectors a cluster, label. */
  const FATS = [
    { type: 'FAT12', sectors: 2880, cluster: 1, label: 'FLOPPY' },
    { type: 'FAT12', sectors: 4000, cluster: 1, label: 'NO NAME' },
    { type: 'FAT16', sectors: 65_536, cluster: 4, label: 'SIXTEEN' },
    { type: 'FAT32', sectors: 80_000, cluster: 1, label: 'BIG' },
  ] as const;
  for (const { type, sectors, cluster, label } of FATS) {
    it(`tells ${type} of ${sectors} sectors as mkfs.fat made it and fsck.fat reads it`, function () {
      if (!hasTool('mkfs.fat')) this.skip();
      withFolder((folder) => {
        const file = path.join(folder, 'fat.img');
        const options = ['-F', type.slice(3), '-s', String(cluster), '-n', label, '-i', 'CAFE1234'];
        runTool('mkfs.fat', ['-C', ...options, file, String(sectors / 2)], folder);
        const sector = readFileSync(file).subarray(0, 512);
        const block = parameterBlock(sector);
        assert.ok(block !== undefined);
        const volume = fatVolume(sector, block);
        // "/tmp/x/fat.img: 0 files, 0/2847 clusters"
        const clusters = Number(/\/(\d+) clusters/.exec(runTool('/usr/sbin/fsck.fat', ['-n', file], folder))?.[1]);
        assert.deepEqual(
          [volume?.type, volume?.clusters, block.sectors, volume?.serial?.toString(16), volume?.label],
          [type, clusters, sectors, 'cafe1234', label],
        );
      });
    });
  }

  it('reads the volume and the boot entry of a CD-ROM as genisoimage made them', function () {
    if (!hasTool('genisoimage')) this.skip();
    withFolder((folder) => {
      const tree = path.join(folder, 'tree');
      mkdirSync(tree);
      writeFileSync(path.join(tree, 'boot.bin'), Buffer.alloc(2048, 0x90));
      const args = [
        '-quiet',
        '-V',
        'MY_DISC',
        '-b',
        'boot.bin',
        '-no-emul-boot',
        '-boot-load-size',
        '4',
        '-o',
        'cd.iso',
        tree,
      ];
      runTool('genisoimage', args, folder);
      const image = readFileSync(path.join(folder, 'cd.iso'));
      const source = new MemorySource(image);
      const volume = isoVolume(source);
      assert.equal(volume?.label, 'MY_DISC');
      assert.deepEqual([volume?.boot?.media, volume?.boot?.sectors, volume?.boot?.loadSegment], ['no emulation', 4, 0]);
      // The entry leads to the file itself.
      const at = (volume?.boot?.block ?? 0) * 2048;
      assert.equal(image[at], 0x90);
      const { kind, why } = identifyImage(source);
      assert.equal(kind, 'unsupported');
      assert.match(why, /CD-ROM/);
    });
  });

  it('survives any bytes', () => {
    const bytes = fc.uint8Array({ minLength: 512, maxLength: 2048 });
    fc.assert(
      fc.property(bytes, fc.constantFrom('EFI PART', 'CD001', '\xeb\x3c\x90'), (content, magic) => {
        const image = Buffer.alloc(40 * 1024);
        image.set(content, 0);
        image.set(content, 512);
        image.set(content, 0x8000);
        image.write(magic, magic === 'EFI PART' ? 512 : magic === 'CD001' ? 0x8001 : 0, 'latin1');
        const source: BlockSource = new MemorySource(image);
        guidPartitionTable(source);
        isoVolume(source);
        partitionEntries(image.subarray(0, 512));
        const block = parameterBlock(image.subarray(0, 512));
        if (block !== undefined) fatVolume(image.subarray(0, 512), block);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Exchanging floppy disks over the protocol, forwards and back. */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { MediaResponse, ReportResponse, TimelineResponse } from '../../debug-adapter/protocol/messages';
import { inRoot } from '../../scripts/lib/root';
import { RealSession } from '../support/real-session';
import { hasTool } from '../support/tools';

const GUEST = inRoot('test', 'guests', 'adapter', 'disks.asm');
const SECTOR = 512;

describe('exchanging floppy disks', function () {
  this.timeout(60_000);
  let session: RealSession;
  let folder: string;

  before(function () {
    if (!hasTool('nasm')) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'disks-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    session = new RealSession();
    await session.initialize();
  });
  afterEach(() => {
    session.end();
    assert.deepEqual(session.problems, []);
  });

  /** An image whose second sector holds one character. */
  const image = (name: string, fill: string, bytes = 2 * SECTOR): string => {
    const file = path.join(folder, name);
    writeFileSync(file, Buffer.concat([Buffer.alloc(SECTOR), Buffer.alloc(bytes - SECTOR, fill)]));
    return file;
  };
  const told = (): string => session.sent('debugcon');
  const change = (args: object): Promise<MediaResponse> => session.client.request('stepback.changeMedium', args);
  const pause = (): Promise<unknown> => session.client.run('pause');
  const position = async (): Promise<number> =>
    (await session.client.request<TimelineResponse>('stepback.timeline')).position;
  const digest = async (): Promise<string> => (await session.client.request<ReportResponse>('stepback.report')).digest;
  const seek = async (to: number): Promise<void> => {
    const stopped = session.client.next('stopped');
    await session.client.request('stepback.seek', { position: to });
    await stopped;
  };
  const buffer = async (): Promise<string> => {
    const { data } = await session.client.request<{ data: string }>('readMemory', {
      memoryReference: '0x8000',
      count: 1,
    });
    return Buffer.from(data, 'base64').toString('latin1');
  };
  /** Runs on to behind the next read that the guest makes. */
  const nextRead = async (): Promise<void> => {
    await session.client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'read' }] });
    await session.client.run('continue');
    await session.client.request('setFunctionBreakpoints', { breakpoints: [] });
  };

  it('the guest is told once, reads the new disk, and the old one where it has gone back before the change', async () => {
    const other = image('b.img', 'B');
    await session.launch({ program: GUEST, memory: '1M', stopOnEntry: false });
    await session.until(told, /^A/);
    await pause();
    const before = await position();
    const { drives } = await change({ drive: 'floppy0', image: other });
    assert.deepEqual(drives, [
      {
        id: 'floppy0',
        title: 'floppy drive A',
        medium: { name: other, format: '1.44 MB 3.5"', written: false },
      },
    ]);
    await session.client.request('continue', { threadId: 1 });
    await session.until(told, /^A6B/);
    await pause();
    const after = await position();
    const end = await digest();
    assert.equal(await buffer(), 'B');
    // The file is gone; the disk is not.
    rmSync(other);
    await seek(before - 1000);
    await nextRead();
    assert.equal(await buffer(), 'A');
    await seek(after);
    assert.deepEqual([await buffer(), await digest()], ['B', end]);
    await nextRead();
    assert.equal(await buffer(), 'B');
    assert.equal(told(), 'A6B', 'what runs again is not told again');
  });

  it('takes the disk out, also while the machine runs', async () => {
    await session.launch({ program: GUEST, memory: '1M', stopOnEntry: false });
    await session.until(told, /^A/);
    const { drives } = await change({ drive: 'floppy0' });
    assert.deepEqual(drives, [{ id: 'floppy0', title: 'floppy drive A' }]);
    await session.until(told, /^A-/);
    await change({ drive: 'floppy0', image: image('c.img', 'C') });
    await session.until(told, /^A-6C/);
  });

  it('refuses what is no floppy disk, and the old disk stays', async () => {
    await session.launch({ program: GUEST, memory: '1M', stopOnEntry: false });
    await session.until(told, /^A/);
    const before = await session.client.request<MediaResponse>('stepback.media');
    const qcow = path.join(folder, 'd.qcow2');
    writeFileSync(qcow, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(1000)]));
    const empty = path.join(folder, 'empty.img');
    writeFileSync(empty, '');
    for (const [args, why] of [
      [
        { drive: 'floppy0', image: path.join(folder, 'none.img') },
        /none\.img can not be opened: There is no such file/,
      ],
      [{ drive: 'floppy0', image: folder }, /is a folder: an image is needed/],
      [{ drive: 'floppy0', image: empty }, /empty\.img can not be put into a floppy drive\. The file is empty/],
      [{ drive: 'floppy0', image: qcow }, /QEMU qcow2 disk: convert/],
      [{ drive: 'floppy0', image: image('long.img', 'L', 4 << 20) }, /too long for a floppy disk/],
      [{ drive: 'floppy1', image: image('e.img', 'E') }, /no drive 'floppy1'; it has floppy0/],
    ] as const) {
      await assert.rejects(change(args), why);
    }
    assert.deepEqual(await session.client.request('stepback.media'), before);
    assert.equal(told(), 'A');
  });

  it('knows drive B where there is one, by the names of its disks', async () => {
    const a = image('first.img', 'A');
    const b = image('second.img', 'B', 368_640);
    await session.launchToStop({ program: GUEST, floppy: a, memory: '1M' });
    const names = ({ drives }: MediaResponse): readonly (string | undefined)[] =>
      drives.map((drive) => drive.medium?.name);
    assert.deepEqual(names(await session.client.request('stepback.media')).slice(1), [a]);
    assert.deepEqual(names(await change({ drive: 'floppy1', image: b })).slice(1), [b]);
    assert.deepEqual(names(await change({ drive: 'floppy0' })), [undefined, b]);
  });
});

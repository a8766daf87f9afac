/** The GDB remote stub packet by packet, beside a debug session on the same machine. */
import { strict as assert } from 'node:assert';
import { inRoot } from '../../scripts/lib/root';
import { GdbClient } from '../support/gdb-client';
import { RealSession } from '../support/real-session';

const IMAGE = inRoot('examples', 'hello-boot', 'boot.bin');
const ENTRY = 0x7c00;
/** After the first CALL of the example. */
const LATER = 0x7c10;

const little = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
};

describe('the GDB remote stub', function () {
  this.timeout(60_000);
  let session: RealSession;
  let gdb: GdbClient;

  const port = async (): Promise<number> => {
    const { command } = await session.client.request<{ command: string }>('stepback.gdb');
    const match = /127\.0\.0\.1:(\d+)/.exec(command);
    assert.ok(match, command);
    return Number(match[1]);
  };

  beforeEach(async () => {
    session = new RealSession();
    await session.initialize();
    await session.launchToStop({ program: IMAGE });
    gdb = await GdbClient.open(await port());
  });
  afterEach(() => {
    gdb.close();
    session.end();
    assert.deepEqual(session.problems, []);
  });

  /** Program counter as the stub tells it: GDB's register 8. */
  const pc = async (): Promise<number> => Buffer.from(await gdb.ask('p8'), 'hex').readUInt32LE();

  it('tells what it can, its registers, and where the machine stands', async () => {
    const supported = (await gdb.ask('qSupported:swbreak+;hwbreak+')).split(';');
    for (const feature of ['QStartNoAckMode+', 'ReverseStep+', 'ReverseContinue+', 'qXfer:memory-map:read+'])
      assert.ok(supported.includes(feature), feature);
    const stop = await gdb.ask('?');
    assert.match(stop, /^T05thread:01;/);
    assert.ok(stop.includes(`08:${little(ENTRY)};`), stop);
    const all = await gdb.ask('g');
    assert.equal(all.slice(8 * 8, 9 * 8), little(ENTRY));
  });

  it('describes the architecture of the code that runs now, and every register with its width', async () => {
    const xml = (await gdb.ask('qXfer:features:read:target.xml:0,ffff')).slice(1);
    assert.match(xml, /<architecture>i8086<\/architecture>/);
    const bits = [...xml.matchAll(/<reg name="([^"]+)" bitsize="(\d+)"/g)].map(([, , width]) => Number(width));
    const all = await gdb.ask('g');
    assert.equal(
      all.length,
      bits.reduce((sum, width) => sum + width / 4, 0),
      'g has the bytes that the description has',
    );
    for (const name of ['cs_base', 'cr0', 'cr3', 'gdtr_base', 'dr7']) assert.ok(xml.includes(`name="${name}"`), name);
  });

  it('gives a long document in pieces that fit together', async () => {
    const whole = (await gdb.ask('qXfer:features:read:target.xml:0,ffff')).slice(1);
    let text = '';
    for (let more = true; more; ) {
      const piece = await gdb.ask(`qXfer:features:read:target.xml:${text.length.toString(16)},64`);
      text += piece.slice(1);
      more = piece.startsWith('m');
    }
    assert.equal(text, whole);
  });

  it('has the ROM in its memory map, and nothing left out', async () => {
    const xml = await gdb.ask('qXfer:memory-map:read::0,ffff');
    const rows = [...xml.matchAll(/type="(\w+)" start="(\w+)" length="(\w+)"/g)];
    let at = 0;
    for (const [, , start, length] of rows) {
      assert.equal(Number(start), at);
      at += Number(length);
    }
    assert.equal(at, 2 ** 32);
    assert.ok(
      rows.some(([, type, start]) => (type === 'rom' && Number(start) === 0xf0000 - 0 ? true : type === 'rom')),
    );
  });

  it('steps, steps back, and stops at both ends of time', async () => {
    const first = await gdb.ask('vCont;s:1');
    assert.match(first, /^T05thread:01;/);
    assert.notEqual(await pc(), ENTRY);
    await gdb.ask('bs');
    assert.equal(await pc(), ENTRY);
    const begin = await gdb.ask('bc');
    assert.match(begin, /replaylog:begin;/);
  });

  it('steps a range as one', async () => {
    const stop = await gdb.ask(`vCont;r${ENTRY.toString(16)},${(ENTRY + 9).toString(16)}:1`);
    assert.ok(stop.includes(`08:${little(ENTRY + 9)};`), stop);
  });

  it('stops at breakpoints, forwards and backwards, and says which kind', async () => {
    await gdb.ask('qSupported:swbreak+;hwbreak+');
    assert.equal(await gdb.ask(`Z0,${LATER.toString(16)},1`), 'OK');
    assert.match(await gdb.ask('c'), /swbreak:;/);
    assert.equal(await pc(), LATER);
    await gdb.ask('s');
    assert.match(await gdb.ask('bc'), /swbreak:;/);
    assert.equal(await pc(), LATER);
    await gdb.ask(`z0,${LATER.toString(16)},1`);
    await gdb.ask(`Z1,${ENTRY.toString(16)},1`);
    assert.match(await gdb.ask('bc'), /hwbreak:;/);
    assert.equal(await pc(), ENTRY);
  });

  it('stops at writes to watched memory and names the address', async () => {
    await gdb.ask('Z2,7bfe,2');
    assert.match(await gdb.ask('c'), /watch:7bfe;/);
    assert.equal(Buffer.from(await gdb.ask('m7bfe,2'), 'hex').readUInt16LE(), LATER);
  });

  it('reads and writes memory and registers, in text and in bytes', async () => {
    assert.equal(await gdb.ask('M5000,3:2a7d23'), 'OK');
    assert.equal(await gdb.ask('m5000,3'), '2a7d23');
    assert.equal(await gdb.ask('X5000,3:}#$'), 'OK');
    assert.equal(await gdb.ask('m5000,3'), '7d2324');
    assert.equal(await gdb.ask('P0=78563412'), 'OK');
    assert.equal(await gdb.ask('p0'), '78563412');
    assert.equal(await gdb.ask('qSearch:memory:7c00;200;U\xaa'), '1,7dfe');
    const before = await gdb.ask('g');
    assert.equal(await gdb.ask(`G${before}`), 'OK');
    assert.equal(await gdb.ask('g'), before);
  });

  it('can be interrupted', async () => {
    gdb.send('c');
    await new Promise((resolve) => setTimeout(resolve, 50));
    gdb.bytes('\x03');
    assert.match(await gdb.reply(), /^T02/);
  });

  it('shows what the session does, and the session what it does', async () => {
    const continued = session.client.next('continued');
    const stopped = session.client.next<{ text?: string }>('stopped');
    await gdb.ask('s');
    await continued;
    assert.equal((await stopped).text, 'Run by gdb.');
    // The session steps: what GDB holds is stale, and its own step must not go where it has not looked.
    const again = session.client.next('stopped');
    await session.client.request('stepIn', { threadId: 1, granularity: 'instruction' });
    await again;
    const stood = await pc();
    await gdb.ask('s');
    assert.equal(await pc(), stood, 'it was only told');
    assert.match(gdb.console.join(''), /moved by debug adapter/);
    await gdb.ask('s');
    assert.notEqual(await pc(), stood);
  });

  it('is stopped by the pause of the session, and told by whom', async () => {
    gdb.send('c');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.client.request('pause', { threadId: 1 });
    assert.match(await gdb.reply(), /^T02/);
    assert.match(gdb.console.join(''), /Paused by debug adapter/);
  });

  it('serves several clients, whose breakpoints do not disturb each other', async () => {
    const second = await GdbClient.open(await port());
    await second.ask('qSupported:swbreak+');
    await gdb.ask('qSupported:swbreak+');
    await second.ask(`Z0,${LATER.toString(16)},1`);
    second.send('c');
    await second.reply();
    assert.equal(await pc(), LATER);
    await second.ask(`z0,${LATER.toString(16)},1`);
    second.close();
  });

  it('survives a restart by the session', async () => {
    await gdb.ask('s');
    const stopped = session.client.next('stopped');
    await session.client.request('restart', {});
    await stopped;
    await gdb.ask('s');
    assert.equal(await pc(), ENTRY);
  });

  it('answers monitor commands, also wrong ones', async () => {
    assert.match(await gdb.monitor('help'), /info registers/);
    assert.match(await gdb.monitor('info registers'), /EAX +0000AA55/);
    assert.match(await gdb.monitor('xp /2xh 0x7dfe'), /^00007dfe: 0xaa55/);
    assert.match(await gdb.monitor('xp /9zz 1'), /neither a format/);
    assert.match(await gdb.monitor('who 0x7bfe 2'), /no such access|changed from/);
    assert.match(await gdb.monitor('who here'), /no address with a number of bytes/);
    assert.match(await gdb.monitor('nonsense'), /There is no monitor command/);
    assert.match(await gdb.monitor('info devices nothing'), /There is no device/);
    assert.match(await gdb.monitor('info block'), /^floppy0: .*boot\.bin, 1\.44 MB 3\.5"\s$/);
    assert.match(await gdb.monitor('eject floppy0'), /^floppy0: empty\s$/);
    assert.match(await gdb.monitor(`change floppy0 "${IMAGE}"`), /^floppy0: .*boot\.bin/);
    assert.match(await gdb.monitor(`change floppy0 ${IMAGE}`), /^floppy0: .*boot\.bin/);
    assert.match(await gdb.monitor('change floppy0'), /Write for example: change floppy0 disk2\.img/);
    assert.match(await gdb.monitor('change floppy7 x.img'), /no drive 'floppy7'/);
    assert.match(await gdb.monitor('change floppy0 /none.img'), /none\.img can not be opened/);
    assert.match(await gdb.monitor('over'), /stopped at 0000:7C02/);
  });

  it('asks for a broken packet again, and passes over noise', async () => {
    const other = await GdbClient.raw(await port());
    const received: string[] = [];
    other.socket.on('data', (bytes) => received.push(bytes.toString('latin1')));
    other.bytes('garbage$g#00');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(received.join(''), '-');
    other.close();
  });
});

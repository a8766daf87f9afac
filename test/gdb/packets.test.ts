/** Framing and fuzzing of the GDB remote stub. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import { encodePacket, type Incoming, PACKET_SIZE, PacketReader } from '../../debug-adapter/gdb/packet';
import { GdbStub } from '../../debug-adapter/gdb/stub';
import { exampleMachine } from '../support/machines';

const FUZZ_RUNS = Number(process.env['GDB_FUZZ_RUNS'] ?? 3_000);
/** A task that a hostile packet starts is given this many counts. */
const COUNTS = 1000;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function readAll(bytes: Uint8Array, pieces: number): readonly Incoming[] {
  const reader = new PacketReader();
  const got: Incoming[] = [];
  for (let at = 0; at < bytes.length; at += pieces)
    reader.push(bytes.subarray(at, at + pieces), (one) => got.push(one));
  return got;
}

describe('packets of the GDB remote protocol', () => {
  it('come back as they were, whatever bytes they hold and however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 400 }), (payload, pieces) => {
        assert.deepEqual(readAll(encodePacket(payload), pieces), [{ kind: 'packet', payload: latin1(payload) }]);
      }),
    );
  });

  it('are the same from text and from bytes', () => {
    assert.deepEqual(encodePacket('T05#$}*'), encodePacket(Uint8Array.from('T05#$}*', (c) => c.charCodeAt(0))));
    // The checksum of "OK" is 4Fh + 4Bh, as GDB's manual counts it.
    assert.equal(latin1(encodePacket('OK')), '$OK#9a');
  });

  it('tell acknowledgements, interrupts, wrong sums and what is too long from packets', () => {
    const text = (bytes: string): readonly string[] => readAll(Buffer.from(bytes, 'latin1'), 7).map(({ kind }) => kind);
    assert.deepEqual(text('+-\x03$g#67'), ['ack', 'nak', 'interrupt', 'packet']);
    assert.deepEqual(text('$g#66$g#zz'), ['broken', 'broken']);
    assert.deepEqual(text('$unfinished$g#67'), ['packet']);
    const [long] = readAll(encodePacket('a'.repeat(PACKET_SIZE + 1)), 4096);
    assert.deepEqual(long, { kind: 'broken', why: `it is longer than ${PACKET_SIZE} bytes` });
  });
});

describe('a hostile client', function () {
  this.timeout(600_000);

  const BEGINNINGS = [
    'g',
    'G',
    'p',
    'P',
    'm',
    'M',
    'x',
    'X',
    'Z0,',
    'Z2,',
    'Z4,',
    'z0,',
    'c',
    's',
    'C',
    'S',
    'bc',
    'bs',
    '?',
    'vCont;',
    'vCont?',
    'vRun;',
    'R',
    'D',
    'H',
    'T',
    'qSupported:',
    'qXfer:features:read:target.xml:',
    'qXfer:memory-map:read::',
    'qRcmd,',
    'qSearch:memory:',
    'qC',
    'qfThreadInfo',
    'qThreadExtraInfo,',
    'qHostInfo',
    'qMemoryRegionInfo:',
    'qThreadStopInfo',
    'QEnableErrorStrings',
    'jThreadsInfo',
    '!',
    'vCtrlC',
  ] as const;
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefFx,;:=-'.split('')), maxLength: 40 });
  const rest = fc.oneof(
    hex,
    fc.tuple(hex, hex).map(([a, b]) => `${a},${b}`),
    fc.tuple(hex, hex, hex).map(([a, b, c]) => `${a},${b}:${c}`),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => latin1(bytes)),
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text).toString('hex')),
    fc
      .constantFrom(
        'x /9 0',
        'xp /4096xg 0xffffffff',
        'i /3b 0x3f8',
        'seek 5',
        'seek 99999999',
        'over',
        'catch cpu.13',
        'who 0x7c00 99999',
        'who 0xffffffffffffffff 2',
        'info devices vga',
        'system_reset',
      )
      .map((text) => Buffer.from(text).toString('hex')),
  );
  const packet = fc.tuple(fc.constantFrom(...BEGINNINGS), rest).map(([begin, more]) => `${begin}${more}`);

  it('gets an answer to every packet, and the machine and the stub live on', async () => {
    const target: BuiltInTarget = new BuiltInTarget(exampleMachine(), { historyBytes: 1 << 20, wake: () => undefined });
    const problems: Error[] = [];
    let sent = 0;
    const stub = new GdbStub(
      target,
      { write: (bytes) => (sent += bytes.length), end: () => undefined },
      { name: 'gdb', firstId: 1, kill: () => undefined, problem: (error) => problems.push(error) },
    );
    stub.acknowledging = false;
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await fc.assert(
      fc.asyncProperty(packet, fc.boolean(), async (payload, raw) => {
        const before = sent;
        stub.receive(raw ? Buffer.from(payload, 'latin1') : encodePacket(payload));
        await turn();
        for (let n = 0; target.execution.running && n < 200; n++) {
          target.execution.advance(COUNTS, Infinity);
          if (n === 100) target.execution.pause();
          // oxlint-disable-next-line no-await-in-loop -- the stub goes on in between
          await turn();
        }
        assert.ok(sent - before < 4 * PACKET_SIZE, `${sent - before} bytes for ${payload}`);
        assert.deepEqual(problems, []);
      }),
      { numRuns: FUZZ_RUNS },
    );
    const last = sent;
    stub.receive(encodePacket('?'));
    await turn();
    assert.ok(sent > last, 'it still answers');
  });
});

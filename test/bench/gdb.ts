/** What GDB waits for: a stop behind a step, and memory, over the socket of a session. */
import { RealSession } from '../support/real-session';
import { GdbClient } from '../support/gdb-client';

const STEPS = 2_000;
const READS = 50;
const READ_BYTES = 1 << 20;
/** Extended memory: no hole is in it. */
const READ_FROM = 1 << 20;

const at = (values: readonly number[], part: number): string =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0).toFixed(2);

async function times(count: number, action: () => Promise<unknown>): Promise<readonly number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await action();
    found.push(performance.now() - start);
  }
  return found;
}

/** Prints the times, in ms. `image`: a guest that does not wait. */
export async function benchGdb(image: string): Promise<void> {
  const session = new RealSession();
  await session.initialize();
  await session.launchToStop({ program: image });
  const { command } = await session.client.request<{ command: string }>('stepback.gdb');
  const gdb = await GdbClient.open(Number(/:(\d+)/.exec(command)?.[1]));
  try {
    const supported = await gdb.ask('qSupported:swbreak+;hwbreak+');
    const most = parseInt(/PacketSize=([0-9a-f]+)/.exec(supported)?.[1] ?? '4000', 16);
    // In pieces as GDB reads: the answer in hexadecimal must fit into a packet.
    const piece = Math.min(READ_BYTES, (most - 16) >> 1);
    const readAll = async (): Promise<void> => {
      for (let address = 0; address < READ_BYTES; address += piece)
        await gdb.ask(`m${(READ_FROM + address).toString(16)},${Math.min(piece, READ_BYTES - address).toString(16)}`);
    };
    const steps = await times(STEPS, () => gdb.ask('s'));
    const reads = await times(READS, readAll);
    console.log(`step         p50 ${at(steps, 0.5)}  p95 ${at(steps, 0.95)}  max ${at(steps, 0.999)} ms`);
    console.log(`read 1 MiB   p50 ${at(reads, 0.5)}  p95 ${at(reads, 0.95)} ms, in pieces of ${piece} bytes`);
  } finally {
    gdb.close();
    session.end();
  }
}

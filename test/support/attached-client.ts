/** A DAP client on a port of this computer, as an editor that attaches. */
import { connect, type Socket } from 'node:net';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DapClient } from './dap-client';
import { INITIALIZE } from './dap-session';

const HEADER_END = '\r\n\r\n';

export interface AttachedClient {
  readonly client: DapClient;
  /** Resolves when the other side has hung up. */
  readonly closed: Promise<void>;
  readonly hangUp: () => void;
}

export async function attachedClient(port: number): Promise<AttachedClient> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect({ host: '127.0.0.1', port }, () => resolve(made));
    made.once('error', reject);
  });
  const client = new DapClient((message) => {
    const text = JSON.stringify(message);
    socket.write(`Content-Length: ${Buffer.byteLength(text)}${HEADER_END}${text}`);
  });
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const end = received.indexOf(HEADER_END);
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(received.toString('latin1', 0, end))?.[1]);
      const start = end + HEADER_END.length;
      if (received.length < start + length) return;
      const message = JSON.parse(received.toString('utf8', start, start + length)) as DebugProtocol.ProtocolMessage;
      received = received.subarray(start + length);
      client.receive(message);
    }
  });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return { client, closed, hangUp: () => void socket.destroy() };
}

/** Attaches as VS Code does, as far as the machine is the session's. */
export async function attach(port: number, options: object = {}): Promise<AttachedClient> {
  const attached = await attachedClient(port);
  const { client } = attached;
  await client.request('initialize', INITIALIZE);
  await client.request('stepback.subscribe', { serial: true, display: true, status: true });
  const initialized = client.next('initialized');
  await client.request('attach', { port, ...options });
  await initialized;
  await client.request('configurationDone');
  return attached;
}

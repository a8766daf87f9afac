/** A client of the GDB remote stub over a socket, packet by packet. */
import { connect, type Socket } from 'node:net';

const PATIENCE = 20_000;

const DOLLAR = 0x24;
const HASH = 0x23;

const hex2 = (sum: number): string => (sum & 0xff).toString(16).padStart(2, '0');

const checksum = (text: string): string => {
  let sum = 0;
  for (let n = 0; n < text.length; n++) sum += text.charCodeAt(n);
  return hex2(sum);
};

const unescape = (text: string): string =>
  text.replaceAll(/\}([\s\S])/g, (_, c: string) => String.fromCharCode(c.charCodeAt(0) ^ 0x20));

export class GdbClient {
  #pieces: Buffer[] = [];
  #hasEnd = false;
  readonly #replies: string[] = [];
  readonly #waiting: ((reply: string) => void)[] = [];
  /** Texts that the stub sent for the console. */
  readonly console: string[] = [];
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Connects and asks for no acknowledgements. */
  static async open(port: number): Promise<GdbClient> {
    const client = await GdbClient.raw(port);
    await client.ask('QStartNoAckMode');
    return client;
  }

  static async raw(port: number): Promise<GdbClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new GdbClient(socket);
  }

  #take(bytes: Buffer): void {
    // Looked at once: a long reply comes in many pieces.
    this.#hasEnd ||= bytes.includes(HASH);
    this.#pieces.push(bytes);
    if (!this.#hasEnd) return;
    let received = Buffer.concat(this.#pieces);
    for (;;) {
      const start = received.indexOf(DOLLAR);
      const end = received.indexOf(HASH, start);
      if (start < 0 || end < 0 || received.length < end + 3) break;
      this.#packet(received.subarray(start + 1, end), received.toString('latin1', end + 1, end + 3));
      received = received.subarray(end + 3);
    }
    this.#pieces = [received];
    this.#hasEnd = received.includes(HASH);
  }

  #packet(body: Buffer, said: string): void {
    let sum = 0;
    for (let n = 0; n < body.length; n++) sum += body[n] ?? 0;
    const text = body.toString('latin1');
    if (said !== hex2(sum)) throw new Error(`bad checksum in ${text}`);
    const payload = text.includes('}') ? unescape(text) : text;
    // `OK` is no console text.
    if (/^O[0-9a-f]+$/.test(payload)) this.console.push(Buffer.from(payload.slice(1), 'hex').toString());
    else {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#replies.push(payload);
      else waiting(payload);
    }
  }

  send(payload: string): void {
    const escaped = payload.replaceAll(/[#$}*]/g, (c) => `}${String.fromCharCode(c.charCodeAt(0) ^ 0x20)}`);
    this.socket.write(Buffer.from(`$${escaped}#${checksum(escaped)}`, 'latin1'));
  }

  /** Sends bytes that are no packet. */
  bytes(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** The next reply. @throws Error when none comes in time */
  async reply(): Promise<string> {
    const ready = this.#replies.shift();
    if (ready !== undefined) return ready;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The stub did not answer.')), PATIENCE);
      this.#waiting.push((reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
  }

  async ask(payload: string): Promise<string> {
    this.send(payload);
    return this.reply();
  }

  /** A monitor command; its text. */
  async monitor(command: string): Promise<string> {
    const reply = await this.ask(`qRcmd,${Buffer.from(command).toString('hex')}`);
    return reply === 'OK' ? '' : Buffer.from(reply, 'hex').toString();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A client of the GDB remote stub over a socket, packet by packet. */
import { connect, type Socket } from 'node:net';

const PATIENCE = 20_000;

const checksum = (text: string): string => {
  let sum = 0;
  for (let n = 0; n < text.length; n++) sum += text.charCodeAt(n);
  return (sum & 0xff).toString(16).padStart(2, '0');
};

const unescape = (text: string): string =>
  text.replaceAll(/\}([\s\S])/g, (_, c: string) => String.fromCharCode(c.charCodeAt(0) ^ 0x20));

export class GdbClient {
  #received = '';
  readonly #replies: string[] = [];
  readonly #waiting: ((reply: string) => void)[] = [];
  /** Texts that the stub sent for the console. */
  readonly console: string[] = [];
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes.toString('latin1')));
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

  #take(text: string): void {
    this.#received += text;
    for (;;) {
      const start = this.#received.indexOf('$');
      const end = this.#received.indexOf('#', start);
      if (start < 0 || end < 0 || this.#received.length < end + 3) return;
      const body = this.#received.slice(start + 1, end);
      if (checksum(body) !== this.#received.slice(end + 1, end + 3)) throw new Error(`bad checksum in ${body}`);
      this.#received = this.#received.slice(end + 3);
      const payload = unescape(body);
      // `OK` is no console text.
      if (/^O[0-9a-f]+$/.test(payload)) this.console.push(Buffer.from(payload.slice(1), 'hex').toString());
      else {
        const waiting = this.#waiting.shift();
        if (waiting === undefined) this.#replies.push(payload);
        else waiting(payload);
      }
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

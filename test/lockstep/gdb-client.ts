/** A client of a GDB remote stub, as far as lockstep needs it (GDB manual, appendix E). */
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** i386 registers as QEMU's stub numbers them. */
export const GDB_REGISTERS = [
  'EAX',
  'ECX',
  'EDX',
  'EBX',
  'ESP',
  'EBP',
  'ESI',
  'EDI',
  'EIP',
  'EFLAGS',
  'CS',
  'SS',
  'DS',
  'ES',
  'FS',
  'GS',
] as const;

/** Bytes of memory a packet: the stub's buffer is bounded. */
const PART = 1024;

const word = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes.toString('hex');
};

export class GdbClient {
  private received = '';
  private wake: (() => void) | undefined;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => {
      this.received += data.toString('latin1');
      this.wake?.();
    });
  }

  /** Sends a packet and gives the answer. @throws Error when the stub says `E..` */
  async ask(packet: string): Promise<string> {
    const sum = Buffer.from(packet, 'latin1').reduce((total, byte) => total + byte, 0) & 0xff;
    this.socket.write(`$${packet}#${sum.toString(16).padStart(2, '0')}`);
    for (;;) {
      const match = /^\+*\$([^#]*)#[0-9a-f]{2}/.exec(this.received);
      if (match !== null) {
        this.received = this.received.slice(match[0].length);
        this.socket.write('+');
        const [, answer = ''] = match;
        if (/^E\d\d$/.test(answer)) throw new Error(`The stub refuses '${packet.slice(0, 40)}': ${answer}.`);
        return answer;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The first registers, in the order of GDB_REGISTERS. */
  async registers(): Promise<Uint32Array> {
    const bytes = Buffer.from((await this.ask('g')).slice(0, 8 * GDB_REGISTERS.length), 'hex');
    return Uint32Array.from({ length: GDB_REGISTERS.length }, (_, i) => bytes.readUInt32LE(4 * i));
  }

  /** Sets the first registers, as many as are given. */
  async setRegisters(values: readonly number[]): Promise<void> {
    await this.ask(`G${values.map(word).join('')}`);
  }

  async setRegister(index: number, value: number): Promise<void> {
    await this.ask(`P${index.toString(16)}=${word(value)}`);
  }

  async readMemory(address: number, length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let at = 0; at < length; at += PART) {
      const bytes = Math.min(PART, length - at);
      parts.push(Buffer.from(await this.ask(`m${(address + at).toString(16)},${bytes.toString(16)}`), 'hex'));
    }
    return Buffer.concat(parts);
  }

  async writeMemory(address: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += PART) {
      const part = Buffer.from(bytes.subarray(at, at + PART));
      await this.ask(`M${(address + at).toString(16)},${part.length.toString(16)}:${part.toString('hex')}`);
    }
  }

  async step(): Promise<void> {
    await this.ask('s');
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}

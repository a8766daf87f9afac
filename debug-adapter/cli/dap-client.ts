/** A small client of a debug adapter that runs as a child process and speaks over its standard input and output. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';

/** Longest wait for an answer or an event, ms. */
const PATIENCE_MS = 30_000;
const HEADER_END = '\r\n\r\n';

interface Waiter {
  readonly event: string;
  readonly resolve: (body: unknown) => void;
}

export class DapClient {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private received = Buffer.alloc(0);
  private seq = 1;
  private readonly answers = new Map<number, (response: DebugProtocol.Response) => void>();
  private readonly waiters: Waiter[] = [];
  /** Events that nobody has waited for yet. */
  private readonly early: DebugProtocol.Event[] = [];
  private readonly gone: Promise<never>;

  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.gone = new Promise((_, reject) => {
      this.child.on('error', reject);
      this.child.on('exit', (code) => reject(new Error(`The adapter has ended with exit code ${code}.`)));
    });
    // It is heard where something is waited for.
    this.gone.catch(() => undefined);
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
  }

  /** Splits what comes into messages, each behind a header with its length. */
  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const end = this.received.indexOf(HEADER_END);
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.received.toString('latin1', 0, end))?.[1]);
      const start = end + HEADER_END.length;
      if (this.received.length < start + length) return;
      const text = this.received.toString('utf8', start, start + length);
      this.received = this.received.subarray(start + length);
      this.dispatch(JSON.parse(text) as DebugProtocol.ProtocolMessage);
    }
  }

  private dispatch(message: DebugProtocol.ProtocolMessage): void {
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.answers.get(response.request_seq)?.(response);
      this.answers.delete(response.request_seq);
    } else if (message.type === 'event') {
      const event = message as DebugProtocol.Event;
      const index = this.waiters.findIndex((waiter) => waiter.event === event.event);
      if (index >= 0) this.waiters.splice(index, 1)[0]?.resolve(event.body);
      else this.early.push(event);
    }
  }

  /** Sends a request and gives the body of its answer. @throws Error when it is refused or not answered in time */
  async request<T>(command: string, args?: unknown): Promise<T> {
    const seq = this.seq++;
    const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
    const response = await this.inTime(
      `an answer to ${command}`,
      new Promise<DebugProtocol.Response>((resolve) => {
        this.answers.set(seq, resolve);
        this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}${HEADER_END}${text}`);
      }),
    );
    if (!response.success) throw new Error(`${command} was refused: ${response.message}`);
    return response.body as T;
  }

  /** The body of the next event of that name. @throws Error when none comes in time */
  event<T>(name: string): Promise<T> {
    const index = this.early.findIndex((event) => event.event === name);
    if (index >= 0) return Promise.resolve(this.early.splice(index, 1)[0]?.body as T);
    return this.inTime(
      `the event ${name}`,
      new Promise<T>((resolve) => this.waiters.push({ event: name, resolve: (body) => resolve(body as T) })),
    );
  }

  close(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  private async inTime<T>(what: string, promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const text = `The adapter did not give ${what} in ${PATIENCE_MS / 1000} s.`;
      timer = setTimeout(() => reject(new Error(text)), PATIENCE_MS);
    });
    try {
      return await Promise.race([promise, late, this.gone]);
    } finally {
      clearTimeout(timer);
    }
  }
}

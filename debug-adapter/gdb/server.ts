/** The GDB remote stubs of one machine: several clients, each with a connection of its own. */
import type { DebugTarget } from '../../emulator/debug/target';
import { type ByteChannel, GdbStub } from './stub';

/** Most clients at a time. */
const MOST_CLIENTS = 8;
/** Ids of breakpoints: each client has so many; the first ones belong to the debug session. */
const IDS_PER_CLIENT = 1_000_000;

export interface ServerEvents {
  /** A client came or went. `clients`: how many there are now. */
  changed?(text: string, clients: number): void;
  /** A client asked for the machine's end (`kill`). */
  kill?(): void;
  problem(error: Error): void;
}

/** A connection as the host sees it. */
export interface ClientConnection {
  receive(bytes: Uint8Array): void;
  /** It is closed. */
  closed(): void;
}

export class GdbServer {
  private readonly stubs = new Set<GdbStub>();
  private serial = 0;

  constructor(
    private target: DebugTarget,
    private readonly events: ServerEvents,
  ) {}

  get clients(): number {
    return this.stubs.size;
  }

  /** A client has connected; nothing where there are too many. */
  accept(channel: ByteChannel): ClientConnection | undefined {
    if (this.stubs.size >= MOST_CLIENTS) return undefined;
    const number = ++this.serial;
    const name = number === 1 ? 'gdb' : `gdb ${number}`;
    const close = (): void => {
      if (!this.stubs.delete(stub)) return;
      stub.close();
      this.events.changed?.(`${name} has gone.`, this.stubs.size);
    };
    const stub = new GdbStub(this.target, channel, {
      name,
      firstId: number * IDS_PER_CLIENT,
      kill: () => {
        stub.hangUp();
        close();
        this.events.kill?.();
      },
      problem: (error) => this.events.problem(error),
    });
    this.stubs.add(stub);
    this.events.changed?.(`${name} is connected.`, this.stubs.size);
    return { receive: (bytes) => stub.receive(bytes), closed: close };
  }

  /** The machine was replaced by a new one; the clients stay. */
  replace(target: DebugTarget, who: string): void {
    this.target = target;
    for (const stub of this.stubs) stub.replace(target, who);
  }

  close(): void {
    for (const stub of this.stubs) stub.hangUp();
    this.stubs.clear();
  }
}

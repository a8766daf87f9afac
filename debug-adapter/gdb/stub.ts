/**
 * One GDB or LLDB on one machine: the state of a connection to the GDB remote stub, and the dispatch of its packets.
 * Packets are answered one after the other, in order. Source: Debugging with GDB, appendix E "GDB Remote Serial
 * Protocol"; LLDB's additions: docs/lldb-gdb-remote.txt of LLDB.
 */
import type { DebugTarget, Disposable, Stop, TargetEvent } from '../../emulator/debug/target';
import { type CommandRow, type Reply, UNSUPPORTED } from './command';
import { hexOfText } from './hex';
import { encodePacket, type Incoming, PacketReader } from './packet';
import type { StubContext } from './context';
import { queryCommands } from './queries';
import { memoryCommands } from './memory-commands';
import { pointCommands } from './point-commands';
import { Points } from './points';
import { registerCommands } from './register-commands';
import { type RegisterMap, registerMap } from './register-map';
import { resumeCommands } from './resume';
import { stopReply } from './stop-reply';

/** The way to the client. */
export interface ByteChannel {
  write(bytes: Uint8Array): void;
  /** Closes it after what was written. */
  end(): void;
}

export interface StubOptions {
  /** Shown to the other clients: `gdb`, `gdb 2`. */
  readonly name: string;
  /** Ids of the breakpoints of this connection begin here. */
  readonly firstId: number;
  /** `k` was sent: the client wants the machine to end. */
  readonly kill: () => void;
  /** Something went wrong inside; for the log. */
  readonly problem: (error: Error) => void;
}

/** Most packets that wait for their turn; a client that sends more without waiting is not one. */
const MOST_WAITING = 64;

export class GdbStub implements StubContext {
  readonly points: Points;
  map: RegisterMap;
  /** Packets are acknowledged until the client asks that they be not. */
  acknowledging = true;
  /** The client knows `swbreak` and `hwbreak` stop reasons. */
  breakReasons = false;
  /** What stands before the bytes of an `x` reply. */
  binaryMark = '';
  private readonly reader = new PacketReader();
  private readonly waiting: string[] = [];
  private answering = false;
  private lastSent: Uint8Array | undefined;
  private listening: Disposable;
  /** The client waits for a stop reply. */
  private awaitingStop = false;
  /** Somebody else has moved the machine since this client was told of a stop. */
  private moved: string | undefined;
  private closed = false;
  private stopListener: ((stop: Stop) => void) | undefined;
  private readonly commands: readonly CommandRow[];

  constructor(
    public target: DebugTarget,
    private readonly channel: ByteChannel,
    readonly options: StubOptions,
  ) {
    this.points = new Points(options.firstId);
    this.map = registerMap(target);
    this.listening = this.listen(target);
    this.commands = [
      ...resumeCommands(this),
      ...registerCommands(this),
      ...memoryCommands(this),
      ...pointCommands(this),
      ...queryCommands(this),
    ].toSorted((a, b) => b.packet.length - a.packet.length);
  }

  get name(): string {
    return this.options.name;
  }

  kill(): void {
    this.options.kill();
  }

  /** Another machine has taken the place of this one: a restart by another client. */
  replace(target: DebugTarget, who: string): void {
    this.listening.dispose();
    this.target = target;
    this.map = registerMap(target);
    this.points.changed = true;
    this.moved = who;
    this.listening = this.listen(target);
  }

  /** The client has gone. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.listening.dispose();
    const forget = async (): Promise<void> => this.points.clear(this.target, this.options.name);
    forget().catch((error: unknown) => this.problem(error));
  }

  /** Ends the connection from our side. */
  hangUp(): void {
    this.channel.end();
    this.close();
  }

  private problem(error: unknown): void {
    this.options.problem(error instanceof Error ? error : new Error(String(error)));
  }

  /* ------------------------------------------------------------------------------ packets in and out */

  /** Bytes of the client. */
  receive(bytes: Uint8Array): void {
    this.reader.push(bytes, (incoming) => this.take(incoming));
  }

  private take(incoming: Incoming): void {
    switch (incoming.kind) {
      case 'packet':
        if (this.acknowledging) this.raw('+');
        if (this.waiting.length >= MOST_WAITING) this.hangUp();
        else this.waiting.push(incoming.payload);
        this.answer();
        break;
      case 'interrupt':
        this.target.execution.pause(this.options.name);
        break;
      case 'nak':
        if (this.lastSent !== undefined && this.acknowledging) this.channel.write(this.lastSent);
        break;
      case 'broken':
        if (this.acknowledging) this.raw('-');
        else this.send('E01');
        break;
      case 'ack':
        break;
    }
  }

  private raw(text: string): void {
    if (!this.closed) this.channel.write(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  }

  send(payload: string | Uint8Array): void {
    if (this.closed) return;
    this.lastSent = encodePacket(payload);
    this.channel.write(this.lastSent);
  }

  /** Text for the client's console; GDB takes it while it waits for a stop or for a monitor command. */
  console(text: string): void {
    this.send(`O${hexOfText(text.endsWith('\n') ? text : `${text}\n`)}`);
  }

  private answer(): void {
    if (this.answering) return;
    this.answering = true;
    const all = async (): Promise<void> => {
      for (let packet = this.waiting.shift(); packet !== undefined; packet = this.waiting.shift()) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the protocol
        const reply = await this.dispatch(packet);
        if (reply !== undefined) this.send(reply);
      }
    };
    all()
      .catch((error: unknown) => this.problem(error))
      .finally(() => {
        this.answering = false;
        if (this.waiting.length > 0) this.answer();
      });
  }

  private async dispatch(packet: string): Promise<Reply> {
    const row = this.commands.find(({ packet: name, exact }) => (exact ? packet === name : packet.startsWith(name)));
    if (row === undefined) return UNSUPPORTED;
    try {
      return await row.run(packet.slice(row.packet.length));
    } catch (error) {
      // What the client asked for is not there or makes no sense; it is not our fault, and it is told.
      if (error instanceof RangeError) return 'E22';
      return `E.${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /* ------------------------------------------------------------------------------ running and stopping */

  private listen(target: DebugTarget): Disposable {
    return target.listen((event) => this.onEvent(event));
  }

  private onEvent(event: TargetEvent): void {
    if (event.type === 'resumed' && !this.awaitingStop && event.who !== this.options.name) this.moved = event.who;
    if (event.type !== 'stopped') return;
    if (this.stopListener !== undefined) {
      const listener = this.stopListener;
      this.stopListener = undefined;
      listener(event.stop);
      return;
    }
    if (!this.awaitingStop) {
      this.moved = event.who;
      return;
    }
    this.awaitingStop = false;
    this.moved = undefined;
    const tell = async (): Promise<void> => this.send(await this.stopText(event.stop, true));
    tell().catch((error: unknown) => this.problem(error));
  }

  /** The reply to a stop; what it means is told on the console first. */
  async stopText(stop: Stop, say: boolean): Promise<string> {
    if (say && stop.text !== '') this.console(stop.text);
    return stopReply(this, stop);
  }

  /**
   * Waits for the next stop by `act`, which is no resumption by the client itself. It is not told in a reply of its own.
   */
  async stopAfter(act: () => void): Promise<Stop> {
    return new Promise((resolve, reject) => {
      this.stopListener = resolve;
      try {
        act();
      } catch (error) {
        this.stopListener = undefined;
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** The client does not know that the machine has moved, nor who moved it. */
  wasMoved(who: string): void {
    this.moved = who;
  }

  /** The present stop, for `?`: a machine that runs is stopped first, as GDB expects of one that it attaches to. */
  async present(): Promise<Stop> {
    const { execution } = this.target;
    const stop = execution.running ? await this.stopAfter(() => execution.pause(this.options.name)) : execution.stop;
    this.moved = undefined;
    return stop;
  }

  /**
   * Runs; the stop reply follows when it stops. Where another client has moved the machine since the last reply, the
   * client's registers are stale and it would step somewhere that it has not seen: it is told of the present stop first.
   */
  async resume(goal: Parameters<DebugTarget['execution']['resume']>[0]): Promise<Reply> {
    const { execution } = this.target;
    const { moved } = this;
    if (moved !== undefined && goal.kind !== 'continue') {
      this.console(
        `The machine was moved by ${moved} meanwhile. It has not been stepped; this is where it stands now.`,
      );
      return this.stopText(await this.present(), false);
    }
    await this.points.apply(this.target, this.options.name);
    this.awaitingStop = true;
    // It runs already, by another client: this one waits for the same stop.
    if (!execution.running) execution.resume(goal, this.options.name);
    return undefined;
  }
}

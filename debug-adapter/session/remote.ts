/** GDB beside the session: its port, and the command that a person pastes into a terminal. */
import { CLIENT_NAME, type SessionChannel } from './channel';
import type { RemotePort } from './host';
import type { Program } from './program';

export class Remote {
  #port: RemotePort | undefined;
  /** What the options asked for when the port was opened. */
  #wanted: number | undefined;

  constructor(readonly session: SessionChannel) {}

  /** The command that attaches GDB; nothing where no port is open. */
  get command(): string | undefined {
    const port = this.#port?.port ?? this.session.host.runningMachine?.gdbPort;
    return port === undefined ? undefined : `gdb -ex 'target remote 127.0.0.1:${port}'`;
  }

  /** Opens the port that the options ask for, or hands the one that is open to the new machine. */
  async serve({ target, options }: Program): Promise<void> {
    const { host } = this.session;
    const wanted = options.gdbPort === 'none' ? undefined : options.gdbPort;
    if (this.#port !== undefined && wanted === this.#wanted) {
      this.#port.replace(target, CLIENT_NAME);
      return;
    }
    this.close();
    if (wanted === undefined || host.openGdbPort === undefined) return;
    const changed = (text: string): void => this.session.output(text);
    this.#port = await host.openGdbPort(target, wanted, { changed, problem: (error) => host.problem?.(error) });
    this.#wanted = wanted;
    this.session.output(`GDB can attach: ${this.command ?? ''}`);
  }

  close(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#wanted = undefined;
  }
}

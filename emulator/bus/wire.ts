/**
 * A wire carries a level from one output to the inputs that are connected to it. It remembers nothing: the output's
 * chip keeps what it drives, an input's chip keeps what it saw, so restoring a saved machine causes no edges.
 */
export class Wire {
  private readonly inputs: ((level: boolean) => void)[] = [];

  constructor(readonly name: string) {}

  /** `input` is called with the level at every `drive`; calls with an unchanged level are possible. */
  connect(input: (level: boolean) => void): this {
    this.inputs.push(input);
    return this;
  }

  /** Whether anything listens: an output that nobody sees needs no timer for its edges. */
  get connected(): boolean {
    return this.inputs.length > 0;
  }

  drive(level: boolean): void {
    for (const input of this.inputs) input(level);
  }
}

/** A one-way path for bytes that leave the machine or come in: a serial line, a debug console. */
export class ByteLine {
  private readonly receivers: ((byte: number) => void)[] = [];

  constructor(readonly name: string) {}

  connect(receiver: (byte: number) => void): this {
    this.receivers.push(receiver);
    return this;
  }

  /** Whether anything is at the other end. */
  get connected(): boolean {
    return this.receivers.length > 0;
  }

  send(byte: number): void {
    for (const receiver of this.receivers) receiver(byte);
  }
}

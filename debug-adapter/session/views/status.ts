/** What the client subscribes to, and the status line. */
import * as v from 'valibot';
import type { Disposable } from '../../../emulator/debug/target';
import { request } from '../../dap/requests';
import { flag } from '../arguments';
import type { Family } from '../family';
import type { Timer } from '../host';
import type { Session } from '../session';

/** Time between two status events while the machine runs, in milliseconds. */
const INTERVAL = 250;

const subscribe = v.object({
  display: v.optional(flag),
  serial: v.optional(flag),
  status: v.optional(flag),
  notes: v.optional(flag),
  sound: v.optional(flag),
});

/** Tells where the machine is: at each stop, and now and then while it runs. */
class StatusLine {
  #timer: Timer | undefined;
  #listening: Disposable | undefined;
  #telling = false;
  /** Something happened while it was being told. */
  #again = false;

  constructor(readonly session: Session) {
    session.onProgram((program) => {
      this.#listening?.dispose();
      this.#listening = program.target.listen((event) => {
        if (event.type === 'stopped' || event.type === 'changed' || event.type === 'resumed') this.#tell();
      });
      this.update();
    });
    session.onEnd(() => this.#timer?.stop());
  }

  update(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    if (!this.session.subscriptions.status) return;
    this.#tell();
    this.#timer = this.session.host.every(INTERVAL, () => {
      if (this.session.launched?.target.execution.running === true) this.#tell();
    });
  }

  #tell(): void {
    if (!this.session.subscriptions.status || this.session.closed) return;
    this.#again = this.#telling;
    if (this.#telling) return;
    this.#telling = true;
    this.#status()
      .catch((error: unknown) => this.session.host.problem?.(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        this.#telling = false;
        if (this.#again) this.#tell();
      });
  }

  async #status(): Promise<void> {
    const program = this.session.launched;
    if (program === undefined) return;
    const { target } = program;
    const before = target.execution.position;
    const pc = await program.formatAddress(await program.pc());
    const mode = (await target.code?.mode())?.title ?? '';
    const time = await target.time();
    const pointing = target.input?.pointing === true;
    const { running, position } = target.execution;
    // The machine moved while it was being asked: the parts do not belong together.
    if (!running && position !== before) this.#again = true;
    else this.session.customEvent('stepback.status', { running, pc, mode, count: position, time, pointing });
  }
}

export function statusRequests(session: Session): Family {
  const status = new StatusLine(session);
  session.onSubscribe(() => status.update());
  return {
    capabilities: {},
    handlers: [
      request('stepback.subscribe', 'write', subscribe, (args, context) => {
        Object.assign(
          session.subscriptions,
          Object.fromEntries(Object.entries(args).filter(([, wanted]) => wanted !== undefined)),
        );
        context.after(() => session.subscribed());
        const target = session.launched?.target;
        const { spaces = [], codeSpace, registers = [], byteOrder = 'little' } = target?.description ?? {};
        return {
          ports: target?.input?.ports ?? [],
          spaces: spaces.toSorted((a, b) => Number(b.id === codeSpace) - Number(a.id === codeSpace)),
          segmented: registers.some(({ role }) => role === 'segment'),
          byteOrder,
          display: target?.display !== undefined,
          sound: target?.sound !== undefined,
          devices: target?.devices !== undefined,
          reverse: target?.reverse !== undefined,
        };
      }),
    ],
  };
}

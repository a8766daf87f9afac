/** A running session of ours as the views see it: typed requests and events, whatever way they travel. */
import * as vscode from 'vscode';
import type {
  CustomArguments,
  CustomEvents,
  CustomResponses,
  StatusEventBody,
  SubscribeResponse,
} from '../../debug-adapter/protocol/messages';

type CustomEventName = keyof CustomEvents;

/** The names of our events, so that a message can be told from VS Code's own. */
const EVENTS: Readonly<Record<CustomEventName, true>> = {
  'stepback.frame': true,
  'stepback.sound': true,
  'stepback.serial': true,
  'stepback.status': true,
  'stepback.note': true,
  'stepback.problems': true,
};

export const isCustomEvent = (name: string): name is CustomEventName => Object.hasOwn(EVENTS, name);

/** The command names whose request has no arguments. */
type Bare = { [K in keyof CustomArguments]: CustomArguments[K] extends undefined ? K : never }[keyof CustomArguments];

export class StepbackSession implements vscode.Disposable {
  readonly #emitters = new Map<CustomEventName, vscode.EventEmitter<CustomEvents[CustomEventName]>>();
  /** What the machine offers; known once the program is loaded. */
  offers: SubscribeResponse | undefined;
  /** Where the machine was when it told last. */
  status: StatusEventBody | undefined;
  #isRunning = false;
  #ended = false;

  constructor(readonly debugSession: vscode.DebugSession) {}

  get id(): string {
    return this.debugSession.id;
  }

  get name(): string {
    return this.debugSession.name;
  }

  /** Whether the machine runs. The status is told a little later than a stop. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** True once the session is over: requests fail from then on. */
  get ended(): boolean {
    return this.#ended;
  }

  async request<K extends Bare>(command: K): Promise<CustomResponses[K]>;
  async request<K extends keyof CustomArguments>(command: K, args: CustomArguments[K]): Promise<CustomResponses[K]>;
  async request<K extends keyof CustomArguments>(command: K, args?: CustomArguments[K]): Promise<CustomResponses[K]> {
    return (await this.debugSession.customRequest(command, args)) as CustomResponses[K];
  }

  on<K extends CustomEventName>(name: K, listener: (body: CustomEvents[K]) => void): vscode.Disposable {
    let emitter = this.#emitters.get(name);
    if (emitter === undefined) {
      emitter = new vscode.EventEmitter();
      this.#emitters.set(name, emitter);
    }
    return emitter.event((body) => listener(body as CustomEvents[K]));
  }

  /** The value of an expression in hexadecimal, such as `7C00h`; nothing where it has none now. */
  async evaluate(expression: string): Promise<string | undefined> {
    try {
      const args = { expression, context: 'hover', format: { hex: true } };
      const { result } = (await this.debugSession.customRequest('evaluate', args)) as { readonly result: string };
      return /^0x([0-9A-F]+)/.exec(result)?.[1]?.concat('h');
    } catch {
      return undefined;
    }
  }

  /** Bytes at an address, as many of them as can be read. @param reference `0x7C00`, `io:0x60` */
  async readMemory(reference: string, count: number): Promise<Uint8Array> {
    const args = { memoryReference: reference, count };
    const body = (await this.debugSession.customRequest('readMemory', args)) as { readonly data?: string } | undefined;
    return new Uint8Array(Buffer.from(body?.data ?? '', 'base64'));
  }

  /** A change by the person. */
  async writeMemory(reference: string, bytes: Uint8Array): Promise<void> {
    const args = { memoryReference: reference, data: Buffer.from(bytes).toString('base64') };
    await this.debugSession.customRequest('writeMemory', args);
  }

  /** Hands an event of the adapter to those who listen. */
  emit<K extends CustomEventName>(name: K, body: CustomEvents[K]): void {
    if (name === 'stepback.status') {
      this.status = body as CustomEvents['stepback.status'];
      this.#isRunning = this.status.running;
    }
    this.#emitters.get(name)?.fire(body);
  }

  /** The adapter has told of a stop. */
  stopped(): void {
    this.#isRunning = false;
  }

  dispose(): void {
    this.#ended = true;
    for (const emitter of this.#emitters.values()) emitter.dispose();
  }
}

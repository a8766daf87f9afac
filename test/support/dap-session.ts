/** A session on the fake target, as far as its first stop. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { createSession, type RunningSession } from '../../debug-adapter/session/create-session';
import type { LaunchedMachine, SessionHost } from '../../debug-adapter/session/host';
import type { FileAccess } from '../../debug-adapter/symbols/files';
import { folderOf, nameOf } from '../../debug-adapter/symbols/paths';
import { DapClient } from './dap-client';
import { assemble, type Assembled } from './fake-assembler';
import { BASE } from './fake-machine';
import { type FakeOptions, FakeTarget } from './fake-target';

export interface MemoryFile {
  readonly bytes: Uint8Array;
  readonly modified: number;
}

/** Files in memory. */
export function memoryFiles(files: ReadonlyMap<string, MemoryFile>): FileAccess {
  return {
    read: (path) => Promise.resolve(files.get(path)?.bytes),
    stat(path) {
      const file = files.get(path);
      return Promise.resolve(file === undefined ? undefined : { size: file.bytes.length, modified: file.modified });
    },
    list: (folder) => Promise.resolve([...files.keys()].filter((path) => folderOf(path) === folder).map(nameOf)),
  };
}

export const PROGRAM = '/guest/toy.img';
export const SOURCE = '/guest/toy.asm';

/** A program with a loop, calls, data and a software interrupt. */
const TOY_SOURCE = `; a toy
start: li r0, 3
  li r1, 0
loop: call add
  addi r0, -1
  beqz r0, done
  jmp loop
done: trap handler
  st r1, 0x200
  out r1
  nop
  halt

add: addi r1, 7
  ret

handler: li r2, 0x41
  out r2
  ret
message: db 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x20, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0
`;

const encoder = new TextEncoder();

export interface FakeSessionOptions extends FakeOptions {
  readonly source?: string;
  /** False: the image has no listing beside it. */
  readonly listing?: boolean;
  readonly host?: Partial<SessionHost>;
  /** Changes the files before the launch. */
  readonly files?: (files: Map<string, MemoryFile>) => void;
}

export interface FakeSession {
  readonly client: DapClient;
  readonly running: RunningSession;
  readonly program: Assembled;
  /** The target of the latest launch. */
  target(): FakeTarget;
  readonly files: Map<string, MemoryFile>;
  readonly problems: Error[];
  address(label: string): string;
  launches(): number;
  disposals(): number;
  ended(): boolean;
}

/** The session, before `initialize`. */
export function fakeSession(options: FakeSessionOptions = {}): FakeSession {
  const program = assemble(options.source ?? TOY_SOURCE);
  const files = new Map<string, MemoryFile>([
    [PROGRAM, { bytes: program.bytes, modified: 3000 }],
    [SOURCE, { bytes: encoder.encode(program.source), modified: 1000 }],
  ]);
  if (options.listing !== false)
    files.set('/guest/toy.lst', { bytes: encoder.encode(program.listing), modified: 2000 });
  options.files?.(files);
  const client = new DapClient();
  const problems: Error[] = [];
  let target: FakeTarget | undefined;
  let launches = 0;
  let disposals = 0;
  let ended = false;
  const launch = (): Promise<LaunchedMachine> => {
    launches++;
    const image = files.get(PROGRAM);
    if (image === undefined) return Promise.reject(new Error('There is no image.'));
    target = new FakeTarget(image.bytes, options);
    return Promise.resolve({
      target,
      entry: BASE,
      images: [
        { path: PROGRAM, kind: 'flat', ...image, loads: [{ offset: 0, length: image.bytes.length, address: BASE }] },
      ],
      dispose: () => {
        disposals++;
      },
    });
  };
  const host: SessionHost = {
    files: memoryFiles(files),
    every(milliseconds, action) {
      const timer = setInterval(action, milliseconds);
      return { stop: () => clearInterval(timer) };
    },
    problem: (error) => problems.push(error),
    ended: () => {
      ended = true;
    },
    ...options.host,
  };
  const running = createSession(client.transport, launch, host);
  return {
    client,
    running,
    program,
    files,
    problems,
    target() {
      if (target === undefined) throw new Error('nothing was launched');
      return target;
    },
    address: (label) => `0x${(BASE + BigInt(program.labels.get(label) ?? 0)).toString(16).toUpperCase()}`,
    launches: () => launches,
    disposals: () => disposals,
    ended: () => ended,
  };
}

/** What VS Code says in `initialize`. */
export const INITIALIZE = {
  clientID: 'vscode',
  adapterID: 'stepback',
  pathFormat: 'path',
  linesStartAt1: true,
  columnsStartAt1: true,
  supportsProgressReporting: true,
  supportsInvalidatedEvent: true,
  supportsMemoryEvent: true,
} as const;

/** Launches as VS Code does and waits for the first stop. */
export async function startSession(
  session: FakeSession,
  launch: object = {},
): Promise<DebugProtocol.StoppedEvent['body']> {
  const { client } = session;
  await client.request('initialize', INITIALIZE);
  const initialized = client.next('initialized');
  await client.request('launch', { program: PROGRAM, ...launch });
  await initialized;
  await client.request('setExceptionBreakpoints', { filters: ['cpu.illegal'] });
  const stopped = client.next<DebugProtocol.StoppedEvent['body']>('stopped');
  await client.request('configurationDone');
  return stopped;
}

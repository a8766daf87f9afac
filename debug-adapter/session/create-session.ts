/** A debug session: all request families on one connection. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugTarget } from '../../emulator/debug/target';
import { Connection } from '../dap/connection';
import { transcriptEntry } from '../dap/transcript';
import type { Transport } from '../dap/transports';
import { dataBreakpointRequests } from './breakpoints/data-requests';
import { breakpointRequests } from './breakpoints/requests';
import { CLIENT_NAME } from './channel';
import { disassembleRequests } from './disassemble';
import { evaluateRequests } from './evaluate';
import { exceptionRequests } from './exceptions';
import { executionRequests } from './execution';
import type { Family } from './family';
import { remoteRequests } from './gdb';
import { gotoRequests } from './goto';
import type { LaunchMachine, SessionHost, TraceWriter } from './host';
import { initializeRequests } from './initialize';
import { launchRequests } from './launch';
import { lifecycleRequests } from './lifecycle';
import { memoryRequests } from './memory';
import { reverseRequests } from './reverse';
import { scopeRequests } from './scopes';
import { Session } from './session';
import { sourceRequests } from './sources';
import { stackRequests } from './stack';
import { timelineRequests } from './timeline';
import { variableRequests } from './variables';
import { displayRequests } from './views/display';
import { inputRequests } from './views/input';
import { machineRequests } from './views/machine';
import { mediaRequests } from './views/media';
import { notesOf } from './views/notes';
import { outputOf } from './views/output';
import { soundOf } from './views/sound';
import { statusRequests } from './views/status';

export interface RunningSession {
  /** Ends the session as `disconnect` does. */
  end(): void;
  /** The requests that are known, for tests. */
  readonly commands: readonly string[];
  /** What `initialize` announces. */
  readonly capabilities: DebugProtocol.Capabilities;
}

/** Text written before the trace file is known is kept up to this length. */
const EARLY_TRACE = 100_000;

/** Writes the messages to the `trace` option's file, from the first one on. */
class Trace {
  #early = '';
  #writer: TraceWriter | undefined;
  #decided = false;

  message(message: DebugProtocol.ProtocolMessage): void {
    const text = this.#decided && this.#writer === undefined ? '' : transcriptEntry(message);
    if (this.#writer !== undefined) this.#writer.write(text);
    else if (!this.#decided && this.#early.length < EARLY_TRACE) this.#early += text;
  }

  /** @param make opens the file, if one is wanted; a restart goes on with the one that is open */
  open(make: () => TraceWriter | undefined): void {
    if (this.#decided) return;
    this.#writer = make();
    this.#decided = true;
    this.#writer?.write(this.#early);
    this.#early = '';
  }

  close(): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.#decided = true;
  }
}

/** Leaves a machine that runs by itself as if the session had never been: nothing stops it, and it runs on. */
async function letGo(target: DebugTarget): Promise<void> {
  await target.breakpoints?.set(CLIENT_NAME, []);
  await target.watchpoints?.set(CLIENT_NAME, []);
  await target.exceptions?.set(CLIENT_NAME, []);
  const { execution } = target;
  if (!execution.running && execution.stop.reason !== 'dead') {
    execution.resume({ kind: 'continue', direction: 'forward' }, CLIENT_NAME);
  }
}

/**
 * Serves one client.
 * @param transport the way to the client
 * @param launchMachine makes the machine when the client launches
 * @param host files, timers and the like
 */
export function createSession(transport: Transport, launchMachine: LaunchMachine, host: SessionHost): RunningSession {
  const session = new Session(host, launchMachine);
  const trace = new Trace();
  const offered = (): DebugProtocol.Capabilities => {
    const all: DebugProtocol.Capabilities = {};
    for (const family of families) Object.assign(all, family.capabilities);
    return all;
  };

  const end = (): void => {
    if (session.closed) return;
    session.close();
    session.connection.cancelAll();
    session.run.dispose();
    session.remote.close();
    const program = session.launched;
    session.setProgram(undefined);
    const disposed = async (): Promise<void> => {
      program?.text.dispose();
      if (host.runningMachine !== undefined) {
        if (program !== undefined) await letGo(program.target);
        return;
      }
      program?.target.execution.pause();
      await program?.launched.dispose();
    };
    disposed()
      .catch((error: unknown) => host.problem?.(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        trace.close();
        transport.close();
        host.ended?.();
      });
  };

  const families: readonly Family[] = [
    initializeRequests(session, offered),
    launchRequests(session),
    lifecycleRequests(session, end),
    breakpointRequests(session),
    dataBreakpointRequests(session),
    exceptionRequests(session),
    executionRequests(session),
    reverseRequests(session),
    gotoRequests(session),
    stackRequests(session),
    scopeRequests(session),
    variableRequests(session),
    evaluateRequests(session),
    disassembleRequests(session),
    memoryRequests(session),
    sourceRequests(session),
    timelineRequests(session),
    displayRequests(session),
    inputRequests(session),
    machineRequests(session),
    mediaRequests(session),
    statusRequests(session),
    remoteRequests(session),
  ];
  outputOf(session);
  soundOf(session);
  notesOf(session);
  const handlers = families.flatMap((family) => family.handlers);
  const connection = new Connection(handlers, {
    message: (_, message) => trace.message(message),
    problem: (error) => host.problem?.(error),
  });
  session.connect(connection);
  session.startTrace = (path) => trace.open(() => (path === undefined ? undefined : host.openTrace?.(path)));
  transport.attach(connection, end);
  return { end, commands: handlers.map((handler) => handler.command), capabilities: offered() };
}

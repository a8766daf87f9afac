/**
 * The debug adapter's entry: composes sessions with the built-in machine and the host. As a worker of the extension it
 * speaks over the port that it was given; the command line calls `serveStdio`.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { EXCEPTION_FILTERS } from '../emulator/debug/exceptions';
import { portTransport, streamTransport, type Transport } from './dap/transports';
import { launcher } from './host/launch';
import { nodeSessionHost } from './host/session-host';
import { createSession, type RunningSession } from './session/create-session';

/** What `workerData` holds when the extension starts a worker for a session. */
export interface AdapterWorkerData {
  readonly role: 'stepback-adapter';
}

/** Serves one client over `transport`. `ended` is called when the session is over. */
export function serve(transport: Transport, ended: () => void): RunningSession {
  const problem = (error: Error) => void process.stderr.write(`${error.stack ?? error.message}\n`);
  const host = nodeSessionHost({
    exceptionFilters: EXCEPTION_FILTERS,
    ended,
    problem,
  });
  const launch = launcher(problem);
  return createSession(transport, (options, progress) => launch(options, progress.signal), host);
}

/** Over stdin and stdout, until the client goes. */
export function serveStdio(): void {
  serve(streamTransport(process.stdin, process.stdout), () => process.exit(0));
}

if (
  !isMainThread &&
  parentPort !== null &&
  (workerData as Partial<AdapterWorkerData> | null)?.role === 'stepback-adapter'
) {
  serve(portTransport(parentPort), () => process.exit(0));
}

/** What a session needs of Node: files, timers, the trace file. */
import type { SessionHost } from '../session/host';
import { FileWriter } from './file-writer';
import { nodeFiles } from './files';
import { openGdbPort } from './gdb-port';

/** A host on Node; `more` adds what depends on how the adapter runs. */
export function nodeSessionHost(more: Partial<SessionHost> = {}): SessionHost {
  return {
    files: nodeFiles,
    every(milliseconds, action) {
      const timer = setInterval(action, milliseconds);
      // A timer alone must not keep the process alive.
      timer.unref();
      return { stop: () => clearInterval(timer) };
    },
    openGdbPort: (target, port, events) => openGdbPort(target, port, events),
    openTrace: (path) => new FileWriter(path, (error) => more.problem?.(error)),
    ...more,
  };
}

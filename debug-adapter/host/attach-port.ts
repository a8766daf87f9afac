/** A port on which editors attach to a machine that runs already: the Debug Adapter Protocol, one editor at a time. */
import { createServer, type Socket } from 'node:net';
import * as v from 'valibot';
import { EXCEPTION_FILTERS } from '../../emulator/debug/exceptions';
import { Connection } from '../dap/connection';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { streamTransport } from '../dap/transports';
import { createSession, type RunningSession } from '../session/create-session';
import type { RunningMachine } from '../session/host';
import { listenOnLoopback } from './loopback';
import { nodeSessionHost } from './session-host';

const TAKEN =
  'Another editor is attached to this machine. End its session first; GDB can be attached beside it (--gdb).';

export interface AttachEvents {
  /** An editor came or went. */
  changed(text: string): void;
  problem(error: Error): void;
}

export interface AttachPort {
  readonly port: number;
  /** Whether an editor is attached. */
  readonly taken: boolean;
  /** Ends the session of the editor that is attached. */
  close(): void;
}

/** Answers whatever comes first with the reason why not, and hangs up. */
function turnAway(socket: Socket): void {
  const refuse = (): never => {
    throw new RequestError(TAKEN, true);
  };
  const connection = new Connection([request('initialize', 'write', v.looseObject({}), refuse)], {
    message: (direction) => {
      if (direction === 'out') socket.end();
    },
  });
  streamTransport(socket, socket).attach(connection, () => undefined);
}

/**
 * Serves editors on a port. @param port 0 for any that is free
 * @throws Error that names the port and says why it can't be had
 */
export async function openAttachPort(machine: RunningMachine, port: number, events: AttachEvents): Promise<AttachPort> {
  let session: RunningSession | undefined;
  const sockets = new Set<Socket>();

  const begin = (socket: Socket): void => {
    if (session !== undefined) {
      turnAway(socket);
      return;
    }
    const host = nodeSessionHost({
      exceptionFilters: EXCEPTION_FILTERS,
      runningMachine: machine,
      problem: (error) => events.problem(error),
      ended: () => {
        session = undefined;
        events.changed('The editor has gone.');
      },
    });
    const refuse = (): never => {
      throw new RequestError('This machine runs already: use "request": "attach" in launch.json.', true);
    };
    session = createSession(streamTransport(socket, socket), refuse, host);
    events.changed('An editor is attached.');
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    // A reset connection ends like any other.
    socket.on('error', () => undefined);
    // Who only looks whether somebody listens takes nobody's place.
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      begin(socket);
      socket.resume();
    });
  });
  const open = await listenOnLoopback(server, port, 'attaching');
  server.on('error', (error) => events.problem(error));
  // It alone must not keep the process alive.
  server.unref();
  return {
    port: open,
    get taken() {
      return session !== undefined;
    },
    close: () => {
      session?.end();
      server.close();
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

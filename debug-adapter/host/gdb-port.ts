/** The GDB remote stub on a TCP port of the loopback interface. */
import { createServer, type Socket } from 'node:net';
import type { DebugTarget } from '../../emulator/debug/target';
import { GdbServer, type ServerEvents } from '../gdb/server';
import { listenOnLoopback } from './loopback';

/** What a client has not taken yet, bytes; one that takes nothing is let go. */
const MOST_UNSENT = 64 * 1024 * 1024;

export interface GdbPort {
  readonly port: number;
  /** The machine was replaced by a new one; the clients stay. */
  replace(target: DebugTarget, who: string): void;
  close(): void;
}

function serve(server: GdbServer, socket: Socket): void {
  socket.setNoDelay(true);
  const client = server.accept({
    write: (bytes) => {
      if (socket.writableLength > MOST_UNSENT) socket.destroy();
      else socket.write(bytes);
    },
    end: () => void socket.end(),
  });
  if (client === undefined) {
    socket.destroy();
    return;
  }
  socket.on('data', (bytes) => client.receive(bytes));
  // A reset connection ends like any other.
  socket.on('error', () => undefined);
  socket.on('close', () => client.closed());
}

/**
 * Serves GDB on a port. @param port 0 for any that is free
 * @throws Error that names the port and says why it can't be had
 */
export async function openGdbPort(target: DebugTarget, port: number, events: ServerEvents): Promise<GdbPort> {
  const gdb = new GdbServer(target, events);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(gdb, socket);
  });
  const open = await listenOnLoopback(server, port, 'GDB');
  server.on('error', (error) => events.problem(error));
  // It alone must not keep the process alive.
  server.unref();
  return {
    port: open,
    replace: (replaced, who) => gdb.replace(replaced, who),
    close: () => {
      gdb.close();
      server.close();
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

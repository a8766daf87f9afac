/** TCP ports of the loopback interface: nobody but this computer can reach them. */
import type { Server } from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * Listens; gives the port. @param port 0 for any that is free; `purpose`: `GDB`
 * @throws Error that names the port and says why it can't be had
 */
export async function listenOnLoopback(server: Server, port: number, purpose: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'another program uses it; 0 takes any that is free'
          : error.code === 'EACCES'
            ? 'ports below 1024 need more rights'
            : String(error);
      reject(new Error(`Port ${port} can not be used for ${purpose}: ${why}.`, { cause: error }));
    });
    server.listen(port, LOOPBACK, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** How GDB attaches to this machine. */
import { request } from '../dap/requests';
import { nothing } from './arguments';
import type { Family } from './family';
import type { Session } from './session';

export function remoteRequests(session: Session): Family {
  return {
    capabilities: {},
    handlers: [
      request('stepback.gdb', 'read', nothing, () => {
        const { command } = session.remote;
        return command === undefined ? {} : { command };
      }),
    ],
  };
}

/** initialize: who the client is, and what this adapter offers. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { flag, text } from './arguments';
import type { Family } from './family';
import type { Session } from './session';

const initialize = v.object({
  adapterID: v.optional(text),
  clientID: v.optional(text),
  pathFormat: v.optional(text, 'path'),
  linesStartAt1: v.optional(flag, true),
  columnsStartAt1: v.optional(flag, true),
  supportsProgressReporting: v.optional(flag, false),
  supportsInvalidatedEvent: v.optional(flag, false),
  supportsMemoryEvent: v.optional(flag, false),
});

/** @param offered gathers what all families announce */
export function initializeRequests(session: Session, offered: () => DebugProtocol.Capabilities): Family {
  return {
    capabilities: {},
    handlers: [
      request('initialize', 'write', initialize, (args) => {
        if (args.pathFormat !== 'path') throw new RequestError('Stepback knows files by paths only, not by URIs.');
        session.client = {
          linesStartAt1: args.linesStartAt1,
          columnsStartAt1: args.columnsStartAt1,
          progress: args.supportsProgressReporting,
          invalidated: args.supportsInvalidatedEvent,
          memory: args.supportsMemoryEvent,
        };
        return offered();
      }),
    ],
  };
}

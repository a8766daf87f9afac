/** A request family: what it lets the client do, and the handlers that do it, declared in one place. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Handler } from '../dap/requests';

export interface Family {
  /** Announced in the answer to `initialize`. */
  readonly capabilities: DebugProtocol.Capabilities;
  readonly handlers: readonly Handler[];
}

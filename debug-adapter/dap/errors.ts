/** Errors that a request may end with, and how they look on the wire. */
import type { DebugProtocol } from '@vscode/debugprotocol';

/** What a person did or asked for can't be done; the message says what is wrong and what to do. */
export class RequestError extends Error {
  constructor(
    message: string,
    /** True: the client shows it as a message of its own, not only where the answer would have been. */
    readonly showUser = false,
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** The request needs a stopped target. The wire text is the protocol's own word for it. */
export class NotStoppedError extends RequestError {
  constructor() {
    super('notStopped');
  }
}

/** The request was cancelled, or its answer belongs to an older stop. */
export class CancelledError extends RequestError {
  constructor() {
    super('cancelled');
  }
}

/** Ids of the protocol's `Message` objects, by kind of error. */
const ERROR_ID = { request: 1, notStopped: 2, cancelled: 3, internal: 4 } as const;

/** Body of an error response. */
export function errorBody(error: unknown): { readonly message: string; readonly error: DebugProtocol.Message } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CancelledError) {
    return { message, error: { id: ERROR_ID.cancelled, format: 'The request was cancelled.', showUser: false } };
  }
  if (error instanceof NotStoppedError) {
    const format = 'The machine is running. Pause it first.';
    return { message, error: { id: ERROR_ID.notStopped, format, showUser: false } };
  }
  if (error instanceof RequestError) {
    return { message, error: { id: ERROR_ID.request, format: message, showUser: error.showUser } };
  }
  return { message, error: { id: ERROR_ID.internal, format: message, showUser: false } };
}

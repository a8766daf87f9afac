/** Ways on which messages travel. Each is attached to a connection and lets go of it again. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Connection } from './connection';

/** Carries messages between a client and a connection. */
export interface Transport {
  /** Begins to carry messages. `closed` is called once when the client has gone. */
  attach(connection: Connection, closed: () => void): void;
  /** Ends from our side, when all that was sent has left. */
  close(): void;
}

/** Byte streams with `Content-Length` frames: stdin and stdout, or a socket (as both). */
export function streamTransport(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Transport {
  return {
    attach(connection, closed) {
      let open = true;
      const end = (): void => {
        if (!open) return;
        open = false;
        closed();
      };
      input.on('end', end);
      input.on('close', end);
      connection.start(input, output);
    },
    close: () => void output.end(),
  };
}

/** The part of a worker's `MessagePort` that is needed. */
export interface Port {
  on(event: 'message', listener: (message: DebugProtocol.ProtocolMessage) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: DebugProtocol.ProtocolMessage): void;
  close(): void;
}

/** Whole messages over a `MessagePort`, for a worker. */
export function portTransport(port: Port): Transport {
  return {
    attach(connection, closed) {
      connection.onDidSendMessage((message) => port.postMessage(message as DebugProtocol.ProtocolMessage));
      port.on('message', (message) => connection.handleMessage(message));
      port.on('close', closed);
    },
    close: () => port.close(),
  };
}

/** Whole messages by function calls, for a client in the same thread. */
export interface InlineTransport extends Transport {
  /** Hands a message of the client to the adapter. */
  send(message: DebugProtocol.ProtocolMessage): void;
}

/** @param receive is given each message of the adapter. */
export function inlineTransport(receive: (message: DebugProtocol.ProtocolMessage) => void): InlineTransport {
  let target: Connection | undefined;
  return {
    attach(connection) {
      target = connection;
      connection.onDidSendMessage((message) => receive(message as DebugProtocol.ProtocolMessage));
    },
    send: (message) => target?.handleMessage(message),
    close: () => {
      target = undefined;
    },
  };
}

import type { Socket } from 'node:net';
import type pg from 'pg';
import { ServerMessages } from '../domain/postgres/server-messages.ts';

/** What pg's parser of messages takes: a stream, of which it listens to data and end. */
interface MessageSource {
  on(event: string, listener: (bytes: Buffer) => void): unknown;
}

/**
 * Makes of a message that pg cannot read an error of its connection. Without this, what its parser throws has no caller
 * that could catch it, and ends the process. Called before `connect`; pg calls `attachListeners` once, with the socket
 * that the messages come by, be it encrypted or not.
 */
export function surviveMalformedMessages(client: pg.Client): void {
  const connection = client.connection as unknown as { attachListeners(source: MessageSource): void };
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (source) => attach(guarded(source as Socket));
}

function guarded(socket: Socket): MessageSource {
  const messages = new ServerMessages();
  const guard = (read: (bytes: Buffer) => void) => (bytes: Buffer) => {
    if (socket.destroyed) return;
    try {
      messages.check(bytes);
      read(bytes);
    } catch (error) {
      const { message } = error as Error;
      socket.destroy(new Error(`the server sent what PostgreSQL's protocol does not know: ${message}`));
    }
  };
  return { on: (event, listener) => socket.on(event, event === 'data' ? guard(listener) : listener) };
}

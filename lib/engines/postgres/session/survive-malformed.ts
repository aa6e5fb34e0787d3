import type { Socket } from 'node:net';
import type pg from 'pg';
import { ServerMessages } from '../rules/server-messages.ts';

/** The stream that pg's message parser reads. The parser listens for data and for the end. */
interface MessageSource {
  on(event: string, listener: (bytes: Buffer) => void): unknown;
}

/**
 * Turns a message that pg can't read into an error of its connection. Otherwise its parser throws where no caller can
 * catch it, which ends the process. Call this before `connect`; pg calls `attachListeners` once, with the socket that
 * the messages come from, encrypted or not.
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
      socket.destroy(new Error(`the server sent a message that is not PostgreSQL's protocol: ${message}`));
    }
  };
  return { on: (event, listener) => socket.on(event, event === 'data' ? guard(listener) : listener) };
}

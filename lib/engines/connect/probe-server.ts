import { connect } from 'node:net';
import { type Greeting, isPostgresAnswer, readMysqlGreeting, SSL_REQUEST } from '../server-greeting.ts';

/** How long to wait for the server's first message. A server that looks up its clients' names can be slow. */
const GREETING_MS = 1500;
/** No greeting is nearly this long. Anything that sends more isn't a database server. */
const MAX_GREETING_BYTES = 64 * 1024;

/**
 * Finds out, without logging in, which kind of database server answers. Undefined if it is of no known kind. A server
 * may count this as an aborted login, so only use it to find out why a login failed.
 */
export function probeServer(host: string, port: number, signal: AbortSignal): Promise<Greeting | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    let seen = Buffer.alloc(0);
    let asked = false;
    const end = (greeting: Greeting | undefined) => {
      socket.destroy();
      resolve(greeting);
    };
    socket.setTimeout(GREETING_MS);
    // on each time-out: a listener that is passed to setTimeout is only called for the first one
    socket.on('timeout', () => {
      if (asked || seen.length > 0) return end(undefined);
      asked = true;
      socket.write(SSL_REQUEST);
    });
    socket.on('data', (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes]);
      if (asked && isPostgresAnswer(seen)) return end({ dbType: 'postgresql', version: undefined });
      const greeting = readMysqlGreeting(seen);
      if (greeting !== undefined || seen.length > MAX_GREETING_BYTES) end(greeting);
    });
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
  });
}

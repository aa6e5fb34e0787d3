import { connect } from 'node:net';
import { type Greeting, isPostgresAnswer, readMysqlGreeting, SSL_REQUEST } from '../server-greeting.ts';

/** So long a server may take to speak first: one that looks up the names of its clients can be slow. */
const GREETING_MS = 1500;
/** No greeting is nearly as long: whatever sends more isn't a database server. */
const MAX_GREETING_BYTES = 64 * 1024;

/**
 * Asks, without logging in, which kind of database server answers. Undefined if none that we know does. A server may
 * count this as a login that was broken off, so it is for finding out why a login failed.
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
    // at each time-out: a listener that setTimeout is given only hears of the first
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

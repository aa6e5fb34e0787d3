/**
 * The socket of a session that must end with whoever asked for it. The drivers know no such limits: they go on reading
 * what a server sends after the caller has stopped waiting, and keep all rows of an answer, however many there are.
 */
import { Socket } from 'node:net';

export interface SessionLimits {
  /** Ends the session at once, whatever the server is sending. */
  signal?: AbortSignal | undefined;
  /** The most that is read from the server in one session. */
  maxBytes?: number | undefined;
}

/**
 * For sessions that only look: far more than the lists of 100,000 tables need. A row takes several times as much memory
 * as it has bytes.
 */
export const MAX_LOOK_BYTES = 32 * 1024 * 1024;

/**
 * An idle connection is asked for a sign of life after this long. A firewall or NAT gateway forgets one after 350 s of
 * silence (AWS's figure for NAT gateways and load balancers), and the system would ask only after two hours: until then
 * a session that waits for a long statement can't tell a network that has gone from a server that is busy.
 */
export const KEEPALIVE_MS = 60_000;

/** How often it is looked how much was read. In between, no more is read than the driver itself can take in. */
const CHECK_MS = 10;

/** A socket that is not connected yet, and is destroyed when a limit is reached. @throws the signal's reason if it has fired. */
export function sessionSocket({ signal, maxBytes }: SessionLimits): Socket {
  signal?.throwIfAborted();
  const socket = new Socket();
  const end = () => socket.destroy();
  signal?.addEventListener('abort', end);
  socket.once('close', () => signal?.removeEventListener('abort', end));
  if (maxBytes !== undefined) limitBytes(socket, maxBytes);
  return socket;
}

/** Counted at the socket itself, below TLS and below what the drivers make of it. */
function limitBytes(socket: Socket, maxBytes: number): void {
  const timer = setInterval(() => {
    if (socket.bytesRead <= maxBytes) return;
    socket.destroy(new Error(`the server sent more than ${maxBytes / 1024 / 1024} MiB`));
  }, CHECK_MS);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

/** What a login gives. If it fails, its socket is destroyed: a driver that has given up would let it read on. */
export async function endingWith<T>(socket: Socket, login: Promise<T>): Promise<T> {
  try {
    return await login;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

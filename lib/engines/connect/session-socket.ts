/**
 * The socket of a session that must end when its caller stops waiting. The drivers have no such limits: they keep
 * reading what a server sends after the caller has given up, and keep all rows of a result, however many there are.
 */
import { Socket } from 'node:net';

export interface SessionLimits {
  /** Ends the session at once, whatever the server is sending. */
  signal?: AbortSignal | undefined;
  /** The most that is read from the server in one session. */
  maxBytes?: number | undefined;
}

/**
 * For sessions that only inspect: far more than the lists of 100,000 tables need. A row takes several times as much
 * memory as it has bytes.
 */
export const MAX_LOOK_BYTES = 32 * 1024 * 1024;

/**
 * An idle connection is asked for a sign of life after this long. A firewall or NAT gateway forgets one after 350 s of
 * silence (AWS's figure for NAT gateways and load balancers), and the system would ask only after two hours: until then
 * a session that waits for a long statement can't tell a network that has gone from a server that is busy.
 */
export const KEEPALIVE_MS = 60_000;

/** How often the number of bytes read is checked. In between, no more is read than the driver itself can take in. */
const CHECK_MS = 10;

/**
 * A socket that isn't connected yet, and is destroyed when a limit is reached.
 * @throws the signal's reason if it is already aborted.
 */
export function sessionSocket({ signal, maxBytes }: SessionLimits): Socket {
  signal?.throwIfAborted();
  const socket = new Socket();
  const end = () => socket.destroy();
  signal?.addEventListener('abort', end);
  socket.once('close', () => signal?.removeEventListener('abort', end));
  if (maxBytes !== undefined) limitBytes(socket, maxBytes);
  return socket;
}

/** Counted at the socket itself, below TLS and before the drivers process it. */
function limitBytes(socket: Socket, maxBytes: number): void {
  const timer = setInterval(() => {
    if (socket.bytesRead <= maxBytes) return;
    socket.destroy(new Error(`the server sent more than ${maxBytes / 1024 / 1024} MiB`));
  }, CHECK_MS);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

/** A login's result. If the login fails, its socket is destroyed: a driver that has given up would keep reading. */
export async function endingWith<T>(socket: Socket, login: Promise<T>): Promise<T> {
  try {
    return await login;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

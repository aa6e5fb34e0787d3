/**
 * The socket of a session that has to end when its caller stops waiting. The drivers have no such limits: after the
 * caller has given up, they keep reading what the server sends, and keep all rows of a result, however many there are.
 */
import { Socket } from 'node:net';

export interface SessionLimits {
  /** Ends the session at once, whatever the server is sending. */
  signal?: AbortSignal | undefined;
  /** The maximum number of bytes to read from the server in one session. */
  maxBytes?: number | undefined;
}

/**
 * For sessions that only inspect: far more than the lists of 100,000 tables need. A row takes several times as much
 * memory as it has bytes.
 */
export const MAX_LOOK_BYTES = 32 * 1024 * 1024;

/**
 * Keepalive packets start after a connection has been idle for this long. A firewall or NAT gateway forgets a
 * connection after 350 s without traffic (AWS's figure for NAT gateways and load balancers), but by default the system
 * only starts them after two hours. Until then, a session that waits for a long statement can't tell a lost network
 * from a busy server.
 */
export const KEEPALIVE_MS = 60_000;

/** How often the number of bytes is checked. In between, no more is read than the driver itself can process. */
const CHECK_MS = 10;

/**
 * A socket that isn't connected yet. It is destroyed when a limit is reached.
 * @throws the signal's reason if the signal has already aborted.
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

/** counted at the socket itself, below TLS and before the drivers process the bytes */
function limitBytes(socket: Socket, maxBytes: number): void {
  const timer = setInterval(() => {
    if (socket.bytesRead <= maxBytes) return;
    socket.destroy(new Error(`the server sent more than ${maxBytes / 1024 / 1024} MiB`));
  }, CHECK_MS);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

/**
 * A login's result. If the login fails, its socket is destroyed, because a driver that has given up would keep reading.
 */
export async function endingWith<T>(socket: Socket, login: Promise<T>): Promise<T> {
  try {
    return await login;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

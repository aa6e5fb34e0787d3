/** A proxy to a server on this machine that can go silent, like a network that swallows packets. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SilentProxy {
  port: number;
  /** From here on, nothing passes either way, and nothing is closed: neither end notices. */
  silence(): void;
  /** New connections pass again; those that were silenced stay as they are. */
  speak(): void;
  close(): void;
}

export async function silentProxy(port: number): Promise<SilentProxy> {
  let isSilent = false;
  const sockets = new Set<Socket>();
  const silenced = new WeakSet<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = isSilent ? undefined : connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const join = (from: Socket, to: Socket | undefined) => {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (bytes) => {
        if (to !== undefined && !silenced.has(from)) to.write(bytes);
      });
      from.on('end', () => {
        if (to !== undefined && !silenced.has(from)) to.end();
      });
      from.on('close', () => {
        sockets.delete(from);
        if (to !== undefined && !silenced.has(from)) to.destroy();
      });
    };
    join(near, far);
    if (far !== undefined) join(far, near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      isSilent = true;
      for (const socket of sockets) silenced.add(socket);
    },
    speak: () => {
      isSilent = false;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

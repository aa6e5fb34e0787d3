/** A proxy to a store on this machine that fails as networks and stores do, and later works again. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * - `refused`: nothing listens;
 * - `cut`: what connects is cut off, and so is what was connected;
 * - `503`: every request is answered so;
 * - `silent`: nothing is answered, and nothing closed.
 */
export type StorageFault = 'refused' | 'cut' | '503' | 'silent';

const SLOW_DOWN = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
const UNAVAILABLE = `HTTP/1.1 503 Slow Down\r\ncontent-type: application/xml\r\ncontent-length: ${SLOW_DOWN.length}\r\nconnection: close\r\n\r\n${SLOW_DOWN}`;

export class FaultyStorage {
  readonly #port: number;
  #server: Server | undefined;
  #own = 0;
  #fault: StorageFault | undefined;
  readonly #sockets = new Set<Socket>();
  /** How many connections were tried while it failed. */
  tries = 0;

  private constructor(port: number) {
    this.#port = port;
  }

  static async before(port: number): Promise<FaultyStorage> {
    const storage = new FaultyStorage(port);
    await storage.#listen();
    return storage;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#own}`;
  }

  /** Undefined if it works. */
  async set(fault: StorageFault | undefined): Promise<void> {
    this.#fault = fault;
    if (fault === 'refused') await this.close();
    else if (this.#server === undefined) await this.#listen();
    // silence keeps existing connections
    if (fault !== undefined && fault !== 'silent') for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  async #listen(): Promise<void> {
    const server = createServer((near) => this.#join(near));
    await once(server.listen(this.#own, '127.0.0.1'), 'listening');
    this.#own = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  #join(near: Socket): void {
    this.#keep(near);
    if (this.#fault !== undefined) this.tries += 1;
    if (this.#fault === 'cut') return void near.destroy();
    if (this.#fault === '503') return void near.once('data', () => near.end(UNAVAILABLE));
    if (this.#fault === 'silent') return;
    const far = connect(this.#port, '127.0.0.1');
    this.#keep(far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (this.#fault !== 'silent') to.write(bytes);
      });
      from.on('close', () => to.destroy());
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** A TCP proxy that breaks connections as networks do, for tests of how a restore copes. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * - `pass`: all is well.
 * - `cut`: connections end, and new ones end at once.
 * - `reset`: the same, with a TCP reset.
 * - `refuse`: connections end, and nothing listens.
 * - `unavailable`: connections end, and each new request is answered with 503.
 * - `stall`: nothing goes either way; all goes on when it is over.
 * - `swallow`: what the server answers is lost, on these connections for good.
 * - `slow`: 256 kB a second, each way and connection.
 */
export const NETWORK_FAULTS = ['cut', 'reset', 'refuse', 'unavailable', 'stall', 'swallow', 'slow'] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];
type Mode = NetworkFault | 'pass';

const SLOW_BYTES_PER_SECOND = 256 * 1024;
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

interface Pair {
  client: Socket;
  server: Socket;
  /** Whether the server's responses are lost. */
  isDeaf: boolean;
}

export class FaultyProxy {
  /** Called as bytes pass, with their number since `watch`. */
  #onBytes: ((bytes: { down: number; up: number }) => void) | undefined;
  #passed = { down: 0, up: 0 };
  /** Where in the next bytes from the server one is changed, counted from there. */
  #garbleAt: number | undefined;
  #mode: Mode = 'pass';
  #changed = Promise.withResolvers<void>();
  readonly #pairs = new Set<Pair>();
  readonly port: number;
  readonly #server: Server;
  readonly #target: number;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#accept(client));
  }

  /** @param target the port on 127.0.0.1 that it forwards to. */
  static async before(target: number): Promise<FaultyProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyProxy(server, target);
  }

  /** Reports how many bytes pass from now on, `down` to the client and `up` to the server. */
  watch(onBytes: (bytes: { down: number; up: number }) => void): void {
    this.#passed = { down: 0, up: 0 };
    this.#onBytes = onBytes;
  }

  /** Changes one of the next bytes from the server, that many from here. */
  garble(at: number): void {
    this.#garbleAt = at;
  }

  async set(mode: Mode): Promise<void> {
    const was = this.#mode;
    this.#mode = mode;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    if (mode === 'swallow') for (const pair of this.#pairs) pair.isDeaf = true;
    if (['cut', 'refuse', 'unavailable'].includes(mode)) this.#end((socket) => socket.destroy());
    if (mode === 'reset') this.#end((socket) => socket.resetAndDestroy());
    if (mode === 'refuse') await new Promise((resolve) => this.#server.close(resolve));
    if (was === 'refuse' && mode !== 'refuse') await this.#listen();
  }

  async close(): Promise<void> {
    const wasListening = this.#server.listening;
    this.#end((socket) => socket.destroy());
    if (wasListening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #end(how: (socket: Socket) => void): void {
    for (const { client, server } of this.#pairs) {
      how(client);
      server.destroy();
    }
    this.#pairs.clear();
  }

  #accept(client: Socket): void {
    client.on('error', () => {});
    if (this.#mode === 'cut') return void client.destroy();
    if (this.#mode === 'reset') return void client.resetAndDestroy();
    if (this.#mode === 'unavailable') return void client.once('data', () => client.end(UNAVAILABLE));
    const server = tcpConnect(this.#target, '127.0.0.1');
    server.on('error', () => client.destroy());
    const pair = { client, server, isDeaf: this.#mode === 'swallow' };
    this.#pairs.add(pair);
    const ended = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    Promise.all([this.#pass(client, server, pair, 'up'), this.#pass(server, client, pair, 'down')]).then(ended, ended);
  }

  async #pass(from: Socket, to: Socket, pair: Pair, way: 'up' | 'down'): Promise<void> {
    for await (const read of from as AsyncIterable<Buffer>) {
      while (this.#mode === 'stall') await this.#changed.promise;
      if (this.#mode === 'slow') await sleep((read.length / SLOW_BYTES_PER_SECOND) * 1000);
      if (pair.isDeaf && way === 'down') continue;
      const chunk = way === 'down' ? this.#garbled(read) : read;
      if (!to.write(chunk)) await once(to, 'drain');
      this.#passed[way] += chunk.length;
      this.#onBytes?.({ ...this.#passed });
    }
    to.end();
  }

  #garbled(chunk: Buffer): Buffer {
    const at = this.#garbleAt;
    if (at === undefined) return chunk;
    this.#garbleAt = at < chunk.length ? undefined : at - chunk.length;
    if (at < chunk.length) chunk[at] = (chunk[at] as number) ^ 1;
    return chunk;
  }
}

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import type { TestCertificates } from './certificates.ts';

export interface TlsFront {
  url: string;
  /** How many clients have connected, whether or not they continued. */
  connections(): number;
  close(): void;
}

/** Speaks TLS in front of a server of this machine that does not. */
export async function tlsFront(port: number, { certFile, keyFile }: TestCertificates): Promise<TlsFront> {
  let connections = 0;
  const front = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (socket) => {
    const behind = connect(port, '127.0.0.1');
    socket.on('error', () => behind.destroy()).pipe(behind);
    behind.on('error', () => socket.destroy()).pipe(socket);
  });
  front.on('connection', () => {
    connections += 1;
  });
  front.on('tlsClientError', () => {});
  await once(front.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(front.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => void front.close(),
  };
}

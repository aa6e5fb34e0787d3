import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ListeningServer } from './json-service.ts';

const SERVER = new URL('./s3-server.ts', import.meta.url);

/** The one key pair that the local S3 server knows. */
export const LOCAL_S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/**
 * An S3 server on this machine, kept in a directory. It runs in a process of its own, as it hashes with an algorithm
 * that OpenSSL 3 has only as legacy; that process ends with this one.
 * @param certificate files in PEM, to speak TLS with.
 */
export async function startS3(
  directory: string,
  buckets: string[],
  certificate?: { certFile: string; keyFile: string },
): Promise<ListeningServer> {
  const tls = certificate === undefined ? [] : [`--cert=${certificate.certFile}`, `--key=${certificate.keyFile}`];
  const child = fork(SERVER, [...tls, directory, ...buckets], {
    execArgv: ['--openssl-legacy-provider', '--max-semi-space-size=1', '--optimize-for-size'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true, // a Ctrl+C is for the service, which stops this in its turn
  });
  const exited = once(child, 'exit');
  const url = await Promise.race([
    once(child, 'message').then(([message]) => message as string),
    exited.then(([code]) => {
      throw new Error(`the local S3 server ended with ${code}`);
    }),
  ]);
  return {
    url,
    close: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

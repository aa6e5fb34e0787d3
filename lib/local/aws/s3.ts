import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LocalCredentials } from './credentials.ts';
import type { ListeningServer } from './json-service.ts';

const SERVER = new URL('./s3-server.ts', import.meta.url);

export interface S3Options {
  /** The one key pair that it knows. */
  credentials: LocalCredentials;
  /** PEM files with a certificate and its key, to use TLS. */
  certificate?: { certFile: string; keyFile: string };
}

/**
 * An S3 server on this machine, stored in a directory. It runs in a process of its own, because it hashes with an
 * algorithm that OpenSSL 3 only has as legacy; that process ends with this one.
 */
export async function startS3(
  directory: string,
  buckets: string[],
  { credentials, certificate }: S3Options,
): Promise<ListeningServer> {
  const tls = certificate === undefined ? [] : [`--cert=${certificate.certFile}`, `--key=${certificate.keyFile}`];
  const child = fork(SERVER, [...tls, directory, ...buckets], {
    execArgv: ['--openssl-legacy-provider', '--max-semi-space-size=1', '--optimize-for-size'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true, // a Ctrl+C is meant for the service, which then stops this process
  });
  child.send(credentials); // don't pass them as arguments: every user of the machine can read those
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

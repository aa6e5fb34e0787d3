/** Certificates of an authority of our own, for servers that speak TLS. */
import { execFile } from 'node:child_process';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unprivilegedAccount } from '../../lib/engines/programs/account.ts';

const run = promisify(execFile);

export interface TestCertificates {
  /** The authority's own certificate, in PEM. */
  ca: string;
  /** Files that a throwaway server may read: its certificate, made out to 127.0.0.1, and its key. */
  certFile: string;
  keyFile: string;
  directory: string;
  remove(): Promise<void>;
}

/** @param names of the server; one that has expired did so a day ago. */
export async function makeCertificates(names = 'IP:127.0.0.1', { expired = false } = {}): Promise<TestCertificates> {
  const parent = (await unprivilegedAccount()) === undefined ? tmpdir() : '/tmp';
  const directory = await mkdtemp(join(parent, 'jagad-certificates-'));
  const file = (name: string) => join(directory, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  // biome-ignore format: one option and its value a line says less
  await run('openssl', ['req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Test authority']);
  // biome-ignore format: as above
  await run('openssl', ['req', '-x509', ...key, '-keyout', file('server.key'), '-out', file('server.pem'), '-subj', '/CN=db',
    '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=CA:FALSE']);
  if (expired) {
    const request = ['-key', file('server.key'), '-out', file('server.csr'), '-subj', '/CN=db'];
    await run('openssl', ['req', '-new', ...request, '-addext', `subjectAltName=${names}`]);
    const issue = ['-in', file('server.csr'), '-out', file('server.pem'), '-days', '-1', '-copy_extensions', 'copyall'];
    await run('openssl', ['x509', '-req', ...issue, '-CA', file('ca.pem'), '-CAkey', file('ca.key')]);
  }
  const account = await unprivilegedAccount();
  if (account) for (const name of ['', 'server.key', 'server.pem']) await chown(file(name), account.uid, account.gid);
  return {
    ca: await readFile(file('ca.pem'), 'utf8'),
    certFile: file('server.pem'),
    keyFile: file('server.key'),
    directory,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

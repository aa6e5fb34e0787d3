/**
 * The process of the local S3 server: `s3-server.ts [--cert=FILE --key=FILE] DIRECTORY BUCKET…`. It uses TLS if it gets
 * a certificate. Its parent sends it the key pair and receives its address. It ends with its parent.
 */
import { once } from 'node:events';
import { readFileSync, statfsSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { parseArgs } from 'node:util';
import S3rver from 's3rver';
import AwsAccount from 's3rver/lib/models/account.js';
import { diskFault, MIN_FREE_BYTES } from '../state/disk-full.ts';
import type { LocalCredentials } from './credentials.ts';
import { listen } from './json-service.ts';
import { RequestRefused, SignatureCheck } from './request-signature.ts';
import { signedOnly } from './signed-requests.ts';

process.umask(0o077); // only this account may read the objects
const { values, positionals } = parseArgs({
  options: { cert: { type: 'string' }, key: { type: 'string' } },
  allowPositionals: true,
});
const { cert, key } = values;
const [directory, ...buckets] = positionals as [string, ...string[]];
const [credentials] = (await once(process, 'message')) as [LocalCredentials];
// s3rver looks up who owns the key, but doesn't check version 4 signatures
AwsAccount.DUMMY_ACCOUNT.revokeAccessKey('S3RVER');
AwsAccount.DUMMY_ACCOUNT.createKeyPair(credentials.accessKeyId, credentials.secretAccessKey);
const s3 = new S3rver({
  silent: true,
  vhostBuckets: false,
  directory,
  configureBuckets: buckets.map((name) => ({ name, configs: [] })),
});
await s3.configureBuckets();
const serve = signedOnly(s3.callback(), {
  signature: new SignatureCheck('s3', credentials),
  // s3rver overwrites an object in place, so a write for which there isn't enough space must not begin
  admit: (request) => checkRoomFor(request, directory),
  format: ({ name, message }: RequestRefused) => ({
    type: 'application/xml',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${name}</Code><Message>${message}</Message></Error>`,
  }),
  directory,
});
const isTls = cert !== undefined && key !== undefined;
const server = isTls
  ? createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, serve)
  : createServer(serve);
const { url } = await listen(server, 0, isTls ? 'https' : 'http');
// s3rver's files have no error listener for a full disk: with this, the writer is disconnected and the server survives
process.on('uncaughtException', (error) => {
  if (diskFault(error) === undefined) throw error;
  server.closeAllConnections();
});
process.on('disconnect', () => process.exit(0));
if (process.connected) process.send?.(url);

/** @throws RequestRefused */
function checkRoomFor({ method, headers }: IncomingMessage, where: string): void {
  if (method !== 'PUT' && method !== 'POST') return;
  const { bavail, bsize } = statfsSync(where);
  // the body is checked first, and then written
  const needed = 2 * Number(headers['content-length'] ?? 0) + MIN_FREE_BYTES;
  if (bavail * bsize >= needed) return;
  throw new RequestRefused('ServiceUnavailable', 'the disk of the bucket is full', 503);
}

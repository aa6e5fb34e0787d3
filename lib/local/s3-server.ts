/**
 * The process of the local S3 server: `s3-server.ts [--cert=FILE --key=FILE] DIRECTORY BUCKET…`, which speaks TLS where it
 * is given a certificate. Tells its address to its parent, and ends with it.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import S3rver from 's3rver';

const { values, positionals } = parseArgs({
  options: { cert: { type: 'string' }, key: { type: 'string' } },
  allowPositionals: true,
});
const { cert, key } = values;
const [directory, ...buckets] = positionals;
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  vhostBuckets: false,
  directory: directory as string,
  configureBuckets: buckets.map((name) => ({ name, configs: [] })),
  ...(cert !== undefined && key !== undefined ? { cert: readFileSync(cert), key: readFileSync(key) } : {}),
});
const { port } = await server.run();
process.on('disconnect', () => process.exit(0));
process.send?.(`${cert === undefined ? 'http' : 'https'}://127.0.0.1:${port}`);

/** Commands as a person types them, within this process. */
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../lib/cli/run.ts';

const OBJECTS = fileURLToPath(new URL('../fixtures/jagad/objects/backups/', import.meta.url));
const fixture = (path: string) => `${OBJECTS}${path}`;

/** Paths of the fixtures' objects. */
export const FIXTURES = {
  postgresEncrypted: fixture('Production PG/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01-20261122-020000.sql.gz'),
  postgresPlain: fixture('Production PG/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b02-20261122-030000.sql.gz'),
  mariadbPlain: fixture('Shop MariaDB/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b04-20261122-050000.sql.gz'),
  mysqlEncrypted: fixture('Shop MySQL/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b05-20261122-060000.sql.gz'),
};

export interface Typed {
  code: number;
  /** What came out of it. */
  bytes: Buffer;
  stdout: string;
  stderr: string;
}

/** Runs a command, with the streams of a pipe (no terminal), unless `isTerminal` says of stdout that it is one. */
export async function typed(args: string[], env: NodeJS.ProcessEnv = {}, isTerminal = false): Promise<Typed> {
  const stdout = collector();
  const stderr = collector();
  const code = await run(args, {
    env,
    stdin: new PassThrough(),
    stdout: Object.assign(stdout.stream, { isTTY: isTerminal }),
    stderr: stderr.stream,
    signal: new AbortController().signal,
  });
  const bytes = Buffer.concat(stdout.chunks);
  return { code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(stderr.chunks).toString() };
}

function collector(): { stream: Writable; chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, chunks };
}

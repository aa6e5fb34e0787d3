/** Servers that send data of no known protocol: the result says so, no error escapes, and nothing hangs. */
import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testConnection } from '../../../lib/connections/test-connection.ts';
import type { DbType } from '../../../lib/databases/names.ts';
import { connectMysql, queryRows } from '../../../lib/engines/mysql/session/session.ts';
import { connectPostgres } from '../../../lib/engines/postgres/session/session.ts';
import { RestoreError } from '../../../lib/errors/errors.ts';
import { randomNumbers } from '../../support/chunks.ts';
import { GREETING, LOGGED_IN, mysqlPacket, OK, postgresMessage, READY } from '../../support/database-packets.ts';
import { aConnection } from '../../support/records.ts';

const SERVERS = 150;
const SOON_MS = 10_000;

type Random = (below: number) => number;

const bytes = (random: Random, length: number) => Buffer.from(Array.from({ length }, () => random(256)));

/** What a server sends, one part after another: MySQL's sends first, PostgreSQL's answers each message. */
function answers(dbType: DbType, random: Random): Buffer[] {
  const noise = bytes(random, random(40));
  const way = random(5);
  if (dbType === 'postgresql') {
    const type = 'RZESKTDCNAtn1234GHWcdIVv'.charAt(random(24));
    if (way === 0) return [bytes(random, random(100))];
    if (way === 1) return [postgresMessage(type, noise)];
    if (way === 2) return [Buffer.concat([LOGGED_IN, postgresMessage(type, noise)])];
    if (way === 3) return [Buffer.concat([LOGGED_IN, READY]), postgresMessage(type, noise, random(60) - 5)];
    return [Buffer.concat([LOGGED_IN, READY]), postgresMessage(type, noise)];
  }
  const packets = Buffer.concat([mysqlPacket(1, noise), mysqlPacket(2, bytes(random, 1 + random(30)))]);
  if (way === 0) return [mysqlPacket(0, bytes(random, random(100)))];
  if (way === 1) return [mysqlPacket(0, GREETING.subarray(0, random(GREETING.length)))];
  if (way === 2) return [mysqlPacket(0, GREETING), mysqlPacket(2, noise)];
  if (way === 3) return [mysqlPacket(0, GREETING), OK, packets];
  return [
    mysqlPacket(0, GREETING),
    OK,
    Buffer.concat([mysqlPacket(1, Buffer.from([1])), packets.subarray(packets.length >> 1)]),
  ];
}

/** A server that sends this, and then closes the connection. */
async function startMalformed(said: Buffer[], speaksFirst: boolean): Promise<number> {
  const server: Server = createServer((socket) => {
    const left = [...said];
    const next = () => {
      const bytes = left.shift();
      if (bytes !== undefined) socket.write(bytes);
      if (left.length === 0) setTimeout(() => socket.destroy(), 50);
    };
    socket.on('error', () => {});
    socket.on('data', next);
    if (speaksFirst) next();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const accessTo = (dbType: DbType, port: number) => ({
  connection: aConnection({ db_type: dbType, host: '127.0.0.1', port, ssl_mode: 'disable' }),
  password: 'secret',
});

describe.each(['postgresql', 'mysql', 'mariadb'] as const)('a %s server that sends nonsense', (dbType) => {
  it(`causes an error that can be caught, in ${SERVERS} ways`, { timeout: 60_000 }, async () => {
    const numbers = randomNumbers(7);
    const random: Random = (below) => Math.floor(numbers() * below);
    const outcomes = Array.from({ length: SERVERS }, async () => {
      const said = answers(dbType, random);
      const access = accessTo(dbType, await startMalformed(said, dbType !== 'postgresql'));
      const about = said.map((part) => part.toString('hex')).join(' ');
      const late = new Promise<string>((resolve) => setTimeout(resolve, SOON_MS, `late: ${about}`));
      const asked = (async () => {
        if (dbType === 'postgresql') await (await connectPostgres(access, 'postgres')).query('SELECT 1');
        else await queryRows((await connectMysql(access)).client, 'SELECT 1');
        return 'answered';
      })().catch((error: unknown) => (error instanceof Error ? 'error' : `threw ${error}`));
      return Promise.race([asked, late]);
    });
    // noise can be an answer, too
    for (const outcome of await Promise.all(outcomes)) expect(['error', 'answered']).toContain(outcome);
  });

  it('fails the test of the connection with an explanation', async () => {
    const said =
      dbType === 'postgresql'
        ? [Buffer.concat([LOGGED_IN, READY]), postgresMessage('E', Buffer.from('SERROR'))]
        : [mysqlPacket(0, GREETING), OK, mysqlPacket(1, Buffer.from([0xfc, 5]))];
    const port = await startMalformed(said, dbType !== 'postgresql');
    expect(await testConnection(accessTo(dbType, port), ['shop'])).toMatchObject({
      ok: false,
      error: expect.stringMatching(
        dbType === 'postgresql' ? /is not PostgreSQL's protocol/ : /broke off|cannot connect/,
      ),
      hint: expect.any(String),
    });
  });
});

it('fails the queries of a PostgreSQL session after the login', async () => {
  const port = await startMalformed([Buffer.concat([LOGGED_IN, READY]), postgresMessage('E', Buffer.alloc(0))], false);
  const client = await connectPostgres(accessTo('postgresql', port), 'postgres');
  const error = await client.query('SELECT 1').catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(RestoreError);
  expect((error as Error).message).toContain('an error whose fields do not end');
});

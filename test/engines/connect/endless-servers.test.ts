/** Servers that send endlessly: once there is a result, nothing more is read from them, and memory stays small. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testConnection } from '../../../lib/connections/test-connection.ts';
import type { DbType } from '../../../lib/databases/names.ts';
import type { Access } from '../../../lib/engines/connect/connect.ts';
import { lookAtTarget } from '../../../lib/engines/connect/modules.ts';
import { probeServer } from '../../../lib/engines/connect/probe-server.ts';
import { connectMysql } from '../../../lib/engines/mysql/session/session.ts';
import { connectPostgres } from '../../../lib/engines/postgres/session/session.ts';
import { inTime } from '../../../lib/pipeline/in-time.ts';
import { makeCertificates, type TestCertificates } from '../../support/certificates.ts';
import { GREETING, LOGGED_IN, mysqlPacket, OK, postgresMessage, READY } from '../../support/database-packets.ts';
import { aConnection } from '../../support/records.ts';

const MIB = 1024 * 1024;
/** How much of an unread connection the system holds: its buffers on both sides. */
const BUFFERED_BYTES = 16 * MIB;
/**
 * How much an endless answer may leave in this process, including what V8 hasn't collected yet: 530 MiB was seen.
 * Without a limit, it ran out of heap.
 */
const MAX_GROWTH_BYTES = 900 * MIB;

const many = (part: Buffer) => Buffer.concat(Array.from({ length: Math.ceil(65_536 / part.length) }, () => part));
const text = (...parts: string[]) => Buffer.from(parts.map((part) => `${part}\0`).join(''));
const headerOf = (type: string, length: number) => {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(length, 1);
  return header;
};
const ONE_COLUMN = postgresMessage(
  'T',
  Buffer.concat([
    Buffer.from([0, 1]),
    text('c'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]),
  ]),
);
const ROW = postgresMessage('D', Buffer.from([0, 1, 0, 0, 0, 1, 0x61]));
const NOTICE = postgresMessage('N', Buffer.concat([text('SNOTICE', 'C00000', 'Mhello'), Buffer.from([0])]));
const MYSQL_COLUMN = Buffer.concat([
  Buffer.from('\x03def\0\0\0\x01c\0\x0c', 'latin1'),
  Buffer.from([0x21, 0, 0, 1, 0, 0, 0xfd, 0, 0, 0, 0, 0]),
]);
const EOF_PACKET = Buffer.from([0xfe, 0, 0, 2, 0]);

interface Endless {
  dbType: DbType;
  /** What it sends first, one part for each message that it gets; MySQL's sends the first message. */
  said: Buffer[];
  /** What it then sends repeatedly. */
  forever: Buffer;
}

/** As numbered packets have to follow one another, up to 255 and from 0 on. */
const mysqlForever = (first: number, body: Buffer) =>
  Buffer.concat(Array.from({ length: 256 * 16 }, (_, index) => mysqlPacket((first + index) % 256, body)));

const SERVERS: Record<string, Endless> = {
  'PostgreSQL: rows': {
    dbType: 'postgresql',
    said: [Buffer.concat([LOGGED_IN, READY]), ONE_COLUMN],
    forever: many(ROW),
  },
  'PostgreSQL: notices': { dbType: 'postgresql', said: [LOGGED_IN], forever: many(NOTICE) },
  'PostgreSQL: parameters at the login': {
    dbType: 'postgresql',
    said: [LOGGED_IN],
    forever: many(postgresMessage('S', text('a', 'b'))),
  },
  'PostgreSQL: one row of 2 GiB': {
    dbType: 'postgresql',
    said: [Buffer.concat([LOGGED_IN, READY]), Buffer.concat([ONE_COLUMN, headerOf('D', 0x7fff_ffff)])],
    forever: Buffer.alloc(65_536, 1),
  },
  'MySQL: rows': {
    dbType: 'mysql',
    said: [
      mysqlPacket(0, GREETING),
      OK,
      Buffer.concat([mysqlPacket(1, Buffer.from([1])), mysqlPacket(2, MYSQL_COLUMN), mysqlPacket(3, EOF_PACKET)]),
    ],
    forever: mysqlForever(4, Buffer.from([1, 0x61])),
  },
  'MySQL: packets of 16 MiB at the login': {
    dbType: 'mysql',
    said: [Buffer.from([0xff, 0xff, 0xff, 0])],
    forever: Buffer.alloc(65_536, 10),
  },
  'MariaDB: bytes of no protocol': { dbType: 'mariadb', said: [], forever: Buffer.alloc(65_536, 7) },
};

interface Started {
  port: number;
  /** Bytes that clients have taken. */
  sent(): number;
  open(): number;
}

/** @param tls of PostgreSQL: it also speaks TLS when it is asked. */
async function start({ dbType, said, forever }: Endless, tls?: { key: string; cert: string }): Promise<Started> {
  let sent = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((raw) => {
    sockets.add(raw);
    raw.on('close', () => sockets.delete(raw));
    raw.on('error', () => {});
    const speak = (socket: Socket) => {
      const left = [...said];
      const flood = () => {
        while (!socket.destroyed && socket.write(forever)) sent += forever.length;
      };
      const next = () => {
        const part = left.shift();
        if (part !== undefined) socket.write(part);
        if (left.length === 0) {
          socket.off('data', next).resume().on('drain', flood);
          flood();
        }
      };
      socket.on('error', () => {});
      socket.on('data', next);
      if (dbType !== 'postgresql') next();
    };
    if (tls === undefined) return speak(raw);
    raw.once('data', () => {
      raw.write('S');
      speak(new TLSSocket(raw, { isServer: true, ...tls }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as { port: number }).port, sent: () => sent, open: () => sockets.size };
}

const accessTo = (dbType: DbType, port: number): Access => ({
  connection: aConnection({ db_type: dbType, host: '127.0.0.1', port, ssl_mode: 'disable' }),
  password: 'secret',
});

/**
 * Runs something, and watches the memory of this process.
 * @returns how much it grew at most.
 */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return most - before;
}

async function expectNothingMore(server: Started): Promise<void> {
  await sleep(100); // data that was in transit
  const taken = server.sent();
  await sleep(700);
  expect(server.sent()).toBe(taken);
  expect(server.open()).toBe(0);
}

describe.each(Object.keys(SERVERS))('%s without end', (name) => {
  const endless = SERVERS[name] as Endless;

  it('ends the test of a connection, and nothing more is read', { timeout: 30_000 }, async () => {
    const server = await start(endless);
    const growth = await growthOf(async () => {
      const found = await testConnection(accessTo(endless.dbType, server.port), ['shop'], 1500);
      expect(found).toMatchObject({ ok: false, error: expect.any(String), hint: expect.any(String) });
    });
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
    await expectNothingMore(server);
  });

  it('ends an inspection that takes too long, and nothing more is read', { timeout: 30_000 }, async () => {
    const server = await start(endless);
    const access = accessTo(endless.dbType, server.port);
    const look = (signal: AbortSignal) => lookAtTarget({ ...access, limits: { signal } }, 'shop');
    const growth = await growthOf(() => expect(inTime(look, 300, () => new Error('too late'))).rejects.toThrow());
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
    await expectNothingMore(server);
  });
});

describe('the limit on what is read', () => {
  it.each(['PostgreSQL: rows', 'MySQL: rows'])('ends a session in time: %s', async (name) => {
    const endless = SERVERS[name] as Endless;
    const server = await start(endless);
    const access = { ...accessTo(endless.dbType, server.port), limits: { maxBytes: 4 * MIB } };
    await expect(lookAtTarget(access, 'shop')).rejects.toThrow('the server sent more than 4 MiB');
    expect(server.sent()).toBeLessThan(4 * MIB + BUFFERED_BYTES);
    await expectNothingMore(server);
  });

  it('also covers data before a login', async () => {
    const server = await start(SERVERS['MariaDB: bytes of no protocol'] as Endless);
    expect(await probeServer('127.0.0.1', server.port, AbortSignal.timeout(5000))).toBeUndefined();
    expect(server.sent()).toBeLessThan(BUFFERED_BYTES);
    await expectNothingMore(server);
  });
});

it.each(['postgresql', 'mysql'] as const)('reads nothing more after a failed login: %s', async (dbType) => {
  const name = dbType === 'mysql' ? 'MariaDB: bytes of no protocol' : 'PostgreSQL: rows';
  const { said, forever } = SERVERS[name] as Endless;
  const refusal = postgresMessage('E', Buffer.concat([text('SFATAL', 'C28P01', 'Mno'), Buffer.from([0])]));
  const server = await start({ dbType, said: dbType === 'mysql' ? said : [refusal], forever });
  const access = accessTo(dbType, server.port);
  const login = dbType === 'mysql' ? connectMysql(access) : connectPostgres(access, 'postgres');
  await expect(login).rejects.toThrow('cannot connect');
  await expectNothingMore(server);
});

describe('through TLS', () => {
  let certificates: TestCertificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });
  afterAll(() => certificates.remove());

  it('reads nothing more either', async () => {
    const { keyFile, certFile } = certificates;
    const tls = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
    const server = await start(SERVERS['PostgreSQL: rows'] as Endless, tls);
    const { connection, password } = accessTo('postgresql', server.port);
    const access = { connection: { ...connection, ssl_mode: 'require' as const }, password };
    expect(await testConnection(access, [], 1500)).toMatchObject({ ok: false });
    await expectNothingMore(server);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, type TestContext, test, vi } from 'vitest';
import { findMysqlBinDir } from '../../../lib/engines/programs/find-binaries.ts';
import { dumpCommand, openDump } from '../../../lib/local/demo/backup/dump.ts';
import { writeJagadBackup } from '../../../lib/local/demo/backup/jagad-writer.ts';
import {
  createSample,
  damageSample,
  type Fingerprint,
  fingerprint,
} from '../../../lib/local/demo/sample/sample-data.ts';
import { openSession, quoteName } from '../../../lib/local/demo/session.ts';
import { startMariadb } from '../../../lib/local/servers/mariadb.ts';
import { startMysql } from '../../../lib/local/servers/mysql.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import type { RunningServer, ServerOptions } from '../../../lib/local/servers/throwaway.ts';
import { openFrames } from './open-frames.ts';

const TIMEOUT_MS = 240_000;
const KEY = 'correct horse battery staple';

type Start = (options: ServerOptions & { binDir: string }) => Promise<RunningServer>;

const engines: { dbType: string; start: Start }[] = [
  { dbType: 'postgresql', start: startPostgres },
  { dbType: 'mariadb', start: startMariadb },
  { dbType: 'mysql', start: startMysql },
];

test.for(engines)(
  "$dbType: a backup in Jagad's format restores damaged data",
  { timeout: TIMEOUT_MS },
  async ({ dbType, start }, context) => {
    const server = await startOrSkip(dbType, start, context);
    try {
      await createSample(server, 'shop');
      await createSample(server, 'neighbour');
      const before = await fingerprint(server, 'shop');
      expect(before.get('customers')?.rows).toBe(400);
      expect(before.get('order_items')?.rows).toBeGreaterThan(2000);
      expect(before.get('stock_movements')?.rows).toBe(before.get('order_items')?.rows);
      expect(before.get('order_totals')?.rows).toBe(1200);
      for (const kind of ['(columns)', '(views)', '(routines)', '(triggers)', '(indexes)']) {
        expect(before.get(kind)?.rows, kind).toBeGreaterThan(0);
      }
      expect(await fingerprint(server, 'neighbour')).toEqual(before);

      const out = new PassThrough();
      const object = buffer(out);
      const backup = await writeJagadBackup({ dump: openDump(server, 'shop'), out, encryptionKey: KEY });
      const dump = gunzipSync(Buffer.concat(await openFrames(await object, KEY)));
      expect(dump).toHaveLength(backup.dumpBytes);
      expect(dump.subarray(0, 5).toString()).toBe(
        dbType === 'postgresql' ? 'PGDMP' : dbType === 'mysql' ? '-- My' : '/*M!9',
      );

      const sentences = await damageSample(server, 'shop');
      expect(sentences).toEqual([
        `The table order_items is gone, with all its ${before.get('order_items')?.rows} rows.`,
        'Every second order is deleted: 600 of them.',
        'All 150 products now cost 0.01.',
        '133 customers have lost their names.',
      ]);
      const damaged = await fingerprint(server, 'shop');
      expect(differences(before, damaged)).toEqual(
        expect.arrayContaining([
          'customers',
          'order_items',
          'order_totals',
          'orders',
          'products',
          '(columns)',
          '(triggers)',
        ]),
      );
      expect(damaged.get('stock_movements')).toEqual(before.get('stock_movements'));

      await restore(server, 'shop', dump);
      expect(differences(before, await fingerprint(server, 'shop'))).toEqual([]);
      expect(differences(before, await fingerprint(server, 'neighbour'))).toEqual([]);

      // Under another name it has the same fingerprint.
      const session = await openSession(server);
      await session.rows(`CREATE DATABASE ${quoteName(server.dbType, 'it`s "a" copy')}`);
      await session.end();
      await restore(server, 'it`s "a" copy', dump);
      expect(differences(before, await fingerprint(server, 'it`s "a" copy'))).toEqual([]);
    } finally {
      await server.stop();
    }
  },
);

test.for(engines)(
  '$dbType: the fingerprint notices a single change of any kind',
  { timeout: TIMEOUT_MS },
  async ({ dbType, start }, context) => {
    const server = await startOrSkip(dbType, start, context);
    const postgres = dbType === 'postgresql';
    const changes: [string, string[]][] = [
      [
        'UPDATE customers SET born_on = NULL WHERE id = (SELECT * FROM (SELECT min(id) FROM customers WHERE born_on IS NOT NULL) AS t)',
        ['customers'],
      ],
      [
        "UPDATE orders SET note = '' WHERE id = (SELECT * FROM (SELECT min(id) FROM orders WHERE note IS NULL) AS t)",
        ['orders'],
      ],
      [`UPDATE products SET thumbnail = ${postgres ? "'\\x00'" : "x'00'"} WHERE id = 1`, ['products']],
      ['CREATE INDEX another ON orders (placed_at)', ['(indexes)']],
      ["ALTER TABLE customers ALTER born_on SET DEFAULT '2000-01-01'", ['(columns)']],
      ["ALTER TABLE orders ADD CONSTRAINT no_spam CHECK (note <> 'spam')", [postgres ? '(constraints)' : '(checks)']],
      ['DROP PROCEDURE restock', ['(routines)']],
      [postgres ? 'DROP TRIGGER sold ON order_items' : 'DROP TRIGGER sold', ['(triggers)']],
      ['CREATE VIEW one AS SELECT id FROM orders WHERE id < 3', ['one', '(views)']],
      postgres
        ? ["SELECT nextval('orders_id_seq')", ['(sequences)']]
        : ['DROP EVENT forget_old_movements', ['(events)']],
      // A row that exists twice differs from one that exists three times.
      ['CREATE TABLE twins (a int)', ['twins']],
      ['INSERT INTO twins VALUES (1), (1)', ['twins']],
      ['INSERT INTO twins VALUES (1)', ['twins']],
      ['UPDATE twins SET a = 2', ['twins']],
    ];
    try {
      await createSample(server, 'shop');
      const session = await openSession(server, 'shop');
      let before = await fingerprint(server, 'shop');
      for (const [sql, expected] of changes) {
        await session.rows(sql);
        const after = await fingerprint(server, 'shop');
        expect(differences(before, after), sql).toEqual(expect.arrayContaining(expected));
        before = after;
      }
      await session.end();
    } finally {
      await server.stop();
    }
  },
);

test('a dump that fails says why, and leaves no password behind', { timeout: TIMEOUT_MS }, async () => {
  const server = await startPostgres();
  // its own: other tests of the machine dump at the same time
  const own = await mkdtemp(join(tmpdir(), 'jagad-t-'));
  vi.stubEnv('TMPDIR', own);
  try {
    await expect(buffer(openDump(server, 'nowhere'))).rejects.toThrow(
      /pg_dump ended with 1: .*"nowhere" does not exist/,
    );
    await expect(buffer(openDump({ ...server, binDir: '/nowhere' }, 'x'))).rejects.toThrow('ENOENT');
    expect(await readdir(own)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    await rm(own, { recursive: true });
    await server.stop();
  }
});

test("the commands are Jagad's own, with the password in a file and nowhere else", () => {
  const server = { host: '127.0.0.1', port: 5, username: 'u', password: 'a"b:c\\d' } as const;
  const postgres = dumpCommand({ ...server, dbType: 'postgresql' }, "it's", '/f');
  expect(postgres).toEqual({
    command: 'pg_dump',
    args: ['-d', "dbname='it\\'s'", '--no-password', '--clean', '--if-exists', '--format=c'],
    env: { PGHOST: '127.0.0.1', PGPORT: '5', PGUSER: 'u', PGPASSFILE: '/f' },
    credentials: '*:*:*:*:a"b\\:c\\\\d\n',
  });
  const mysql = dumpCommand({ ...server, dbType: 'mysql', binDir: '/opt/bin' }, 'shop', '/f');
  expect(mysql.command).toBe('/opt/bin/mysqldump');
  expect(mysql.args.join(' ')).toBe(
    '--defaults-file=/f -h 127.0.0.1 -P 5 -u u --single-transaction --routines --triggers --events -- shop',
  );
  expect(mysql.credentials).toBe('[client]\npassword="a\\"b:c\\\\d"\n');
});

async function startOrSkip(dbType: string, start: Start, context: TestContext): Promise<RunningServer> {
  const binDir = dbType === 'mysql' ? await findMysqlBinDir() : '';
  if (binDir === undefined) return context.skip('no MySQL server found: set MYSQL_BIN_DIR');
  return start({ binDir });
}

/** The names whose contents differ, or which only one of the two has. */
function differences(one: Fingerprint, two: Fingerprint): string[] {
  const names = [...new Set([...one.keys(), ...two.keys()])];
  return names.filter((name) => JSON.stringify(one.get(name)) !== JSON.stringify(two.get(name)));
}

/** By the engine's own tool, as its manual says. */
async function restore(server: RunningServer, database: string, dump: Buffer): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-restore-'));
  const credentials = join(directory, 'credentials');
  const { host, port, username, password, dbType, binDir = '' } = server;
  const postgres = dbType === 'postgresql';
  await writeFile(credentials, postgres ? `*:*:*:*:${password}\n` : `[client]\npassword=${password}\n`, {
    mode: 0o600,
  });
  const args = postgres
    ? ['--clean', '--if-exists', '-h', host, '-p', `${port}`, '-U', username, '-d', `dbname='${database}'`]
    : [`--defaults-file=${credentials}`, '-h', host, '-P', `${port}`, '-u', username, `--database=${database}`];
  const tool = postgres ? 'pg_restore' : dbType === 'mariadb' ? 'mariadb' : 'mysql';
  const child = spawn(join(binDir, tool), args, {
    env: { PGPASSFILE: credentials },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.stdin.end(dump);
  const [code] = await once(child, 'close');
  await rm(directory, { recursive: true });
  expect(code).toBe(0);
}

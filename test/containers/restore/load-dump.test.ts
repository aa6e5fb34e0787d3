/** A worker that loses its claim while it waits for a lock stops after the current statement. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, loadDump } from '../../../containers/restore/load-dump.ts';
import type { DbType } from '../../../lib/databases/names.ts';
import { TableStates } from '../../../lib/engines/table-states.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { runSql } from '../../support/harness.ts';
import { dumpOfStatements } from '../../support/mysql-load.ts';
import { aConnection } from '../../support/records.ts';
import { NO_MYSQL, startServer } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const LOST = new Error('the claim is lost');
const TABLES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

let directory: string;
let server: RunningServer | undefined;
async function start(dbType: DbType): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'jagad-load-'));
  server = await startServer(dbType);
}
async function stop(): Promise<void> {
  await server?.stop();
  await rm(directory, { recursive: true });
}

/**
 * Loads a dump.
 * @param hold says whether the claim still holds, each time that it is checked.
 */
async function load(dump: Buffer, hold: () => boolean): Promise<void> {
  const { dbType: db_type, host, port, username, password } = server as RunningServer;
  const connection = aConnection({ db_type, host, port, username, ssl_mode: 'prefer' });
  const options: LoadOptions = {
    telling: { log: () => {}, warn: () => {}, stage: () => {}, progress: () => {} },
    workDirectory: directory,
    signal: new AbortController().signal,
    beforeFirstWrite: async () => {},
    isAsBefore: () => {},
    analyze: false,
    tables: new TableStates(),
    beforeNextWrite: async () => {
      if (!hold()) throw LOST;
    },
  };
  async function* chunks(): AsyncGenerator<Buffer> {
    yield dump;
  }
  const restoreId = crypto.randomUUID();
  await loadDump(
    { chunks: chunks(), objectBytes: dump.length, dumpBytes: dump.length },
    { connection, password, database: 'target', restoreId },
    options,
  );
}

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  beforeAll(() => start(dbType));
  afterAll(stop);
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });

  it('drops no other table once its claim is lost while it waited for one', async () => {
    const to = server as RunningServer;
    const statements = TABLES.flatMap((name) => [
      `CREATE TABLE ${name} (id INT PRIMARY KEY)`,
      `INSERT INTO ${name} VALUES (1)`,
    ]);
    const dump = await dumpOfStatements(to, statements);
    await runSql(to, undefined, ['CREATE DATABASE target']);
    for (const name of TABLES) {
      await runSql(to, 'target', [`CREATE TABLE ${name} (id INT PRIMARY KEY)`, `INSERT INTO ${name} VALUES (7), (8)`]);
    }
    const holder = await openSession(to, 'target');
    await holder.rows('START TRANSACTION');
    await holder.rows('SELECT * FROM c');
    let holds = true;
    const loading = load(dump, () => holds);
    loading.catch(() => {});
    const waiting = "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'";
    await until(async () => (await runSql(to, undefined, [waiting])).length === 1);
    holds = false;
    await holder.rows('COMMIT');
    await holder.end();
    await expect(loading).rejects.toBe(LOST);
    for (const name of ['d', 'e', 'f', 'g', 'h']) {
      expect(await runSql(to, 'target', [`SELECT id FROM ${name} ORDER BY id`])).toEqual([{ id: 7 }, { id: 8 }]);
    }
  });
});

describe('postgresql', () => {
  beforeAll(async () => {
    await start('postgresql');
    const to = server as RunningServer;
    await runSql(to, undefined, ['CREATE DATABASE origin', 'CREATE DATABASE target']);
    await runSql(to, 'origin', ['CREATE TABLE a AS SELECT 1 AS id']);
    await runSql(to, 'target', ['CREATE TABLE a AS SELECT 7 AS id']);
  });
  afterAll(stop);

  function dumpOf(format: 'plain' | 'custom'): Buffer {
    const { host, port, username, password } = server as RunningServer;
    const args = [
      '-h',
      host,
      '-p',
      String(port),
      '-U',
      username,
      '--clean',
      '--if-exists',
      `--format=${format}`,
      'origin',
    ];
    return spawnSync('pg_dump', args, { env: { PATH: process.env.PATH ?? '', PGPASSWORD: password } }).stdout;
  }

  const rows = () => runSql(server as RunningServer, 'target', ['SELECT id FROM a']);

  it('does not commit plain SQL once its claim is lost', async () => {
    let looks = 0;
    await expect(load(dumpOf('plain'), () => ++looks === 1)).rejects.toBe(LOST);
    expect(looks).toBe(2); // before the load starts, and before its end
    expect(await rows()).toEqual([{ id: 7 }]);
  });

  it.each(['plain', 'custom'] as const)(
    'does not start the tool for a %s dump once its claim is lost',
    async (format) => {
      await expect(load(dumpOf(format), () => false)).rejects.toBe(LOST);
      expect(await rows()).toEqual([{ id: 7 }]);
    },
  );

  it('loads everything if the claim holds', async () => {
    await load(dumpOf('plain'), () => true);
    expect(await rows()).toEqual([{ id: 1 }]);
  });
});

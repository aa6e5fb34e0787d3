/** What a preview says, compared with what a restore then does. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { Preview } from '../../lib/backups/schemas.ts';
import type { Connection } from '../../lib/connections/model.ts';
import type { DbType } from '../../lib/databases/names.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import { registerServer } from '../../lib/local/demo/register.ts';
import { fingerprint } from '../../lib/local/demo/sample/sample-data.ts';
import { openSession, quoteName } from '../../lib/local/demo/session.ts';
import { freePort } from '../../lib/local/servers/free-port.ts';
import { targetKey } from '../../lib/restores/request.ts';
import { backUp } from '../support/dumps.ts';
import { everyCase, itIf } from '../support/every-case.ts';
import { fixtureBytes, type Harness, startHarness } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

interface Previewing extends Harness {
  preview(backup: Backup, request?: object): Promise<Preview>;
  /** The same server as another connection: with what is given changed. */
  connect(changes: Partial<Connection>, password?: string | null): Promise<Connection>;
}

/** A service and a real server, for one block of tests. */
function withServer(dbType: DbType): () => Previewing {
  let harness: Previewing | undefined;
  let stopServer = async () => {};
  beforeAll(async () => {
    const server = await startServer(dbType);
    if (server === undefined) return;
    stopServer = server.stop;
    const started = await startHarness(server);
    harness = {
      ...started,
      preview: async (backup, request = {}) => {
        const { status, body } = await started.api.call('POST', `/api/backups/${backup.id}/restore/preview`, request);
        expect({ status, body }).toMatchObject({ status: 200 });
        return body as Preview;
      },
      connect: async (changes, password = server.password) => {
        const registered = await registerServer(started.service, server, { id: randomUUID(), name: 'another' });
        const connection = { ...registered, ...changes };
        await started.service.records.connections.put(connection);
        const secret = started.service.secretNames.connection(connection.id);
        if (password === null) started.service.secrets.delete(secret);
        else started.service.secrets.set(secret, JSON.stringify({ password }));
        return connection;
      },
    };
  });
  afterAll(async () => {
    await harness?.stop();
    await stopServer();
  });
  beforeEach((context) => {
    if (harness === undefined) context.skip(NO_MYSQL);
  });
  return () => harness as Previewing;
}

const NOTHING = { exact: true, tables: [], table_count: 0, rows_estimated: 0, bytes: 0 };

describe.each(everyCase<DbType>(['postgresql', 'mariadb'], ['mysql']))('a preview of a restore to %s', (dbType) => {
  const itOfPostgres = itIf(it, dbType === 'postgresql');
  const get = withServer(dbType);
  const tableName = (name: string) => (dbType === 'postgresql' ? `sales.${name}` : name);

  it('finds no blockers in a database that does not exist', async () => {
    const { preview, backups, server, connection, sql } = get();
    for (const backup of backups) {
      const answer = await preview(backup, { target_database: 'not there' });
      expect(answer).toMatchObject({
        backup_id: backup.id,
        target: { connection_id: connection.id, host: server.host, port: server.port, database: 'not there' },
        object: { path: backup.storage_path, bytes: fixtureBytes(backup.storage_path).length },
        database_exists: false,
        overwritten: NOTHING,
        connected: [],
        obstacles: [],
      });
      expect(answer.object.encrypted).toBe(backup === backups[0]);
      expect(answer.object.server_version).toMatch(/^\d+\.\d+/);
      expect(answer.server_version).toMatch(/^\d+\.\d+/);
      expect(answer.warnings).toEqual(['the backup has never been verified; the restore verifies it first']);
      expect(answer.rights.filter(({ granted, required }) => required && !granted)).toEqual([]);
      expect(answer.rights.length).toBeGreaterThan(2);
    }
    const listing = dbType === 'postgresql' ? 'SELECT datname AS name FROM pg_database' : 'SHOW DATABASES';
    expect(JSON.stringify(await sql(undefined, listing))).not.toContain('not there');
  });

  it('says what a restore over existing data would overwrite, and who is connected, and changes nothing', async () => {
    const { preview, backups, restore, sql, server, service, connection } = get();
    const database = 'Größe "1"';
    expect(await restore(backups[1], { target_database: database })).toMatchObject({ status: 'success' });
    const [counted] = await sql(database, `SELECT count(*) AS n FROM ${tableName('customers')}`);
    // otherwise the server's estimate comes some seconds later
    await sql(database, dbType === 'postgresql' ? 'ANALYZE' : 'ANALYZE TABLE customers');
    const before = await fingerprint(server, database);
    const records = await service.records.backups.get(backups[1].id);
    const lock = await service.records.locks.get(targetKey({ target: connection, database }));
    expect(lock).toBeDefined();
    const session = await openSession(server, database);
    try {
      const answer = await preview(backups[1], { target_database: database });
      expect(answer).toMatchObject({
        database_exists: true,
        obstacles: [],
        overwritten: { exact: dbType === 'postgresql' },
      });
      expect(answer.warnings).toEqual([expect.stringContaining('1 other session(s) are connected')]);
      expect(answer.connected).toEqual([
        {
          user: server.username,
          application: expect.any(String),
          address: expect.stringMatching(/^(127|::1|localhost)/),
        },
      ]);
      const { tables, table_count, rows_estimated, bytes } = answer.overwritten;
      expect(tables.map(({ name }) => name)).toContain(tableName('customers'));
      expect(tables).toHaveLength(table_count);
      const customers = tables.find(({ name }) => name === tableName('customers'));
      expect(customers?.bytes).toBeGreaterThan(0);
      expect(Math.abs((customers?.rows_estimated ?? 0) - Number(counted?.n))).toBeLessThanOrEqual(
        Number(counted?.n) / 2,
      );
      expect(rows_estimated).toBe(tables.reduce((sum, table) => sum + table.rows_estimated, 0));
      expect(bytes).toBe(tables.reduce((sum, table) => sum + table.bytes, 0));
    } finally {
      await session.end();
    }
    expect(await fingerprint(server, database)).toEqual(before);
    expect(await service.records.backups.get(backups[1].id)).toEqual(records);
    expect(await service.records.locks.get(targetKey({ target: connection, database }))).toEqual(lock);
  });

  it('names a restore that is running there, even if it holds locks', async () => {
    const { preview, backups, api, restore, sql, server } = get();
    const request = { target_database: 'busy' };
    await restore(backups[1], request);
    const locker = await openSession(server, 'busy');
    try {
      const lock =
        dbType === 'postgresql'
          ? ['BEGIN', 'LOCK TABLE sales.customers']
          : ['BEGIN', 'SELECT * FROM customers LIMIT 1'];
      for (const statement of lock) await locker.rows(statement);
      const started = await api.startRestore(backups[1].id, request);
      await expect
        .poll(async () => (await preview(backups[1], request)).connected.length, { timeout: 30_000 })
        .toBeGreaterThan(1);
      const answer = await preview(backups[1], request);
      expect(answer.obstacles).toEqual([
        expect.stringContaining(`restore ${started.id} is writing to database busy of ${get().connection.name}`),
      ]);
      expect(answer.overwritten.tables.map(({ name }) => name)).toContain(tableName('customers'));
      const elsewhere = await preview(backups[1], { target_database: 'quiet' });
      expect(elsewhere.obstacles).toEqual([]);
      await locker.rows('ROLLBACK');
      expect(await api.follow(started.id)).toMatchObject({ status: 'success' });
    } finally {
      await locker.end();
    }
    expect((await preview(backups[1], request)).obstacles).toEqual([]);
    await sql(undefined, `DROP DATABASE ${quoteName(dbType, 'busy')}`);
  });

  it('says why the server cannot be reached, and what to do', async () => {
    const { preview, backups, connect } = get();
    const port = await freePort();
    const unreachable: [Connection, RegExp][] = [
      [
        await connect({ name: 'guessed' }, 'a wrong guess'),
        /cannot connect to guessed .*Check target connection credentials/,
      ],
      [await connect({ name: 'closed', port }), /cannot connect to closed .*ECONNREFUSED.*Check target connection/],
      [await connect({ name: 'mute' }, null), /^the connection mute has no password\. Set it with PUT/],
      [await connect({ host: 'no-such-host.invalid' }), /cannot connect to another .*no-such-host\.invalid/],
    ];
    for (const [target, obstacle] of unreachable) {
      const answer = await preview(backups[1], { target_connection: target.id });
      expect(answer.obstacles).toEqual([expect.stringMatching(obstacle)]);
      expect(JSON.stringify(answer)).not.toContain('a wrong guess');
      expect(answer).toMatchObject({ server_version: null, database_exists: null, rights: [], connected: [] });
      expect(answer.object.bytes).toBeGreaterThan(0);
    }
  });

  itOfPostgres('takes each refusal of a restore for an obstacle, all at once, in the same words', async () => {
    const { preview, backups, service, connect, api } = get();
    const other = dbType === 'postgresql' ? 'mysql' : 'postgresql';
    const failed = { ...backups[1], id: randomUUID(), status: 'failed' as const, backup_type: 'incremental' as const };
    await service.records.backups.put(failed);
    const target = await connect({ db_type: other }, null);
    const request = { target_connection: target.id, target_database: 'ä'.repeat(other === 'mysql' ? 64 : 60) };
    const answer = await preview(failed, request);
    const expected = [
      'cannot restore backup with status: failed',
      'cannot restore an incremental backup made by an unknown tool',
      `cannot restore a ${dbType} backup to a ${other} server`,
      ...(other === 'postgresql' ? ['the database name is longer than postgresql allows'] : []),
      'the connection another has no password',
    ];
    expect(answer.obstacles).toEqual(expected.map((text) => expect.stringContaining(text)));
    expect(answer).toMatchObject({ object: { bytes: null }, server_version: null });
    const refused = await api.call('POST', `/api/backups/${failed.id}/restore`, request);
    expect(refused).toMatchObject({ status: 409, body: { error: expected[0] } });
  });

  // what is the same for all engines, and what only PostgreSQL has
  if (dbType !== 'postgresql') return;
  let backup: Backup;
  beforeEach(() => {
    backup = get().backups[0];
  });

  it('says what is wrong with the object', async () => {
    const { preview, backups, addBackup, service } = get();
    const bytes = fixtureBytes(backups[1].storage_path);
    const gone = { ...backups[1], id: randomUUID(), storage_path: 'backups/a/b/gone.sql.gz' };
    await service.records.backups.put(gone);
    const objects: [Backup, RegExp][] = [
      [gone, /^DOWNLOAD ERROR: backups\/a\/b\/gone\.sql\.gz is not in the bucket/],
      [await addBackup(backups[1], Buffer.from('no backup')), /^DECOMPRESS ERROR: .* is not a Jagad backup/],
      [await addBackup(backups[1], Buffer.from(bytes).fill(0, 30, 200)), /^DECOMPRESS ERROR: /],
      [await addBackup(backups[0], fixtureBytes(backups[0].storage_path).fill(7, 40, 60)), /^DECRYPT ERROR: /],
    ];
    for (const [backup, obstacle] of objects) {
      const answer = await preview(backup, { target_database: 'not there' });
      expect(answer.obstacles).toEqual([expect.stringMatching(obstacle)]);
      expect(answer.server_version).toMatch(/^\d/);
    }
  });

  it('names two databases that would become one', async () => {
    const { preview, backups, service, connect } = get();
    const copy = { ...backups[1], id: randomUUID(), engine: 'pgbackrest' as const, status: 'failed' as const };
    await service.records.backups.put(copy);
    const target = await connect({ db_type: 'mysql' }, null);
    const databases = [
      { from: 'shop', to: 'copy' },
      { from: 'crm', to: 'copy' },
    ];
    const { obstacles } = await preview(copy, { target_connection: target.id, databases });
    expect(obstacles).toContainEqual(expect.stringContaining('two databases would both become copy'));
  });

  it('reports what is known about verifications', async () => {
    const { preview, backups, addBackup } = get();
    const bytes = fixtureBytes(backups[1].storage_path);
    const of = async (fields: Partial<Backup>, request = {}) => {
      const backup = await addBackup(backups[1], bytes, fields);
      const { obstacles, warnings } = await preview(backup, { target_database: 'not there', ...request });
      return { obstacles, warnings };
    };
    expect(await of({ verify_status: 'passed' })).toEqual({ obstacles: [], warnings: [] });
    const mismatch = { verify_status: 'failed', verify_error: 'CHECKSUM MISMATCH: other bytes' } as const;
    const line = 'the backup failed its verification: CHECKSUM MISMATCH: other bytes';
    expect(await of(mismatch)).toEqual({ obstacles: [line], warnings: [] });
    expect(await of(mismatch, { verify: 'skip' })).toEqual({ obstacles: [], warnings: [line] });
    const unread = { verify_status: 'failed', verify_error: 'DOWNLOAD ERROR: gone for a while' } as const;
    expect(await of(unread)).toEqual({ obstacles: [], warnings: [expect.stringContaining('gone for a while')] });
  });

  it('answers 404 for missing records, 400 for unknown fields', async () => {
    const { api, backups } = get();
    const path = (id: string) => `/api/backups/${id}/restore/preview`;
    for (const id of [randomUUID(), 'x']) {
      expect(await api.call('POST', path(id), {})).toMatchObject({ status: 404, body: { error: 'backup not found' } });
    }
    expect(await api.call('POST', path(backups[1].id), { target_connection: randomUUID() })).toMatchObject({
      status: 404,
      body: { error: 'target connection not found' },
    });
    expect(await api.call('POST', path(backups[1].id), { target: 'x' })).toMatchObject({ status: 400 });
  });

  it('names a view that blocks the restore, as the restore then does', async () => {
    const { preview, restore, sql, server } = get();
    const request = { target_database: 'damaged' };
    await restore(backup, request);
    await sql(
      'damaged',
      'CREATE VIEW public.report AS SELECT count(*) FROM sales.customers',
      'CREATE TABLE public.notes (id int)',
      'INSERT INTO public.notes VALUES (1)',
      'DELETE FROM sales.audit',
    );
    const before = await fingerprint(server, 'damaged');
    const answer = await preview(backup, request);
    expect(answer.obstacles).toEqual([
      expect.stringMatching(/^view public\.report depends on table sales\.customers, in database damaged\. Drop them/),
    ]);
    expect(answer.warnings).toContain('table public.notes is not in the backup and stays as it is');
    expect(answer.overwritten.exact).toBe(true);
    const names = answer.overwritten.tables.map(({ name }) => name);
    expect(names).toContain('sales.audit');
    expect(names).not.toContain('public.notes');
    expect(await fingerprint(server, 'damaged')).toEqual(before);
    expect(await restore(backup, request)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('view public.report depends on table sales.customers') },
    });
    await sql('damaged', 'DROP VIEW public.report');
    expect((await preview(backup, request)).obstacles).toEqual([]);
    expect(await restore(backup, request)).toMatchObject({ status: 'success' });
  });

  it('names missing privileges', async () => {
    const { preview, connect, sql } = get();
    await sql(undefined, "CREATE ROLE weak LOGIN PASSWORD 'weak password'", 'CREATE DATABASE strong');
    const weak = await connect({ username: 'weak' }, 'weak password');
    const missing = await preview(backup, { target_connection: weak.id, target_database: 'not there' });
    expect(missing.obstacles).toEqual([expect.stringMatching(/^weak lacks a right: CREATEDB, for restoring into/)]);
    const there = await preview(backup, { target_connection: weak.id, target_database: 'strong' });
    expect(there.obstacles).toContainEqual(
      expect.stringMatching(
        /^weak lacks CREATE on database strong, which the dump needs for schema Mixed Case, schema sales\. /,
      ),
    );
    await sql(undefined, 'REVOKE CONNECT ON DATABASE strong FROM PUBLIC');
    const closed = await preview(backup, { target_connection: weak.id, target_database: 'strong' });
    expect(closed.obstacles).toEqual([
      expect.stringMatching(/cannot connect .* as weak: permission denied for database/),
    ]);
  });

  it('names the extensions that a dump needs', async () => {
    const { preview, sql } = get();
    await sql(undefined, 'CREATE DATABASE extended');
    await sql('extended', 'CREATE EXTENSION pg_trgm', 'CREATE TABLE t (name text)');
    const extended = await backUp(get(), 'extended');
    const answer = await preview(extended, { target_database: 'not there' });
    expect(answer.extensions).toEqual([{ name: 'pg_trgm', available: true }]);
    expect(answer.obstacles).toEqual([]);
  });

  it('requires an operator, who may not skip the verification', async () => {
    const { api, service } = get();
    const roles = { viewer: 403, operator: 200 } as const;
    for (const [role, status] of Object.entries(roles)) {
      const login = { username: `a-${role}`, password: 'a long enough password' };
      expect(await api.call('POST', '/api/users', { ...login, role })).toMatchObject({ status: 201 });
      const user = await ApiClient.logIn(service.url, login.username, login.password);
      const path = `/api/backups/${backup.id}/restore/preview`;
      const answer = await user.call('POST', path, { target_database: 'not there', verify: 'skip' });
      expect(answer.status).toBe(status);
      if (status !== 200) continue;
      expect((answer.body as Preview).obstacles).toEqual([
        expect.stringContaining('only an administrator may restore a backup without verifying it'),
      ]);
    }
  });
});

/**
 * The contents that a verification reads from a dump: returned, compared with the previous backup, and checked against
 * a target.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { Preview } from '../../lib/backups/schemas.ts';
import type { MysqlContents } from '../../lib/formats/dump-contents.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { completeDump } from '../support/mysql-load.ts';
import { startServer } from '../support/servers.ts';

/**
 * A row is longer than a load reads ahead: without the stored contents, the last table would be reached after the first
 * one was dropped.
 */
const LONG = 3_000_000;
const ROWS = 4;

let server: RunningServer;
let harness: Harness;
beforeAll(async () => {
  server = (await startServer('mariadb')) as RunningServer;
  harness = await startHarness(server);
});
afterAll(async () => {
  await harness?.stop();
  await server?.stop();
});

const verified = async (backup: Backup): Promise<Backup> => {
  await harness.api.call('POST', `/api/backups/${backup.id}/verify`, {});
  for (;;) {
    const { body } = await harness.api.call('GET', `/api/backups/${backup.id}`);
    if (!['pending', 'verifying'].includes((body as Backup).verify_status)) return body as Backup;
  }
};
const contentsOf = async ({ id }: Backup) => harness.api.call('GET', `/api/backups/${id}/contents`);

/** A backup of these statements. @param at when it was made */
const backupOf = async (statements: string[], at: string): Promise<Backup> =>
  harness.addBackup(harness.backups[1], gzipSync(await completeDump(server, statements)), {
    database_name: 'parts',
    checksum: null,
    size_bytes: null,
    created_at: at,
    started_at: at,
    completed_at: at,
  });
const rows = (count: number) => Array.from({ length: count }, (_, row) => `(${row})`).join(', ');

describe('the contents of a backup', () => {
  it('are unknown before its verification, and returned after it', async () => {
    const [, plain] = harness.backups;
    expect(await contentsOf(plain)).toMatchObject({
      status: 404,
      body: { error: 'the contents of this backup are unknown', hint: expect.stringContaining('/verify') },
    });
    const backup = await verified(plain);
    const { status, body } = await contentsOf(plain);
    expect(status).toBe(200);
    const { tables } = body as MysqlContents;
    expect(backup).toMatchObject({
      verify_status: 'passed',
      contents_state: 'first',
      contents: { tables: tables.length, rows: tables.reduce((sum, table) => sum + table.rows, 0), findings: [] },
    });
    expect(backup.contents?.rows).toBeGreaterThan(0);
  });

  it('are compared with the previous backup, and lists report what is odd', async () => {
    const orders = 'CREATE TABLE orders (id int PRIMARY KEY)';
    const gone = 'CREATE TABLE invoices (id int PRIMARY KEY)';
    const first = await backupOf([orders, gone, `INSERT INTO orders VALUES ${rows(1000)}`], '2026-11-20T02:00:00.000Z');
    const same = await backupOf([orders, gone, `INSERT INTO orders VALUES ${rows(990)}`], '2026-11-21T02:00:00.000Z');
    const less = await backupOf([orders, `INSERT INTO orders VALUES ${rows(300)}`], '2026-11-22T02:00:00.000Z');
    expect(await verified(first)).toMatchObject({ contents_state: 'first', contents: { compared_with: null } });
    expect(await verified(same)).toMatchObject({ contents_state: 'as_before', contents: { compared_with: first.id } });
    expect(await verified(less)).toMatchObject({
      contents_state: 'odd',
      contents: {
        compared_with: same.id,
        findings: expect.arrayContaining([
          expect.stringMatching(/invoices/),
          expect.stringMatching(/orders.*\b300\b.*\b990\b/),
        ]),
      },
    });
    const { body } = await harness.api.call('GET', '/api/backups?contents_state=odd');
    expect((body as Backup[]).map(({ id }) => id)).toEqual([less.id]);
  });

  it('are removed when the record is corrected to another object', async () => {
    const backup = await verified(await backupOf(['CREATE TABLE a (id int PRIMARY KEY)'], '2026-11-23T02:00:00.000Z'));
    expect(backup.contents).not.toBeNull();
    const { body } = await harness.api.call('PUT', `/api/backups/${backup.id}`, {
      storage_path: `${backup.storage_path}x`,
    });
    expect(body).toMatchObject({ verify_status: 'pending', contents: null, contents_state: null });
  });
});

describe('the room that a backup takes', () => {
  const previewOf = async (backup: Backup) =>
    (await harness.api.call('POST', `/api/backups/${backup.id}/restore/preview`, { target_database: 'room' }))
      .body as Preview;
  const free = async (free_bytes: number | null) => {
    const { status } = await harness.api.call('PUT', `/api/connections/${harness.connection.id}`, { free_bytes });
    expect(status).toBe(200);
  };

  it('is compared with what the connection says is free, in the preview and by the restore', async () => {
    const rows = `INSERT INTO roomy VALUES (1, REPEAT('x', 20000))`;
    const backup = await verified(
      await backupOf(['CREATE TABLE roomy (id int PRIMARY KEY, body text)', rows], '2026-11-25T02:00:00.000Z'),
    );
    expect(await previewOf(backup)).toMatchObject({
      room: { needed_bytes: expect.any(Number), free_bytes: null, free_bytes_from: 'unknown' },
      findings: [],
    });
    await free(10_000);
    const { room, findings, warnings } = await previewOf(backup);
    expect(room).toMatchObject({ free_bytes: 10_000, free_bytes_from: 'connection' });
    expect(room.needed_bytes).toBeGreaterThan(20_000);
    expect(findings).toMatchObject([{ id: 'disk-room', weight: 'warning' }]);
    expect(warnings).toContainEqual(expect.stringMatching(/takes at least 1 MiB on the server's disk/));
    const warned = await harness.restore(backup, { target_database: 'room' });
    expect(warned).toMatchObject({ status: 'success', warnings: [expect.stringContaining('takes at least')] });
    await free(1024 ** 3);
    expect((await previewOf(backup)).findings).toEqual([]);
  });
});

describe('an obstacle late in a dump', () => {
  const FORCE = 'SET GLOBAL innodb_force_primary_key =';
  let backup: Backup;
  beforeAll(async () => {
    const long = `INSERT INTO a_first VALUES (REPEAT('x', ${LONG}), 0)`;
    const fill = Array.from({ length: ROWS }, (_, row) => long.replace(', 0)', `, ${row})`));
    backup = await verified(
      await backupOf(
        ['CREATE TABLE a_first (body longtext, id int PRIMARY KEY)', ...fill, 'CREATE TABLE z_keyless (id int)'],
        '2026-11-24T02:00:00.000Z',
      ),
    );
    await harness.sql(undefined, 'CREATE DATABASE far', `${FORCE} OFF`);
    await harness.sql(
      'far',
      'CREATE TABLE a_first (id int PRIMARY KEY)',
      'INSERT INTO a_first VALUES (41)',
      `${FORCE} ON`,
    );
  });
  afterAll(() => harness.sql(undefined, `${FORCE} OFF`));

  it('is in the preview, with the statement that removes it', async () => {
    const { body } = await harness.api.call('POST', `/api/backups/${backup.id}/restore/preview`, {
      target_database: 'far',
    });
    expect((body as Preview).findings).toEqual([
      {
        id: 'mariadb-force-primary-key',
        weight: 'obstacle',
        message: expect.stringMatching(/has none on z_keyless$/),
        statement: 'SET GLOBAL innodb_force_primary_key = OFF;',
      },
    ]);
    expect((body as Preview).obstacles).toContainEqual(expect.stringContaining('z_keyless'));
  });

  it('ends the restore with the target untouched', async () => {
    const ended = await harness.restore(backup, { target_database: 'far' });
    expect(ended).toMatchObject({
      status: 'failed',
      target_state: 'untouched',
      error: { message: expect.stringMatching(/has none on z_keyless$/) },
    });
    expect(await harness.sql('far', 'SELECT id FROM a_first')).toEqual([{ id: 41 }]);
  });

  it('no longer stops the restore after it is removed', async () => {
    await harness.sql(undefined, `${FORCE} OFF`);
    expect(await harness.restore(backup, { target_database: 'far' })).toMatchObject({ status: 'success' });
    expect(await harness.sql('far', 'SELECT COUNT(*) AS n FROM a_first')).toMatchObject([{ n: ROWS }]);
  });
});

/** Which tables a restore into PostgreSQL reports as complete, incomplete, or untouched. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableStates } from '../../../../lib/engines/table-states.ts';
import { startPostgres } from '../../../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../../../lib/local/servers/throwaway.ts';
import { runSql } from '../../../support/harness.ts';
import { loadIntoPostgres } from '../../../support/postgres-load.ts';

/** If a dump is said to be this large, several jobs load the archive. */
const LARGE_BYTES = 512 * 1024 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await startPostgres();
  await runSql(server, undefined, ['CREATE DATABASE origin', 'CREATE DATABASE sound']);
  const tables = [
    'CREATE SCHEMA app',
    'CREATE TABLE app.a (id int PRIMARY KEY, v int)',
    'CREATE INDEX a_v ON app.a (v)',
    'INSERT INTO app.a SELECT n, n FROM generate_series(1, 1000) n',
    'CREATE TABLE app.parted (id int, PRIMARY KEY (id)) PARTITION BY RANGE (id)',
    'CREATE TABLE app."Part;1" PARTITION OF app.parted FOR VALUES FROM (1) TO (9)',
    'INSERT INTO app.parted VALUES (1)',
    'CREATE TABLE app.fk (id int PRIMARY KEY, a_id int REFERENCES app.a)',
    'INSERT INTO app.fk VALUES (1, 1)',
    'CREATE FUNCTION app.positive(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT true $$',
    'CREATE TABLE app.checked (id int CHECK (app.positive(id)))',
    'INSERT INTO app.checked VALUES (1)',
  ];
  await runSql(server, 'sound', tables);
  await runSql(server, 'origin', [
    ...tables,
    'ALTER TABLE app.fk DISABLE TRIGGER ALL',
    'INSERT INTO app.fk VALUES (2, 4711)',
    'CREATE OR REPLACE FUNCTION app.positive(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT false $$',
  ]);
});
afterAll(() => server?.stop());

function dumpOf(database: string, format: 'plain' | 'custom'): Buffer {
  const { host, port, username, password } = server;
  const to = ['-h', host, '-p', String(port), '-U', username, '--clean', '--if-exists', `--format=${format}`, database];
  return spawnSync('pg_dump', to, { env: { PATH: process.env.PATH ?? '', PGPASSWORD: password } }).stdout;
}

async function target(...statements: string[]): Promise<void> {
  await runSql(server, undefined, ['DROP DATABASE IF EXISTS target', 'CREATE DATABASE target']);
  await runSql(server, 'target', [
    'CREATE SCHEMA app',
    'CREATE TABLE app.a (id int PRIMARY KEY)',
    'CREATE TABLE public.own (id int)',
    ...statements,
  ]);
}

const ALL = ['app.Part;1', 'app.a', 'app.checked', 'app.fk', 'app.parted'];
const sorted = (tables: TableStates) => {
  const { complete, incomplete, untouched } = tables.summary() ?? {};
  return [complete, incomplete, untouched].map((some) => some?.names.toSorted());
};

describe.each([
  ['one session', 1],
  ['several jobs', LARGE_BYTES],
] as const)('an archive that %s restores', (_, dumpBytes) => {
  const load = (database: string, tables: TableStates, beforeNextWrite = async () => {}) =>
    loadIntoPostgres(server, 'target', dumpOf(database, 'custom'), undefined, false, {
      ...{ tables, dumpBytes, beforeNextWrite },
    });

  it('is complete if nothing fails', async () => {
    await target();
    const tables = new TableStates();
    const told = await load('sound', tables);
    expect(told.some((line) => line.includes('jobs restore it'))).toBe(dumpBytes === LARGE_BYTES);
    expect(sorted(tables)).toEqual([ALL, [], ['public.own']]);
  });

  it('leaves tables incomplete if they lack rows or a key', async () => {
    await target();
    const tables = new TableStates();
    await expect(load('origin', tables)).rejects.toThrow(/violates check constraint/);
    expect(sorted(tables)).toEqual([['app.Part;1', 'app.a', 'app.parted'], ['app.checked', 'app.fk'], ['public.own']]);
  });

  it('leaves tables after a refused drop as they were', async () => {
    await target('CREATE TABLE app.fk (id int PRIMARY KEY)', 'CREATE TABLE app.checked (id int)');
    const tables = new TableStates();
    // after the look for blockers
    const beforeNextWrite = async () => {
      await runSql(server, 'target', ['CREATE OR REPLACE VIEW public.holder AS SELECT id FROM app.fk']);
    };
    await expect(load('sound', tables, beforeNextWrite)).rejects.toThrow(/cannot drop table app.fk/);
    // all keys are dropped before the first table is
    expect(sorted(tables)).toEqual([[], ['app.a', 'app.fk'], ['app.checked', 'public.own']]);
  });
});

describe('plain SQL', () => {
  it('is complete if nothing fails', async () => {
    await target();
    const tables = new TableStates();
    await loadIntoPostgres(server, 'target', dumpOf('sound', 'plain'), undefined, false, { tables });
    expect(sorted(tables)).toEqual([ALL, [], ['public.own']]);
  });

  it('is rolled back as a whole, with every table untouched', async () => {
    await target();
    const tables = new TableStates();
    const loading = loadIntoPostgres(server, 'target', dumpOf('origin', 'plain'), undefined, false, { tables });
    await expect(loading).rejects.toThrow(/violates check constraint/);
    expect(sorted(tables)).toEqual([[], [], ['app.a', 'public.own']]);
  });
});

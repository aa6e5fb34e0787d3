import { describe, expect, it } from 'vitest';
import { ArchiveTables } from '../../../../lib/engines/postgres/rules/archive-tables.ts';
import { PgRestoreStderr } from '../../../../lib/engines/postgres/rules/pg-restore-outcome.ts';
import { TableStates } from '../../../../lib/engines/table-states.ts';
import type { TocEntry } from '../../../../lib/formats/pg-dump/archive/format.ts';
import { tableOfCommand } from '../../../../lib/formats/pg-dump/sql/command-table.ts';

function entry(dumpId: number, desc: string, tag: string, dependencies: number[] = []): TocEntry {
  return {
    ...{ dumpId, desc, tag, namespace: 'app', owner: '', dependencies, tablespace: '', definition: '', drop: '' },
    ...{ hasData: desc === 'TABLE DATA', readsTables: false, demand: undefined, dependenciesAt: 0, offsetAt: 0 },
  };
}

const ENTRIES = [
  entry(1, 'TABLE', 'a'),
  entry(2, 'TABLE', 'b'),
  entry(3, 'TABLE', 'parted'),
  entry(4, 'TABLE DATA', 'a', [1]),
  entry(5, 'TABLE DATA', 'b', [2]),
  entry(6, 'CONSTRAINT', 'a a_pkey', [1]),
  entry(7, 'INDEX', 'b_v', [2]),
  entry(8, 'FK CONSTRAINT', 'b b_a_fkey', [2, 1, 6]),
];

function begun() {
  const states = new TableStates();
  const tables = new ArchiveTables(ENTRIES, states);
  tables.begun();
  return { tables, complete: () => states.summary()?.complete.names };
}

describe('the tables of an archive', () => {
  it('are complete with their rows and keys once one session reaches the next entry', () => {
    const { tables, complete } = begun();
    const stderr = new PgRestoreStderr(15, { onReached: (text) => tables.reached(text) });
    const comes = (text: string, names: string[]) => {
      stderr.push(`pg_restore: ${text}\n`);
      expect(complete()).toEqual(names);
    };
    comes('connecting to database for restore', []);
    comes('creating TABLE "app.parted"', []);
    comes('processing data for table "app.a"', ['app.parted']);
    comes('processing data for table "app.b"', ['app.parted']);
    comes('creating CONSTRAINT "app.a a_pkey"', ['app.parted']);
    comes('creating INDEX "app.b_v"', ['app.a', 'app.parted']);
    comes('creating FK CONSTRAINT "app.b b_a_fkey"', ['app.a', 'app.parted']);
    tables.end(true);
    expect(complete()).toEqual(['app.a', 'app.b', 'app.parted']);
  });

  it('are complete with the last of their entries if several jobs restore them', () => {
    const { tables, complete } = begun();
    const steps: [number, string[]][] = [
      [5, ['app.parted']],
      [4, ['app.parted']],
      [6, ['app.a', 'app.parted']],
      [8, ['app.a', 'app.parted']],
      [7, ['app.a', 'app.b', 'app.parted']],
    ];
    for (const [dumpId, names] of steps) {
      tables.finished(dumpId);
      expect(complete()?.toSorted()).toEqual(names);
    }
  });

  it.each([
    [{ dumpId: 8, entry: 'FK CONSTRAINT b b_a_fkey', message: '', command: '' }, ['app.a', 'app.parted']],
    [{ entry: undefined, message: 'COPY failed for table "a": ERROR', command: '' }, ['app.b', 'app.parted']],
    [{ entry: undefined, message: '', command: 'CREATE INDEX b_v ON app.b USING btree (v);' }, ['app.a', 'app.parted']],
    [{ entry: undefined, message: '', command: 'CREATE FUNCTION app.f() …' }, ['app.a', 'app.b', 'app.parted']],
  ])('stay incomplete if one of their entries failed: %j', (error, names) => {
    const { tables, complete } = begun();
    tables.failed(error);
    for (const { dumpId } of ENTRIES) tables.finished(dumpId);
    tables.end(true);
    expect(complete()).toEqual(names);
  });

  it('are all incomplete if the errors are unknown', () => {
    const { tables, complete } = begun();
    for (const { dumpId } of ENTRIES) tables.finished(dumpId);
    tables.end(false);
    expect(complete()).toEqual([]);
  });

  it('are touched if one of their own keys is dropped', () => {
    const states = new TableStates();
    states.found(['app.a', 'app.b', 'public.own']);
    const tables = new ArchiveTables(ENTRIES, states);
    tables.dropping(ENTRIES[7] as TocEntry);
    expect(states.summary()).toMatchObject({
      incomplete: { names: ['app.b'] },
      untouched: { names: ['app.a', 'public.own'] },
    });
  });
});

it.each([
  ['CREATE TABLE app.t (', { kind: 'CREATE', table: 'app.t' }],
  ['CREATE UNLOGGED TABLE "A b"."c""d" (', { kind: 'CREATE', table: 'A b.c"d' }],
  ['ALTER TABLE ONLY app.t\n    ADD CONSTRAINT x', { kind: 'ALTER', table: 'app.t' }],
  ['DROP TABLE IF EXISTS app.t;', { kind: 'DROP', table: 'app.t' }],
  ['COPY app.t (id, v) FROM stdin;', { kind: 'COPY', table: 'app.t' }],
  ['CREATE UNIQUE INDEX "x ON y" ON ONLY app.t USING btree (id)', { kind: 'INDEX', table: 'app.t' }],
  ['CREATE VIEW app.v AS SELECT 1', undefined],
  ['CREATE FUNCTION f() RETURNS int AS $$ DROP TABLE x $$', undefined],
])('are found in %s', (command, wanted) => {
  expect(tableOfCommand(command)).toEqual(wanted);
});

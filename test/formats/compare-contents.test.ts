import { describe, expect, it } from 'vitest';
import { type CompareSettings, compareContents } from '../../lib/formats/compare-contents.ts';
import { contentsDigest } from '../../lib/formats/contents-digest.ts';
import { type DumpContents, dumpContents } from '../../lib/formats/dump-contents.ts';
import { DumpAcceptance } from '../../lib/formats/mysql-dump/judge/dump-acceptance.ts';

/** Of a MySQL dump whose tables have these numbers of rows. */
function ofMysql(tables: Record<string, number>): DumpContents {
  const dump = Object.entries(tables)
    .map(([name, rows]) => {
      const values = Array.from({ length: rows }, (_, at) => `(${at})`).join();
      return `CREATE TABLE \`${name}\` (a int);\n${rows === 0 ? '' : `INSERT INTO \`${name}\` VALUES ${values};\n`}`;
    })
    .join('');
  const acceptance = new DumpAcceptance();
  acceptance.push(Buffer.from(dump));
  acceptance.end();
  const origin = { serverVersion: undefined, tool: undefined, database: undefined };
  return dumpContents.parse(acceptance.contents(dump.length, origin));
}

/** Of a PostgreSQL archive whose tables have these numbers of bytes; null for a table without data. */
function ofArchive(tables: Record<string, number | null>): DumpContents {
  const objects = Object.entries(tables).map(([name, data_bytes]) => ({
    ...{ kind: 'TABLE', schema: 'app', table: null, name, owner: null, references: null, rows: null, data_bytes },
  }));
  return dumpContents.parse({
    ...{ version: 1, kind: 'pg_dump', format: 'archive', server_version: null, tool: null, database: null },
    ...{ encoding: 'UTF8', locale: null, archive: { version: '1.14', compression: 'gzip', entries: {} }, objects },
    ...{ large_objects: null, extensions: [], owners: [], granted_roles: [], tablespaces: [], superuser: [] },
    dump_bytes: 1000 + Object.values(tables).reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
  });
}

const said = (before: DumpContents | undefined, after: DumpContents, settings?: Partial<CompareSettings>) =>
  compareContents(before, after, settings).map(({ message }) => message);

describe('comparing a backup with the previous one', () => {
  const BEFORE = ofMysql({ orders: 1000, customers: 200, settings: 9 });

  it('finds nothing odd if it is the same, larger, or a little smaller', () => {
    for (const after of [BEFORE, ofMysql({ orders: 1400, customers: 200, settings: 9, new: 3 })]) {
      expect(said(BEFORE, after)).toEqual([]);
    }
    expect(said(BEFORE, ofMysql({ orders: 720, customers: 141, settings: 2 }))).toEqual([]);
    expect(said(undefined, BEFORE)).toEqual([]);
  });

  it('finds a missing table', () => {
    expect(compareContents(BEFORE, ofMysql({ orders: 1000, customers: 200 }))).toEqual([
      { kind: 'table gone', table: 'settings', before: 9, after: 0, message: 'table settings is gone: it had 9 rows' },
    ]);
  });

  it('finds missing rows, if more than the setting allows', () => {
    const after = ofMysql({ orders: 1000, customers: 139, settings: 9 });
    expect(compareContents(BEFORE, after)).toEqual([
      {
        ...{ kind: 'rows fallen', table: 'customers', before: 200, after: 139 },
        message: 'table customers has 31 % fewer rows: 139, and 200 before',
      },
    ]);
    expect(said(BEFORE, after, { fallenPercent: 50 })).toEqual([]);
    // few rows come and go, but not all of them
    expect(said(BEFORE, ofMysql({ orders: 1000, customers: 200, settings: 1 }))).toEqual([]);
    expect(said(BEFORE, ofMysql({ orders: 1000, customers: 200, settings: 0 }))).toEqual([
      'table settings has no rows left: 0, and 9 before',
    ]);
  });

  it('finds that much is missing overall, and an unusual size', () => {
    expect(said(BEFORE, ofMysql({ orders: 500, customers: 200, settings: 9 }))).toEqual([
      'all tables together have 41 % fewer rows: 709 rows, and 1209 before',
      expect.stringMatching(/^the dump is \d\d % smaller than the previous one: \d+ bytes, and \d+ before$/),
      'table orders has 50 % fewer rows: 500, and 1000 before',
    ]);
    expect(said(BEFORE, ofMysql({ orders: 9000, customers: 200, settings: 9 }))).toEqual([
      expect.stringMatching(/^the dump is \d{3} % larger than the previous one/),
    ]);
  });

  it('finds an empty dump, whatever the previous one was', () => {
    expect(said(BEFORE, ofMysql({}))).toEqual([
      'the dump is empty: it has no tables; the previous backup had 3 tables',
    ]);
    expect(said(undefined, ofMysql({}))).toEqual(['the dump is empty: it has no tables']);
    expect(compareContents(BEFORE, ofMysql({ orders: 0 }))).toEqual([
      {
        ...{ kind: 'empty', table: null, before: 1209, after: 0 },
        message: 'the dump is empty: its only table, orders, does not have a row; the previous backup had 3 tables',
      },
    ]);
  });

  it('compares bytes of data if the rows of an archive were not counted', () => {
    const before = ofArchive({ orders: 1_000_000, few: 400 });
    expect(said(before, ofArchive({ orders: 900_000, few: 30 }))).toEqual([]);
    expect(said(before, ofArchive({ orders: 600_000, few: 30 }))).toEqual([
      'the dump is 40 % smaller than the previous one: 601030 bytes, and 1001400 before',
      'table app.orders has 40 % less data: 600000 bytes, and 1000000 before',
    ]);
    expect(said(before, ofArchive({ orders: 30, few: 30 }))).toEqual([
      'the dump is empty: none of its 2 tables has more than 64 bytes of data; the previous backup had 2 tables',
    ]);
    expect(said(before, ofArchive({ orders: null, few: null }))).toHaveLength(1);
  });
});

it('gives equal contents the same digest, whatever the order of their fields', () => {
  const contents = ofMysql({ a: 1, b: 2 });
  const turned = Object.fromEntries(Object.entries(contents).reverse()) as DumpContents;
  expect(contentsDigest(contents)).toMatch(/^[0-9a-f]{64}$/);
  expect(contentsDigest(turned)).toBe(contentsDigest(contents));
  expect(contentsDigest(ofMysql({ a: 1, b: 3 }))).not.toBe(contentsDigest(contents));
});

import { expect, test } from 'vitest';
import { backupKey, parseStoragePath } from '../../lib/domain/storage-path.ts';

const id = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const at = new Date('2026-11-22T02:03:04.567Z');

test('a key is built as Jagad builds it', () => {
  expect(backupKey('Production PG', 'shop', id, at)).toBe(`backups/Production PG/shop/${id}-20261122-020304.sql.gz`);
});

test('what is built can be read again, to the second', () => {
  expect(parseStoragePath(backupKey('Production PG', 'my-shop', id, at))).toEqual({
    connectionName: 'Production PG',
    database: 'my-shop',
    backupId: id,
    takenAt: new Date('2026-11-22T02:03:04Z'),
  });
});

test("an id that is no UUID is read as it stands, as in the guide's example", () => {
  expect(parseStoragePath('backups/myserver/mydb/abc123-20250101-020000.sql.gz')).toMatchObject({ backupId: 'abc123' });
});

test.each([
  ['another folder', `pgbackrest/server/shop/${id}-20261122-020304.sql.gz`],
  ['a folder too few', `backups/shop/${id}-20261122-020304.sql.gz`],
  ['a folder too many, which leaves open whose slash it is', `backups/a/b/shop/${id}-20261122-020304.sql.gz`],
  ['another suffix', `backups/server/shop/${id}-20261122-020304.tar.gz`],
  ['no id', 'backups/server/shop/-20261122-020304.sql.gz'],
  ['a day that is not in the calendar', `backups/server/shop/${id}-20260231-020304.sql.gz`],
  ['an hour that is not on the clock', `backups/server/shop/${id}-20261122-250304.sql.gz`],
  ['something behind it', `backups/server/shop/${id}-20261122-020304.sql.gz.bak`],
])('no backup: %s', (_, path) => {
  expect(parseStoragePath(path)).toBeUndefined();
});

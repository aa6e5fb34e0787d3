import { expect, test } from 'vitest';
import { backupKey, timeOfName } from '../../../lib/storage/objects/storage-path.ts';

const id = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const at = new Date('2026-11-22T02:03:04.567Z');

test("the key has Jagad's format", () => {
  expect(backupKey('Production PG', 'shop', id, at)).toBe(`backups/Production PG/shop/${id}-20261122-020304.sql.gz`);
});

test.each([
  ['20261122-020304', '2026-11-22T02:03:04.000Z'],
  ['20260231-020304', undefined],
  ['20261122-250304', undefined],
  ['20261122', undefined],
])('the time in a name: %s', (name, time) => expect(timeOfName(name)?.toISOString()).toBe(time));

import { expect, it } from 'vitest';
import { MalformedRequest } from '../../../lib/errors/errors.ts';
import { decodeCursor, encodeCursor } from '../../../lib/storage/items/cursor.ts';

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

it('a cursor keeps its value, and needs no escapes in a URL', () => {
  const key = { at: '2026-11-22T02:00:00.000Z#é~?/+&', id: '' };
  expect(encodeCursor(key)).toMatch(/^[\w-]+$/);
  expect(decodeCursor(encodeCursor(key))).toEqual(key);
});

it.each([
  '',
  '%%%',
  'bm90IGpzb24',
  cursorOf(null),
  cursorOf('text'),
  cursorOf(7),
  cursorOf({ at: 7 }),
  cursorOf({ at: null }),
  cursorOf({ at: { $gt: '' } }),
  cursorOf([]),
  cursorOf(['2026']),
])('%j is not a cursor that a list returned', (cursor) => {
  expect(() => decodeCursor(cursor)).toThrow(MalformedRequest);
  expect(() => decodeCursor(cursor)).toThrow('the cursor does not come from this list');
});

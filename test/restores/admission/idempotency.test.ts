import { describe, expect, it } from 'vitest';
import { MalformedRequest } from '../../../lib/errors/errors.ts';
import {
  furtherRestoreId,
  idempotentRestoreId,
  readIdempotencyKey,
} from '../../../lib/restores/admission/idempotency.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { executionInput, isSameRestore, newRestores } from '../../../lib/restores/request.ts';
import { id } from '../../../lib/storage/fields.ts';

const USER = '0f6a1f5e-1c1b-4a6e-8f0e-000000000001';
const OTHER = '0f6a1f5e-1c1b-4a6e-8f0e-000000000002';

describe('Idempotency-Key', () => {
  it('may be missing', () => expect(readIdempotencyKey(undefined)).toBeUndefined());

  it.each(['x', '!', '~', '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01', 'x'.repeat(255)])('may be %s', (key) => {
    expect(readIdempotencyKey(key)).toBe(key);
  });

  it.each(['', ' ', 'a b', 'a\tb', 'a\n', 'é', '\u007f', 'x'.repeat(256)])('may not be %j', (key) => {
    expect(() => readIdempotencyKey(key)).toThrow(MalformedRequest);
  });

  it('leads to one restore, and the same one each time', () => {
    expect(idempotentRestoreId(USER, 'a')).toBe(idempotentRestoreId(USER, 'a'));
    expect(id.safeParse(idempotentRestoreId(USER, 'a')).success).toBe(true);
  });

  it('from another user, or with another value, leads to a different restore', () => {
    const ids = [
      idempotentRestoreId(USER, 'a'),
      idempotentRestoreId(OTHER, 'a'),
      idempotentRestoreId(USER, 'b'),
      idempotentRestoreId(USER, 'A'),
      idempotentRestoreId(USER, ':a'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is hashed the same in every version: a key that is sent again after an update must find its restore', () => {
    expect(idempotentRestoreId(USER, 'a')).toBe('e94a9856-1b67-5637-9769-86a251c0b7c6');
  });
});

describe('a second request', () => {
  const request = executionInput.parse({ backup_id: USER, target_connection: OTHER, target_database: 'shop' });
  const recordsOf = (fields: object) => newRestores(OTHER, { ...request, ...fields }, furtherRestoreId, new Date());
  const [restore] = recordsOf({});
  const ofPhysical = { target_database: null, databases: [{ from: 'a', to: 'b' }] };

  it.each([{}, { trigger: 'api' }, { verify: 'skip' }])('is the same with %j', (fields) => {
    expect(isSameRestore(restore, recordsOf(fields)[0])).toBe(true);
  });

  it.each([
    { backup_id: OTHER },
    { target_connection: USER },
    { target_connection: null },
    { target_database: null },
    ofPhysical,
  ])('differs with %j', (fields) => expect(isSameRestore(restore, recordsOf(fields)[0])).toBe(false));

  it.each([
    { databases: [{ from: 'a', to: 'c' }] },
    { databases: [{ from: 'c', to: 'b' }] },
    { databases: [...ofPhysical.databases, { from: 'c', to: 'd' }] },
    { gtid: '0-1-7' },
  ])('of a physical backup differs with %j', (fields) => {
    const [physical] = recordsOf(ofPhysical);
    expect(isSameRestore(physical, recordsOf(ofPhysical)[0])).toBe(true);
    expect(isSameRestore(physical, recordsOf({ ...ofPhysical, ...fields })[0])).toBe(false);
  });

  it('is the same if it leaves out fields that are null', () => {
    const least = executionInput.parse({ backup_id: USER });
    const explicit = { ...least, target_connection: null, target_database: null };
    const [one, other] = [least, explicit].map((body) => newRestores(OTHER, body, furtherRestoreId, new Date())[0]);
    expect(isSameRestore(one as Restore, other as Restore)).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { restoreTarget } from '../../../containers/restore/restore-target.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { aConnection } from '../../support/records.ts';

const records = { restores: { get: async () => undefined } } as never;
const trustedBy = (trigger: Restore['trigger'], trusted: boolean) =>
  restoreTarget(records, { target: aConnection({ trusted }), database: 'shop' }, { id: 'r', trigger }, 'secret')
    .trusted;

it('trusts a trusted connection if a person started the restore, but not if an event did', () => {
  expect(trustedBy('api', true)).toBe(true);
  expect(trustedBy('console', true)).toBe(true);
  expect(trustedBy('event', true)).toBe(false);
  expect(trustedBy('api', false)).toBe(false);
});

it('knows which of the latest restores over its connection have ended, and takes no other session for theirs', async () => {
  const asked: unknown[] = [];
  const restores = [
    { id: 'a', status: 'running' },
    { id: 'b', status: 'failed' },
    { id: 'c', status: 'success' },
  ];
  const list = async (filters: unknown) => {
    asked.push(filters);
    return { records: restores, cursor: undefined };
  };
  const get = async (id: string) => restores.find((one) => one.id === id);
  const target = aConnection({});
  const known = restoreTarget(
    { restores: { list, get } } as never,
    { target, database: 'shop' },
    { id: 'a', trigger: 'api' },
    'secret',
  );
  expect(await known.endedRestores?.()).toEqual(['b', 'c']);
  expect(asked).toEqual([{ to_connection: target.id }]);
  expect(await Promise.all(['a', 'b', 'x'].map((id) => known.hasEnded?.(id)))).toEqual([false, true, false]);
});

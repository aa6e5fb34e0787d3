import { expect, it } from 'vitest';
import { restoreTarget } from '../../../containers/restore/restore-target.ts';
import type { Restore } from '../../../lib/domain/records.ts';
import { aConnection } from '../../support/records.ts';

const records = { restores: { get: async () => undefined } } as never;
const trustedBy = (trigger: Restore['trigger'], trusted: boolean) =>
  restoreTarget(records, { target: aConnection({ trusted }), database: 'shop' }, { id: 'r', trigger }, 'secret')
    .trusted;

it('takes a trusted connection for one if a person started the restore, and never if an event did', () => {
  expect(trustedBy('api', true)).toBe(true);
  expect(trustedBy('console', true)).toBe(true);
  expect(trustedBy('event', true)).toBe(false);
  expect(trustedBy('api', false)).toBe(false);
});

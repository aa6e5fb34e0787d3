import { expect, it } from 'vitest';
import { endedEntry } from '../../lib/plans/plan-run.ts';
import { endingOf } from '../../lib/restores/end/end.ts';
import { endedAt } from '../../lib/storage/span.ts';
import { aRestore } from '../support/records.ts';

const START = '2026-11-22T02:00:00.000Z';
const BEFORE = new Date('2026-11-22T01:58:00.000Z');

it('a span never ends before it starts, even if the clock was set back', () => {
  expect(endedAt(START, BEFORE)).toBe(START);
  expect(endedAt(START, new Date('2026-11-22T02:00:01.000Z'))).toBe('2026-11-22T02:00:01.000Z');
  const restore = aRestore({ started_at: START });
  expect(endingOf(restore, { status: 'success' }, BEFORE)).toMatchObject({ completed_at: START, duration_ms: 0 });
  const entry = { started_at: START } as Parameters<typeof endedEntry>[0];
  expect(endedEntry(entry, { status: 'success', error: null }, BEFORE)).toMatchObject({ completed_at: START });
});

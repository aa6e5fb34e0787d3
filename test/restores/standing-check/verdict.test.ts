import { describe, expect, it } from 'vitest';
import type { Preview } from '../../../lib/backups/schemas.ts';
import { sessionsLine } from '../../../lib/databases/dump-fit.ts';
import { standingCheckOf } from '../../../lib/restores/standing-check/verdict.ts';

const NOW = new Date('2026-11-22T04:40:00.000Z');
const aPreview = (fields: Partial<Preview>): Preview =>
  ({ server_version: '10.11', connected: [], findings: [], obstacles: [], warnings: [], ...fields }) as Preview;
const SESSION = { user: 'app', application: '', address: null };
const verdict = (fields: Partial<Preview>) => {
  const { would_restore, standing_check } = standingCheckOf(aPreview(fields), NOW);
  return { would_restore, reasons: standing_check?.reasons ?? [] };
};

describe('a standing check says', () => {
  it.each<[string, Partial<Preview>, ReturnType<typeof verdict>]>([
    ['yes if nothing is in the way', {}, { would_restore: 'yes', reasons: [] }],
    [
      'yes if there are only sessions, which a live database always has',
      { connected: [SESSION, SESSION], warnings: [sessionsLine(2)] },
      { would_restore: 'yes', reasons: [] },
    ],
    [
      'with warnings if there are any others',
      { connected: [SESSION], warnings: [sessionsLine(1), 'other'] },
      { would_restore: 'with_warnings', reasons: ['other'] },
    ],
    [
      'no if there are obstacles',
      { obstacles: ['a view'], warnings: ['other'] },
      { would_restore: 'no', reasons: ['a view'] },
    ],
    [
      'unknown without a server to inspect',
      { server_version: null, obstacles: ['refused'] },
      { would_restore: 'unknown', reasons: ['refused'] },
    ],
  ])('%s', (_, preview, expected) => {
    expect(verdict(preview)).toEqual(expected);
  });

  it('no more than a record can hold', () => {
    const { reasons } = verdict({ obstacles: Array.from({ length: 30 }, (_, n) => `${n}`.padEnd(9000, 'x')) });
    expect(reasons).toHaveLength(11);
    expect(reasons.at(-1)).toBe('and 20 more');
    expect(Math.max(...reasons.map(({ length }) => length))).toBe(500);
  });
});

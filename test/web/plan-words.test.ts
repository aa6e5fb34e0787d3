import { describe, expect, it } from 'vitest';
import type { Findings } from '../../lib/plans/model.ts';
import { outcomeText } from '../../web/src/pages/recovery-plans/plan-words.ts';

const found = (change: Partial<Findings>): Findings => ({
  ...{ server_version: '17.2', database_exists: true, object_bytes: 1, dump_bytes: 1 },
  ...{ overwritten_bytes: 0, overwritten_tables: 0, obstacles: [], warnings: [] },
  ...change,
});

describe('the result of an entry', () => {
  it('says why it failed, and what to do', () => {
    const error = { code: 'NOT_FOUND', message: 'no full backup has been verified', hint: 'Verify one.' };
    expect(outcomeText({ error, findings: null })).toBe('No full backup has been verified. Verify one.');
    expect(outcomeText({ error: null, findings: null })).toBe('–');
  });

  it('includes everything that a dry run found, not only the first finding', () => {
    const findings = found({
      obstacles: ['a view depends on it', 'the right CREATE is missing'],
      warnings: ['3 sessions are connected'],
    });
    const error = { code: 'OBSTACLE', message: 'a view depends on it' };
    expect(outcomeText({ error, findings })).toBe(
      'A view depends on it. The right CREATE is missing. 3 sessions are connected.',
    );
  });

  it('says what a run would overwrite', () => {
    expect(outcomeText({ error: null, findings: found({}) })).toBe('No blockers.');
    const findings = found({ overwritten_tables: 7, overwritten_bytes: 2048 });
    expect(outcomeText({ error: null, findings })).toBe('No blockers. Overwrites 7 tables, 2 KiB.');
  });
});

import { describe, expect, it } from 'vitest';
import { endingOf, withLine } from '../../../lib/restores/end/end.ts';
import { MAX_LOG_CHARACTERS } from '../../../lib/telemetry/cut-log.ts';
import { aRestore } from '../../support/records.ts';

const STARTED = '2026-11-22T02:00:00.000Z';
const NOW = new Date('2026-11-22T02:01:30.500Z');
const OWN = { code: 'DECRYPT_ERROR', message: 'DECRYPT ERROR: frame 7 does not authenticate' };
const OUTER = { code: 'TASK_FAILED', message: 'the task failed' };

describe('the end of a restore', () => {
  it('is a success', () => {
    const restore = aRestore({
      started_at: STARTED,
      log_output: 'RESTORE: OK\n',
      progress: { stage: 'restoring', bytes_done: 5, bytes_total: 9 },
    });
    expect(endingOf(restore, { status: 'success' }, NOW)).toEqual({
      status: 'success',
      error: null,
      completed_at: '2026-11-22T02:01:30.500Z',
      duration_ms: 90_500,
      log_output: 'RESTORE: OK\n',
      progress: { stage: 'done', bytes_done: 9, bytes_total: 9 },
      target_state: 'complete',
      tables: null,
    });
    expect(endingOf(aRestore(), { status: 'success' }, NOW).progress).toBeNull();
  });

  it.each(['failed', 'cancelled'] as const)(
    'is %s with an error that isn’t recorded yet, which goes into the log',
    (status) => {
      const restore = aRestore({ log_output: 'a\n', progress: { stage: 'verifying', bytes_done: 1, bytes_total: 2 } });
      expect(endingOf(restore, { status, failure: OUTER }, NOW)).toMatchObject({
        status,
        error: { ...OUTER, hint: 'The target is as it was before.' },
        log_output: 'a\nthe task failed\n',
        progress: { stage: 'verifying' },
      });
    },
  );

  it('keeps an error that the restore recorded itself, and reports it once', () => {
    const restore = aRestore({ error: OWN, log_output: `${OWN.message}\n` });
    expect(endingOf(restore, { status: 'failed', failure: OUTER }, NOW)).toMatchObject({
      error: { ...OWN, hint: 'The target is as it was before.' },
      log_output: `${OWN.message}\n`,
    });
  });

  it('reports no table as untouched unless the task has said how it ended', () => {
    const some = (...names: string[]) => ({ count: names.length, names });
    const tables = { complete: some('a'), incomplete: some('b'), untouched: some('c') };
    const end = { status: 'failed', failure: OUTER } as const;
    const endOf = (fields: object) => endingOf(aRestore({ target_state: 'incomplete', tables, ...fields }), end, NOW);
    expect(endOf({ error: OWN }).tables).toEqual(tables);
    const unsure = { complete: some('a'), incomplete: some('b', 'c'), untouched: some() };
    expect(endOf({ error: null }).tables).toEqual(unsure);
    expect(endOf({ error: null, target_state: 'untouched' }).tables).toEqual(tables);
  });

  it.each([
    ['untouched', 'Read it. The target is as it was before.'],
    ['incomplete', 'Read it. The target is incomplete: restore into it again, or into another database.'],
    ['complete', 'Read it. The target is complete.'],
    [null, 'Read it. The target may be incomplete: restore again, or into another database.'],
  ] as const)('says what is left of a target that is %s', (target_state, hint) => {
    const failure = { ...OUTER, hint: 'Read it.' };
    const ending = endingOf(aRestore({ target_state, error: OWN }), { status: 'cancelled', failure }, NOW);
    expect(ending).toMatchObject({ target_state, error: { hint } });
  });

  it('never has a negative duration, even if a clock is behind', () => {
    const restore = aRestore({ started_at: '2026-11-22T03:00:00.000Z' });
    expect(endingOf(restore, { status: 'success' }, NOW).duration_ms).toBe(0);
  });
});

describe('adding a line to a log', () => {
  it('appends the line', () => expect(withLine('a\n', 'b')).toBe('a\nb\n'));

  it('keeps the beginning and the end of a log that gets too long, however often', () => {
    let log = 'first\n';
    for (let index = 0; index < 30_000; index++) log = withLine(log, `line ${index}`);
    expect(log.length).toBeLessThanOrEqual(MAX_LOG_CHARACTERS);
    expect(log.length).toBeGreaterThan(MAX_LOG_CHARACTERS * 0.9);
    expect(log.startsWith('first\nline 0\nline 1\n')).toBe(true);
    expect(log.endsWith('line 29998\nline 29999\n')).toBe(true);
    expect(log.match(/the log was cut here/g)).toHaveLength(1);
  });

  it('never exceeds an item of 400 kB, whatever characters the log has', () => {
    for (const text of ['a', 'é', '名', '🔥']) {
      const log = withLine('', text.repeat(500_000));
      expect(Buffer.byteLength(log)).toBeLessThan(390_000);
      expect(log.length).toBeLessThanOrEqual(MAX_LOG_CHARACTERS);
    }
  });
});

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fitsPick } from '../../lib/backups/backup-pick.ts';
import {
  type PlanRun,
  planEntry,
  planFields,
  type RunEntry,
  recoveryPlan,
  type Trigger,
} from '../../lib/plans/model.ts';
import {
  endedEntry,
  endOfRun,
  entryOfRestore,
  isByHand,
  newRun,
  nextGroup,
  restoreTrigger,
  someLines,
  withEntry,
} from '../../lib/plans/plan-run.ts';
import { pulledTrigger, pullOf } from '../../lib/plans/triggers/plan-trigger.ts';
import { busEvent } from '../../lib/storage/bus-event.ts';
import { aBackup, aRestore } from '../support/records.ts';

const NOW = new Date('2026-11-22T02:00:00Z');
const LATER = new Date('2026-11-22T02:01:00Z');
const entry = (target_database: string) =>
  planEntry.parse({ connection_id: randomUUID(), database: 'shop', target_connection: randomUUID(), target_database });
const PLAN = recoveryPlan.parse({
  ...{ id: randomUUID(), name: 'P', groups: [[entry('a'), entry('b')], [entry('c')]] },
  ...{ created_at: NOW.toISOString(), updated_at: NOW.toISOString() },
});
function aRun(statuses: RunEntry['status'][] = [], fields: Partial<PlanRun> = {}): PlanRun {
  const input = { plan_id: PLAN.id, dry_run: false, trigger: 'api', started_by: 'me' } as const;
  const run = newRun(randomUUID(), PLAN, input, NOW);
  const entries = run.entries.map((one, index) => ({ ...one, status: statuses[index] ?? one.status }));
  return { ...run, entries, ...fields };
}

describe('the next group', () => {
  it.each<[RunEntry['status'][], number[] | undefined]>([
    [[], [0, 1]],
    [['success', 'success'], [2]],
    [['success', 'success', 'success'], undefined],
    // as a state that is called again finds it
    [['success', 'pending'], [1]],
    [['success', 'failed'], undefined],
    [['success', 'cancelled'], undefined],
  ])('after %j is %j', (statuses, next) => expect(nextGroup(aRun(statuses))).toEqual(next));

  it('follows a failure if the plan continues, or in a dry run', () => {
    expect(nextGroup(aRun(['failed', 'failed'], { on_failure: 'continue' }))).toEqual([2]);
    expect(nextGroup(aRun(['failed', 'success'], { dry_run: true }))).toEqual([2]);
  });

  it('does not follow once someone has cancelled the run', () => {
    expect(nextGroup(aRun([], { cancelled_by: 'me' }))).toBeUndefined();
  });
});

describe('an entry', () => {
  const started = { ...(aRun().entries[0] as RunEntry), started_at: NOW.toISOString() };

  it('ends as its restore did', () => {
    const error = { code: 'X', message: 'm'.repeat(4000), hint: 'h' };
    const restore = aRestore({ status: 'failed', error, completed_at: LATER.toISOString() });
    expect(entryOfRestore(started, restore, new Date())).toEqual({
      ...{ status: 'failed', completed_at: LATER.toISOString(), duration_ms: 60_000 },
      error: { code: 'X', message: `${'m'.repeat(500)}…`, hint: 'h' },
    });
  });

  it('ends without a restore if that has not ended, or never existed', () => {
    const running = aRestore({ status: 'running' });
    expect(entryOfRestore(started, running, LATER)).toMatchObject({
      status: 'failed',
      error: { code: 'RESTORE_NOT_ENDED' },
    });
    expect(entryOfRestore(started, { ...running, cancelled_by: 'me' }, LATER)).toMatchObject({ status: 'cancelled' });
    expect(entryOfRestore(started, undefined, LATER)).toMatchObject({ status: 'failed', duration_ms: 60_000 });
    // a restore that never existed cannot be read
    expect(entryOfRestore(started, undefined, LATER).error?.hint).not.toContain('Look at the restore');
  });

  it('is the only changed entry', () => {
    const run = aRun();
    const [first, second, third] = withEntry(run, 1, endedEntry(started, { status: 'success', error: null }, LATER));
    expect([first, third]).toEqual([run.entries[0], run.entries[2]]);
    expect(second).toMatchObject({ status: 'success', target_database: 'b', duration_ms: 60_000 });
  });

  it('keeps a limited number of lines', () => {
    expect(someLines(['a', 'b'])).toEqual(['a', 'b']);
    const some = someLines(Array.from({ length: 12 }, (_, n) => `${n}`));
    expect(some).toHaveLength(11);
    expect(some.at(-1)).toContain('2 more');
  });
});

describe('a run', () => {
  it('succeeds if all entries did', () => {
    expect(endOfRun(aRun(['success', 'success', 'success']), undefined, LATER)).toMatchObject({
      ...{ status: 'success', error: null, completed_at: LATER.toISOString(), duration_ms: 60_000 },
    });
  });

  it.each<[RunEntry['status'][], string]>([
    [['failed', 'success'], '1 of 3 entries failed; 1 after it skipped'],
    [['failed', 'cancelled'], '2 of 3 entries failed; 1 after them skipped'],
    [['success', 'success', 'failed'], '1 of 3 entries failed'],
  ])('fails after %j: %s', (statuses, message) => {
    const end = endOfRun(aRun(statuses), undefined, LATER);
    expect(end).toMatchObject({ status: 'failed', error: { code: 'ENTRIES_FAILED', message } });
    expect(end.entries.map(({ status }) => status)).not.toContain('pending');
  });

  it('ends as someone decided, or with what stopped it', () => {
    const failure = { code: 'TIMED_OUT', message: 'too long' };
    expect(endOfRun(aRun([], { cancelled_by: 'me' }), failure, LATER)).toMatchObject({
      ...{ status: 'cancelled', error: { code: 'CANCELLED', message: 'cancelled by me' } },
    });
    expect(endOfRun(aRun(['success']), failure, LATER)).toMatchObject({ status: 'failed', error: failure });
    expect(endOfRun(aRun(['failed', 'success', 'success'], { dry_run: true }), undefined, LATER).error?.code).toBe(
      'OBSTACLES',
    );
  });
});

describe('who started it', () => {
  it.each([
    ['api', true, 'api'],
    ['console', true, 'console'],
    ['event', false, 'event'],
    ['alarm', false, 'event'],
    ['schedule', false, 'event'],
  ] as const)('%s: by hand %s, restores by %s', (trigger, byHand, restores) => {
    expect([isByHand({ trigger }), restoreTrigger({ trigger })]).toEqual([byHand, restores]);
  });
});

describe('a trigger', () => {
  const event = (fields: Record<string, unknown>) =>
    busEvent.parse({
      ...{ id: 'e', source: 's', 'detail-type': 't', account: '1', time: '2026-11-22T02:30:07Z', detail: {} },
      ...fields,
    });
  const TICK = { source: 'aws.events', 'detail-type': 'Scheduled Event' };
  const ALARM = {
    ...{ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' },
    detail: { alarmName: 'down', state: { value: 'ALARM' } },
  };
  const pulled = (trigger: Trigger, fields: Record<string, unknown>, enabled = true) =>
    pulledTrigger({ enabled, triggers: [trigger], created_at: NOW.toISOString() }, event(fields)) !== undefined;
  const on = (pattern: Record<string, unknown>): Trigger => ({ kind: 'event', pattern });
  const at = (expression: string): Trigger => ({ kind: 'schedule', expression });
  const alarm: Trigger = { kind: 'alarm', alarms: ['up', 'down'], state: 'ALARM' };

  it.each<[Trigger, Record<string, unknown>, boolean]>([
    [on({ source: ['s'] }), {}, true],
    [on({ source: ['other'] }), {}, false],
    [on({ source: [{ prefix: 'aws.' }] }), TICK, false],
    [on({ resources: ['arn:x'] }), { resources: ['arn:x'] }, true],
    [alarm, ALARM, true],
    [alarm, { ...ALARM, detail: { alarmName: 'other', state: { value: 'ALARM' } } }, false],
    [alarm, { ...ALARM, detail: { alarmName: 'down', state: { value: 'OK' } } }, false],
    [alarm, { ...ALARM, source: 's' }, false],
    [at('cron(30 2 * * ? *)'), TICK, true],
    [at('cron(31 2 * * ? *)'), TICK, false],
    [at('rate(30 minutes)'), TICK, true],
    [at('cron(30 2 * * ? *)'), {}, false],
  ])('%j is fired by %j: %s', (trigger, fields, isPulled) => expect(pulled(trigger, fields)).toBe(isPulled));

  it('of a disabled plan is never fired', () => expect(pulled(on({ source: ['s'] }), {}, false)).toBe(false));

  it('is distinguished by its event, or by its minute', () => {
    expect(pullOf(alarm, event({ id: 'one' }))).toBe('one');
    expect(pullOf(at('rate(1 minute)'), event({ id: 'one' }))).toBe('minute:2026-11-22T02:30');
  });
});

describe('a plan', () => {
  const fields = { name: 'P', groups: [[entry('a')]] };

  it('has defaults for missing fields', () => {
    expect(planFields.parse(fields)).toMatchObject({ enabled: true, triggers: [], on_failure: 'stop' });
    expect(entry('a').pick).toEqual({ kind: 'newest_verified' });
  });

  it('may write to a database once in a group, and again in a later one', () => {
    const one = entry('a');
    expect(planFields.safeParse({ ...fields, groups: [[one, one]] }).success).toBe(false);
    const [byName, byDefault] = [
      { ...one, target_database: 'shop' },
      { ...one, target_database: null },
    ];
    expect(planFields.safeParse({ ...fields, groups: [[byName, byDefault]] }).success).toBe(false);
    expect(planFields.safeParse({ ...fields, groups: [[one], [one]] }).success).toBe(true);
  });

  it('is refused if it would start itself', () => {
    const triggers = [{ kind: 'event', pattern: { 'detail-type': ['Recovery Plan Run Status Change'] } }];
    const { error } = planFields.safeParse({ ...fields, triggers });
    expect(error?.issues.map(({ message }) => message).join()).toContain("this service's own events");
  });
});

describe('a pick of a backup', () => {
  const verified = { kind: 'newest_verified' } as const;
  const before = { kind: 'newest_before', time: NOW.toISOString() } as const;

  it.each([
    [verified, { verify_status: 'passed' }, true],
    [verified, { verify_status: 'pending' }, false],
    [verified, { verify_status: 'passed', backup_type: 'incremental' }, false],
    [before, { verify_status: 'pending', engine: 'pgbackrest' }, false],
    [verified, { verify_status: 'passed', status: 'failed' }, false],
    [before, { verify_status: 'pending' }, true],
    [before, { verify_status: 'passed' }, true],
    [before, { verify_status: 'failed' }, false],
    [before, { status: 'running' }, false],
  ] as const)('%j, of %j: %s', (choice, of, fits) => expect(fitsPick(choice, aBackup(of))).toBe(fits));
});

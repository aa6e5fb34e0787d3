import { describe, expect, it } from 'vitest';
import { planFields } from '../../lib/plans/model.ts';
import { newPlanBody, planUpdateBody } from '../../lib/plans/schemas.ts';
import { check, problemWithin } from '../../web/src/forms/problems.ts';
import {
  type EntryValues,
  moved,
  NEW_ENTRY,
  NEW_TRIGGER,
  overwritesSource,
  type PlanValues,
  planBody,
  planValues,
  targetWarning,
  withoutEntry,
  withSource,
} from '../../web/src/pages/recovery-plans/plan-form.ts';
import { aConnection } from '../support/records.ts';

const [SOURCE, TARGET, BACKUP] = [1, 2, 3].map((n) => `0f6a1f5e-1c1b-4a6e-8f0e-00000000000${n}`) as [
  string,
  string,
  string,
];
const entry: EntryValues = { ...NEW_ENTRY, connection_id: SOURCE, database: 'shop', target_connection: TARGET };
const typed: PlanValues = { ...planValues(), name: 'Rehearsal', groups: [[entry]] };
const checked = (change: Partial<PlanValues> = {}) => check(newPlanBody, planBody({ ...typed, ...change }));
const withEntry = (change: Partial<EntryValues>) => checked({ groups: [[{ ...entry, ...change }]] });
const withTrigger = (change: Partial<typeof NEW_TRIGGER>) => checked({ triggers: [{ ...NEW_TRIGGER, ...change }] });

describe('a new plan', () => {
  it('has one restore to fill in, and is started by hand', () => {
    expect(checked(planValues()).problems).toEqual({
      name: 'Enter a value.',
      'groups.0.0.connection_id': 'Choose one.',
      'groups.0.0.database': 'Enter a value.',
      'groups.0.0.target_connection': 'Choose one.',
    });
    expect(checked()).toEqual({
      problems: {},
      body: {
        ...{ name: 'Rehearsal', enabled: true, triggers: [], on_failure: 'stop' },
        groups: [
          [
            {
              ...{ connection_id: SOURCE, database: 'shop', pick: { kind: 'newest_verified' } },
              ...{ target_connection: TARGET, target_database: null },
            },
          ],
        ],
      },
    });
  });
});

it('a stored plan that is unchanged is sent as it is', () => {
  const fields = { connection_id: SOURCE, database: 'shop', target_connection: TARGET };
  const stored = planFields.parse({
    name: 'Move',
    enabled: false,
    on_failure: 'continue',
    triggers: [
      { kind: 'schedule', expression: 'rate(1 day)' },
      { kind: 'alarm', alarms: ['db-down', 'region, east'], state: 'INSUFFICIENT_DATA' },
      { kind: 'event', pattern: { source: ['our.pager'], detail: { level: [{ prefix: 'sev' }, null] } } },
    ],
    groups: [
      [{ ...fields, pick: { kind: 'backup', backup_id: BACKUP }, target_database: 'copy' }],
      [
        { ...fields, pick: { kind: 'newest_before', time: '2026-11-22T14:30:00.125+01:00' } },
        { ...fields, database: 'crm', pick: { kind: 'newest_verified' } },
      ],
    ],
  });
  expect(check(newPlanBody, planBody(planValues(stored)))).toEqual({ problems: {}, body: stored });
});

it('a name must be one that can be typed again before a run', () => {
  expect(checked({ name: 'one\ntwo' }).problems).toEqual({ name: 'Must not contain control characters.' });
  expect(planUpdateBody.safeParse({ name: 'one\ttwo' }).success).toBe(false);
  // what was stored before can be read all the same
  expect(planFields.shape.name.parse('one\ntwo')).toBe('one\ntwo');
});

describe('problems are shown at their fields', () => {
  it.each([
    [withTrigger({}), { 'triggers.0.expression': 'Write rate(6 hours), or cron(0 2 * * ? *).' }],
    [withTrigger({ kind: 'alarm', alarms: ' \n' }), { 'triggers.0.alarms': 'Enter 1 or more.' }],
    [withTrigger({ kind: 'event', pattern: '{source' }), { 'triggers.0.pattern': 'Must be a JSON object.' }],
    [withTrigger({ kind: 'event', pattern: '["source"]' }), { 'triggers.0.pattern': 'Must be a JSON object.' }],
    [
      withTrigger({ kind: 'event', pattern: '{"sauce": ["x"]}' }),
      { 'triggers.0.pattern': 'Sauce: an event has no such field; what is special to it is in "detail".' },
    ],
    [withEntry({ pick: { kind: 'backup', backup_id: '', time: '' } }), { 'groups.0.0.pick.backup_id': 'Choose one.' }],
    [
      withEntry({ pick: { kind: 'newest_before', backup_id: '', time: 'yesterday' } }),
      { 'groups.0.0.pick.time': 'Must be a time, such as 2026-11-22 14:30.' },
    ],
    [checked({ groups: [[entry], [entry, entry]] }), { groups: 'Group 2 writes to one database twice.' }],
    [checked({ groups: [] }), { groups: 'Enter 1 or more.' }],
    [
      checked({ triggers: Array.from({ length: 11 }, () => ({ ...NEW_TRIGGER, expression: 'rate(1 day)' })) }),
      { triggers: 'At most 10 allowed.' },
    ],
  ])('%#', ({ problems }, expected) => expect(problems).toEqual(expected));

  it('also by the field that they belong to', () => {
    const { problems } = withTrigger({ kind: 'alarm', alarms: `good\n${'x'.repeat(256)}` });
    expect(problemWithin(problems, 'triggers.0.alarms')).toBe('Must have at most 255 characters.');
    expect(problemWithin(problems, 'triggers.1')).toBeUndefined();
    expect(problemWithin({ 'groups.10.0.database': 'x' }, 'groups.1')).toBeUndefined();
  });
});

it.each([
  ['2026-11-22 14:30', '2026-11-22T14:30:00Z'],
  [' 2026-11-22 14:30:05 ', '2026-11-22T14:30:05Z'],
  ['2026-11-22 14:30 +01:00', '2026-11-22T14:30:00+01:00'],
  ['2026-11-22T14:30:00.5Z', '2026-11-22T14:30:00.5Z'],
])('%s is %s', (time, iso) => {
  const { body } = withEntry({ pick: { kind: 'newest_before', backup_id: '', time } });
  expect(body?.groups[0]?.[0]?.pick).toEqual({ kind: 'newest_before', time: iso });
});

it('a backup has to be chosen again if the database changes', () => {
  const chosen: EntryValues = { ...entry, pick: { kind: 'backup', backup_id: BACKUP, time: '' } };
  expect(withSource(chosen, { database: 'crm' })).toEqual({
    ...chosen,
    database: 'crm',
    pick: { kind: 'backup', backup_id: '', time: '' },
  });
});

it('groups are moved, and removed with their last restore', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((database) => ({ ...entry, database })) as [
    EntryValues,
    EntryValues,
    EntryValues,
  ];
  expect(moved([[a], [b], [c]], 1, -1)).toEqual([[b], [a], [c]]);
  expect(moved([[a], [b], [c]], 1, 1)).toEqual([[a], [c], [b]]);
  expect(withoutEntry([[a, b], [c]], 0, 0)).toEqual([[b], [c]]);
  expect(withoutEntry([[a, b], [c]], 1, 0)).toEqual([[a, b]]);
});

it('a trigger cannot restore to a server that is closed to events', () => {
  const closed = aConnection({ name: 'Production', event_restore_allowed: false });
  expect(targetWarning(closed, [NEW_TRIGGER])).toMatch(/^Events may not restore to Production/);
  expect(targetWarning(closed, [])).toBeUndefined();
  expect(targetWarning({ ...closed, event_restore_allowed: true }, [NEW_TRIGGER])).toBeUndefined();
  expect(targetWarning(undefined, [NEW_TRIGGER])).toBeUndefined();
});

it.each([
  [{}, false],
  [{ target_connection: SOURCE }, true],
  [{ target_connection: SOURCE, target_database: 'shop' }, true],
  [{ target_connection: SOURCE, target_database: 'copy' }, false],
  [{ target_connection: SOURCE, database: '' }, false],
])('with %o the backed-up database is overwritten: %s', (change, expected) => {
  expect(overwritesSource({ ...entry, ...change })).toBe(expected);
});

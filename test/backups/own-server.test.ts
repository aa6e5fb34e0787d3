import { describe, expect, it } from 'vitest';
import { fitsPick } from '../../lib/backups/backup-pick.ts';
import { ownServerDoubt, ownServerRefusals } from '../../lib/backups/own-server.ts';
import { planRestores } from '../../lib/restores/request.ts';
import { aBackup, aConnection } from '../support/records.ts';

const BEFORE = '2026-11-20T02:00:00.000Z';
const CHANGED = '2026-11-21T02:00:00.000Z';
const AFTER = '2026-11-22T02:00:00.000Z';
const connection = aConnection({ name: 'Shared', jagad_changed_at: CHANGED });
const target = aConnection();

describe('the server that a backup came from', () => {
  it.each([
    ["is certain from Jagad's record", 'jagad', AFTER, undefined],
    [
      "is uncertain from Jagad's record if the connection was changed later",
      'jagad',
      BEFORE,
      'Jagad changed the connection Shared',
    ],
    ['is uncertain if it was guessed', 'key', AFTER, 'is a guess from the name in its key'],
    ['is certain if a person set it, whenever the backup was made', 'you', BEFORE, undefined],
  ] as const)('%s', (_, connection_source, created_at, doubt) => {
    const backup = aBackup({ connection_source, created_at, connection_id: connection.id });
    const told = ownServerDoubt(backup, connection);
    if (doubt === undefined) expect(told).toBeUndefined();
    else expect(told).toContain(doubt);

    const refused = () => planRestores({}, backup, connection);
    if (doubt === undefined) expect(refused()).toHaveLength(1);
    else {
      expect(refused).toThrow(doubt);
      expect(ownServerRefusals(backup, connection)[0]).toMatchObject({
        hint: expect.stringContaining('target_connection'),
      });
    }
    expect(planRestores({ target_connection: target.id }, backup, target)).toMatchObject([{ target }]);
    expect(planRestores({ target_connection: connection.id }, backup, connection)).toHaveLength(1);
  });

  it('is certain if Jagad never changed the connection', () => {
    const backup = aBackup({ created_at: BEFORE });
    expect(ownServerDoubt(backup, { ...connection, jagad_changed_at: null })).toBeUndefined();
  });
});

describe("a plan's pick of a backup", () => {
  const passed = { verify_status: 'passed', backup_type: 'full', status: 'success' } as const;
  it.each(['newest_verified', 'newest_before'] as const)('%s never takes a backup whose server is a guess', (kind) => {
    const choice = kind === 'newest_verified' ? { kind } : { kind, time: AFTER };
    expect(fitsPick(choice, aBackup({ ...passed, connection_source: 'jagad' }))).toBe(true);
    expect(fitsPick(choice, aBackup({ ...passed, connection_source: 'you' }))).toBe(true);
    expect(fitsPick(choice, aBackup({ ...passed, connection_source: 'key' }))).toBe(false);
  });
});

describe('a backup that is running', () => {
  const minutes = (count: number) => new Date(Date.parse(AFTER) + count * 60_000);
  it.each([
    [minutes(0.5), '30 seconds'],
    [minutes(1), '1 minute'],
    [minutes(90), '1 hour'],
    [minutes(3 * 24 * 60), '3 days'],
  ])('at %o is refused with how long it has been running: %s', (now, age) => {
    const backup = aBackup({ status: 'running', created_at: AFTER });
    try {
      planRestores({}, backup, connection, now);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ message: 'cannot restore backup with status: running' });
      expect(error).toMatchObject({ hint: expect.stringContaining(`running for ${age},`) });
    }
  });
});

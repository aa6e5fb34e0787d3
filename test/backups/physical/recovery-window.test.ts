import { describe, expect, it } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import { copyDiskBytes, recoveryDiskBytes } from '../../../lib/backups/physical/recovery-disk.ts';
import { type FoundLogs, logsAlong, recoveryWindow, windowOf } from '../../../lib/backups/physical/recovery-window.ts';
import { windowRefusals } from '../../../lib/backups/physical/window-refusals.ts';
import type { RecoveryTarget } from '../../../lib/engines/physical/recovery-target.ts';
import type { WalTimeline } from '../../../lib/engines/physical/wal-timelines.ts';
import { aBackup } from '../../support/records.ts';

const GIB = 1024 ** 3;
const ENDED = '2026-11-22T02:00:00.000Z';
const NEWEST = '2026-11-22T09:30:00.000Z';
const PROMOTED = '2026-11-22T05:00:00.000Z';

const postgres = aBackup({ engine: 'pgbackrest', completed_at: ENDED, size_bytes: GIB, label: 'a', stanza: 'main' });
const mysql = aBackup({ engine: 'xtrabackup', completed_at: ENDED, size_bytes: GIB, db_type: 'mysql' });
const NONE: FoundLogs = { logs: [], missing: [], notes: [], isCut: false };
/** Of the backup's own timeline, and of others that continue. */
const aTimeline = (timeline: number, latest: string, fields: Partial<WalTimeline> = {}): WalTimeline => ({
  ...{
    timeline,
    fork: timeline === 1 ? null : { parent: 1, lsn: '0/4000000', reason: 'no recovery target specified' },
  },
  ...{ promotedAt: timeline === 1 ? null : new Date(PROMOTED), lastSegment: 'x', goesOn: true, isCut: false },
  run: { logs: [{ key: 'a', bytes: timeline * 100, storedAt: new Date(latest) }], notes: [] },
  ...{ problem: null, isElsewhere: false },
  ...fields,
});
const along = (...timelines: WalTimeline[]) => window(postgres, logsAlong({ timelines, missing: [] }));
const logsUpTo = (time: string, fields: Partial<FoundLogs> = {}): FoundLogs => ({
  ...NONE,
  logs: [
    { key: 'a', bytes: 100, storedAt: new Date(ENDED) },
    { key: 'b', bytes: 50, storedAt: new Date(time) },
  ],
  timelines: { all: [aTimeline(1, time)], followed: 1 },
  ...fields,
});
const window = (backup: Backup, logs: FoundLogs, missing: string[] = []) =>
  recoveryWindow.parse(windowOf(backup, { chain: [backup], missing }, logs));
const toTime = (time: string): RecoveryTarget => ({ kind: 'time', time });
const refusals = (of: ReturnType<typeof window>, target: RecoveryTarget, timeline: number | null = null) =>
  windowRefusals(of, target, timeline).map(({ status, message, hint }) => `${status} ${message} / ${hint}`);

describe('the recovery window of an unread archive', () => {
  const unread = window({ ...mysql, backup_type: 'incremental' }, NONE, ['its parent is not known']);

  it('lists the archive until a verification has read it', () => {
    expect(unread).toMatchObject({ complete: false, unread: [mysql.id] });
    expect(window({ ...mysql, verified_etag: '"v1"' }, NONE)).toMatchObject({ unread: [] });
    expect(window(postgres, NONE)).toMatchObject({ unread: [] });
  });

  it('allows points that reading the archive may make possible', () => {
    expect(refusals(unread, { kind: 'backup' })).toEqual([]);
    expect(refusals(unread, toTime(NEWEST))).toEqual([]);
    expect(refusals({ ...unread, unread: [] }, { kind: 'backup' })).toEqual([
      expect.stringMatching(/cannot be assembled: its parent/),
    ]);
  });

  it('refuses what no backup of its engine can be recovered to', () => {
    expect(refusals(unread, { kind: 'name', name: 'x' })).toEqual([
      expect.stringContaining('cannot be recovered to a restore point'),
    ]);
    expect(refusals(unread, { kind: 'gtid', gtid: '0-1-100' })).toEqual([
      expect.stringContaining('is not a GTID of MySQL'),
    ]);
  });

  it('refuses anything else if the record is complete', () => {
    const whole = window(mysql, NONE);
    expect(whole).toMatchObject({ complete: true, unread: [mysql.id] });
    expect(refusals(whole, toTime(NEWEST))).toEqual([expect.stringContaining('not to a point in time')]);
  });
});

describe('the recovery window of a backup', () => {
  it('goes from the end of the backup to the newest archived log', () => {
    expect(window(postgres, logsUpTo(NEWEST))).toMatchObject({
      ...{ backup_id: postgres.id, engine: 'pgbackrest', complete: true, missing: [] },
      ...{ earliest: ENDED, latest: NEWEST, latest_is_estimate: true, latest_is_open: false, log_bytes: 150 },
      targets: ['backup', 'time', 'transaction', 'name'],
      chain: [{ backup_id: postgres.id, label: 'a', backup_type: 'full', completed_at: ENDED }],
    });
    expect(window(mysql, logsUpTo(NEWEST)).targets).toEqual(['backup', 'time', 'gtid']);
  });

  it('is one moment if there are no logs, or none after the end of the backup', () => {
    const moment = { earliest: ENDED, latest: ENDED, latest_is_estimate: false };
    expect(window(mysql, NONE)).toMatchObject({ ...moment, targets: ['backup'] });
    expect(window(postgres, logsUpTo('2026-11-22T01:59:59.000Z'))).toMatchObject(moment);
  });

  it('is empty if something is missing', () => {
    const none = { complete: false, earliest: null, latest: null, latest_is_estimate: false, targets: [] };
    expect(window(postgres, logsUpTo(NEWEST), ['x'])).toMatchObject({ ...none, missing: ['x'] });
    expect(window(postgres, logsUpTo(NEWEST, { missing: ['y'] }))).toMatchObject({ ...none, missing: ['y'] });
    expect(window({ ...postgres, completed_at: null }, NONE)).toMatchObject({ ...none, missing: [expect.any(String)] });
  });

  it('is not final if not all logs were listed', () => {
    const open = window(postgres, logsUpTo(NEWEST, { isCut: true }));
    expect(open).toMatchObject({ latest_is_open: true, notes: [expect.stringContaining('more archived logs')] });
    expect(refusals(open, toTime('2026-11-22T12:00:00.000Z'))).toEqual([]);
  });
});

describe('recovering to a point', () => {
  it('is allowed within the window', () => {
    for (const time of [ENDED, '2026-11-22T05:00:00.000Z', NEWEST]) {
      expect(refusals(window(postgres, logsUpTo(NEWEST)), toTime(time))).toEqual([]);
    }
    expect(refusals(window(mysql, NONE), { kind: 'backup' })).toEqual([]);
    expect(refusals(window(postgres, logsUpTo(NEWEST)), { kind: 'transaction', id: '742' })).toEqual([]);
  });

  it('is refused before or after the window, and the error names it', () => {
    const words = `this backup can be recovered to any time from ${ENDED} to about ${NEWEST}`;
    const before = '2026-11-22T01:59:59.999Z';
    const after = '2026-11-22T09:30:00.001Z';
    const whole = window(postgres, logsUpTo(NEWEST));
    expect(refusals(whole, toTime(before))).toEqual([
      `422 cannot recover to ${before}: ${words} / Choose an older backup.`,
    ]);
    expect(refusals(whole, toTime(after))).toEqual([
      expect.stringContaining(`422 cannot recover to ${after}: ${words} / Choose an earlier time`),
    ]);
    const cut = window(postgres, logsUpTo(NEWEST, { notes: ['segment X is missing'] }));
    expect(refusals(cut, toTime(after))).toEqual([expect.stringContaining('(segment X is missing)')]);
  });

  it('is always refused if the backup cannot be assembled', () => {
    const broken = window(postgres, logsUpTo(NEWEST), ['backup a is gone', 'segment X too']);
    expect(refusals(broken, { kind: 'backup' })).toEqual([
      expect.stringMatching(/^422 .* cannot be assembled: backup a is gone; segment X too/),
    ]);
  });

  it('is refused if only the other engine knows this kind of point', () => {
    expect(refusals(window(mysql, logsUpTo(NEWEST)), { kind: 'name', name: 'x' })).toEqual([
      expect.stringMatching(/^422 a backup made with xtrabackup cannot be recovered to a restore point/),
    ]);
    expect(refusals(window(postgres, logsUpTo(NEWEST)), { kind: 'gtid', gtid: '0-1-1' })).toEqual([
      expect.stringMatching(/^422 a backup made with pgbackrest cannot be recovered to a GTID/),
    ]);
  });

  it('is refused for a GTID of the other server', () => {
    const mariadb = { ...mysql, engine: 'mariabackup', db_type: 'mariadb' } as const;
    const to = (backup: Backup, gtid: string) => refusals(window(backup, logsUpTo(NEWEST)), { kind: 'gtid', gtid });
    const ofMysql = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';
    expect(to(mariadb, ofMysql)).toEqual([expect.stringMatching(/^422 .* is not a GTID of MariaDB, .*0-1-100/)]);
    expect(to(mysql, '0-1-100')).toEqual([expect.stringMatching(/^422 .* is not a GTID of MySQL, .*uuid:1-5/)]);
    expect([...to(mysql, ofMysql), ...to(mariadb, '0-1-100')]).toEqual([]);
  });

  it('is refused if it needs logs and there are none, and the hint says what to set', () => {
    expect(refusals(window(mysql, { ...NONE, notes: ['no logs'] }), toTime(NEWEST))).toEqual([
      expect.stringMatching(/^422 .* its own end, not to a point in time: no logs \/ .*binlog_prefix/),
    ]);
    expect(refusals(window(postgres, NONE), { kind: 'name', name: 'x' })).toEqual([expect.stringMatching(/Scan/)]);
  });

  it('is refused if it needs more disk than a task has', () => {
    const large = { ...mysql, size_bytes: 170 * GIB };
    const logs = logsUpTo(NEWEST);
    expect(refusals(window(large, logs), { kind: 'backup' })).toEqual([]);
    expect(refusals(window(large, logs), toTime(NEWEST))).toEqual([
      expect.stringMatching(/^422 recovering this backup takes 211 GiB of disk, but a task has at most 200 GiB/),
    ]);
  });
});

describe('the timelines of a window', () => {
  const LATER = '2026-11-22T11:00:00.000Z';
  const both = along(aTimeline(1, NEWEST), aTimeline(2, LATER));
  const TO_TRANSACTION: RecoveryTarget = { kind: 'transaction', id: '742' };
  const fork = 'which left timeline 1 at 0/4000000, up to about';

  it('are listed with their forks and ends', () => {
    expect(both).toMatchObject({
      ...{ timeline: null, latest: LATER, log_bytes: 200 },
      timelines: [
        { timeline: 1, parent: null, fork_lsn: null, promoted_at: null, latest: NEWEST, log_bytes: 100 },
        {
          ...{ timeline: 2, parent: 1, fork_lsn: '0/4000000', promoted_at: PROMOTED, latest: LATER, log_bytes: 200 },
          ...{ fork_reason: 'no recovery target specified', goes_on: true, problem: null },
        },
      ],
    });
    const promoted = along(aTimeline(1, ENDED, { goesOn: false }), aTimeline(2, NEWEST));
    expect(promoted).toMatchObject({ timeline: 2, latest: NEWEST, notes: [expect.stringContaining('to timeline 2')] });
    expect(window(mysql, NONE)).toMatchObject({ timeline: null, timelines: [] });
  });

  it.each<RecoveryTarget>([TO_TRANSACTION, { kind: 'name', name: 'x' }, toTime(LATER), toTime(ENDED)])(
    'need a choice if several continue: %j',
    (target) => {
      expect(refusals(both, target)).toEqual([
        `422 2 timelines continue after this backup: timeline 1, up to about ${NEWEST}; timeline 2, ${fork} ${LATER} / Send "timeline": 1 or "timeline": 2. Before the fork, they are the same.`,
      ]);
      expect(refusals(both, target, 2)).toEqual([]);
      if (target.kind !== 'time') expect(refusals(both, target, 1)).toEqual([]);
    },
  );

  it('need no choice for the state of the backup itself', () => {
    expect(refusals(both, { kind: 'backup' })).toEqual([]);
  });

  it('each have their own end', () => {
    expect(refusals(both, toTime(LATER), 1)).toEqual([
      `422 cannot recover to ${LATER}: this backup can be recovered to any time from ${ENDED} to about ${NEWEST} along timeline 1 / Choose an earlier time, or wait until the logs up to it are archived, or follow another timeline: timeline 2, ${fork} ${LATER}.`,
    ]);
  });

  it('are refused if the archive has none with that number, or the backup does not lead to it', () => {
    expect(refusals(both, TO_TRANSACTION, 7)).toEqual([
      expect.stringMatching(
        /^422 this backup cannot be recovered along timeline 7: the archive has no timeline 7 after it \/ Send "timeline": 1 or/,
      ),
    ]);
    const elsewhere = aTimeline(2, LATER, { problem: 'it left before', isElsewhere: true, goesOn: false });
    const one = along(aTimeline(1, NEWEST), elsewhere);
    expect(one).toMatchObject({ timeline: 1, latest: NEWEST, timelines: [{}, { latest: null }] });
    expect(refusals(one, TO_TRANSACTION)).toEqual([]);
    expect(refusals(one, TO_TRANSACTION, 2)).toEqual([
      expect.stringMatching(
        /^422 .* timeline 2: it left before \/ Send "timeline": 1, or restore a backup that was made later/,
      ),
    ]);
  });

  it('are not guessed if one is unknown', () => {
    const damaged = aTimeline(2, LATER, { problem: '00000002.history is damaged', fork: null });
    expect(refusals(along(aTimeline(1, NEWEST, { goesOn: false }), damaged), TO_TRANSACTION)).toEqual([
      expect.stringMatching(
        /^422 it is not certain which timeline to follow after this backup: timeline 2 \(00000002.history is damaged\) \/ Send "timeline": 1,/,
      ),
    ]);
    expect(refusals(along(aTimeline(1, NEWEST), damaged), TO_TRANSACTION, 1)).toEqual([]);
  });

  it('exist only for PostgreSQL', () => {
    expect(refusals(window(mysql, logsUpTo(NEWEST)), toTime(NEWEST), 1)).toEqual([
      expect.stringMatching(/^422 a backup of xtrabackup has no timelines/),
    ]);
  });
});

describe('the disk of a recovery', () => {
  const sized = (size_bytes: number | null, object_bytes: number | null = null) => ({ size_bytes, object_bytes });

  it('holds the copy of InnoDB’s files, its increments and the logs', () => {
    expect(copyDiskBytes('mariabackup', [sized(1000), sized(100), sized(null, 10)], 0)).toBe(1130);
    expect(copyDiskBytes('mariabackup', [sized(1000), sized(100)], 7)).toBe(1307);
  });
  it('holds the copy of PostgreSQL’s files, and the logs that are yet to be replayed', () => {
    expect(copyDiskBytes('pgbackrest', [sized(1000), sized(1100, 5)], 0)).toBe(1100);
    expect(copyDiskBytes('pgbackrest', [sized(1000), sized(1100)], 10)).toBe(1320 + 2 * GIB);
    expect(copyDiskBytes('pgbackrest', [sized(null, 100), sized(null, 10)], 0)).toBe(330);
  });
  it('holds the dump of a database, which is at most as large as the copy', () => {
    expect(recoveryDiskBytes('mariabackup', [sized(1000), sized(100)], 7)).toBe(1200 + 1200);
    expect(recoveryDiskBytes('xtrabackup', [sized(1000), sized(1500)], 0)).toBe(2500);
    expect(recoveryDiskBytes('pgbackrest', [sized(1000), sized(1100)], 0)).toBe(1100 + 1100);
    expect(recoveryDiskBytes('pgbackrest', [sized(1000), sized(1100)], 10)).toBe(1320 + 2 * GIB + 1320);
  });
});

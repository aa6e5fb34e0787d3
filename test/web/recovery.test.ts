/** What the pages of physical backups decide by themselves: a time line's positions, typed times, points and their words. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pointProblem } from '../../web/src/recovery/point-problem.ts';
import { type Point, recoveryAddress, requestOf } from '../../web/src/recovery/recovery-address.ts';
import { fractionOf, lastBefore, positionOf, timeAt, timeLineOf } from '../../web/src/recovery/time-line.ts';
import { isTime, parseTime, timeText } from '../../web/src/recovery/time-text.ts';
import { endText, type RecoveryWindow, timelineWords } from '../../web/src/recovery/window-words.ts';

const day = (time: string) => `2026-11-21T${time}Z`;
const line = (earliest: string, latest: string) => {
  const found = timeLineOf(day(earliest), day(latest));
  if (found === undefined) throw new Error('there is no line');
  return found;
};

describe('a time line', () => {
  const hours = line('02:00:30.000', '09:30:12.345');

  it('has the ends of its window, and the round times between them', () => {
    expect([0, 1, 2, hours.last - 1, hours.last].map((position) => timeAt(hours, position))).toEqual([
      day('02:00:30.000'),
      day('02:01:00.000'),
      day('02:02:00.000'),
      day('09:30:00.000'),
      day('09:30:12.345'),
    ]);
  });

  it('starts and ends at round times, each there once', () => {
    const round = line('02:00:00.000', '04:00:00.000');
    expect([0, 1, round.last - 1, round.last].map((position) => timeAt(round, position))).toEqual([
      day('02:00:00.000'),
      day('02:00:10.000'),
      day('03:59:50.000'),
      day('04:00:00.000'),
    ]);
    expect(round.last).toBe(720);
  });

  it('has a position for each of its times, the earlier one between two, and its ends for times outside', () => {
    const positions = Array.from({ length: hours.last + 1 }, (_, position) => position);
    expect(positions.map((position) => positionOf(hours, timeAt(hours, position)))).toEqual(positions);
    expect(positionOf(hours, day('02:02:59.999'))).toBe(2);
    expect(positionOf(hours, day('01:00:00.000'))).toBe(0);
    expect(positionOf(hours, day('09:30:12.346'))).toBe(hours.last);
  });

  it.each([
    ['02:00:00.000', '02:05:00.000', 1],
    ['02:00:00.000', '02:00:00.001', 1],
    ['02:00:00.000', '03:00:00.000', 10],
    ['02:00:00.000', '13:59:00.000', 60],
    ['00:00:00.000', '23:59:00.000', 300],
  ])('from %s to %s has steps of %i s', (earliest, latest, seconds) => {
    expect(line(earliest, latest).stepMs).toBe(seconds * 1000);
  });

  it('of months has steps of an hour, and there is none for a single moment', () => {
    expect(timeLineOf('2026-01-01T00:00:00Z', '2026-12-01T00:00:00Z')?.stepMs).toBe(3_600_000);
    expect(timeLineOf(day('02:00:00'), day('02:00:00'))).toBeUndefined();
  });

  it('has marks only inside the window', () => {
    const two = line('02:00:00.000', '04:00:00.000');
    const marks = ['02:00:00', '03:00:00', '04:00:00', '01:59:59', '04:00:01'].map((at) => fractionOf(two, day(at)));
    expect(marks).toEqual([0, 0.5, 1, undefined, undefined]);
  });
});

it('the last backup before a time has the least to replay', () => {
  const backups = [null, day('05:00:00'), day('03:00:00'), day('04:00:00')].map((completed_at) => ({ completed_at }));
  expect(lastBefore(backups, day('04:30:00'))).toEqual({ completed_at: day('04:00:00') });
  expect(lastBefore(backups, day('03:00:00'))).toEqual({ completed_at: day('03:00:00') });
  expect(lastBefore(backups, day('02:00:00'))).toBeUndefined();
});

describe('a typed time', () => {
  beforeAll(() => vi.stubEnv('TZ', 'Europe/Berlin'));
  afterAll(() => vi.unstubAllEnvs());

  it.each([
    ['2026-11-21 03:00:00', 'local', day('02:00:00.000')],
    ['2026-11-21 03:00', 'local', day('02:00:00.000')],
    [' 2026-11-21T3:00:05.25 ', 'local', day('02:00:05.250')],
    ['2026-07-21 03:00:00', 'local', '2026-07-21T01:00:00.000Z'],
    ['2026-11-21 02:00:00', 'utc', day('02:00:00.000')],
    ['2026-11-21 02:00:00 UTC', 'local', day('02:00:00.000')],
    ['2026-11-21T02:00:00.123Z', 'local', day('02:00:00.123')],
    ['2026-11-21 04:30:00+02:30', 'utc', day('02:00:00.000')],
    ['2026-11-20 21:00:00-0500', 'local', day('02:00:00.000')],
    ['2026-02-30 03:00:00', 'utc', undefined],
    ['2026-11-21 24:00:00', 'utc', undefined],
    ['2026-03-29 02:30:00', 'local', undefined],
    ['2026-11', 'utc', undefined],
    ['yesterday', 'local', undefined],
    ['', 'local', undefined],
  ] as const)('%j (%s) is %s', (text, zone, time) => {
    expect(parseTime(text, zone)).toBe(time);
  });

  it('is shown as it is read', () => {
    for (const time of [day('02:00:00.000'), day('23:59:59.007')]) {
      for (const zone of ['local', 'utc'] as const) expect(parseTime(timeText(time, zone), zone)).toBe(time);
    }
    expect(timeText(day('23:59:59.007'), 'local')).toBe('2026-11-22 00:59:59.007');
    expect(timeText(day('02:00:00.000'), 'utc')).toBe('2026-11-21 02:00:00');
  });

  it('is valid only if the API accepts it', () => {
    expect([day('02:00:00.000'), '2026-11-21T03:00:00+01:00'].every(isTime)).toBe(true);
    expect(['2026-11', '2026-11-21 03:00:00', ''].some(isTime)).toBe(false);
  });
});

describe('the address of a recovery', () => {
  const databases = [
    { from: 'shop', to: 'shop_restored' },
    { from: 'a&b', to: '' },
  ];

  it.each<Point>([
    { kind: 'backup', text: '' },
    { kind: 'time', text: '2026-11-2' },
    { kind: 'transaction', text: '742' },
    { kind: 'name', text: 'before & after' },
    { kind: 'gtid', text: '' },
  ])('keeps what was typed: %j', (point) => {
    for (const timeline of [null, 2]) {
      const request = { connectionId: 'one', databases, point, timeline };
      expect(requestOf(new URLSearchParams(recoveryAddress(request).toString()))).toEqual(request);
    }
  });

  it('leads to an empty form if it says nothing', () => {
    expect(requestOf(new URLSearchParams(''))).toEqual({
      connectionId: null,
      databases: [],
      point: { kind: 'backup', text: '' },
      timeline: null,
    });
    for (const text of ['', 'x', '0', '1.5']) {
      expect(requestOf(new URLSearchParams({ timeline: text })).timeline).toBeNull();
    }
  });
});

const aTimeline = (timeline: number): RecoveryWindow['timelines'][number] => ({
  ...{ timeline, parent: null, fork_lsn: null, fork_reason: null, promoted_at: null, latest: day('09:00:00.000') },
  ...{
    latest_is_open: false,
    last_segment: null,
    goes_on: true,
    problem: null,
    notes: [],
    disk_bytes: 0,
    log_bytes: 0,
  },
});

it('a timeline is described by its beginning and its end', () => {
  const words = (of: Partial<RecoveryWindow['timelines'][number]>) =>
    timelineWords({ ...aTimeline(2), ...of }, (iso) => iso.slice(11, 19));
  expect(words({})).toBe("The backup's own, up to about 09:00:00.");
  expect(words({ parent: 1, fork_lsn: '0/8000158', promoted_at: day('08:00:00.000') })).toBe(
    'Left timeline 1 at 0/8000158, promoted around 08:00:00, up to about 09:00:00.',
  );
  expect(words({ problem: '00000002.history is damaged' })).toBe('00000002.history is damaged.');
});

describe('objections to a point', () => {
  const window: RecoveryWindow = {
    ...{ backup_id: 'one', engine: 'pgbackrest', chain: [], complete: true, missing: [], unread: [], notes: [] },
    ...{ earliest: day('02:00:00.000'), latest: day('09:00:00.000'), latest_is_estimate: true, latest_is_open: false },
    ...{ targets: ['backup', 'time', 'transaction', 'name'], disk_bytes: 0, log_bytes: 0 },
    ...{ timeline: 1, timelines: [aTimeline(1)] },
  };
  const problem = (
    kind: Point['kind'],
    text: string,
    of: Partial<RecoveryWindow> = {},
    timeline: number | null = null,
  ) => pointProblem({ kind, text }, { ...window, ...of }, timeline);

  it('include that several timelines continue, until one is chosen', () => {
    const two = { timeline: null, timelines: [aTimeline(1), aTimeline(2)] };
    expect(problem('transaction', '742', two)).toContain('2 timelines continue after this backup');
    expect(problem('transaction', '742', two, 2)).toBeUndefined();
    expect(problem('backup', '', two)).toBeUndefined();
    expect(problem('backup', '', two, 2)).toBeUndefined();
  });

  it('are none inside the window', () => {
    const points = [
      problem('backup', ''),
      problem('time', day('09:00:00.000')),
      problem('transaction', '742'),
      problem('name', 'before the release'),
      problem('time', day('10:00:00.000'), { latest_is_open: true }),
      problem('gtid', '0-1-100', { engine: 'mariabackup', targets: ['backup', 'time', 'gtid'] }),
    ];
    expect(points).toEqual(points.map(() => undefined));
  });

  it.each([
    ['time', '', 'Enter a time such as'],
    ['time', day('01:59:59.999'), 'Choose an older backup.'],
    ['time', day('09:00:00.001'), 'Choose an earlier time'],
    ['transaction', 'abc', 'Must be a transaction id'],
    ['name', '', 'Enter a value.'],
    ['gtid', '', 'A backup made with pgbackrest cannot be recovered to a GTID.'],
  ] as const)('%s %j: %s', (kind, text, words) => {
    expect(problem(kind, text)).toContain(words);
  });

  it('say why the window does not include it, and what the backup lacks', () => {
    const notes = ['the connection has no binlog_prefix'];
    expect(problem('time', '', { engine: 'mariabackup', targets: ['backup'], notes })).toMatch(
      /not to a point in time: the connection has no binlog_prefix\. Set the connection's binlog_prefix/,
    );
    expect(problem('backup', '', { complete: false, missing: ['it is gone'], targets: [] })).toContain('it is gone');
  });

  it('are none for an unread backup, because reading it may show what is missing', () => {
    const unread = {
      engine: 'mariabackup',
      complete: false,
      missing: ['its parent'],
      unread: ['one'],
      targets: [],
    } as const;
    expect(
      problem('backup', '', { ...unread, missing: [...unread.missing], unread: ['one'], targets: [] }),
    ).toBeUndefined();
    expect(
      problem('gtid', '0-1-1', { ...unread, missing: [...unread.missing], unread: ['one'], targets: [] }),
    ).toContain('not been read yet');
  });
});

it.each([
  [{ latest_is_estimate: false, latest_is_open: false }, 'noon'],
  [{ latest_is_estimate: true, latest_is_open: false }, 'about noon'],
  [{ latest_is_estimate: true, latest_is_open: true }, 'noon or later'],
])('a window that ends with %j ends %s', (window, words) => {
  expect(endText(window, 'noon')).toBe(words);
});

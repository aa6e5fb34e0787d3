import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ArchivedLog } from '../../../lib/engines/physical/log-run.ts';
import { type History, onlyTimeline, walTimelines } from '../../../lib/engines/physical/wal-timelines.ts';
import { parseHistory } from '../../../lib/formats/pgbackrest/timeline-history.ts';
import { historyOf, keyAfterTimeline, keyBefore, segmentOf } from '../../../lib/formats/pgbackrest/wal-segments.ts';

const FOLDER = 'archive/main/15-1';
const keys = readFileSync(new URL('../../fixtures/pgbackrest/keys.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const archive = keys.filter((key) => key.startsWith(`${FOLDER}/`));

const stored = (key: string, index = 0): ArchivedLog => ({
  ...{ key, bytes: 100, storedAt: new Date(Date.parse('2026-11-22T02:00:00Z') + index * 60_000) },
});
const segments = (...names: string[]) =>
  names.map((name, index) => stored(`${FOLDER}/${name.slice(0, 16)}/${name}-${'ab'.repeat(20)}.gz`, index));
/** Of timeline, log id and segment in that log. */
const name = (timeline: number, logId: number, segment: number) =>
  [timeline, logId, segment].map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
const run = (start: string, stop: string, archived: ArchivedLog[], from_lsn: string | null = null) => {
  const need = { wal_start: start, wal_stop: stop, from_lsn, to_lsn: null };
  const { timelines, missing } = walTimelines(need, { logs: archived, histories: new Map(), cut: new Set() });
  const { logs, notes } = onlyTimeline(timelines)?.run ?? { logs: [], notes: [] };
  return { names: logs.map(({ key }) => segmentOf(key)), missing, notes };
};

describe('WAL of a real repository', () => {
  const start = '000000010000000000000004';

  it('is listed from the first segment of a backup', () => {
    const behind = archive.filter((key) => key > keyBefore(FOLDER, start));
    expect(behind.map(segmentOf).find((segment) => segment !== undefined)).toBe(start);
  });

  it('ends at the last archived segment', () => {
    const found = run(start, start, archive.map(stored));
    expect(found).toMatchObject({ missing: [], notes: [] });
    expect(found.names).toHaveLength(9);
    expect(found.names.at(-1)).toBe('00000001000000000000000C');
  });

  it('leaves out history files, backup labels and partial segments', () => {
    const others = archive.filter((key) => segmentOf(key) === undefined);
    expect(others.every((key) => key.endsWith('.backup'))).toBe(true);
    expect(
      segmentOf(`${FOLDER}/0000000100000000/000000010000000000000009.partial-${'ab'.repeat(20)}.gz`),
    ).toBeUndefined();
    expect(segmentOf(`${FOLDER}/00000002.history`)).toBeUndefined();
    expect(historyOf(`${FOLDER}/0000000B.history`)).toBe(11);
    expect(others.some((key) => historyOf(key) !== undefined)).toBe(false);
    expect(segmentOf(`${FOLDER}/0000000100000000/000000010000000000000009-${'ab'.repeat(20)}`)).toBeDefined();
  });
});

describe('a sequence of WAL segments', () => {
  it('continues from one log id to the next', () => {
    const names = [name(1, 0, 0xfe), name(1, 0, 0xff), name(1, 1, 0), name(1, 1, 1)];
    expect(run(names[0] as string, names[0] as string, segments(...names))).toEqual({ names, missing: [], notes: [] });
  });

  it.each([
    [64, '0/FC000028', 0x3f],
    [1, '0/FFF00028', 0xfff],
    [1024, '0/C0000028', 3],
  ])('finds out about segments of %i MiB from where the backup began', (_, lsn, lastOfLogId) => {
    const names = [name(1, 0, lastOfLogId), name(1, 1, 0)];
    expect(run(names[0] as string, names[0] as string, segments(...names), lsn)).toMatchObject({ names, notes: [] });
  });

  it('ends before a gap, and names it', () => {
    const names = [name(1, 0, 4), name(1, 0, 5), name(1, 0, 7)];
    expect(run(name(1, 0, 4), name(1, 0, 4), segments(...names))).toEqual({
      names: names.slice(0, 2),
      missing: [],
      notes: [`WAL segment ${name(1, 0, 6)} is not in the archive: nothing after it can be reached`],
    });
  });

  it('names the segments that the backup itself needs', () => {
    const names = [name(1, 0, 4), name(1, 0, 6), name(1, 0, 7)];
    const { missing, names: found } = run(name(1, 0, 4), name(1, 0, 6), segments(...names));
    expect(missing).toEqual([expect.stringContaining(`WAL segment ${name(1, 0, 5)} is not in the archive`)]);
    expect(found).toEqual(names.slice(0, 1));
    expect(run(name(1, 0, 4), name(1, 0, 4), []).missing).toHaveLength(1);
    expect(run('x', 'y', []).missing).toHaveLength(1);
  });

  it('names only a few missing segments, however many a record says are needed', () => {
    const { missing } = run(name(1, 0, 4), name(1, 0xffffffff, 0xff), segments(name(1, 0, 4)));
    expect(missing).toHaveLength(21);
    expect(missing.at(-1)).toContain('was not checked');
  });

  it('leaves out the timelines before the backup’s', () => {
    expect(run(name(2, 0, 4), name(2, 0, 4), segments(name(2, 0, 4), name(1, 0, 5))).names).toEqual([name(2, 0, 4)]);
  });
});

describe('a history file', () => {
  it('says where and why each timeline was left', () => {
    const text =
      '1\t0/5000000\tno recovery target specified\n\n# a comment\n2\tA/6000158\tbefore 2026-11-22 09:00:00.5+00\n';
    expect(parseHistory(3, text)).toEqual([
      { timeline: 1, lsn: '0/5000000', reason: 'no recovery target specified' },
      { timeline: 2, lsn: 'A/6000158', reason: 'before 2026-11-22 09:00:00.5+00' },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['other bytes', '\u0000\u0001garbage'],
    ['half a line', '1\t0/'],
    ['timelines out of order', '2\t0/5000000\tx\n1\t0/6000000\tx\n'],
    ['a log that runs backwards', '1\t0/5000000\tx\n2\t0/4000000\tx\n'],
    ['itself', '1\t0/5000000\tx\n3\t0/6000000\tx\n'],
  ])('is invalid if it contains %s', (_, text) => expect(parseHistory(3, text)).toBeUndefined());
});

/** `timeline: parent, its fork`: a history of one line more than the parent's. */
type Forks = Record<number, [parent: number, lsn: string] | { problem: string }>;

/** The timelines from a backup of timeline 1 that needs segment 4, and ended at 0/4000100. */
function timelines(forks: Forks, names: string[], need: object = {}, cut: number[] = []) {
  const histories = new Map<number, History>();
  for (const [timeline, fork] of Object.entries(forks)) {
    if (!Array.isArray(fork)) {
      histories.set(Number(timeline), fork);
      continue;
    }
    const [parent, lsn] = fork;
    const before = histories.get(parent);
    const switches = [
      ...(before && 'switches' in before ? before.switches : []),
      { timeline: parent, lsn, reason: 'no recovery target specified' },
    ];
    histories.set(Number(timeline), { switches, archivedAt: new Date('2026-11-22T03:00:00Z') });
  }
  const wal = { wal_start: name(1, 0, 4), wal_stop: name(1, 0, 4), from_lsn: '0/4000028', to_lsn: '0/4000100' };
  const found = walTimelines({ ...wal, ...need }, { logs: segments(...names), histories, cut: new Set(cut) });
  expect(found.missing).toEqual([]);
  return {
    all: found.timelines.map(({ timeline, run, goesOn, problem }) => ({
      ...{ timeline, goesOn, problem },
      names: run.logs.map(({ key }) => segmentOf(key)),
    })),
    only: onlyTimeline(found.timelines)?.timeline,
    found: found.timelines,
  };
}
const of = (timeline: number, ...numbers: number[]) => numbers.map((number) => name(timeline, 0, number));

describe('timelines', () => {
  it('share the log up to the point where one left the other', () => {
    const { all, only, found } = timelines({ 2: [1, '0/6000000'] }, [...of(1, 4, 5, 6, 7), ...of(2, 6, 7, 8)]);
    expect(all).toEqual([
      { timeline: 1, goesOn: true, problem: null, names: of(1, 4, 5, 6, 7) },
      { timeline: 2, goesOn: true, problem: null, names: [...of(1, 4, 5), ...of(2, 6, 7, 8)] },
    ]);
    expect(only).toBeUndefined();
    expect(found[1]).toMatchObject({
      ...{ fork: { parent: 1, lsn: '0/6000000' }, lastSegment: name(2, 0, 8) },
      promotedAt: new Date('2026-11-22T03:00:00Z'),
    });
    expect(found[0]).toMatchObject({ fork: null, promotedAt: null, lastSegment: name(1, 0, 7) });
  });

  it.each([
    ['at the end of a segment', '0/6000000', of(1, 4, 5)],
    ['within a segment that the old server never closed', '0/6000158', of(1, 4, 5)],
    ['within the segment that the backup needs', '0/4000100', of(1)],
  ])('are abandoned for the newest one if only that continues: %s', (_, lsn, before) => {
    const begins = Number.parseInt(lsn.slice(2, 3), 16);
    const after = of(2, begins, begins + 1);
    const { all, only } = timelines({ 2: [1, lsn] }, [...new Set([...of(1, 4), ...before]), ...after]);
    expect(only).toBe(2);
    expect(all[1]).toMatchObject({ goesOn: true, names: [...before, ...after] });
    expect(all[0]).toMatchObject({ goesOn: false });
  });

  it('are followed over several promotions', () => {
    const archived = [...of(1, 4, 5), ...of(2, 6), ...of(5, 7, 8)];
    const { all, only } = timelines({ 2: [1, '0/6000000'], 5: [2, '0/7000100'] }, archived);
    expect(only).toBe(5);
    expect(all.at(-1)?.names).toEqual(archived);
  });

  it('are followed through one that was left before its first segment was full', () => {
    const archived = [...of(1, 4, 5), ...of(3, 6, 7)];
    const { all, only } = timelines({ 2: [1, '0/6000100'], 3: [2, '0/6000500'] }, archived);
    expect(only).toBe(3);
    expect(all.at(-1)).toMatchObject({ problem: null, names: archived });
  });

  it('share one log if none continues, and the one with the most archived segments has it', () => {
    expect(timelines({ 2: [1, '0/6000100'] }, of(1, 4, 5))).toMatchObject({ only: 1, all: [{}, { problem: null }] });
    const left = timelines({ 2: [1, '0/5000000'], 3: [2, '0/6000100'] }, [...of(1, 4), ...of(2, 5)]);
    expect(left).toMatchObject({ only: 2 });
  });

  it('are skipped if their first segment is missing: the server would continue along the old one', () => {
    const { all, only } = timelines({ 2: [1, '0/6000000'] }, of(1, 4, 5, 6, 7));
    expect(all[1]?.problem).toBe(`WAL segment ${name(2, 0, 6)}, the first of timeline 2, is not in the archive`);
    expect(only).toBe(1);
    const later = timelines({ 2: [1, '0/6000000'] }, [...of(1, 4, 5, 6), ...of(2, 7)]);
    expect(later.all[1]).toMatchObject({ goesOn: true, problem: expect.stringContaining('the first of timeline 2') });
    expect(later.only).toBeUndefined();
  });

  it('end before a gap that another timeline does not fill', () => {
    const { found, only } = timelines({ 2: [1, '0/5000100'] }, [...of(1, 4, 6), ...of(2, 5, 7)]);
    expect(found[1]?.run.notes).toEqual([
      `WAL segment ${name(2, 0, 6)} is not in the archive: nothing after it can be reached`,
    ]);
    expect(found[1]).toMatchObject({ lastSegment: name(2, 0, 7) });
    expect(only).toBeUndefined();
  });

  it('that left before the end of the backup, or come from elsewhere, lead nowhere', () => {
    const early = timelines({ 2: [1, '0/40000FF'] }, [...of(1, 4, 5), ...of(2, 4, 5)]);
    expect(early).toMatchObject({ only: 1 });
    expect(early.all[1]?.problem).toBe('timeline 2 left timeline 1 at 0/40000FF, before the backup ended at 0/4000100');
    const of2 = { wal_start: name(2, 0, 4), wal_stop: name(2, 0, 4) };
    const other = timelines({ 2: [1, '0/3000000'], 3: [1, '0/5000000'] }, [...of(2, 4, 5), ...of(3, 5)], of2);
    expect(other).toMatchObject({ only: 2, all: [{ timeline: 2 }, { timeline: 3 }] });
    expect(other.all[1]?.problem).toBe('timeline 3 does not come from timeline 2, on which the backup was made');
    const unknownEnd = timelines({ 2: [1, '0/3FFFFFF'] }, [...of(1, 4), ...of(2, 4)], { to_lsn: null });
    expect(unknownEnd.all[1]?.problem).toContain(`before the backup ended in ${name(1, 0, 4)}`);
  });

  it('whose history is missing or damaged can’t be chosen, and without a choice none is followed', () => {
    const archived = [...of(1, 4, 5), ...of(2, 6)];
    const missing = timelines({}, archived);
    expect(missing.all[1]?.problem).toBe(
      '00000002.history is not in the archive, so where timeline 2 begins is unknown',
    );
    expect(missing.only).toBeUndefined();
    const damaged = timelines({ 2: { problem: 'it is damaged' } }, archived);
    expect(damaged.all[1]).toMatchObject({ problem: 'it is damaged', goesOn: true, names: [] });
    expect(damaged.only).toBeUndefined();
    // the history file alone starts no timeline
    expect(timelines({ 2: { problem: 'it is damaged' } }, of(1, 4, 5)).only).toBe(1);
  });

  it('are all assumed to continue if there are more than were listed', () => {
    const archived = [...of(1, 4, 5), ...of(2, 6)];
    expect(timelines({ 2: [1, '0/6000000'] }, archived, {}, [1]).only).toBeUndefined();
    expect(timelines({ 2: [1, '0/6000000'] }, archived).only).toBe(2);
  });

  it('are listed one after another', () => {
    const [last = ''] = segments(name(1, 0, 9)).map(({ key }) => key);
    const after = keyAfterTimeline(FOLDER, last);
    const others = [`${FOLDER}/00000002.history`, ...segments(...of(2, 6)).map(({ key }) => key)];
    expect([last < after, ...others.map((key) => key > after)]).toEqual([true, true, true]);
    expect(keyAfterTimeline(FOLDER, `${FOLDER}/00000002.history`) > (others[1] as string)).toBe(true);
  });
});

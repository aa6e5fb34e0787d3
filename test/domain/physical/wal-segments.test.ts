import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ArchivedLog } from '../../../lib/domain/physical/log-run.ts';
import { keyBefore, segmentOf, walRun } from '../../../lib/domain/physical/wal-segments.ts';

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
  const { logs, missing, notes } = walRun({ wal_start: start, wal_stop: stop, from_lsn }, archived);
  return { names: logs.map(({ key }) => segmentOf(key)), missing, notes };
};

describe('WAL of a real repository', () => {
  const start = '000000010000000000000004';

  it('is listed from a backup’s first segment on', () => {
    const behind = archive.filter((key) => key > keyBefore(FOLDER, start));
    expect(behind.map(segmentOf).find((segment) => segment !== undefined)).toBe(start);
  });

  it('runs to its last segment', () => {
    const found = run(start, start, archive.map(stored));
    expect(found).toMatchObject({ missing: [], notes: [] });
    expect(found.names).toHaveLength(9);
    expect(found.names.at(-1)).toBe('00000001000000000000000C');
  });

  it('is neither history, nor what a backup left, nor half a segment', () => {
    const others = archive.filter((key) => segmentOf(key) === undefined);
    expect(others.every((key) => key.endsWith('.backup'))).toBe(true);
    expect(
      segmentOf(`${FOLDER}/0000000100000000/000000010000000000000009.partial-${'ab'.repeat(20)}.gz`),
    ).toBeUndefined();
    expect(segmentOf(`${FOLDER}/00000002.history`)).toBeUndefined();
    expect(segmentOf(`${FOLDER}/0000000100000000/000000010000000000000009-${'ab'.repeat(20)}`)).toBeDefined();
  });
});

describe('a run of WAL', () => {
  it('goes from one log id to the next', () => {
    const names = [name(1, 0, 0xfe), name(1, 0, 0xff), name(1, 1, 0), name(1, 1, 1)];
    expect(run(names[0] as string, names[0] as string, segments(...names))).toEqual({ names, missing: [], notes: [] });
  });

  it.each([
    [64, '0/FC000028', 0x3f],
    [1, '0/FFF00028', 0xfff],
    [1024, '0/C0000028', 3],
  ])('knows segments of %i MiB by where the backup began', (_, lsn, lastOfLogId) => {
    const names = [name(1, 0, lastOfLogId), name(1, 1, 0)];
    expect(run(names[0] as string, names[0] as string, segments(...names), lsn)).toMatchObject({ names, notes: [] });
  });

  it('ends before a gap, which it names', () => {
    const names = [name(1, 0, 4), name(1, 0, 5), name(1, 0, 7)];
    expect(run(name(1, 0, 4), name(1, 0, 4), segments(...names))).toEqual({
      names: names.slice(0, 2),
      missing: [],
      notes: [`WAL segment ${name(1, 0, 6)} is not in the archive: what comes after it cannot be reached`],
    });
  });

  it('names what the backup itself needs', () => {
    const names = [name(1, 0, 4), name(1, 0, 6), name(1, 0, 7)];
    const { missing, names: found } = run(name(1, 0, 4), name(1, 0, 6), segments(...names));
    expect(missing).toEqual([expect.stringContaining(`WAL segment ${name(1, 0, 5)} is not in the archive`)]);
    expect(found).toEqual(names.slice(0, 2));
    expect(run(name(1, 0, 4), name(1, 0, 4), []).missing).toHaveLength(1);
    expect(run('x', 'y', []).missing).toHaveLength(1);
  });

  it('names no more than a person reads, however many a record says are needed', () => {
    const { missing } = run(name(1, 0, 4), name(1, 0xffffffff, 0xff), segments(name(1, 0, 4)));
    expect(missing).toHaveLength(21);
    expect(missing.at(-1)).toContain('was not looked for');
  });

  it('is followed to the timeline that the server was promoted to', () => {
    // the old server went on for a while, alone
    const names = [name(1, 0, 4), name(1, 0, 5), name(1, 0, 6), name(2, 0, 5), name(2, 0, 6), name(2, 0, 7)];
    expect(run(name(1, 0, 4), name(1, 0, 4), segments(...names))).toEqual({
      names: [name(1, 0, 4), name(2, 0, 5), name(2, 0, 6), name(2, 0, 7)],
      missing: [],
      notes: [expect.stringContaining('timeline 2')],
    });
  });

  it('leaves out the timelines before the backup’s', () => {
    expect(run(name(2, 0, 4), name(2, 0, 4), segments(name(2, 0, 4), name(1, 0, 5))).names).toEqual([name(2, 0, 4)]);
  });
});

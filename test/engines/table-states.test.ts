import { expect, it } from 'vitest';
import { TableStates, tableLines, tablesAtEnd } from '../../lib/engines/table-states.ts';

const some = (...names: string[]) => ({ count: names.length, names });

it('follows each table from untouched to complete', () => {
  let changes = 0;
  const tables = new TableStates(() => changes++);
  expect(tables.summary()).toBeNull();
  tables.found(['a', 'b', 'c']);
  tables.begun('a');
  tables.begun('new');
  tables.completed('a');
  expect(tables.summary()).toEqual({ complete: some('a'), incomplete: some('new'), untouched: some('b', 'c') });
  const before = changes;
  tables.completed('a');
  expect(changes).toBe(before);
  tables.gone('new');
  tables.begun('b');
  tables.allCompleted();
  expect(tables.summary()).toEqual({ complete: some('a', 'b'), incomplete: some(), untouched: some('c') });
});

it('names as many tables as a record has room for, and counts all', () => {
  const tables = new TableStates();
  for (let at = 0; at < 50_000; at++) tables.found([`${'表'.repeat(40)}${at}`]);
  for (let at = 0; at < 25_000; at++) tables.begun(`${'表'.repeat(40)}${at}`);
  const summary = tables.summary();
  expect(summary).toMatchObject({ complete: some(), incomplete: { count: 25_000 }, untouched: { count: 25_000 } });
  expect(summary?.incomplete.names.length).toBeGreaterThan(50);
  expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThan(20_000);
  expect(Buffer.byteLength(JSON.stringify(tablesAtEnd(summary, 'unseen')))).toBeLessThan(20_000);
  expect(tablesAtEnd(summary, 'unseen')).toMatchObject({ incomplete: { count: 50_000 }, untouched: some() });
});

it('reports no table as untouched if the task has not said how it ended', () => {
  const tables = { complete: some('a'), incomplete: some('b'), untouched: some('c') };
  expect(tablesAtEnd(tables, 'failed')).toEqual(tables);
  expect(tablesAtEnd(tables, 'success')).toEqual({
    complete: some('a', 'b'),
    incomplete: some(),
    untouched: some('c'),
  });
  expect(tablesAtEnd(tables, 'unseen')).toEqual({ complete: some('a'), incomplete: some('b', 'c'), untouched: some() });
  expect(tablesAtEnd(null, 'unseen')).toBeNull();
});

it('lists what needs work first', () => {
  const tables = { complete: some('a'), incomplete: { count: 3, names: ['b', 'c'] }, untouched: some() };
  expect(tableLines(tables)).toEqual([
    { state: 'incomplete', heading: 'Incomplete or missing: 3 tables', names: ['b', 'c'], more: 1 },
    { state: 'complete', heading: 'Complete: 1 table', names: ['a'], more: 0 },
  ]);
});

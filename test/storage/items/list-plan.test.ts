import { describe, expect, it } from 'vitest';
import { AUDIT_LIST } from '../../../lib/accounts/tables.ts';
import { LISTS } from '../../../lib/api/tables.ts';
import { BACKUP_LIST, JOB_LIST } from '../../../lib/backups/tables.ts';
import { MalformedRequest } from '../../../lib/errors/errors.ts';
import type { PlanTables } from '../../../lib/plans/tables.ts';
import { RESTORE_LIST } from '../../../lib/restores/tables.ts';
import { decodeCursor, encodeCursor } from '../../../lib/storage/items/cursor.ts';
import { derivedAttributes, type ListIndex, partitionOf } from '../../../lib/storage/items/list-indexes.ts';
import { cursorBehind, type Filters, planList } from '../../../lib/storage/items/list-plan.ts';

const CONNECTION = '6b1f1a52-1d0b-4a52-8ad5-31b1d54cbd0d';
const BACKUP = 'f3a1c9d2-0f4e-4f0e-9f0a-0c5b2a7f9b05';
const PROVIDER = '0d5f7a3e-7f0c-4e43-8f55-7d1c8ce2b7aa';
const AT = '2026-11-22T02:00:00.000Z';
const PLACE = `${AT}#${BACKUP}`;

it('an unsupported filter is a type error', () => {
  type Query = { limit: number; plan_id?: string; started_by?: string };
  // never called: the compiler is what is tested
  const lists = ({ planRuns }: Pick<PlanTables, 'planRuns'>, { plan_id, ...bounds }: Query) => [
    // @ts-expect-error beside one that it has
    planRuns.list({ plan_id, started_by: bounds.started_by }, { limit: bounds.limit }),
    // @ts-expect-error among what is left of a query
    planRuns.list({ plan_id }, bounds),
    planRuns.list({ plan_id }, { limit: bounds.limit }),
  ];
  expect(lists).toBeTypeOf('function');
});

describe('the index that a list reads', () => {
  const narrow: [Filters<typeof BACKUP_LIST>, string, string, string[]][] = [
    [{}, 'by-time', 'all', []],
    [{ connection_id: CONNECTION }, 'by-connection', CONNECTION, []],
    [{ database_name: 'shop' }, 'by-database', 'shop', []],
    [{ storage_provider_id: PROVIDER }, 'by-storage-provider', PROVIDER, []],
    [{ verify_status: 'failed' }, 'by-verify-status', 'failed', []],
    [{ status: 'success' }, 'by-status', 'success', []],
    [{ database_name: 'shop', connection_id: CONNECTION }, 'by-connection-and-database', `${CONNECTION}#shop`, []],
    [{ status: 'failed', connection_id: CONNECTION }, 'by-connection', CONNECTION, ['status']],
    [{ status: 'failed', database_name: 'shop' }, 'by-database', 'shop', ['status']],
    [{ status: 'success', verify_status: 'failed' }, 'by-verify-status', 'failed', ['status']],
    [{ verify_status: 'failed', storage_provider_id: PROVIDER }, 'by-storage-provider', PROVIDER, ['verify_status']],
    [
      { status: 'success', verify_status: 'passed', connection_id: CONNECTION, database_name: 'shop' },
      'by-connection-and-database',
      `${CONNECTION}#shop`,
      ['status', 'verify_status'],
    ],
    [{ status: undefined, database_name: 'shop' }, 'by-database', 'shop', []],
  ];
  it.each(narrow)('of backups, %j: %s', (filters, index, partition, remaining) => {
    const plan = planList(BACKUP_LIST, filters);
    expect([plan.index.name, plan.partition]).toEqual([index, partition]);
    expect(plan.remaining).toEqual(remaining.map((field) => [field, filters[field as 'status']]));
  });

  const restores: [Filters<typeof RESTORE_LIST>, string, string, string[]][] = [
    [{}, 'by-time', 'all', []],
    [{ backup_id: BACKUP }, 'by-backup', BACKUP, []],
    [{ to_connection: CONNECTION }, 'by-target', CONNECTION, []],
    [{ status: 'running' }, 'by-status', 'running', []],
    [{ to_connection: CONNECTION, backup_id: BACKUP }, 'by-backup', BACKUP, ['to_connection']],
    [{ status: 'failed', to_connection: CONNECTION }, 'by-target', CONNECTION, ['status']],
  ];
  it.each(restores)('of restores, %j: %s', (filters, index, partition, remaining) => {
    const plan = planList(RESTORE_LIST, filters);
    expect([plan.index.name, plan.partition]).toEqual([index, partition]);
    expect(plan.remaining.map(([field]) => field)).toEqual(remaining);
  });

  it('a filter is never empty', () => {
    expect(() => planList(BACKUP_LIST, { database_name: '' })).toThrow(MalformedRequest);
  });
});

describe('the times', () => {
  const bounds = (since?: string, until?: string) => {
    const { from, to } = planList(AUDIT_LIST, {}, { since, until });
    return { from, to };
  };
  const isIn = (place: string, { from, to }: { from: string; to: string }) => place >= from && place <= to;

  it('are both included, whatever the id', () => {
    for (const id of ['0', 'f']) {
      expect(isIn(`${AT}#${id}`, bounds(AT, AT))).toBe(true);
      expect(isIn(`2026-11-22T02:00:00.001Z#${id}`, bounds(AT, AT))).toBe(false);
      expect(isIn(`2026-11-22T01:59:59.999Z#${id}`, bounds(AT, AT))).toBe(false);
    }
  });

  it('may have any offset, but no fraction', () => {
    expect(bounds('2026-11-22T03:00:00+01:00', '2026-11-21T22:00:00-04:00')).toEqual(bounds(AT, AT));
    expect(bounds('2026-11-22T02:00:00Z')).toEqual(bounds(AT));
  });

  it('outside of the four-digit years leave out everything or nothing', () => {
    expect(isIn(PLACE, bounds('0000-01-01T00:00:00+23:00', '9999-12-31T23:59:59-23:00'))).toBe(true);
    expect(isIn(PLACE, bounds('9999-12-31T23:59:59-23:00'))).toBe(false);
    expect(isIn(PLACE, bounds(undefined, '0000-01-01T00:00:00+23:00'))).toBe(false);
  });

  it('leave nothing out if they are missing', () => {
    expect(isIn(`0001-01-01T00:00:00.000Z#${BACKUP}`, bounds())).toBe(true);
    expect(isIn(`9999-12-31T23:59:59.999Z#${BACKUP}`, bounds())).toBe(true);
  });

  it('in the wrong order are refused', () => {
    expect(() => bounds(AT, '2026-11-22T01:59:59.999Z')).toThrow('since is later than until');
  });
});

describe('the cursor', () => {
  const filters = { status: 'failed', database_name: 'größe 🐘' } as const;

  it('leads to the page after its position, in the list that returned it', () => {
    const cursor = cursorBehind(BACKUP_LIST, filters, PLACE);
    expect(planList(BACKUP_LIST, filters, { cursor }).after).toEqual({ place: PLACE, id: BACKUP });
    expect(planList(BACKUP_LIST, { ...filters, connection_id: undefined }, { cursor }).after?.id).toBe(BACKUP);
    expect(planList(BACKUP_LIST, filters, { cursor, since: AT, until: AT }).after?.id).toBe(BACKUP);
  });

  it('leads past an id in capitals: an execution may have such a name', () => {
    const id = BACKUP.toUpperCase();
    const cursor = cursorBehind(BACKUP_LIST, filters, `${AT}#${id}`);
    expect(planList(BACKUP_LIST, filters, { cursor }).after?.id).toBe(id);
  });

  it('fits into a query', () => {
    const longest = { connection_id: CONNECTION, database_name: '🐘'.repeat(64), status: 'success' };
    const all = { ...longest, storage_provider_id: PROVIDER, verify_status: 'verifying' };
    expect(cursorBehind(BACKUP_LIST, all, PLACE).length).toBeLessThan(2000);
  });

  const foreign: [string, Filters<typeof BACKUP_LIST>, string][] = [
    ["another table's list", filters, cursorBehind(RESTORE_LIST, { status: 'failed' }, PLACE)],
    ['the whole list', {}, cursorBehind(BACKUP_LIST, filters, PLACE)],
    ['a list with fewer filters', filters, cursorBehind(BACKUP_LIST, { status: 'failed' }, PLACE)],
    ['a list with different filters', { ...filters, status: 'success' }, cursorBehind(BACKUP_LIST, filters, PLACE)],
    [
      'a list with one filter changed',
      { ...filters, connection_id: CONNECTION },
      cursorBehind(BACKUP_LIST, { ...filters, connection_id: BACKUP }, PLACE),
    ],
    ['no list', {}, encodeCursor({ at: PLACE })],
    ['an unknown filter', {}, encodeCursor({ list: 'backups', at: PLACE, constructor: 'x' })],
    ['a position without an id', {}, cursorBehind(BACKUP_LIST, {}, AT)],
    ['a position in another format', {}, cursorBehind(BACKUP_LIST, {}, `2026-11-22T02:00:00Z#${BACKUP}`)],
    ['a position without a time', {}, cursorBehind(BACKUP_LIST, {}, BACKUP)],
    ['an id that is too long', {}, cursorBehind(BACKUP_LIST, {}, `${PLACE}0`)],
    ['no position', {}, encodeCursor({ list: 'backups' })],
    ['something other than a cursor', {}, 'x'],
    ['nothing', {}, ''],
  ];
  it.each(foreign)('of %s is refused', (_, of, cursor) => {
    expect(() => planList(BACKUP_LIST, of, { cursor })).toThrow(MalformedRequest);
  });

  it.each([{ since: '2026-11-22T02:00:00.001Z' }, { until: '2026-11-22T01:59:59Z' }])(
    'outside of %j is refused',
    (bounds) => {
      const cursor = cursorBehind(BACKUP_LIST, filters, PLACE);
      expect(() => planList(BACKUP_LIST, filters, { cursor, ...bounds })).toThrow(MalformedRequest);
    },
  );

  it('contains the list and the position, and nothing about the table', () => {
    expect(decodeCursor(cursorBehind(BACKUP_LIST, filters, PLACE))).toEqual({ ...filters, list: 'backups', at: PLACE });
  });
});

describe('the indexes', () => {
  const kinds = Object.entries(LISTS).map(([kind, { indexes }]): [string, readonly ListIndex[]] => [kind, indexes]);

  it.each(kinds)('of %s: each filter has its own, and the last one is of all records', (_, indexes) => {
    const fields = new Set(indexes.flatMap((index) => index.fields));
    for (const field of fields) {
      expect(indexes.filter((index) => index.fields.length === 1 && index.fields[0] === field)).toHaveLength(1);
    }
    expect(indexes.at(-1)?.fields).toEqual([]);
    expect(new Set(indexes.map(({ name }) => name)).size).toBe(indexes.length);
    expect(new Set(indexes.map(({ attribute }) => attribute)).size).toBe(indexes.length);
  });

  it('leave out a record without a value', () => {
    const [both] = BACKUP_LIST.indexes;
    expect(partitionOf(both, { connection_id: CONNECTION, database_name: 'shop' })).toBe(`${CONNECTION}#shop`);
    for (const database_name of [null, undefined, '', 7]) {
      expect(partitionOf(both, { connection_id: CONNECTION, database_name })).toBeUndefined();
    }
  });

  it('have one form of position for all times', () => {
    const [place] = derivedAttributes(JOB_LIST);
    for (const created_at of [AT, '2026-11-22T02:00:00Z', '2026-11-22T02:00Z', '2026-11-22T02:00:00.000456Z']) {
      expect(place?.of({ created_at, id: BACKUP })).toBe(PLACE);
    }
  });
});

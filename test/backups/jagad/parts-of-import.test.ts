import { describe, expect, it } from 'vitest';
import { type CutPart, importParts, PART_LIMITS } from '../../../lib/backups/jagad/import-parts.ts';
import {
  type JagadLists,
  jagadBackup,
  jagadConnection,
  jagadStorageProvider,
} from '../../../lib/backups/jagad/records.ts';
import { recordedState } from '../../support/jagad-server.ts';

/** The recorded lists, as they are read. */
function recordedLists(): JagadLists {
  const { connections, databases, storage_providers, backups } = recordedState();
  return {
    connections: connections.map((one) => ({
      ...jagadConnection.parse(one),
      databases: (databases[one.id] ?? []) as [],
    })),
    storage_providers: storage_providers.map((one) => jagadStorageProvider.parse(one)),
    backups: backups.map((one) => jagadBackup.parse(one)),
    unreadable: [],
    warnings: [],
  };
}

const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id);
const bytes = ({ body }: CutPart) => Buffer.byteLength(JSON.stringify(body));

describe('the parts of an import', () => {
  it('are a single one if everything fits', () => {
    const lists = recordedLists();
    const { connections, storage_providers, backups } = lists;
    const body = { connections, storage_providers, backups, listed_ids: ids(backups) };
    expect(importParts(lists)).toEqual([{ body, isRepeat: false }]);
    const nothing = { connections: [], storage_providers: [], backups: [] };
    expect(importParts({ ...nothing, unreadable: [], warnings: [] })).toEqual([
      { body: { ...nothing, listed_ids: [] }, isRepeat: false },
    ]);
  });

  it.each([
    { bytes: 20_000, records: 10_000 },
    { bytes: 1024 ** 2, records: 20 },
    { bytes: 12_000, records: 7 },
  ])('fit %j each, and have every record, and each backup with its connection and its databases', (limits) => {
    const lists = recordedLists();
    const parts = importParts(lists, limits);
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) {
      expect(bytes(part)).toBeLessThanOrEqual(limits.bytes);
      expect(Math.max(part.body.connections.length, part.body.backups.length)).toBeLessThanOrEqual(limits.records);
      expect(part.body.storage_providers).toEqual(lists.storage_providers);
      const known = new Map(part.body.connections.map((one) => [one.id, one]));
      for (const { connection_id, database_id } of part.body.backups) {
        expect(ids(known.get(connection_id)?.databases ?? [])).toContain(database_id);
      }
    }
    const first = parts.filter(({ isRepeat }) => !isRepeat);
    expect(parts.slice(0, first.length)).toEqual(first);
    expect(first.flatMap(({ body }) => ids(body.connections))).toEqual(ids(lists.connections));
    expect(parts.flatMap(({ body }) => ids(body.backups)).toSorted()).toEqual(ids(lists.backups).toSorted());
  });

  it('keep unreadable records, in addition to the connections', () => {
    const lists = recordedLists();
    const id = crypto.randomUUID();
    lists.unreadable = [
      { kind: 'backup', id, reason: 'x' },
      { kind: 'backup', id: 'nope', reason: 'x' },
      { kind: 'backup', id: '11111111-1111-1111-1111-111111111111', reason: 'x' },
      { kind: 'connection', id: crypto.randomUUID(), reason: 'x' },
    ];
    const limits = { bytes: 20_000, records: 10_000 };
    for (const { body, isRepeat } of importParts(lists, limits)) {
      expect(body.listed_ids).toEqual(isRepeat ? undefined : [...ids(lists.backups), id]);
    }
    expect(
      importParts(lists, { bytes: 8000, records: 10_000 }).every(({ body }) => body.listed_ids === undefined),
    ).toBe(true);
  });

  it('include a backup without a known connection', () => {
    const lists = { ...recordedLists(), connections: [] };
    const parts = importParts(lists, { bytes: 20_000, records: 10_000 });
    expect(parts.flatMap(({ body }) => body.backups)).toHaveLength(130);
  });

  it('are cut quickly even from many records', () => {
    const { backups, ...lists } = recordedLists();
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      ...(backups[index % 130] as (typeof backups)[0]),
      id: crypto.randomUUID(),
    }));
    const parts = importParts({ ...lists, backups: many });
    expect(Math.max(...parts.map(bytes))).toBeLessThanOrEqual(PART_LIMITS.bytes);
    expect(new Set(parts.flatMap(({ body }) => ids(body.backups))).size).toBe(20_000);
  });
});

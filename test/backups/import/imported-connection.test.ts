import { describe, expect, it } from 'vitest';
import { connectionNews, importedConnection } from '../../../lib/backups/import/imported-connection.ts';
import { type JagadConnection, jagadConnection } from '../../../lib/backups/jagad/records.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const CREATED = '2026-11-01T02:00:00Z';
const entry = (fields: object = {}): JagadConnection =>
  jagadConnection.parse({
    ...{ id: crypto.randomUUID(), name: 'Shared', db_type: 'postgresql', host: 'db-a', port: 5432, username: 'jagad' },
    ...{ created_at: CREATED, updated_at: CREATED, ...fields },
  });

describe('the time at which Jagad changed a connection', () => {
  it.each([
    ['never', {}, null],
    [
      "is known if it is after the connection's creation",
      { updated_at: '2026-11-02T09:00:00+07:00' },
      '2026-11-02T02:00:00.000Z',
    ],
    ['is unknown if Jagad does not report it', { created_at: undefined }, null],
  ])('%s', (_, fields, at) => expect(importedConnection(entry(fields), NOW).jagad_changed_at).toBe(at));
});

describe("an import's report about an existing connection", () => {
  const first = entry();
  const known = importedConnection(first, NOW);
  it('is empty if nothing has changed', () => {
    expect(connectionNews(known, first, NOW)).toEqual({ fields: {}, warnings: [] });
  });
  it('says that Jagad moved it, by its address, and keeps our address', () => {
    const updated_at = '2026-11-20T02:00:00Z';
    const { fields, warnings } = connectionNews(known, { ...first, host: 'db-b', updated_at }, NOW);
    expect(fields).toEqual({ jagad_changed_at: '2026-11-20T02:00:00.000Z', jagad_address: 'db-b:5432' });
    expect(warnings).toEqual([
      expect.stringContaining('moved it from db-a:5432 to db-b:5432; here it is still at db-a'),
    ]);
    const untold = connectionNews(known, { ...first, port: 5433, updated_at: undefined }, NOW);
    expect(untold.fields).toEqual({ jagad_changed_at: NOW.toISOString(), jagad_address: 'db-a:5433' });
  });
  it('does not say that it moved if only our address was changed', () => {
    expect(connectionNews({ ...known, host: 'elsewhere' }, first, NOW)).toEqual({ fields: {}, warnings: [] });
  });
  it('says that it was changed, and its name in Jagad', () => {
    const updated_at = '2026-11-20T02:00:00Z';
    const { fields, warnings } = connectionNews(known, { ...first, name: 'Shared old', updated_at }, NOW);
    expect(fields).toEqual({ jagad_changed_at: '2026-11-20T02:00:00.000Z' });
    expect(warnings).toEqual(['Jagad calls it Shared old; here it is still Shared.']);
  });
  it('keeps the latest change', () => {
    const later = { ...known, jagad_changed_at: '2026-11-21T02:00:00.000Z' };
    expect(connectionNews(later, { ...first, updated_at: '2026-11-20T02:00:00Z' }, NOW).fields).toEqual({});
  });
});

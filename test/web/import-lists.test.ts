import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type ImportAnswer,
  importParts,
  readList,
  sameAgain,
  together,
} from '../../web/src/pages/storage-providers/import-lists.ts';

const PROVIDER = '9a9a9a9a-0000-4000-8000-000000000001';
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const fixture = (name: string) =>
  readList(name, readFileSync(new URL(`../fixtures/jagad/${name}`, import.meta.url), 'utf8'));
const connections = fixture('connections.json');
const backups = fixture('backups.json') as { id: string; log_output: string }[];

describe('the lists of Jagad', () => {
  it('are one part, as they are', () => {
    const [part, ...others] = importParts(PROVIDER, connections, backups);
    expect(others).toEqual([]);
    expect(part).toMatchObject({ storage_provider_id: PROVIDER });
    expect(part?.connections).toHaveLength(3);
    expect(part?.backups?.map(({ id }) => id)).toEqual(backups.map(({ id }) => id));
  });

  it('are sent without backups too', () => {
    expect(importParts(PROVIDER, connections, [])).toMatchObject([{ backups: [] }]);
  });

  it('are parts that a call takes, none lost, each with all connections', () => {
    const many = Array.from({ length: 9 }, () => ({ ...backups[0], log_output: 'ü'.repeat(500_000) }));
    const parts = importParts(PROVIDER, connections, many);
    expect(parts.map((part) => part.backups?.length)).toEqual([4, 4, 1]);
    for (const part of parts) {
      expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(MAX_BODY_BYTES);
      expect(part.connections).toHaveLength(3);
    }
    const small = Array.from({ length: 10_001 }, () => ({ ...backups[0], log_output: '', error: undefined }));
    const counts = importParts(PROVIDER, connections, small).map((part) => part.backups?.length ?? 0);
    expect(Math.max(...counts)).toBeLessThanOrEqual(10_000);
    expect(counts.reduce((sum, count) => sum + count)).toBe(10_001);
  });

  it.each([
    ['{', 'x.json is not JSON'],
    ['{"data": []}', 'x.json holds no list'],
  ])('are refused as %s', (text, message) => {
    expect(() => readList('x.json', text)).toThrow(message);
  });

  it('name the entry that is no record; what is wrong within one, the service tells', () => {
    const odd = { ...backups[0], status: 'odd' };
    expect(importParts(PROVIDER, connections, [odd])).toMatchObject([{ backups: [{ status: 'odd' }] }]);
    expect(() => importParts(PROVIDER, connections, [...backups, 'odd'])).toThrow(/^backups\.json, entry 7: /);
    expect(() => importParts(PROVIDER, [null], [])).toThrow(/^connections\.json, entry 1: /);
  });
});

describe('the answers', () => {
  const answer = (counts: Partial<ImportAnswer['backups']>, rest: Partial<ImportAnswer> = {}): ImportAnswer => ({
    storage_providers: { created: 0, known: 1 },
    connections: { created: 1, known: 2 },
    backups: { created: 0, corrected: 0, filled: 0, known: 0, left: 0, ...counts },
    skipped: [],
    warnings: [],
    verification_job: null,
    ...rest,
  });

  it('to the same part again count nothing twice', () => {
    const before = answer({ created: 3, filled: 1, known: 1, left: 5 });
    const again = answer({ created: 4, filled: 1, known: 5 }, { connections: { created: 0, known: 3 } });
    expect(sameAgain(before, again)).toEqual(answer({ created: 7, filled: 2, known: 1 }));
  });

  it('to several parts are one', () => {
    const skipped = (id: string) => ({ skipped: [{ id, reason: 'why' }] });
    expect(
      together(
        answer({ created: 1, known: 1 }, { ...skipped('a'), verification_job: 'job' }),
        answer({ created: 2, left: 1 }, { ...skipped('b'), connections: { created: 0, known: 3 } }),
      ),
    ).toEqual(
      answer(
        { created: 3, known: 1, left: 1 },
        { skipped: [...skipped('a').skipped, ...skipped('b').skipped], verification_job: 'job' },
      ),
    );
  });
});

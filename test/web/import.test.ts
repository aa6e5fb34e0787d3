import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importBody } from '../../lib/backups/schemas.ts';
import { check } from '../../web/src/forms/problems.ts';
import {
  type ImportAnswer,
  type JagadAnswer,
  sameAgain,
  together,
  untilNothingIsLeft,
} from '../../web/src/pages/import/import-answers.ts';
import { importParts, type Lists, readList } from '../../web/src/pages/import/import-lists.ts';
import {
  addressWarning,
  type JagadValues,
  jagadBody,
  jagadSchema,
  jagadValues,
} from '../../web/src/pages/import/jagad-form.ts';
import { outcomeOf, passwordsToSet, secretKeysToSet } from '../../web/src/pages/import/result-words.ts';

const PROVIDER = '9a9a9a9a-0000-4000-8000-000000000001';
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const fixture = (name: string) =>
  readList(name, readFileSync(new URL(`../fixtures/jagad/${name}`, import.meta.url), 'utf8'));
const connections = fixture('connections.json');
const backups = fixture('backups.json');
const parts = (lists: Partial<Lists>) =>
  importParts({ storage_providers: [], connections, backups, ...lists }, { storage_provider_id: PROVIDER });

describe('the lists of Jagad', () => {
  it('are one part, unchanged', () => {
    const storage_providers = [{ id: PROVIDER }];
    expect(parts({ storage_providers })).toEqual([
      { storage_provider_id: PROVIDER, storage_providers, connections, backups },
    ]);
    expect(importBody.safeParse(parts({ storage_providers })[0]).success).toBe(true);
  });

  it('are also sent without backups', () => {
    expect(parts({ backups: [] })).toMatchObject([{ backups: [] }]);
  });

  it('are split into parts of acceptable size, each with all connections and storage providers, and none is lost', () => {
    const storage_providers = [{ id: PROVIDER, note: 'ü'.repeat(100_000) }];
    const many = Array.from({ length: 9 }, () => ({ ...backups[0], log_output: 'ü'.repeat(500_000) }));
    const sent = parts({ storage_providers, backups: many });
    expect(sent.map((part) => part.backups?.length)).toEqual([3, 3, 3]);
    for (const part of sent) {
      expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(MAX_BODY_BYTES);
      expect(part).toMatchObject({ storage_providers, connections });
    }
    const small = Array.from({ length: 10_001 }, () => ({ ...backups[0], log_output: '', error: undefined }));
    const counts = parts({ backups: small }).map((part) => part.backups?.length ?? 0);
    expect(Math.max(...counts)).toBeLessThanOrEqual(10_000);
    expect(counts.reduce((sum, count) => sum + count)).toBe(10_001);
  });

  it.each([
    ['{', 'x.json is not JSON'],
    ['{"data": []}', 'x.json contains no list'],
    ['[{}, "odd"]', "entry 2 of the file x.json isn't a record"],
    ['[null]', "entry 1 of the file x.json isn't a record"],
    ['[[]]', "entry 1 of the file x.json isn't a record"],
  ])('are refused as %s', (text, message) => {
    expect(() => readList('x.json', text)).toThrow(message);
  });
});

const answer = (counts: Partial<ImportAnswer['backups']>, rest: Partial<ImportAnswer> = {}): ImportAnswer => ({
  storage_providers: { created: 0, known: 1 },
  connections: { created: 1, known: 2 },
  backups: { created: 0, corrected: 0, filled: 0, known: 0, left: 0, ...counts },
  skipped: [],
  warnings: [],
  verification_job: null,
  ...rest,
});

describe('the answers', () => {
  it('count nothing twice if a part is repeated', () => {
    const before = answer({ created: 3, filled: 1, known: 1, left: 5 });
    const again = answer({ created: 4, filled: 1, known: 5 }, { connections: { created: 0, known: 3 } });
    expect(sameAgain(before, again)).toEqual(answer({ created: 7, filled: 2, known: 1 }));
  });

  it('keep each message once if a part is repeated', () => {
    const said = (id: string) => ({ id, reason: 'why' });
    const read = { storage_providers: 1, connections: 3, backups: 9 };
    const before: JagadAnswer = {
      ...answer({ left: 5 }, { skipped: [said('gone')], warnings: [said('a'), said('b')], verification_job: 'job' }),
      ...{ read, notes: ['zero', 'one'] },
    };
    const again: JagadAnswer = {
      ...answer({}, { skipped: [said('still')], warnings: [said('b'), said('c')] }),
      ...{ read, notes: ['one', 'two'] },
    };
    expect(sameAgain(before, again)).toMatchObject({
      ...{ skipped: [said('still')], warnings: [said('a'), said('b'), said('c')], notes: ['zero', 'one', 'two'], read },
      verification_job: 'job',
    });
  });

  it('are combined for several parts', () => {
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

  /** Sends this many per call until nothing is left. */
  async function sent(lefts: number[]) {
    const heard: number[] = [];
    let calls = 0;
    const { backups: counts } = await untilNothingIsLeft(
      async () => answer({ created: 1, left: lefts[calls++] ?? 0 }),
      (sum) => heard.push(sum.backups.left),
    );
    return { calls, heard, ...counts };
  }

  it('are requested until nothing is left, and are shown as they arrive', async () => {
    expect(await sent([5, 5, 2, 2, 0])).toMatchObject({ calls: 5, heard: [5, 5, 2, 2, 0], created: 5, left: 0 });
  });

  it('are no longer requested if three in a row make no progress', async () => {
    expect(await sent([5, 5, 5, 6, 0])).toMatchObject({ calls: 4, left: 6 });
  });
});

describe('the form that reads a running Jagad', () => {
  const typed: JagadValues = { ...jagadValues(''), url: ' http://127.0.0.1:8080/ ', password: ' p ' };
  const checked = (change: Partial<JagadValues>) => check(jagadSchema, jagadBody({ ...typed, ...change }));

  it('sends user and password, or a token, and never both', () => {
    expect(checked({ token: 't' }).body).toEqual({
      ...{ url: 'http://127.0.0.1:8080/', username: 'admin', password: ' p ', providers: {} },
    });
    const withToken = checked({ sign_in: 'token', token: ' t ', storage_provider_id: PROVIDER }).body;
    expect(withToken).toMatchObject({ token: 't', storage_provider_id: PROVIDER });
    expect(withToken).not.toHaveProperty('password');
    expect(withToken).not.toHaveProperty('username');
  });

  it('shows all problems at once, each at its field', () => {
    expect(checked({ url: '', username: ' ', password: '', ca_bundle: 'x' }).problems).toEqual({
      ...{ url: 'Enter a value.', username: 'Enter a value.', password: 'Enter a value.' },
      ca_bundle: 'Must start with -----BEGIN CERTIFICATE-----',
    });
    expect(checked({ sign_in: 'token' }).problems).toEqual({ token: 'Enter a value.' });
  });

  it.each([
    ['jagad.example.org', 'is not a URL that begins with http:// or https://. Write the address'],
    ['https://admin:secret@jagad.example.org', 'contains a user name or a password. Leave them out'],
    ['https://jagad.example.org/?page=1', 'has a query or a fragment'],
  ])('refuses the address %s', (url, problem) => {
    expect(checked({ url }).problems.url).toContain(problem);
    expect(checked({ url }).problems.url).not.toContain('secret');
  });

  it('warns about an address without encryption', () => {
    expect(addressWarning('http://10.0.0.7:8080')).toContain('not encrypted');
    expect(['http://127.0.0.1:8080', 'https://jagad', 'jagad', ''].map(addressWarning)).toEqual(
      Array.from({ length: 4 }),
    );
  });
});

describe('the words for the result of an import', () => {
  const skipped = [{ id: 'a', reason: 'why' }];

  it.each([
    ['all', answer({}), false, 'success', 'Imported'],
    ['all but one', answer({}, { skipped }), false, 'warning', 'Imported, except for 1 record.'],
    ['not all', answer({ left: 1200 }, { skipped }), false, 'warning', '1,200 backups were not reached. Import again'],
    ['all but one that was not reached', answer({ left: 1 }), false, 'warning', '1 backup was not reached.'],
    ['some before it failed', answer({ left: 1 }), true, 'error', 'The import stopped early. Import again'],
  ] as const)('say that it imported %s', (_, of, failed, type, text) => {
    expect(outcomeOf(of, failed)).toMatchObject({ type, text: expect.stringContaining(text) });
  });

  it('name what Jagad does not reveal about new records', () => {
    const created = (count: number) =>
      answer({}, { connections: { created: count, known: 1 }, storage_providers: { created: count, known: 1 } });
    expect([passwordsToSet(created(0)), secretKeysToSet(created(0))]).toEqual([undefined, undefined]);
    expect(passwordsToSet(created(1))).toContain('Give the new connection its password');
    expect(passwordsToSet(created(11))).toContain('Give each of the 11 new connections its password');
    expect(secretKeysToSet(created(2))).toContain('Give each of the 2 new storage providers its secret key');
  });
});

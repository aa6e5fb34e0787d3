import { describe, expect, it } from 'vitest';
import { importedProvider, providerFinder, sameBucket } from '../../../lib/backups/import/imported-provider.ts';
import { type JagadStorageProvider, jagadStorageProvider } from '../../../lib/backups/jagad/records.ts';
import { type StorageProvider, storageProvider } from '../../../lib/connections/providers/model.ts';
import { newStorageProviderBody } from '../../../lib/connections/providers/schemas.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const [OURS, OTHER, PRIMARY, ARCHIVE] = [1, 2, 3, 4].map((n) => `9a9a9a9a-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];
const entry = (fields: object = {}): JagadStorageProvider =>
  jagadStorageProvider.parse({
    ...{ id: PRIMARY, name: 'Primary', provider_type: 'minio', endpoint: '127.0.0.1:9000', region: 'us-east-1' },
    ...{ bucket: 'jagad-primary', access_key: 'key', secret_key: '••••••', path_style: true, is_default: true },
    ...fields,
  });
const ours = (id: string, fields: Partial<StorageProvider> = {}): StorageProvider =>
  storageProvider.parse({
    ...{ id, name: 'ours', provider_type: 's3', bucket: 'backups', created_at: NOW.toISOString(), ...fields },
  });

describe('an imported storage provider', () => {
  it('is one of our providers, without a secret key, reached over TLS', () => {
    const imported = importedProvider(entry(), NOW);
    expect(storageProvider.parse(imported)).toEqual(imported);
    expect(imported).toMatchObject({
      ...{ id: PRIMARY, endpoint: 'https://127.0.0.1:9000', bucket: 'jagad-primary', access_key: 'key' },
      ...{ path_style: true, secret_key_set: false, jagad_ids: [PRIMARY] },
    });
    expect(JSON.stringify(imported)).not.toContain('•');
  });
  it.each([
    [{ endpoint: '' }, { endpoint: null }],
    [{ endpoint: 'http://store' }, { endpoint: 'http://store' }],
    [{ provider_type: 'tape' }, { provider_type: 's3-compat' }],
    [{ region: '' }, { region: 'us-east-1' }],
    [{ access_key: '' }, { access_key: null }],
  ])('%j becomes %j', (fields, expected) => expect(importedProvider(entry(fields), NOW)).toMatchObject(expected));
  it.each([[{ endpoint: 'a b' }], [{ bucket: '' }], [{ name: 'x'.repeat(201) }]])('is refused: %j', (fields) =>
    expect(() => entry(fields)).toThrow(),
  );

  it.each([
    [{ endpoint: 'https://127.0.0.1:9000', bucket: 'jagad-primary' }, true],
    [{ endpoint: 'http://127.0.0.1:9000/', bucket: 'jagad-primary' }, true],
    [{ endpoint: 'https://127.0.0.1:9001', bucket: 'jagad-primary' }, false],
    [{ endpoint: 'https://127.0.0.1:9000', bucket: 'other' }, false],
    [{ endpoint: null, bucket: 'jagad-primary' }, false],
  ])('matches an existing one with %j: %s', (fields, isSame) =>
    expect(sameBucket(importedProvider(entry(), NOW), [ours(OURS, fields)])?.id).toBe(isSame ? OURS : undefined),
  );
});

describe('an endpoint', () => {
  const body = (endpoint: string) =>
    newStorageProviderBody.safeParse({
      ...{ name: 'n', provider_type: 'minio', endpoint, bucket: 'backups', access_key: 'a', secret_key: 's' },
    });
  it.each([
    ['store.example.com:9000', 'https://store.example.com:9000'],
    ['store', 'https://store'],
    ['http://store:9000', 'http://store:9000'],
  ])('%s is taken as %s', (given, taken) => expect(body(given).data?.endpoint).toBe(taken));
  it.each(['', 'a b', 'ftp://store', 'https://user@store', 'store?x=1'])('%j is refused', (given) =>
    expect(body(given).success).toBe(false),
  );
});

describe('the provider for an id from Jagad', () => {
  const find = (
    providers: StorageProvider[],
    { fallback = null as string | null, named = {}, used = [] as string[] } = {},
    jagadId: string | null = PRIMARY,
  ) => {
    const request = { fallback, named: new Map(Object.entries<string>(named)), used: new Set(used) };
    return providerFinder(providers, request).find(jagadId);
  };
  const unknown = { problem: expect.stringContaining(`its storage provider ${PRIMARY} is not known here`) };

  it.each([
    ['the one with that id', [ours(PRIMARY)], {}, { id: PRIMARY }],
    ['the one that the request names', [ours(OURS)], { named: { [PRIMARY]: OURS } }, { id: OURS }],
    ['the one from an earlier import', [ours(OURS, { jagad_ids: [PRIMARY] })], {}, { id: OURS }],
    ['the fallback, if all backups name the same one', [ours(OURS)], { fallback: OURS, used: [PRIMARY] }, { id: OURS }],
    ['unknown, if they name two', [ours(OURS)], { fallback: OURS, used: [PRIMARY, ARCHIVE] }, unknown],
    [
      'unknown, if the fallback already stands for another one',
      [ours(OURS, { jagad_ids: [ARCHIVE] })],
      { fallback: OURS, used: [PRIMARY] },
      unknown,
    ],
    ['unknown, if nothing names it', [ours(OURS)], { used: [PRIMARY] }, unknown],
  ])('is %s', (_, providers, request, found) => expect(find(providers, request)).toEqual(found));

  it('is the fallback, if any, for a record that names none', () => {
    expect(find([ours(OURS)], { fallback: OURS }, null)).toEqual({ id: OURS });
    expect(find([ours(OURS)], {}, null)).toEqual({ id: null });
  });

  it('is remembered once it is known', () => {
    const learned = (fallback: string | null, named: Record<string, string>, used: string[]) =>
      providerFinder([ours(OURS), ours(OTHER)], {
        fallback,
        named: new Map(Object.entries(named)),
        used: new Set(used),
      }).learned;
    expect([...learned(OURS, {}, [PRIMARY])]).toEqual([[PRIMARY, OURS]]);
    expect([...learned(OURS, { [ARCHIVE]: OTHER }, [PRIMARY, ARCHIVE])]).toEqual([[ARCHIVE, OTHER]]);
    expect([...learned(null, {}, [PRIMARY])]).toEqual([]);
  });
});

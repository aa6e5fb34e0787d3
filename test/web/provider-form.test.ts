import { describe, expect, it } from 'vitest';
import type { StorageProvider } from '../../lib/connections/providers/model.ts';
import {
  newStorageProviderBody,
  storageProviderDraftBody,
  storageProviderUpdateBody,
} from '../../lib/connections/providers/schemas.ts';
import { check } from '../../web/src/forms/problems.ts';
import {
  type ProviderDraft,
  providerBody,
  providerDraft,
  providerValues,
  withProviderType,
} from '../../web/src/pages/storage-providers/provider-form.ts';

const stored: StorageProvider = {
  id: '9a9a9a9a-0000-4000-8000-000000000001',
  ...{ name: 'Backups', provider_type: 'minio', endpoint: 'https://minio:9000', region: 'us-east-1' },
  ...{
    bucket: 'backups',
    access_key: 'AK',
    path_style: true,
    ca_bundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    is_default: true,
    secret_key_set: true,
    jagad_ids: [],
    created_at: '2026-11-22T00:00:00.000Z',
  },
};
const typed = { ...providerValues(), name: 'New', bucket: ' backups ', access_key: 'AK', secret_key: 'SK' };
const draftOf = (values: Parameters<typeof providerDraft>[0], of?: StorageProvider) =>
  check(storageProviderDraftBody, providerDraft(values, of));

describe('a new storage provider', () => {
  it('is sent as the API takes it', () => {
    const { body } = draftOf({ ...typed, region: '' });
    expect(newStorageProviderBody.parse(providerBody(body as ProviderDraft))).toMatchObject({
      ...{ name: 'New', provider_type: 's3', endpoint: null, region: 'us-east-1', bucket: 'backups' },
      ...{ access_key: 'AK', secret_key: 'SK', path_style: false },
    });
  });

  it('needs no keys on AWS, and keys elsewhere', () => {
    const byRole = { ...typed, login: 'role' as const, access_key: '', secret_key: '' };
    expect(draftOf(byRole).body).toMatchObject({ access_key: null });
    expect(draftOf({ ...byRole, provider_type: 'minio', endpoint: 'https://minio' }).problems).toEqual({
      access_key: 'Enter a value.',
      secret_key: 'Enter a value.',
    });
  });

  it('has the region and the addressing of its type, unless others were chosen', () => {
    expect(withProviderType(typed, 'minio')).toEqual({
      ...{ provider_type: 'minio', region: 'us-east-1', path_style: true },
    });
    expect(withProviderType({ ...typed, region: 'eu-west-1', path_style: true }, 'r2')).toEqual({
      provider_type: 'r2',
    });
  });
});

describe('a stored storage provider', () => {
  it('that is unchanged is sent without its secret key', () => {
    const { body } = draftOf(providerValues(stored), stored);
    const { id: _, is_default: __, jagad_ids, secret_key_set, created_at: ____, ...fields } = stored;
    expect(storageProviderUpdateBody.parse(providerBody(body as ProviderDraft))).toEqual(fields);
  });

  it('loses its certificates only if they are cleared', () => {
    const of = (fields: object) => draftOf({ ...providerValues(stored), ...fields }, stored).body?.ca_bundle;
    expect([of({}), of({ ca_bundle: ` ${stored.ca_bundle}\n` })]).toEqual([stored.ca_bundle, stored.ca_bundle]);
    expect(of({ ca_bundle: ' ' })).toBeNull();
  });

  it('needs its secret key again with another endpoint', () => {
    const other = { ...providerValues(stored), endpoint: 'https://other' };
    expect(draftOf(other, stored).problems).toEqual({ secret_key: 'Enter a value.' });
    expect(draftOf({ ...other, secret_key: 'SK' }, stored).body).toMatchObject({ secret_key: 'SK' });
    expect(draftOf({ ...providerValues(stored), bucket: 'other', region: 'eu' }, stored).problems).toEqual({});
  });

  it('needs a new secret key with another access key', () => {
    const other = { ...providerValues(stored), access_key: 'OTHER' };
    expect(draftOf(other, stored).problems).toEqual({ secret_key: 'Enter a value.' });
    expect(draftOf({ ...other, secret_key: 'SK' }, stored).body).toMatchObject({
      access_key: 'OTHER',
      secret_key: 'SK',
    });
  });
});

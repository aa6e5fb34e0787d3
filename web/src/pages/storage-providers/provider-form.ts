/** The form of a storage provider and its request body. Pure. */
import type { z } from 'zod';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import type { storageProviderDraftBody } from '../../../../lib/connections/providers/schemas.ts';
import { movedSecretKey } from '../../../../lib/connections/stored-secret.ts';
import { PROVIDER_TYPE } from './provider-types.ts';

export interface ProviderValues {
  name: string;
  provider_type: StorageProvider['provider_type'];
  endpoint: string;
  region: string;
  bucket: string;
  login: 'keys' | 'role';
  access_key: string;
  secret_key: string;
  path_style: boolean;
  ca_bundle: string;
  is_default: boolean;
}

export type ProviderDraft = z.output<typeof storageProviderDraftBody>;

export function providerValues(stored?: StorageProvider): ProviderValues {
  return {
    name: stored?.name ?? '',
    provider_type: stored?.provider_type ?? 's3',
    endpoint: stored?.endpoint ?? '',
    region: stored?.region ?? PROVIDER_TYPE.s3.region,
    bucket: stored?.bucket ?? '',
    login: stored !== undefined && stored.access_key === null ? 'role' : 'keys',
    access_key: stored?.access_key ?? '',
    secret_key: '',
    path_style: stored?.path_style ?? PROVIDER_TYPE.s3.path_style,
    ca_bundle: stored?.ca_bundle ?? '',
    is_default: stored?.is_default ?? false,
  };
}

/** Region and addressing change along with the type, unless the user set them. */
export function withProviderType(
  values: ProviderValues,
  next: ProviderValues['provider_type'],
): Partial<ProviderValues> {
  const before = PROVIDER_TYPE[values.provider_type];
  const { region, path_style } = PROVIDER_TYPE[next];
  return {
    provider_type: next,
    ...(values.region.trim() === '' || values.region === before.region ? { region } : {}),
    ...(values.path_style === before.path_style ? { path_style } : {}),
  };
}

/** The service only has a role of its own on AWS. */
export function usesKeys({ provider_type, login }: Pick<ProviderValues, 'provider_type' | 'login'>): boolean {
  return provider_type !== 's3' || login === 'keys';
}

/** Whether the stored secret key is kept if none is typed. It isn't if the access key or the endpoint changes. */
export function keepsSecretKey(values: ProviderValues, stored: StorageProvider | undefined): boolean {
  if (stored === undefined || stored.access_key === null) return false;
  return movedSecretKey(stored, { endpoint: endpointOf(values), access_key: values.access_key.trim() }) === undefined;
}

function endpointOf({ endpoint }: ProviderValues): string | null {
  return endpoint.trim() === '' ? null : endpoint.trim();
}

/** The settings of a storage provider to check, test and store. */
export function providerDraft(values: ProviderValues, stored?: StorageProvider) {
  const { name, provider_type, region, bucket, access_key, secret_key, path_style, ca_bundle } = values;
  const withKeys = usesKeys(values);
  const isKept = secret_key === '' && keepsSecretKey(values, stored);
  return {
    ...(stored === undefined ? {} : { id: stored.id }),
    name,
    provider_type,
    endpoint: endpointOf(values),
    ...(region.trim() === '' ? {} : { region: region.trim() }),
    bucket: bucket.trim(),
    access_key: withKeys ? access_key.trim() : null,
    ...(withKeys && !isKept ? { secret_key } : {}),
    path_style,
    ca_bundle: ca_bundle.trim() === '' ? null : ca_bundle.trim(),
  };
}

/** The body for storing it. */
export function providerBody({ id: _, ...body }: ProviderDraft) {
  return body;
}

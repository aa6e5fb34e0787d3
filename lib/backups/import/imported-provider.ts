/** How an import converts Jagad's storage providers, and finds which of ours contains each of its backups. */

import { PROVIDER_TYPES, type StorageProvider } from '../../connections/providers/model.ts';
import { endpointUrl } from '../../storage/objects/storage-endpoint.ts';
import type { JagadStorageProvider } from '../jagad/records.ts';

/** Converts a storage provider of Jagad's into one of ours. Jagad never reveals its secret key. */
export function importedProvider(entry: JagadStorageProvider, now: Date): StorageProvider {
  return {
    id: entry.id.toLowerCase(),
    name: entry.name,
    provider_type: PROVIDER_TYPES.find((type) => type === entry.provider_type) ?? 's3-compat',
    endpoint: entry.endpoint ? endpointUrl(entry.endpoint) : null,
    region: entry.region || 'us-east-1',
    bucket: entry.bucket,
    access_key: entry.access_key || null,
    path_style: entry.path_style ?? false,
    ca_bundle: null,
    is_default: false,
    secret_key_set: !entry.access_key,
    jagad_ids: [entry.id.toLowerCase()],
    created_at: now.toISOString(),
  };
}

/** Our provider for the same bucket at the same address, if there is one: then Jagad's isn't added. */
export function sameBucket(entry: StorageProvider, ours: readonly StorageProvider[]): StorageProvider | undefined {
  return ours.find(({ endpoint, bucket }) => bucket === entry.bucket && hostOf(endpoint) === hostOf(entry.endpoint));
}

function hostOf(endpoint: string | null): string | null {
  return endpoint === null ? null : new URL(endpoint).host;
}

export interface ProviderRequest {
  /**
   * The provider that the import names for two kinds of backups: those whose record names none, and those whose record
   * names one of Jagad's without saying which of ours it is.
   */
  fallback: string | null;
  /** What the import says about Jagad's providers: our id for each of Jagad's ids, in lower case. */
  named: ReadonlyMap<string, string>;
  /** Jagad's provider ids that the import's backups name, in lower case. */
  used: ReadonlySet<string>;
}

/** Finds our provider for one of Jagad's provider ids, or says why there is none. */
export type ProviderFinder = (jagadId: string | null) => { id: string | null } | { problem: string };

/**
 * Each backup is in the provider that its own record names. The import's fallback stands for a Jagad provider that is
 * otherwise unknown only if the backups name no other one, and if the fallback doesn't stand for another one already.
 */
export function providerFinder(
  ours: readonly StorageProvider[],
  { fallback, named, used }: ProviderRequest,
): { find: ProviderFinder; learned: ReadonlyMap<string, string> } {
  const byId = new Map(ours.map(({ id }) => [id, id]));
  for (const { id, jagad_ids } of ours) for (const jagadId of jagad_ids) byId.set(jagadId, id);
  for (const [jagadId, id] of named) byId.set(jagadId, id);
  const learned = new Map([...named].filter(([jagadId, id]) => jagadId !== id));
  const [only, ...others] = [...used].filter((jagadId) => !byId.has(jagadId));
  const standsForAnother = ours.some(({ id, jagad_ids }) => id === fallback && jagad_ids.length > 0);
  if (fallback !== null && only !== undefined && others.length === 0 && used.size === 1 && !standsForAnother) {
    byId.set(only, fallback);
    learned.set(only, fallback);
  }
  const find: ProviderFinder = (jagadId) => {
    if (jagadId === null) return { id: fallback };
    const id = byId.get(jagadId);
    if (id !== undefined) return { id };
    const problem = `its storage provider ${jagadId} is not known here: import Jagad's storage providers too, or say which one it is with "providers": {"${jagadId}": "<its id here>"}`;
    return { problem };
  };
  return { find, learned };
}

import type { StorageProvider } from '../../connections/providers/model.ts';
import { notFound } from '../../errors/not-found.ts';
import { type JagadBackup, jagadStorageProvider } from '../jagad/records.ts';
import type { ImportAnswer, ImportRequest } from '../schemas.ts';
import type { BackupTables } from '../tables.ts';
import { importedProvider, type ProviderFinder, providerFinder, sameBucket } from './imported-provider.ts';
import type { Said } from './said.ts';

export interface ImportedProviders {
  counts: ImportAnswer['storage_providers'];
  find: ProviderFinder;
  /** Our storage providers, by their ids. */
  names: ReadonlyMap<string, string>;
  /** The providers that can't be read until a secret key is set. */
  unreadable: ReadonlySet<string>;
}

/**
 * Imports Jagad's storage providers, except those that we have already, and stores which of ours stand for which of
 * Jagad's.
 * @throws NotFound if the request names one of ours that doesn't exist.
 */
export async function importProviders(
  records: Pick<BackupTables, 'storageProviders'>,
  request: ImportRequest,
  backups: readonly JagadBackup[],
  said: Said,
  now: Date,
): Promise<ImportedProviders> {
  const ours: StorageProvider[] = [];
  for await (const provider of records.storageProviders.all()) ours.push(provider);
  refuseUnknown(request, ours);
  const named = new Map(Object.entries(request.providers).map(([jagadId, id]) => [jagadId.toLowerCase(), id]));
  const counts = { created: 0, known: 0 };
  const hasDefault = ours.some(({ is_default }) => is_default);
  for (const entry of said.readable(jagadStorageProvider, request.storage_providers)) {
    const provider = { ...importedProvider(entry, now), is_default: !hasDefault && entry.is_default === true };
    const isHere = named.has(provider.id) || ours.some((one) => isOrStandsFor(one, provider.id));
    const same = isHere ? undefined : sameBucket(provider, ours);
    if (same !== undefined) named.set(provider.id, same.id);
    if (isHere || same !== undefined || !(await records.storageProviders.insert(provider))) {
      counts.known++;
      continue;
    }
    ours.push(provider);
    counts.created++;
    if (provider.secret_key_set) continue;
    said.warn(provider.id, "Jagad doesn't reveal its secret key: set it here, then scan the storage provider");
  }
  const used = new Set(backups.map(({ storage_provider_id }) => storage_provider_id?.toLowerCase() ?? ''));
  used.delete('');
  const { find, learned } = providerFinder(ours, { fallback: request.storage_provider_id ?? null, named, used });
  for (const [jagadId, id] of learned) {
    const provider = ours.find((one) => one.id === id);
    if (provider === undefined || provider.jagad_ids.includes(jagadId)) continue;
    provider.jagad_ids = [...provider.jagad_ids, jagadId];
    await records.storageProviders.update(id, { jagad_ids: provider.jagad_ids });
  }
  return {
    counts,
    find,
    names: new Map(ours.map(({ id, name }) => [id, name])),
    unreadable: new Set(ours.flatMap(({ id, secret_key_set }) => (secret_key_set ? [] : [id]))),
  };
}

function isOrStandsFor({ id, jagad_ids }: StorageProvider, jagadId: string): boolean {
  return id === jagadId || jagad_ids.includes(jagadId);
}

function refuseUnknown({ storage_provider_id, providers }: ImportRequest, ours: readonly StorageProvider[]): void {
  const named = [...(storage_provider_id ? [storage_provider_id] : []), ...Object.values(providers)];
  const unknown = named.find((named) => !ours.some(({ id }) => id === named));
  if (unknown === undefined) return;
  throw notFound('storage provider', `There is none with the id ${unknown} here.`);
}

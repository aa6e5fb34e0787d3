import type { StorageProvider } from '../../connections/providers/model.ts';

/**
 * The storage provider for a bucket in an event from AWS. A store elsewhere may have a bucket with the same name, so a
 * provider on AWS comes first.
 */
export function providerOfBucket(providers: readonly StorageProvider[], bucket: string): StorageProvider | undefined {
  const named = providers.filter((provider) => provider.bucket === bucket);
  return named.find(isOnAws) ?? named[0];
}

function isOnAws({ endpoint }: StorageProvider): boolean {
  return endpoint === null || /(^|\.)amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

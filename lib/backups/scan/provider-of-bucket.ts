import type { StorageProvider } from '../../connections/providers/model.ts';

/**
 * The storage provider that stands for a bucket of which AWS has told something. A store elsewhere may have a bucket of
 * the same name, so one on AWS comes first.
 */
export function providerOfBucket(providers: readonly StorageProvider[], bucket: string): StorageProvider | undefined {
  const named = providers.filter((provider) => provider.bucket === bucket);
  return named.find(isOnAws) ?? named[0];
}

function isOnAws({ endpoint }: StorageProvider): boolean {
  return endpoint === null || /(^|\.)amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

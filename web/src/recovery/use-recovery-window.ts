import { useQuery } from '@tanstack/react-query';
import type { Backup } from '../../../lib/backups/model.ts';
import { call } from '../api/client.ts';

/** Reading it lists the archive in the bucket, which may take some seconds, so it is cached for a while. */
const STALE_MS = 60_000;

/**
 * The range of times that a physical backup can be recovered to. It is read again after a verification has found out
 * whether the backup is full.
 */
export function useRecoveryWindow({ id, verified_etag }: Pick<Backup, 'id' | 'verified_etag'>) {
  return useQuery({
    queryKey: ['GET /api/backups/{id}/recovery-window', id, verified_etag],
    queryFn: async ({ signal }) => (await call('GET /api/backups/{id}/recovery-window', { id, signal })).data,
    staleTime: STALE_MS,
  });
}

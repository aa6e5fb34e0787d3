import { useQuery } from '@tanstack/react-query';
import { call } from '../api/client.ts';

/** Reading it lists the archive in the bucket, up to some seconds: so it is kept for a while. */
const STALE_MS = 60_000;

/** From when to when a physical backup can be taken. */
export function useRecoveryWindow(id: string) {
  return useQuery({
    queryKey: ['GET /api/backups/{id}/recovery-window', id, null],
    queryFn: async ({ signal }) => (await call('GET /api/backups/{id}/recovery-window', { id, signal })).data,
    staleTime: STALE_MS,
  });
}

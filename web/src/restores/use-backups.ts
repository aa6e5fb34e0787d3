import { useQueries } from '@tanstack/react-query';
import type { AnswerOf } from '../../../lib/api/routes.ts';
import { call } from '../api/client.ts';

const STALE_MS = 60_000;

type Backup = AnswerOf<'GET /api/backups/{id}'>;

/**
 * The backups of some restores. They are read rarely, because a restore's backup only changes if someone corrects its
 * record. Undefined until a backup is loaded.
 */
export function useBackups(ids: readonly string[]): (id: string) => Backup | undefined {
  const distinct = [...new Set(ids)];
  const results = useQueries({
    queries: distinct.map((id) => ({
      queryKey: ['GET /api/backups/{id}', id, null],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await call('GET /api/backups/{id}', { id, signal })).data as Backup,
      staleTime: STALE_MS,
    })),
  });
  return (id) => results[distinct.indexOf(id)]?.data;
}

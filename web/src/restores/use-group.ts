import type { Restore } from '../../../lib/restores/model.ts';
import { useRead } from '../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../api/refresh-interval.ts';

/**
 * The restores of one request, which one task runs: only this one until the others are loaded, or if there are none.
 */
export function useGroup(restore: Restore): readonly Restore[] {
  const { backup_id, created_at, recovery } = restore;
  const ids = recovery?.restore_ids ?? [];
  const { data } = useRead('GET /api/restores', {
    // they were created in the same moment
    query: { backup_id, since: created_at, until: created_at, limit: 200 },
    enabled: ids.length > 1,
    refresh: (restores) => (restores?.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS),
  });
  const found = ids.flatMap((id) => (id === restore.id ? restore : (data?.find((one) => one.id === id) ?? [])));
  return ids.length === 0 ? [restore] : found;
}

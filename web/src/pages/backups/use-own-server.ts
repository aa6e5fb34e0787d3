import type { Connection } from '../../../../lib/connections/model.ts';
import { useRead } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { serverDoubt } from './own-server.ts';
import type { Backup } from './restorable.ts';

export interface OwnServer {
  /** Whether it has been loaded, or can't be. */
  isKnown: boolean;
  connection: Connection | undefined;
  /** Why it isn't certain that the backup comes from this server, as a sentence. */
  doubt: string | undefined;
}

/** The server that a backup comes from, according to its record. */
export function useOwnServer(backup: Backup): OwnServer {
  const { data, isPending } = useRead('GET /api/connections/{id}', {
    id: backup.connection_id,
    refresh: () => CALM_MS,
  });
  return { isKnown: !isPending, connection: data, doubt: serverDoubt(backup, data) };
}

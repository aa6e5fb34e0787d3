import type { DumpHead } from '../../../databases/dump-head.ts';
import { RestoreError } from '../../../errors/errors.ts';
import type { Reporter } from '../../load/engine.ts';
import { findPostgresClients } from '../../programs/find-binaries.ts';
import { clientMajor } from '../rules/client-major.ts';

/**
 * Finds the client for restoring an archive, and logs which one it is.
 * @param server the target's major version
 * @returns the directory of its pg_restore.
 * @throws RestoreError if there is none, or none that can read the dump.
 */
export async function chooseClient(head: DumpHead, server: number, telling: Pick<Reporter, 'log'>): Promise<string> {
  const clients = await findPostgresClients();
  if (clients.size === 0) {
    throw new RestoreError('no PostgreSQL client is installed: pg_restore is missing', {
      hint: 'Install the PostgreSQL client; the restore image has it.',
    });
  }
  const installed = [...clients.keys()].sort((a, b) => a - b);
  const major = clientMajor({ installed, server, archiveVersion: head.archiveVersion });
  telling.log(`NOTE: pg_restore ${major} restores into PostgreSQL ${server}`);
  return clients.get(major) as string;
}

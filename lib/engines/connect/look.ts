import type { TargetLook } from '../target-look.ts';
import type { Access } from './connect.ts';
import { DATABASE_ENGINES } from './modules.ts';

/**
 * Inspects a server and one of its databases, whether or not that exists. Only reads.
 * @throws RestoreError if the server can't be reached or refuses.
 */
export function lookAtTarget(access: Access, database: string): Promise<TargetLook> {
  return DATABASE_ENGINES[access.connection.db_type].look(access, database);
}

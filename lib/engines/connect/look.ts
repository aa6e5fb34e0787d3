import type { TargetLook } from '../target-look.ts';
import type { Access } from './connect.ts';
import { DATABASE_ENGINES } from './modules.ts';

/**
 * Looks at a server and at one of its databases, whether that exists or not. Reads only.
 * @throws RestoreError when the server cannot be reached or refuses.
 */
export function lookAtTarget(access: Access, database: string): Promise<TargetLook> {
  return DATABASE_ENGINES[access.connection.db_type].look(access, database);
}

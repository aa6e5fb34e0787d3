import type { Right } from '../rights.ts';
import type { Access } from './connect.ts';
import { DATABASE_ENGINES } from './modules.ts';

/**
 * The rights that a restore needs, and whether the connection's user has them. Reads only.
 * @param database the one to be restored into, whether it exists or not; null only asks about the server.
 * @throws RestoreError when the server cannot be reached or refuses the user.
 */
export function rightsOf(access: Access, database: string | null): Promise<Right[]> {
  return DATABASE_ENGINES[access.connection.db_type].rights(access, database);
}

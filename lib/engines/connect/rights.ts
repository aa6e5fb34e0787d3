import type { Right } from '../rights.ts';
import type { Access } from './connect.ts';
import { DATABASE_ENGINES } from './modules.ts';

/**
 * The rights that a restore needs, and whether the connection's user has them. Only reads.
 * @param database the one to restore into, whether or not it exists; null only asks about the server.
 * @throws RestoreError if the server can't be reached or refuses the user.
 */
export function rightsOf(access: Access, database: string | null): Promise<Right[]> {
  return DATABASE_ENGINES[access.connection.db_type].rights(access, database);
}

import type { TargetLook } from '../domain/target-look.ts';
import type { Access } from './connect.ts';
import { lookAtMysql } from './look-mysql.ts';
import { lookAtPostgres } from './look-postgres.ts';

/**
 * Looks at a server and at one of its databases, whether that exists or not. Reads only.
 * @throws RestoreError when the server cannot be reached or refuses.
 */
export function lookAtTarget(access: Access, database: string): Promise<TargetLook> {
  return access.connection.db_type === 'postgresql' ? lookAtPostgres(access, database) : lookAtMysql(access, database);
}

/** The registry of engines for connecting to servers: how to log in, inspect a server and check rights. */
import type { DbType } from '../../databases/names.ts';
import { logInToMysql } from '../mysql/session/log-in.ts';
import { lookAtMysql } from '../mysql/session/look.ts';
import { rightsInMysql } from '../mysql/session/rights.ts';
import { isPostgresOwn, logInToPostgres } from '../postgres/session/log-in.ts';
import { lookAtPostgres } from '../postgres/session/look.ts';
import { rightsInPostgres } from '../postgres/session/rights.ts';
import type { Right } from '../rights.ts';
import type { TargetLook } from '../target-look.ts';
import type { Access } from './connect.ts';
import type { DatabaseEngine } from './module.ts';

const MYSQL: DatabaseEngine = {
  logIn: logInToMysql,
  look: lookAtMysql,
  rights: rightsInMysql,
  // MySQL and MariaDB have the same error codes
  isOwnCode: () => false,
};

export const DATABASE_ENGINES: Record<DbType, DatabaseEngine> = {
  postgresql: { logIn: logInToPostgres, look: lookAtPostgres, rights: rightsInPostgres, isOwnCode: isPostgresOwn },
  mysql: MYSQL,
  mariadb: MYSQL,
};

/**
 * Inspects a server and one of its databases, which need not exist. Only reads.
 * @throws RestoreError if the server can't be reached or refuses.
 */
export function lookAtTarget(access: Access, database: string): Promise<TargetLook> {
  return DATABASE_ENGINES[access.connection.db_type].look(access, database);
}

/**
 * The rights that a restore needs, and whether the connection's user has them. Only reads.
 * @param database the one to restore into, which need not exist; null only asks about the server.
 * @throws RestoreError if the server can't be reached or refuses the user.
 */
export function rightsOf(access: Access, database: string | null): Promise<Right[]> {
  return DATABASE_ENGINES[access.connection.db_type].rights(access, database);
}

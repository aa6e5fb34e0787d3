/** The registry of engines, for connecting to servers: how to log in, inspect and check rights. */
import type { DbType } from '../domain/records.ts';
import type { DatabaseEngine } from './engine.ts';
import { logInToMysql } from './log-in-mysql.ts';
import { isPostgresOwn, logInToPostgres } from './log-in-postgres.ts';
import { lookAtMysql } from './look-mysql.ts';
import { lookAtPostgres } from './look-postgres.ts';
import { rightsInMysql } from './rights-mysql.ts';
import { rightsInPostgres } from './rights-postgres.ts';

const MYSQL: DatabaseEngine = {
  logIn: logInToMysql,
  look: lookAtMysql,
  rights: rightsInMysql,
  // MySQL and MariaDB have the same codes
  isOwnCode: () => false,
};

export const DATABASE_ENGINES: Record<DbType, DatabaseEngine> = {
  postgresql: { logIn: logInToPostgres, look: lookAtPostgres, rights: rightsInPostgres, isOwnCode: isPostgresOwn },
  mysql: MYSQL,
  mariadb: MYSQL,
};

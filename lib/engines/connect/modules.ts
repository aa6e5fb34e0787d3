/** The registry of engines, for connecting to servers: how to log in, inspect and check rights. */
import type { DbType } from '../../databases/names.ts';
import { logInToMysql } from '../mysql/session/log-in.ts';
import { lookAtMysql } from '../mysql/session/look.ts';
import { rightsInMysql } from '../mysql/session/rights.ts';
import { isPostgresOwn, logInToPostgres } from '../postgres/session/log-in.ts';
import { lookAtPostgres } from '../postgres/session/look.ts';
import { rightsInPostgres } from '../postgres/session/rights.ts';
import type { DatabaseEngine } from './module.ts';

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

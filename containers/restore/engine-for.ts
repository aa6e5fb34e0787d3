/** The registry of engines, for loading dumps. */
import type { DbType } from '../../lib/domain/records.ts';
import type { Inspect } from './engines/engine.ts';
import { inspectMysql } from './engines/mysql.ts';
import { inspectPostgres } from './engines/postgres.ts';

const LOADERS: Record<DbType, Inspect> = {
  postgresql: inspectPostgres,
  mysql: inspectMysql,
  mariadb: inspectMysql,
};

export const inspectTarget: Inspect = (target, head, telling) =>
  LOADERS[target.connection.db_type](target, head, telling);

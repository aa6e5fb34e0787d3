/** The registry of engines for loading dumps. */
import type { DbType } from '../../databases/names.ts';
import { inspectMysql } from '../mysql/engine.ts';
import { inspectPostgres } from '../postgres/engine.ts';
import type { Inspect } from './engine.ts';

const LOADERS: Record<DbType, Inspect> = {
  postgresql: inspectPostgres,
  mysql: inspectMysql,
  mariadb: inspectMysql,
};

export const inspectTarget: Inspect = (target, dump, telling) =>
  LOADERS[target.connection.db_type](target, dump, telling);

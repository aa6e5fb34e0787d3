/** The registry of engines, as far as it loads dumps. */
import type { DbType } from '../../lib/domain/records.ts';
import type { Engine, Target } from './engines/engine.ts';
import { MysqlEngine } from './engines/mysql.ts';
import { PostgresEngine } from './engines/postgres.ts';

const LOADERS: Record<DbType, (target: Target) => Engine> = {
  postgresql: (target) => new PostgresEngine(target),
  mysql: (target) => new MysqlEngine(target),
  mariadb: (target) => new MysqlEngine(target),
};

export function engineFor(target: Target): Engine {
  return LOADERS[target.connection.db_type](target);
}

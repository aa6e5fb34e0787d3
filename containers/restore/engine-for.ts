import type { Engine, Target } from './engines/engine.ts';
import { MysqlEngine } from './engines/mysql.ts';
import { PostgresEngine } from './engines/postgres.ts';

export function engineFor(target: Target): Engine {
  switch (target.connection.db_type) {
    case 'postgresql':
      return new PostgresEngine(target);
    case 'mysql':
    case 'mariadb':
      return new MysqlEngine(target);
  }
}

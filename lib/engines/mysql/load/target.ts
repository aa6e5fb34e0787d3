import type mysql from 'mysql2/promise';
import type { Target } from '../../load/engine.ts';
import type { DumpTarget } from '../rules/mysql-dump-filter.ts';
import { memberOf } from '../rules/mysql-family.ts';
import { keepsDefiner } from '../rules/preflight/definers.ts';
import { folds, type MysqlServerFacts } from '../rules/preflight/facts.ts';
import { readServerFacts } from '../session/server-facts.ts';
import { queryRows } from '../session/session.ts';

/** What referred to tables of the database before the load. */
export interface ForeignKeys {
  exist: boolean;
  /** Whether another table refers to a key of this table other than its primary key. */
  needKeyOf(table: string): boolean;
}

export interface TargetTraits extends DumpTarget, MysqlServerFacts {
  encrypted: boolean;
  foreignKeys: ForeignKeys;
}

/** Reads what the dump's filter needs to know about the server and the database. Writes nothing. */
export async function readTarget(client: mysql.Connection, target: Target, encrypted: boolean): Promise<TargetTraits> {
  const { dbType } = memberOf(target.connection.db_type);
  const facts = await readServerFacts(client, target.database);
  return {
    ...facts,
    dbType,
    hasCollation: (name) => facts.collations.has(name),
    keepDefiner: (user, host) => keepsDefiner(`${user}@${host}`, facts),
    hasEngine: (name) => facts.engines.has(name),
    foldsNames: folds(facts),
    encrypted,
    foreignKeys: await foreignKeysOf(client, target.database),
  };
}

async function foreignKeysOf(client: mysql.Connection, database: string): Promise<ForeignKeys> {
  const rows = await queryRows<{ child: string; parent: string; parentKey: string | null }>(
    client,
    'SELECT TABLE_NAME AS child, REFERENCED_TABLE_NAME AS parent, UNIQUE_CONSTRAINT_NAME AS parentKey ' +
      'FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = ?',
    [database],
  );
  const needed = rows.filter(({ child, parent, parentKey }) => child !== parent && parentKey !== 'PRIMARY');
  const parents = new Set(needed.map(({ parent }) => parent.toLowerCase()));
  return { exist: rows.length > 0, needKeyOf: (table) => parents.has(table.toLowerCase()) };
}

import type mysql from 'mysql2/promise';
import type { Target } from '../../load/engine.ts';
import type { DumpTarget } from '../rules/mysql-dump-filter.ts';
import { memberOf } from '../rules/mysql-family.ts';
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

/** Rights that let a user set someone else as definer: MySQL's, and MariaDB's. */
const MAY_SET_DEFINER = /\b(SUPER|SET_USER_ID|SET_ANY_DEFINER|SET USER|ALL PRIVILEGES)\b.* ON \*\.\*/;

/** Reads what the dump's filter has to know about the server and the database. Writes nothing. */
export async function readTarget(client: mysql.Connection, target: Target, encrypted: boolean): Promise<TargetTraits> {
  const { dbType } = memberOf(target.connection.db_type);
  const facts = await readServerFacts(client, target.database);
  const maySetDefiner = facts.grants.some((grant) => MAY_SET_DEFINER.test(grant));
  const accounts = await accountsOf(client);
  return {
    ...facts,
    dbType,
    hasCollation: (name) => facts.collations.has(name),
    keepDefiner: (user, host) => {
      const account = `${user}@${host}`;
      if (account === facts.account) return true;
      return maySetDefiner && (accounts === undefined || accounts.has(account));
    },
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

/** All accounts, or undefined if the user may not see them. */
async function accountsOf(client: mysql.Connection): Promise<Set<string> | undefined> {
  try {
    const rows = await queryRows<{ user: string; host: string }>(
      client,
      'SELECT User AS user, Host AS host FROM mysql.user',
    );
    return new Set(rows.map(({ user, host }) => `${user}@${host}`));
  } catch {
    return undefined;
  }
}

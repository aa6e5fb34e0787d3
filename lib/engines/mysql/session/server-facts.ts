/** What a preflight of MySQL or MariaDB goes by, read from the server. Writes nothing. */
import type mysql from 'mysql2/promise';
import { MYSQL_FAMILY, type MysqlType } from '../rules/mysql-family.ts';
import { type MysqlServerFacts, PREFLIGHT_VARIABLES } from '../rules/preflight/facts.ts';
import { queryRows } from './session.ts';

export async function readServerFacts(client: mysql.Connection, database: string): Promise<MysqlServerFacts> {
  const before = await queryRows<{ kind: string; name: string }>(
    client,
    'SELECT TABLE_TYPE AS kind, TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME',
    [database],
  );
  const triggers = await queryRows<{ name: string; table: string }>(
    client,
    'SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS `table` FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? ORDER BY TRIGGER_NAME',
    [database],
  );
  const [server] = await queryRows<{ account: string; version: string }>(
    client,
    'SELECT CURRENT_USER() AS account, VERSION() AS version',
  );
  const dbType = /mariadb/i.test(server?.version ?? '') ? 'mariadb' : 'mysql';
  const exists = await queryRows(client, 'SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [database]);
  return {
    dbType,
    database,
    databaseExists: exists.length > 0,
    account: server?.account ?? '',
    grants: await grantsOf(client, dbType),
    variables: await variablesOf(client),
    before: before.map(({ kind, name }) => ({ kind: kindOf(kind), name })),
    triggers,
  };
}

async function grantsOf(client: mysql.Connection, dbType: MysqlType): Promise<string[]> {
  const shown = async (sql: string) => {
    const rows = await queryRows<Record<string, string>>(client, sql);
    return rows.map((row) => Object.values(row)[0] ?? '');
  };
  const own = await shown('SHOW GRANTS');
  // MariaDB knows it from 10.11 on
  const publics = MYSQL_FAMILY[dbType].grantsToPublic ? await shown('SHOW GRANTS FOR PUBLIC').catch(() => []) : [];
  return [...own, ...publics];
}

async function variablesOf(client: mysql.Connection): Promise<Map<string, string>> {
  const names = PREFLIGHT_VARIABLES.map((name) => `'${name}'`).join(', ');
  const rows = await queryRows<{ Variable_name: string; Value: string }>(
    client,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`,
  );
  return new Map(rows.map(({ Variable_name, Value }) => [Variable_name.toLowerCase(), Value]));
}

/** @param type as information_schema has it: `BASE TABLE`, `SYSTEM VERSIONED`, `VIEW`, `SEQUENCE` */
function kindOf(type: string): MysqlServerFacts['before'][number]['kind'] {
  if (type.includes('VIEW')) return 'view';
  return type === 'SEQUENCE' ? 'sequence' : 'table';
}

/** What a preflight of MySQL or MariaDB goes by, read from the server. Writes nothing. */
import type mysql from 'mysql2/promise';
import { type MysqlServerFacts, PREFLIGHT_VARIABLES } from '../rules/preflight.ts';
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
  return {
    database,
    variables: await variablesOf(client),
    before: before.map(({ kind, name }) => ({ kind: kindOf(kind), name })),
    triggers,
  };
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

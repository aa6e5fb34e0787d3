/** Reads the facts for a preflight of MySQL or MariaDB from the server. Writes nothing. */
import type mysql from 'mysql2/promise';
import { MYSQL_FAMILY, type MysqlType } from '../rules/mysql-family.ts';
import {
  type ChildKey,
  type KeyBefore,
  type MysqlServerFacts,
  PREFLIGHT_VARIABLES,
  SESSION_SETTINGS,
  type SessionSetting,
} from '../rules/preflight/facts.ts';
import { readNeighbours } from './neighbour-facts.ts';
import { queryRows } from './session.ts';

const SYSTEM_USERS = "SELECT USER AS user, HOST AS host FROM mysql.global_grants WHERE PRIV = 'SYSTEM_USER'";
const NO_SUCH_TABLE = 1146;

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
  const variables = await variablesOf(client);
  return {
    dbType,
    database,
    databaseExists: exists.length > 0,
    account: server?.account ?? '',
    grants: await grantsOf(client, dbType),
    variables,
    accounts: await accountsIn(client, 'SELECT User AS user, Host AS host FROM mysql.user').catch(() => undefined),
    systemUsers: await accountsIn(client, SYSTEM_USERS).catch(() => new Set<string>()),
    maySet: await settableOf(client, variables),
    characterSets: await characterSetsOf(client),
    collations: await collationsOf(client, dbType),
    encrypts: await hasKeys(client),
    tablespaces: await tablespacesOf(client),
    engines: await enginesOf(client, variables),
    before: before.map(({ kind, name }) => ({ kind: kindOf(kind), name })),
    triggers,
    keysBefore: await keysIn(client, database),
    children: await childrenOf(client, database),
    parsers: await parsersOf(client),
    definers: await definersIn(client, database),
    constraints: await constraintsOf(client, database),
    neighbours: await readNeighbours(client, database),
    isInGroup: await isInGroup(client),
  };
}

/** @throws the server's error if the user may not see it, or if the server doesn't have it */
async function accountsIn(client: mysql.Connection, sql: string): Promise<Set<string>> {
  const rows = await queryRows<{ user: string; host: string }>(client, sql);
  return new Set(rows.map(({ user, host }) => `${user}@${host}`));
}

async function isInGroup(client: mysql.Connection): Promise<boolean> {
  const sql =
    "SELECT 1 FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE'";
  const rows = await queryRows(client, sql).catch(() => []);
  return rows.length > 0;
}

async function constraintsOf(client: mysql.Connection, database: string): Promise<MysqlServerFacts['constraints']> {
  const rows = await queryRows<{ type: string; name: string; table: string }>(
    client,
    `SELECT CONSTRAINT_TYPE AS type, CONSTRAINT_NAME AS name, TABLE_NAME AS \`table\` FROM information_schema.TABLE_CONSTRAINTS
      WHERE CONSTRAINT_SCHEMA = ? AND CONSTRAINT_TYPE IN ('FOREIGN KEY', 'CHECK')`,
    [database],
  );
  return rows.map(({ type, name, table }) => ({ kind: type === 'CHECK' ? 'check' : 'foreign key', name, table }));
}

async function childrenOf(client: mysql.Connection, database: string): Promise<ChildKey[]> {
  const rows = await queryRows<Omit<ChildKey, 'columns'> & { parentColumn: string; type: string }>(
    client,
    `SELECT k.TABLE_SCHEMA AS \`schema\`, k.TABLE_NAME AS \`table\`, k.CONSTRAINT_NAME AS name, k.REFERENCED_TABLE_NAME AS parent,
            k.REFERENCED_COLUMN_NAME AS parentColumn, c.COLUMN_TYPE AS type
       FROM information_schema.KEY_COLUMN_USAGE k
       JOIN information_schema.COLUMNS c
         ON c.TABLE_SCHEMA = k.TABLE_SCHEMA AND c.TABLE_NAME = k.TABLE_NAME AND c.COLUMN_NAME = k.COLUMN_NAME
      WHERE k.REFERENCED_TABLE_SCHEMA = ? ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION`,
    [database],
  );
  const found = Map.groupBy(rows, ({ schema, table, name }) => JSON.stringify([schema, table, name]));
  return [...found.values()].flatMap((columns) => {
    const [first] = columns;
    if (first === undefined) return [];
    const { schema, table, name, parent } = first;
    return [
      { schema, table, name, parent, columns: columns.map(({ parentColumn, type }) => ({ parentColumn, type })) },
    ];
  });
}

async function keysIn(client: mysql.Connection, database: string): Promise<KeyBefore[]> {
  const rows = await queryRows<{
    table: string;
    name: string;
    repeats: number;
    part: number | null;
    column: string;
    type: string;
  }>(
    client,
    `SELECT s.TABLE_NAME AS \`table\`, s.INDEX_NAME AS name, s.NON_UNIQUE AS repeats, s.SUB_PART AS part, s.COLUMN_NAME AS \`column\`,
            c.COLUMN_TYPE AS type
       FROM information_schema.STATISTICS s
       JOIN information_schema.COLUMNS c
         ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME
      WHERE s.TABLE_SCHEMA = ? AND s.INDEX_TYPE = 'BTREE' ORDER BY s.TABLE_NAME, s.INDEX_NAME, s.SEQ_IN_INDEX`,
    [database],
  );
  const divided = await queryRows<{ table: string }>(
    client,
    'SELECT DISTINCT TABLE_NAME AS `table` FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = ? AND PARTITION_NAME IS NOT NULL',
    [database],
  );
  const partitioned = new Set(divided.map(({ table }) => table));
  const found = Map.groupBy(rows, ({ table, name }) => JSON.stringify([table, name]));
  return [...found.values()].flatMap((parts) => {
    const [first] = parts;
    if (first === undefined) return [];
    const columns = parts.map(({ column, type, part }) => ({ name: column, type, prefix: part !== null }));
    return [
      {
        table: first.table,
        name: first.name,
        unique: Number(first.repeats) === 0,
        partitioned: partitioned.has(first.table),
        columns,
      },
    ];
  });
}

async function parsersOf(client: mysql.Connection): Promise<Set<string>> {
  const rows = await queryRows<{ name: string }>(
    client,
    "SELECT LOWER(PLUGIN_NAME) AS name FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'FTPARSER' AND PLUGIN_STATUS = 'ACTIVE'",
  );
  return new Set(rows.map(({ name }) => name));
}

async function definersIn(client: mysql.Connection, database: string): Promise<MysqlServerFacts['definers']> {
  return queryRows<MysqlServerFacts['definers'][number]>(
    client,
    `SELECT 'view' AS kind, TABLE_NAME AS name, DEFINER AS definer FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?
     UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
     UNION ALL SELECT 'event', EVENT_NAME, DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?`,
    [database, database, database],
  );
}

async function grantsOf(client: mysql.Connection, dbType: MysqlType): Promise<string[]> {
  const shown = async (sql: string) => {
    const rows = await queryRows<Record<string, string>>(client, sql);
    return rows.map((row) => Object.values(row)[0] ?? '');
  };
  const own = await shown('SHOW GRANTS');
  // MariaDB has this from 10.11 on
  const publics = MYSQL_FAMILY[dbType].grantsToPublic ? await shown('SHOW GRANTS FOR PUBLIC').catch(() => []) : [];
  return [...own, ...publics];
}

/** The variables that the user may set. To find out, each is set to the value that it has in this session. */
async function settableOf(
  client: mysql.Connection,
  variables: ReadonlyMap<string, string>,
): Promise<Set<SessionSetting>> {
  const found = new Set<SessionSetting>();
  for (const name of SESSION_SETTINGS) {
    if (!variables.has(name)) continue;
    const isSet = await client.query(`SET SESSION ${name} = @@SESSION.${name}`).then(
      () => true,
      () => false,
    );
    if (isSet) found.add(name);
  }
  return found;
}

async function characterSetsOf(client: mysql.Connection): Promise<Map<string, number>> {
  const rows = await queryRows<{ name: string; most: number }>(
    client,
    'SELECT LOWER(CHARACTER_SET_NAME) AS name, MAXLEN AS most FROM information_schema.CHARACTER_SETS',
  );
  return new Map(rows.map(({ name, most }) => [name, Number(most)]));
}

async function collationsOf(client: mysql.Connection, dbType: MysqlType): Promise<Set<string>> {
  const rows = await queryRows<{ name: string }>(client, MYSQL_FAMILY[dbType].collationsSql);
  return new Set(rows.map(({ name }) => name));
}

/** Whether a plugin or component holds keys for encrypted tables. */
async function hasKeys(client: mysql.Connection): Promise<boolean | undefined> {
  const plugins = await queryRows(
    client,
    `SELECT 1 FROM information_schema.PLUGINS
      WHERE PLUGIN_STATUS = 'ACTIVE' AND (PLUGIN_TYPE = 'ENCRYPTION' OR PLUGIN_NAME LIKE 'keyring%')`,
  );
  if (plugins.length > 0) return true;
  const components = 'SELECT STATUS_VALUE AS value FROM performance_schema.keyring_component_status';
  return queryRows<{ value: string }>(client, components).then(
    (rows) => rows.some(({ value }) => value === 'Active'),
    // a server without components has no such table
    ({ errno }: { errno?: number }) => (errno === NO_SUCH_TABLE ? false : undefined),
  );
}

/** MySQL's general tablespaces. */
async function tablespacesOf(client: mysql.Connection): Promise<Set<string> | undefined> {
  const sql = 'SELECT NAME AS name FROM information_schema.INNODB_TABLESPACES';
  const rows = await queryRows<{ name: string }>(client, sql).catch(() => undefined);
  return rows && new Set(rows.map(({ name }) => name));
}

async function enginesOf(client: mysql.Connection, variables: ReadonlyMap<string, string>): Promise<Set<string>> {
  const engines = await queryRows<{ Engine: string; Support: string }>(client, 'SHOW ENGINES');
  const off = new Set((variables.get('disabled_storage_engines') ?? '').toUpperCase().split(/\s*,\s*/));
  const there = engines
    .filter(({ Support }) => Support === 'YES' || Support === 'DEFAULT')
    .map(({ Engine }) => Engine.toUpperCase());
  return new Set(there.filter((name) => !off.has(name)));
}

async function variablesOf(client: mysql.Connection): Promise<Map<string, string>> {
  const names = PREFLIGHT_VARIABLES.map((name) => `'${name}'`).join(', ');
  const rows = await queryRows<{ Variable_name: string; Value: string }>(
    client,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`,
  );
  return new Map(rows.map(({ Variable_name, Value }) => [Variable_name.toLowerCase(), Value]));
}

/** @param type the table type in information_schema: `BASE TABLE`, `SYSTEM VERSIONED`, `VIEW`, `SEQUENCE` */
function kindOf(type: string): MysqlServerFacts['before'][number]['kind'] {
  if (type.includes('VIEW')) return 'view';
  return type === 'SEQUENCE' ? 'sequence' : 'table';
}

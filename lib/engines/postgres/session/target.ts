/** What a restore has to know about a PostgreSQL database before it writes to it. It only reads, and locks nothing. */
import type pg from 'pg';
import {
  type DatabaseLocale,
  type DatabaseRow,
  localeOfRow,
} from '../../../formats/pg-dump/archive/database-locale.ts';
import { tableName } from '../../../formats/pg-dump/sql/command-table.ts';
import type { ServerSession } from '../../target-look.ts';
import { DEPENDENTS_SQL, type DependencyRow } from '../rules/dependents-query.ts';

// the server's own workers have no user
const SESSIONS_SQL = `
  SELECT usename::text AS "user", coalesce(application_name, '') AS application, host(client_addr) AS address
    FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
   ORDER BY backend_start`;

/** Who else is connected to the database. */
export async function postgresSessions(client: pg.ClientBase): Promise<ServerSession[]> {
  const { rows } = await client.query<ServerSession>(SESSIONS_SQL);
  return rows;
}

/** The server's major version, such as 17. */
export async function postgresMajor(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  return Math.floor((rows[0]?.version ?? 0) / 10_000);
}

/** Whether the server's messages are in a language other than English. */
export async function postgresSpeaksForeign(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ locale: string }>("SELECT pg_catalog.current_setting('lc_messages') AS locale");
  return !/^(|C|POSIX|(C|en)[._@].*)$/i.test(rows[0]?.locale ?? '');
}

/** The locale of the session's database. */
export async function postgresLocale(client: pg.ClientBase): Promise<DatabaseLocale> {
  const { rows } = await client.query<{ row: DatabaseRow }>(
    'SELECT to_jsonb(d) AS row FROM pg_catalog.pg_database d WHERE datname = pg_catalog.current_database()',
  );
  return localeOfRow(rows[0]?.row as DatabaseRow);
}

/** Whether the server ends sessions like this one if they are idle for long. Only version 14 and newer can. */
export async function postgresEndsIdleSessions(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ limit: string | null }>(
    `SELECT pg_catalog.current_setting('idle_session_timeout', true) AS "limit"`,
  );
  return ![null, undefined, '0'].includes(rows[0]?.limit);
}

/** Tables of the session's database, except those of extensions. */
const TABLES_SQL = `
  SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 1, 2`;

/** @returns `schema.table` of each */
export async function postgresTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(TABLES_SQL);
  return rows.map(({ schema, name }) => tableName(schema, name));
}

export interface PostgresContents {
  /** Which objects of the database depend on which. */
  dependencies: DependencyRow[];
  isEmpty: boolean;
}

export async function postgresContents(client: pg.ClientBase): Promise<PostgresContents> {
  const { rows: dependencies } = await client.query<DependencyRow>(DEPENDENTS_SQL);
  const { rows: largeObjects } = await client.query('SELECT FROM pg_largeobject_metadata LIMIT 1');
  return { dependencies, isEmpty: dependencies.length + largeObjects.length === 0 };
}

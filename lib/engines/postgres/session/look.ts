import type pg from 'pg';
import type { Access } from '../../connect/connect.ts';
import type { PostgresLook, TableSize, TargetLook } from '../../target-look.ts';
import { postgresPowers } from './powers.ts';
import { readServerFacts, readSessionSettings } from './server-facts.ts';
import { connectEither } from './session.ts';
import { postgresContents, postgresSessions } from './target.ts';

/** The server refuses everything that would write, and aborts everything that takes too long. */
const LOOK_ONLY = `SET default_transaction_read_only = on; SET statement_timeout = '8s'; SET lock_timeout = '1s'`;

/** SQLSTATE for a lock that could not be acquired in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Relations that contain rows themselves, without system catalogs and objects of extensions. */
const tablesSql = (bytes: string) => `
  SELECT n.nspname::text AS schema, c.relname::text AS name, (${bytes})::float8 AS bytes,
         -- a table that was never analysed has -1, or 0 before PostgreSQL 14
         greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)::float8 AS rows
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const EXACT_BYTES = 'coalesce(pg_total_relation_size(c.oid), 0)';
/** Estimated from the number of pages at the last VACUUM or ANALYZE, which needs no lock. */
const ESTIMATED_BYTES = `
  (SELECT coalesce(sum(p.relpages), 0) FROM pg_class p
    WHERE p.oid IN (c.oid, c.reltoastrelid)
       OR p.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (c.oid, c.reltoastrelid)))
  * current_setting('block_size')::int`;

/** @throws RestoreError if the server can't be reached or refuses. */
export async function lookAtPostgres(access: Access, database: string): Promise<TargetLook> {
  const { client, exists } = await connectEither(access, database);
  try {
    const settings = await readSessionSettings(client, exists);
    await client.query(LOOK_ONLY);
    const { rows: server } = await client.query<{ server_version: string }>('SHOW server_version');
    const { rows: extensions } = await client.query<{ name: string }>('SELECT name::text FROM pg_available_extensions');
    const powers = (await postgresPowers(client)).list;
    const byRole = powers.length > 0 && !access.connection.trusted;
    const nothing = { sessions: [], tables: [], dependencies: [] };
    return {
      serverVersion: server[0]?.server_version ?? '',
      databaseExists: exists,
      ...toLook(exists ? await within(client) : nothing, {
        availableExtensions: new Set(extensions.map(({ name }) => name)),
        powers,
        server: await readServerFacts(client, { database, exists, byRole }, settings),
      }),
    };
  } finally {
    await client.end();
  }
}

type Within = Pick<TargetLook, 'sessions' | 'tables'> & Pick<NonNullable<TargetLook['postgres']>, 'dependencies'>;

async function within(client: pg.ClientBase): Promise<Within> {
  const sessions = await postgresSessions(client);
  const { dependencies } = await postgresContents(client);
  return { sessions, dependencies, tables: await tablesOf(client) };
}

function toLook({ sessions, tables, dependencies }: Within, server: Omit<PostgresLook, 'dependencies'>) {
  return { sessions, tables, postgres: { dependencies, ...server } };
}

/**
 * Querying a table's size waits for any session that has locked the table, such as a restore. Then an estimate is used.
 */
async function tablesOf(client: pg.ClientBase): Promise<TableSize[]> {
  try {
    return (await client.query<TableSize>(tablesSql(EXACT_BYTES))).rows;
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    return (await client.query<TableSize>(tablesSql(ESTIMATED_BYTES))).rows;
  }
}

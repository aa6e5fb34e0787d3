/**
 * Collects statistics for the tables that a restore created. Without them, the planner guesses until autovacuum runs,
 * and the first queries can take hours. To compute index statistics, the server evaluates index expressions with the
 * rights of a table's owner, so this runs before the tables are given to the owners that the dump names.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Access } from '../../connect/connect.ts';
import type { Reporter } from '../../load/engine.ts';
import { connectPostgres } from '../session/session.ts';

/** The time limit for all tables together. */
const MOST_MS = 10 * 60_000;

/**
 * Tables without statistics that the user may analyze, which are those that were just created. Large tables come first.
 */
const UNKNOWN_SQL = `
  SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm', 'p') AND c.oid >= 16384 AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
     AND n.nspname !~ '^pg_' AND (c.relkind <> 'm' OR c.relispopulated)
     AND pg_catalog.pg_stat_get_last_analyze_time(c.oid) IS NULL
     AND pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
   ORDER BY c.relpages DESC, c.oid`;

/**
 * Like `analyzeNew`, in a session of its own.
 * @param access logs in as the owner of the tables.
 */
export async function analyzeTarget(
  access: Access,
  database: string,
  telling: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const client = await connectPostgres(access, database);
  try {
    await analyzeNew(client, telling, signal);
  } finally {
    await client.end();
  }
}

/**
 * @param client a session of the owner of the tables. Never throws if a table can't be analyzed, because that is a
 * warning.
 */
export async function analyzeNew(client: pg.Client, telling: Reporter, signal: AbortSignal): Promise<void> {
  const { rows } = await client.query<{ schema: string; name: string }>(UNKNOWN_SQL);
  const deadline = Date.now() + MOST_MS;
  let done = 0;
  const failures: string[] = [];
  for (const { schema, name } of rows) {
    signal.throwIfAborted();
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) break;
    try {
      await client.query(`SET statement_timeout = ${leftMs}`);
      await client.query(`ANALYZE ${table}`);
      done++;
    } catch (error) {
      failures.push(`${table}: ${(error as Error).message}`);
    }
    await sleep(0);
  }
  telling.log(`ANALYZE: OK (${done} of ${rows.length} new tables have statistics)`);
  if (done === rows.length) return;
  const why = failures[0] ?? `it took longer than ${MOST_MS / 60_000} minutes`;
  telling.warn(
    `${rows.length - done} tables have no statistics yet, so that queries on them may be slow: ${why}. Run ANALYZE.`,
  );
}

/**
 * How many rows a load wrote into each table, as counted by the server itself. An archive's rows are compressed, and
 * counting them while they pass would take as long as loading them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { LoadedRows } from '../../load/engine.ts';
import { postgresMajor } from '../session/target.ts';

/** Older servers send their statistics to a process that may lose some of them. */
const COUNTS_SURELY = 15;
/** A session reports its statistics when it ends, which may be shortly after its client has ended. */
const MOST_MS = 2000;
const POLL_MS = 20;

/**
 * The tables that the load created, because their counters began at 0. The rows of a partitioned table are those of its
 * partitions.
 */
const COUNTED_SQL = `
  SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
         pg_catalog.pg_stat_get_tuples_inserted(c.oid)::pg_catalog.text AS rows
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND c.relpersistence <> 't'
   ORDER BY 1, 2`;
const AT_WORK_SQL =
  'SELECT pg_catalog.count(*)::pg_catalog.int4 AS sessions FROM pg_catalog.pg_stat_activity WHERE application_name = $1';

/**
 * @param client a session in the database that was loaded
 * @param application name of the sessions that loaded; they have ended, or are about to
 * @returns undefined if the server doesn't count rows, or may have lost some
 */
export async function loadedRows(client: pg.Client, application: string): Promise<LoadedRows[] | undefined> {
  if ((await postgresMajor(client)) < COUNTS_SURELY) return undefined;
  const { rows: settings } = await client.query<{ counts: string }>(
    "SELECT pg_catalog.current_setting('track_counts') AS counts",
  );
  if (settings[0]?.counts !== 'on') return undefined;
  const deadline = performance.now() + MOST_MS;
  for (;;) {
    const { rows } = await client.query<{ sessions: number }>(AT_WORK_SQL, [application]);
    if (rows[0]?.sessions === 0) break;
    if (performance.now() > deadline) return undefined;
    await sleep(POLL_MS);
  }
  const { rows } = await client.query<{ schema: string; name: string; rows: string }>(COUNTED_SQL);
  return rows.map(({ schema, name, rows: count }) => ({ schema, name, rows: Number(count) }));
}

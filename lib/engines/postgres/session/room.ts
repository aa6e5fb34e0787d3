import type pg from 'pg';
import type { ServerRoom } from '../rules/restore-jobs.ts';

// Counts connections, because a role may count sessions even if it may not see their details. A limit of -1 means no
// limit, and least() ignores NULL. `reserved_connections` was added in PostgreSQL 16.
const ROOM_SQL = `
  SELECT current_setting('max_worker_processes')::int AS "workerProcesses",
         least(
           current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true)::int, 0)
             - (SELECT count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL),
           (SELECT r.rolconnlimit - (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid)
              FROM pg_roles r WHERE r.rolname = current_user AND r.rolconnlimit >= 0),
           (SELECT d.datconnlimit - (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid)
              FROM pg_database d WHERE d.datname = $1 AND d.datconnlimit >= 0)
         )::int AS "freeSessions"`;

/** The limits for the sessions of a restore into a database, which need not exist yet. */
export async function serverRoom(client: pg.ClientBase, database: string): Promise<ServerRoom> {
  const { rows } = await client.query<ServerRoom>(ROOM_SQL, [database]);
  return rows[0] as ServerRoom;
}

/** Reports whom a restore waits for: who has locked something that it needs to write. */
import type { Access } from '../../connect/connect.ts';
import type { Reporter } from '../../load/engine.ts';
import { connectMaintenance } from '../session/session.ts';

const LOOK_INTERVAL_MS = 60_000;

interface Holder {
  pid: number;
  user: string | null;
  application: string | null;
  database: string | null;
  state: string | null;
  seconds: number | null;
}

/** The sessions that one of ours ($1: their name; $2: their user) waits for. A prepared transaction has the pid 0. */
const HOLDERS_SQL = `
  WITH waits AS (
    SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS pid
      FROM pg_catalog.pg_stat_activity a
     WHERE (a.application_name = $1 OR a.usename = $2) AND a.wait_event_type = 'Lock'
  )
  SELECT w.pid, a.usename::pg_catalog.text AS "user", a.application_name AS application, a.datname::pg_catalog.text AS database,
         a.state, EXTRACT(epoch FROM pg_catalog.now() - a.xact_start)::int AS seconds
    FROM waits w LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = w.pid
   WHERE a.pid IS NULL OR (a.application_name <> $1 AND a.usename IS DISTINCT FROM $2)`;

const PREPARED_SQL = `
  SELECT gid, owner::pg_catalog.text AS owner, prepared::pg_catalog.text AS prepared
    FROM pg_catalog.pg_prepared_xacts WHERE database = $1 ORDER BY pg_prepared_xacts.prepared LIMIT 5`;

export interface OwnSessions {
  /** Their application name. */
  application: string;
  /** The role that they logged in as, if it is the restore's own; otherwise empty. */
  role: string;
}

/**
 * Checks once a minute until it is stopped. A failed check isn't reported, because the restore will fail for the same
 * reason.
 */
export function tellWaits(
  access: Access,
  database: string,
  own: OwnSessions,
  telling: Pick<Reporter, 'log'>,
  intervalMs = LOOK_INTERVAL_MS,
): { stop(): void } {
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      for (const line of await waits(access, database, own)) telling.log(line);
    } catch {
      // the server may be too busy to accept another session
    } finally {
      looking = false;
    }
  }, intervalMs);
  return { stop: () => clearInterval(timer) };
}

async function waits(access: Access, database: string, { application, role }: OwnSessions): Promise<string[]> {
  const client = await connectMaintenance(access);
  try {
    const { rows } = await client.query<Holder>(HOLDERS_SQL, [application, role]);
    const lines = rows.filter(({ pid }) => pid !== 0).map(sessionLine);
    if (rows.some(({ pid }) => pid === 0)) lines.push(...(await preparedLines(client, database)));
    return lines;
  } finally {
    await client.end();
  }
}

function sessionLine({ pid, user, application, state, seconds }: Holder): string {
  const who = `session ${pid} of ${user ?? 'an unknown user'}${application ? ` (${application})` : ''}`;
  const what = [state, seconds === null ? undefined : `its transaction is ${seconds} s old`].filter(Boolean).join(', ');
  return `WAITING: for a lock that ${who} holds${what === '' ? '' : ` (${what})`}. To end it: SELECT pg_terminate_backend(${pid});`;
}

async function preparedLines(
  client: Awaited<ReturnType<typeof connectMaintenance>>,
  database: string,
): Promise<string[]> {
  const { rows } = await client.query<{ gid: string; owner: string; prepared: string }>(PREPARED_SQL, [database]);
  return rows.map(
    ({ gid, owner, prepared }) =>
      `WAITING: for a lock that may be held by the prepared transaction '${gid}' of ${owner}, since ${prepared}. ` +
      `To end it, in ${database}: COMMIT PREPARED or ROLLBACK PREPARED '${gid}';`,
  );
}

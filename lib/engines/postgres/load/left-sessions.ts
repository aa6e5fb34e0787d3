import type pg from 'pg';
import type { Reporter, Target } from '../../load/engine.ts';
import { endLeftSessions, type LeftSession } from '../../load/left-sessions.ts';
import { APPLICATION_NAME } from './commands.ts';
import { restoreOfRole } from './role/role.ts';

interface Found {
  id: number;
  application: string | null;
  user: string | null;
}

/**
 * Found by their application name, or by the role that they logged in as, because a function in a dump may change the
 * application name.
 */
const SESSIONS_SQL = `
  SELECT pid AS id, application_name AS application, usename::pg_catalog.text AS "user"
    FROM pg_catalog.pg_stat_activity
   WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid() ORDER BY pid`;

/**
 * Ends the sessions that earlier restores left in the target database.
 * @param client a session of the connection's user
 * @throws RestoreError that names the sessions that still exist
 */
export function endLeftPostgresSessions(
  client: pg.Client,
  target: Target,
  telling: Pick<Reporter, 'log'>,
): Promise<void> {
  const { database } = target;
  return endLeftSessions(
    {
      database,
      look: async () => {
        const { rows } = await client.query<Found>(SESSIONS_SQL, [database]);
        return (await Promise.all(rows.map((found) => leftSession(found, target)))).flat();
      },
      end: async (id) => {
        await client.query('SELECT pg_catalog.pg_terminate_backend($1)', [id]);
      },
      statement: (id) => `SELECT pg_terminate_backend(${id});`,
    },
    telling,
  );
}

async function leftSession({ id, application, user }: Found, target: Target): Promise<LeftSession[]> {
  const restoreId = APPLICATION_NAME.exec(application ?? '')?.[1] ?? restoreOfRole(user ?? '');
  if (restoreId === undefined) return [];
  // for sessions of this same restore: the task that has the claim knows that the previous one has stopped
  const isOver = restoreId === target.restoreId || (await target.hasEnded?.(restoreId)) === true;
  return [{ id, of: `restore ${restoreId}`, isOver }];
}

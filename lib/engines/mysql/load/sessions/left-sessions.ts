import type mysql from 'mysql2/promise';
import type { Reporter, Target } from '../../../load/engine.ts';
import { endLeftSessions, type LeftSession } from '../../../load/left-sessions.ts';
import { isMadeFor, restoreTag, restoreTagOf } from '../../rules/load-user.ts';
import { markedSql } from '../../rules/session-mark.ts';
import { queryRows } from '../../session/session.ts';
import { databaseTag } from './load-user.ts';

/**
 * Ends the sessions that earlier restores left in the target database: sessions of users who were created for a load,
 * and marked sessions (lib/engines/mysql/rules/session-mark.ts).
 * @param client a session of the connection's user
 * @throws RestoreError that names the sessions that still exist
 */
export function endLeftMysqlSessions(
  client: mysql.Connection,
  target: Target,
  telling: Pick<Reporter, 'log'>,
  withinMs?: number,
): Promise<void> {
  const { database, restoreId } = target;
  // for sessions of this same restore: the task that has the claim knows that the previous one has stopped
  const over = Promise.resolve(target.endedRestores?.() ?? []).then((ended) => [restoreId, ...ended]);
  return endLeftSessions(
    {
      database,
      look: async () => {
        const ids = await over;
        const found = new Map<number, LeftSession>();
        for (const session of await ofLoadUsers(client, database, ids)) found.set(session.id, session);
        for (const session of await marked(client, ids)) found.set(session.id, session);
        return [...found.values()];
      },
      end: async (id) => {
        await client.query(`KILL CONNECTION ${id}`);
      },
      statement: (id) => `KILL ${id};`,
    },
    telling,
    withinMs,
  );
}

/** Without the privilege PROCESS, the server shows none. */
async function ofLoadUsers(
  client: mysql.Connection,
  database: string,
  over: readonly string[],
): Promise<LeftSession[]> {
  const rows = await queryRows<{ id: number; user: string }>(
    client,
    'SELECT ID AS id, USER AS user FROM information_schema.PROCESSLIST ORDER BY ID',
  );
  return rows
    .filter(({ user }) => isMadeFor(user, databaseTag(database)))
    .map(({ id, user }) => {
      const restoreId = over.find((one) => restoreTag(one) === restoreTagOf(user));
      const of = restoreId === undefined ? `the user ${user}, made for a restore` : `restore ${restoreId}`;
      return { id: Number(id), of, isOver: restoreId !== undefined };
    });
}

async function marked(client: mysql.Connection, over: readonly string[]): Promise<LeftSession[]> {
  const found: LeftSession[] = [];
  for (const restoreId of over) {
    const [row = {}] = await queryRows<Record<string, number | null>>(client, markedSql(restoreId));
    for (const id of Object.values(row)) {
      if (id !== null) found.push({ id: Number(id), of: `restore ${restoreId}`, isOver: true });
    }
  }
  return found;
}

/** Whether this server has user-level locks for its sessions. A cluster may refuse them. */
export async function takesMarks(client: mysql.Connection): Promise<boolean> {
  try {
    await client.query("SELECT IS_USED_LOCK('jagad_restore'), GET_LOCK('jagad_restore_test', 0)");
    await client.query("DO RELEASE_LOCK('jagad_restore_test')");
    return true;
  } catch {
    return false;
  }
}

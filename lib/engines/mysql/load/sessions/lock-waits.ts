/** Finds out who holds the lock that a load waits for. It only reads, in a session of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type mysql from 'mysql2/promise';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import { queryRows } from '../../session/session.ts';

interface Waiting {
  id: number;
  state: string;
}

interface Holder {
  id: number | null;
  user: string | null;
  host: string | null;
  seconds: number | null;
  object: string | null;
}

const MOST_NAMED = 5;

/**
 * Checks the server regularly until the signal aborts.
 * @param open opens a session
 * @param ids of the load's current sessions
 */
export async function watchLockWaits(
  open: () => Promise<mysql.Connection>,
  ids: () => readonly number[],
  log: (line: string) => void,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // a failed check must not end a load
    const line = await look(open, ids()).catch(() => undefined);
    if (line !== undefined && !signal.aborted) log(line);
  }
}

async function look(open: () => Promise<mysql.Connection>, ids: readonly number[]): Promise<string | undefined> {
  if (ids.length === 0) return undefined;
  const client = await open();
  try {
    const waiting = await queryRows<Waiting>(
      client,
      "SELECT ID AS id, STATE AS state FROM information_schema.PROCESSLIST WHERE ID IN (?) AND STATE LIKE 'Waiting for%lock%' " +
        "UNION SELECT trx_mysql_thread_id, 'Waiting for row lock' FROM information_schema.INNODB_TRX " +
        "WHERE trx_mysql_thread_id IN (?) AND trx_state = 'LOCK WAIT'",
      [ids, ids],
    ).catch(() =>
      // without the privilege PROCESS, these are only the user's own sessions
      queryRows<Waiting>(
        client,
        "SELECT ID AS id, STATE AS state FROM information_schema.PROCESSLIST WHERE ID IN (?) AND STATE LIKE 'Waiting for%lock%'",
        [ids],
      ),
    );
    const [first] = waiting;
    if (first === undefined) return undefined;
    const named = [...new Set([...(await holders(client, ids)), ...(await prepared(client))])];
    const more = named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : '';
    const who =
      named.length === 0
        ? 'this user may not see which session holds it'
        : `possibly held by ${named.slice(0, MOST_NAMED).join('; ')}${more}`;
    return `WAITING: ${first.state.charAt(0).toLowerCase()}${first.state.slice(1)}, ${who}`;
  } finally {
    client.destroy();
  }
}

/** The sessions that hold the lock, if the server names them; otherwise those with an open transaction. */
async function holders(client: mysql.Connection, ids: readonly number[]): Promise<string[]> {
  const exact = await queryRows<Holder>(
    client,
    `SELECT DISTINCT t.PROCESSLIST_ID AS id, t.PROCESSLIST_USER AS user, t.PROCESSLIST_HOST AS host,
            t.PROCESSLIST_TIME AS seconds, h.OBJECT_NAME AS object
       FROM performance_schema.metadata_locks w
       JOIN performance_schema.threads wt ON wt.THREAD_ID = w.OWNER_THREAD_ID
       JOIN performance_schema.metadata_locks h
         ON h.OBJECT_TYPE = w.OBJECT_TYPE AND h.OBJECT_SCHEMA <=> w.OBJECT_SCHEMA AND h.OBJECT_NAME <=> w.OBJECT_NAME
        AND h.LOCK_STATUS = 'GRANTED' AND h.OWNER_THREAD_ID <> w.OWNER_THREAD_ID
       JOIN performance_schema.threads t ON t.THREAD_ID = h.OWNER_THREAD_ID
      WHERE w.LOCK_STATUS = 'PENDING' AND wt.PROCESSLIST_ID IN (?)`,
    [ids],
  ).catch(() => []);
  const others = (rows: Holder[]) => rows.filter(({ id }) => id !== null && !ids.includes(Number(id)));
  const found = others(exact);
  if (found.length > 0) return found.map(inWords);
  const open = await queryRows<Holder>(
    client,
    `SELECT x.trx_mysql_thread_id AS id, p.USER AS user, p.HOST AS host,
            TIMESTAMPDIFF(SECOND, x.trx_started, NOW()) AS seconds, NULL AS object
       FROM information_schema.INNODB_TRX x LEFT JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id
      WHERE x.trx_mysql_thread_id <> 0 ORDER BY x.trx_started`,
  ).catch(() => []);
  return others(open).map(inWords);
}

function inWords({ id, user, host, seconds, object }: Holder): string {
  const of = user === null ? '' : ` of ${user}@${(host ?? '').replace(/:\d+$/, '')}`;
  const on = object === null ? '' : ` on ${quoteName(object)}`;
  return `session ${id}${of}${on} (for ${seconds ?? 0} s; KILL ${id} ends it)`;
}

/** Transactions that were prepared and never ended. They have no session, and survive a restart of the server. */
async function prepared(client: mysql.Connection): Promise<string[]> {
  const rows = await queryRows<{ data: string | Buffer }>(client, 'XA RECOVER').catch(() => []);
  return rows.map(({ data }) => {
    const id = JSON.stringify(data.toString()).slice(1, -1);
    return `the prepared transaction '${id}' (XA RECOVER lists it; XA ROLLBACK or XA COMMIT ends it)`;
  });
}

/** Reads who else is at work on a server. If the user may not see that, the result is empty. Writes nothing. */
import type mysql from 'mysql2/promise';
import type { LockHolder, NeighbourFacts } from '../rules/preflight/facts.ts';
import { queryRows } from './session.ts';

/** A transaction that has been open for less time may be one of many short ones. */
const OPEN_SECONDS = 5;

export async function readNeighbours(client: mysql.Connection, database: string): Promise<NeighbourFacts> {
  const none = <Row>(): Row[] => [];
  const prepared = await queryRows<XaRow>(client, 'XA RECOVER').catch(none<XaRow>);
  const replicas = await queryRows<{ host: string }>(
    client,
    "SELECT HOST AS host FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' ORDER BY ID",
  ).catch(none<{ host: string }>);
  return {
    prepared: prepared.map(inSql),
    holders: await holdersIn(client, database),
    replicas: replicas.map(({ host }) => host.replace(/:\d+$/, '')),
    connections: await connectionsOf(client),
  };
}

interface XaRow {
  formatID: number;
  gtrid_length: number;
  data: string | Buffer;
}

/** The name in the form for XA ROLLBACK. */
function inSql({ formatID, gtrid_length, data }: XaRow): string {
  const bytes = Buffer.from(data as string);
  const isPlain = /^[\x20-\x7e]*$/.test(bytes.toString('latin1')) && !/['\\]/.test(bytes.toString('latin1'));
  const literal = (part: Buffer) => (isPlain ? `'${part.toString('latin1')}'` : `X'${part.toString('hex')}'`);
  const branch = bytes.subarray(gtrid_length);
  const isDefault = Number(formatID) === 1;
  return [
    literal(bytes.subarray(0, gtrid_length)),
    ...(branch.length > 0 || !isDefault ? [literal(branch)] : []),
    ...(isDefault ? [] : [String(formatID)]),
  ].join(',');
}

/**
 * Sessions that hold locks on tables of the database. They are listed by table if the server reports that (MySQL's
 * performance_schema).
 */
async function holdersIn(client: mysql.Connection, database: string): Promise<LockHolder[]> {
  const exact = await queryRows<LockHolder>(
    client,
    `SELECT DISTINCT t.PROCESSLIST_ID AS id, t.PROCESSLIST_USER AS user, t.PROCESSLIST_TIME AS seconds, h.OBJECT_NAME AS \`table\`
       FROM performance_schema.metadata_locks h
       JOIN performance_schema.threads t ON t.THREAD_ID = h.OWNER_THREAD_ID
      WHERE h.OBJECT_TYPE = 'TABLE' AND h.OBJECT_SCHEMA = ? AND h.LOCK_STATUS = 'GRANTED' AND t.PROCESSLIST_ID IS NOT NULL
        AND t.PROCESSLIST_ID <> CONNECTION_ID() AND t.PROCESSLIST_TIME >= ${OPEN_SECONDS}`,
    [database],
  ).catch((): LockHolder[] => []);
  const open = await queryRows<LockHolder>(
    client,
    `SELECT x.trx_mysql_thread_id AS id, p.USER AS user, TIMESTAMPDIFF(SECOND, x.trx_started, NOW()) AS seconds, NULL AS \`table\`
       FROM information_schema.INNODB_TRX x JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id
      WHERE p.DB = ? AND p.ID <> CONNECTION_ID() AND x.trx_started <= NOW() - INTERVAL ${OPEN_SECONDS} SECOND`,
    [database],
  ).catch((): LockHolder[] => []);
  const told = new Set(exact.map(({ id }) => Number(id)));
  return [...exact, ...open.filter(({ id }) => !told.has(Number(id)))].map(({ id, user, seconds, table }) => ({
    id: Number(id),
    user,
    seconds: Number(seconds),
    table,
  }));
}

async function connectionsOf(client: mysql.Connection): Promise<NeighbourFacts['connections']> {
  const [limits] = await queryRows<{ most: number; ofUser: number }>(
    client,
    // the limit for the user: its own, or else the one for everyone
    'SELECT @@GLOBAL.max_connections AS most, @@SESSION.max_user_connections AS ofUser',
  );
  const [open] = await queryRows<{ Value: string }>(client, "SHOW GLOBAL STATUS LIKE 'Threads_connected'");
  // without the privilege PROCESS, the server shows sessions of the same user
  const [own] = await queryRows<{ count: number }>(
    client,
    "SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)",
  );
  const free = Number(limits?.most ?? 0) - Number(open?.Value ?? 0);
  const ofUser = Number(limits?.ofUser ?? 0);
  return { free, freeOfUser: ofUser === 0 ? undefined : ofUser - Number(own?.count ?? 0) };
}

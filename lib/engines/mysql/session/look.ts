import type mysql from 'mysql2/promise';
import type { Access } from '../../connect/connect.ts';
import { mysqlWriteRefusal, replicaWarning } from '../../connect/write-refusals.ts';
import type { TableSize, TargetLook } from '../../target-look.ts';
import { readServerFacts } from './server-facts.ts';
import { connectMysql, queryRows } from './session.ts';

const QUERY_SECONDS = 8;

/** @throws RestoreError if the server can't be reached or refuses. */
export async function lookAtMysql(access: Access, database: string): Promise<TargetLook> {
  const { client } = await connectMysql(access);
  try {
    const [server] = await queryRows<{ version: string }>(client, 'SELECT VERSION() AS version');
    const serverVersion = server?.version ?? '';
    await lookOnly(client, /mariadb/i.test(serverVersion));
    const found = await queryRows(client, 'SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [
      database,
    ]);
    return {
      serverVersion,
      databaseExists: found.length > 0,
      sessions: await sessionsOf(client, database),
      tables: await tablesOf(client, database),
      ...(await writesTo(client)),
      mysql: await readServerFacts(client, database),
    };
  } finally {
    await client.end();
  }
}

async function writesTo(client: mysql.Connection): Promise<Pick<TargetLook, 'writeRefusal' | 'doubts'>> {
  const writeRefusal = await mysqlWriteRefusal(client);
  const replica = writeRefusal === undefined ? await replicaWarning(client) : undefined;
  return { writeRefusal, doubts: replica === undefined ? [] : [replica] };
}

/** The server refuses everything that would write, and aborts everything that takes too long. */
async function lookOnly(client: mysql.Connection, isMariadb: boolean): Promise<void> {
  await client.query('SET SESSION TRANSACTION READ ONLY');
  if (isMariadb) {
    await client.query(`SET SESSION max_statement_time = ${QUERY_SECONDS}`);
    return;
  }
  await client.query(`SET SESSION max_execution_time = ${QUERY_SECONDS * 1000}`);
  // read current figures: MySQL would otherwise return old ones, and store new ones if it has none. MySQL 5.7 doesn't
  // have this setting.
  await client.query('SET SESSION information_schema_stats_expiry = 0').catch(() => {});
}

async function tablesOf(client: mysql.Connection, database: string): Promise<TableSize[]> {
  const rows = await queryRows<{ name: string; row_count: unknown; bytes: unknown }>(
    client,
    `SELECT TABLE_NAME AS name, TABLE_ROWS AS row_count, DATA_LENGTH + INDEX_LENGTH AS bytes
       FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE NOT LIKE '%VIEW%'`,
    [database],
  );
  // null if a table cannot be opened
  return rows.map(({ name, row_count, bytes }) => ({
    schema: null,
    name,
    rows: Number(row_count ?? 0),
    bytes: Number(bytes ?? 0),
  }));
}

/** Who else uses the database. Without the privilege PROCESS, the server only shows sessions of the same user. */
async function sessionsOf(client: mysql.Connection, database: string) {
  const rows = await queryRows<{ user: string; host: string }>(
    client,
    'SELECT USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID() ORDER BY ID',
    [database],
  );
  // an address includes its port
  return rows.map(({ user, host }) => ({ user, application: '', address: host.replace(/:\d+$/, '') || null }));
}

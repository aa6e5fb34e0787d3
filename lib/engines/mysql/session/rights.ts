/** Reads what a MySQL or MariaDB user may do. */
import type mysql from 'mysql2/promise';
import type { Access } from '../../connect/connect.ts';
import type { Right } from '../../rights.ts';
import { type MysqlFacts, mysqlRights } from '../rules/restore-rights.ts';
import { connectMysql, queryRows } from './session.ts';

export async function rightsInMysql(access: Access, database: string | null): Promise<Right[]> {
  const { client } = await connectMysql(access);
  try {
    return mysqlRights(await mysqlFacts(client), database);
  } finally {
    await client.end();
  }
}

async function mysqlFacts(client: mysql.Connection): Promise<MysqlFacts> {
  const grants = await queryRows<Record<string, string>>(client, 'SHOW GRANTS');
  const [server] = await queryRows<{ version: string; log: number; trusted: number }>(
    client,
    'SELECT VERSION() AS version, @@log_bin AS log, @@log_bin_trust_function_creators AS trusted',
  );
  return {
    dbType: /mariadb/i.test(server?.version ?? '') ? 'mariadb' : 'mysql',
    grants: grants.map((row) => Object.values(row)[0] ?? ''),
    creatorsNeedSuper: server?.log === 1 && server.trusted === 0,
  };
}

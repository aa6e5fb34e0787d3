import { TLSSocket } from 'node:tls';
import type { Access } from '../../connect/connect.ts';
import type { LogIn } from '../../connect/module.ts';
import { postgresWriteRefusal } from '../../connect/write-refusals.ts';
import { connectMaintenance } from './session.ts';

/** The code of an error that PostgreSQL itself sent. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

export function isPostgresOwn(code: string): boolean {
  return SQLSTATE.test(code);
}

export async function logInToPostgres(access: Access): Promise<LogIn> {
  const client = await connectMaintenance(access);
  try {
    const { rows } = await client.query<{ version: string; databases: string[] }>(
      `SELECT current_setting('server_version') AS version, ARRAY(
         SELECT datname::text FROM pg_database
         WHERE datallowconn AND NOT datistemplate AND datname NOT IN ('postgres', 'rdsadmin', 'azure_maintenance', 'cloudsqladmin')
           AND has_database_privilege(oid, 'CONNECT')
         ORDER BY datname) AS databases`,
    );
    const { stream } = client.connection;
    const tls = stream instanceof TLSSocket ? `${stream.getProtocol()} ${stream.getCipher().name}` : null;
    const refusal = await postgresWriteRefusal(client);
    const writes = refusal === undefined ? undefined : `No restore can write there: ${refusal.why}. ${refusal.hint}`;
    return { version: rows[0]?.version ?? '', databases: rows[0]?.databases ?? [], tls, writes };
  } finally {
    await client.end();
  }
}

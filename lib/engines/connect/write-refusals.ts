/** Why a server accepts no writes, or only some. Only reads. */
import type mysql from 'mysql2/promise';
import type pg from 'pg';
import { queryRows } from '../mysql/session/session.ts';

/** Why nothing can be written, and what to do instead. */
export interface WriteRefusal {
  why: string;
  hint: string;
}

const TO_THE_PRIMARY = 'Restore into the primary instead.';

/** @param client a session in the database to write to, or in any other database of its server */
export async function postgresWriteRefusal(client: pg.ClientBase): Promise<WriteRefusal | undefined> {
  const { rows } = await client.query<{ standby: boolean; read_only: string; database: string }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only') AS read_only,
            pg_catalog.current_database()::text AS database`,
  );
  const { standby, read_only, database } = rows[0] ?? { standby: false, read_only: 'off', database: '' };
  if (standby) return { why: 'the server is a standby, which accepts no writes', hint: TO_THE_PRIMARY };
  if (read_only !== 'on') return undefined;
  return {
    why: `sessions in database ${database} are read only (default_transaction_read_only)`,
    hint: `To end that, run ALTER DATABASE or ALTER ROLE … RESET default_transaction_read_only.`,
  };
}

/** Privileges that allow writing to a read-only server. */
const PASSES_READ_ONLY = /\b(SUPER|CONNECTION_ADMIN|READ_ONLY ADMIN|READ ONLY ADMIN|ALL PRIVILEGES)\b.* ON \*\.\*/;

export async function mysqlWriteRefusal(client: mysql.Connection): Promise<WriteRefusal | undefined> {
  const rows = await queryRows<{ Variable_name: string; Value: string }>(
    client,
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only')",
  );
  const isOn = (name: string) => {
    const value = rows.find(({ Variable_name }) => Variable_name.toLowerCase() === name)?.Value ?? 'OFF';
    return !/^(OFF|0)$/i.test(value);
  };
  if (isOn('innodb_read_only')) return refusal('innodb_read_only');
  if (isOn('super_read_only')) return refusal('super_read_only');
  if (!isOn('read_only')) return undefined;
  const grants = await queryRows<Record<string, string>>(client, 'SHOW GRANTS');
  const passes = grants.some((row) => PASSES_READ_ONLY.test(Object.values(row)[0] ?? ''));
  return passes ? undefined : refusal('read_only');
}

/** Why to use another server: a replica accepts this user's writes, and then differs from its source. */
export async function replicaWarning(client: mysql.Connection): Promise<string | undefined> {
  const source = await sourceOf(client);
  if (source === undefined) return undefined;
  return (
    `the server is a replica of ${source}, and this user may write to it: data restored here will be on no other server, and ` +
    'its replication may stop. Restore into the primary instead, unless this is intended.'
  );
}

/** Host and port of the source; undefined if the server isn't a replica, or if the user may not ask. */
async function sourceOf(client: mysql.Connection): Promise<string | undefined> {
  for (const sql of ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS']) {
    const rows = await queryRows<Record<string, unknown>>(client, sql).catch(() => []);
    const [row] = rows;
    if (row === undefined) continue;
    const host = row.Source_Host ?? row.Master_Host;
    const port = row.Source_Port ?? row.Master_Port;
    if (host) return `${host}:${port}`;
  }
  return undefined;
}

function refusal(variable: string): WriteRefusal {
  return {
    why: `the server is read only (${variable} is on)`,
    hint: `${TO_THE_PRIMARY} If the server is not a replica: SET GLOBAL ${variable} = OFF.`,
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { connectionHint } from '../domain/connection-failure.ts';
import { RestoreError } from '../domain/errors.ts';
import type { ConnectionTest } from '../domain/requests/connections.ts';
import { combineRights, missingRights, type Right } from '../domain/rights.ts';
import { type Greeting, mysqlFamilyType, titleOf } from '../domain/server-greeting.ts';
import { type Access, brokenOff } from './connect.ts';
import { connectMysql, queryRows } from './mysql.ts';
import { connectMaintenance } from './postgres.ts';
import { probeServer } from './probe-server.ts';
import { rightsOf } from './rights.ts';
import { MAX_LOOK_BYTES } from './session-socket.ts';
import { mysqlWriteRefusal, postgresWriteRefusal, replicaWarning } from './write-refusals.ts';

/** A call answers within 20 s; some of it goes to what comes before. */
const TEST_TIMEOUT_MS = 15_000;
/** A login that takes longer may be one at a server of another kind: each waits for the other to speak. */
const PROBE_AFTER_MS = 3000;
const MAX_DATABASES = 5;
/** The code of an error that PostgreSQL itself has told. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** What a login shows of a server. */
interface Look {
  version: string;
  /** Protocol and cipher, or null without encryption. */
  tls: string | null;
  /** Existing databases that the user may see, without the server's own. */
  databases: string[];
  /** Why the server takes no writes, or what to look at before writing, with what to do. */
  writes?: string | undefined;
}

/**
 * Logs in to a server and says what it is, and what rights are missing for a restore. Reads only. Whatever the server
 * does is reported in the answer, and nothing is read from it any more once there is one.
 * @param databases that are likely to be restored, the likeliest first; with none, the existing ones.
 */
export async function testConnection(
  asked: Access,
  databases: readonly string[],
  timeoutMs = TEST_TIMEOUT_MS,
): Promise<ConnectionTest> {
  const over = new AbortController();
  const { signal } = over;
  const { host, port } = asked.connection;
  const access: Access = { ...asked, limits: { signal, maxBytes: MAX_LOOK_BYTES } };
  try {
    return await Promise.race([
      logIn(access, databases, signal),
      // if the login hangs, it may be because the server is of another kind
      sleep(PROBE_AFTER_MS, undefined, { signal }).then(async () => (await mismatch(access, signal)) ?? never()),
      sleep(timeoutMs, undefined, { signal }).then(() =>
        failed(`${host}:${port} did not answer within ${timeoutMs / 1000} s`, hintFor(access, { code: 'ETIMEDOUT' })),
      ),
    ]);
  } finally {
    over.abort();
  }
}

async function logIn(access: Access, wanted: readonly string[], signal: AbortSignal): Promise<ConnectionTest> {
  const { connection } = access;
  try {
    const look = await (connection.db_type === 'postgresql' ? lookAtPostgres(access) : lookAtMysql(access));
    if (connection.db_type !== 'postgresql' && mysqlFamilyType(look.version) !== connection.db_type) {
      const other = otherKind(access, { dbType: mysqlFamilyType(look.version), version: look.version });
      return { ...other, server_version: look.version, tls: look.tls };
    }
    const databases = (wanted.length > 0 ? wanted : look.databases).slice(0, MAX_DATABASES);
    const rights: Right[][] = [];
    for (const database of databases.length > 0 ? databases : [null]) rights.push(await rightsOf(access, database));
    const all = combineRights(rights);
    const missing = missingRights(all).map(({ right }) => right);
    const hints = [
      ...(look.writes === undefined ? [] : [look.writes]),
      ...(missing.length === 0 ? [] : [`Grant what is missing before a restore needs it: ${missing.join(', ')}.`]),
    ];
    return {
      ok: true,
      server_version: look.version,
      tls: look.tls,
      rights: all,
      error: null,
      hint: hints.length === 0 ? null : hints.join(' '),
    };
  } catch (thrown) {
    const error = thrown instanceof RestoreError ? thrown : brokenOff(access, thrown);
    const fault = error.cause as Fault;
    const isPostgres = connection.db_type === 'postgresql' && SQLSTATE.test(String(fault?.code));
    const other = isPostgres ? undefined : await mismatch(access, signal);
    return other ?? failed(error.message, hintFor(access, fault));
  }
}

async function lookAtPostgres(access: Access): Promise<Look> {
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

async function lookAtMysql(access: Access): Promise<Look> {
  const { client } = await connectMysql(access);
  try {
    const [server] = await queryRows<{ version: string }>(client, 'SELECT VERSION() AS version');
    const status = await queryRows<{ Variable_name: string; Value: string }>(
      client,
      "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')",
    );
    const value = (name: string) => status.find((row) => row.Variable_name === name)?.Value ?? '';
    const databases = await queryRows<{ name: string }>(
      client,
      `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA
       WHERE SCHEMA_NAME NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY SCHEMA_NAME`,
    );
    const refusal = await mysqlWriteRefusal(client);
    return {
      version: server?.version ?? '',
      writes:
        refusal === undefined
          ? await replicaWarning(client)
          : `No restore can write there: ${refusal.why}. ${refusal.hint}`,
      databases: databases.map(({ name }) => name),
      tls: value('Ssl_cipher') === '' ? null : `${value('Ssl_version')} ${value('Ssl_cipher')}`,
    };
  } finally {
    await client.end();
  }
}

/** The answer if the server turns out to be of a different kind from what the connection says. */
async function mismatch(access: Access, signal: AbortSignal): Promise<ConnectionTest | undefined> {
  const { host, port, db_type } = access.connection;
  const greeting = await probeServer(host, port, signal);
  if (greeting === undefined || greeting.dbType === db_type) return undefined;
  // a proxy in front of MariaDB may greet as MySQL: only a login would tell
  if (db_type === 'mariadb' && greeting.dbType === 'mysql') return undefined;
  return otherKind(access, greeting);
}

function otherKind({ connection }: Access, { dbType, version }: Greeting): ConnectionTest {
  const { host, port, db_type } = connection;
  const found = `${titleOf(dbType)}${version === undefined ? '' : ` ${version}`}`;
  return failed(
    `the server at ${host}:${port} is ${found}, not ${titleOf(db_type)}`,
    `Check host and port, or add a connection of db_type ${dbType}.`,
  );
}

function failed(error: string, hint: string): ConnectionTest {
  return { ok: false, server_version: null, tls: null, rights: [], error, hint };
}

type Fault = { code?: unknown; message?: string; errors?: unknown[] } | undefined;

function hintFor({ connection }: Access, fault: Fault): string {
  // several attempts on one name (IPv6 and IPv4) are one error with others in it
  const first = (fault?.errors?.[0] as Fault) ?? fault;
  return connectionHint({ code: String(first?.code ?? ''), message: first?.message ?? '' }, connection);
}

function never(): Promise<never> {
  return new Promise(() => {});
}

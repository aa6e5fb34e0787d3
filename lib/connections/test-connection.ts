import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import { ENGINES, titleOf } from '../databases/engines.ts';
import { type Access, brokenOff } from '../engines/connect/connect.ts';
import { DATABASE_ENGINES } from '../engines/connect/modules.ts';
import { probeServer } from '../engines/connect/probe-server.ts';
import { MAX_LOOK_BYTES } from '../engines/connect/session-socket.ts';
import { connectionHint } from '../engines/connection-failure.ts';
import { combineRights, missingRights, type Right } from '../engines/rights.ts';
import type { Greeting } from '../engines/server-greeting.ts';
import { RestoreError } from '../errors/errors.ts';
import type { ConnectionTest } from './schemas.ts';

/** A call answers within 20 s, and some of that is needed for what comes before. */
const TEST_TIMEOUT_MS = 15_000;
/**
 * A login that takes longer may have reached another kind of server, so that both sides wait for the other's first
 * message.
 */
const PROBE_AFTER_MS = 3000;
const MAX_DATABASES = 5;

/**
 * Logs in to a server, and says what it is and which rights a restore would lack. It only reads. Whatever the server
 * does is part of the result; after an error, nothing more is read from the server.
 * @param databases the ones that are likely to be restored, most likely first; if empty, the existing ones.
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
    const answer = Promise.race([
      logIn(access, databases, signal),
      // a login may hang because it is another kind of server
      sleep(PROBE_AFTER_MS, undefined, { signal }).then(async () => (await mismatch(access, signal)) ?? never()),
    ]);
    return await pTimeout(answer, {
      milliseconds: timeoutMs,
      fallback: () =>
        failed(`${host}:${port} did not answer within ${timeoutMs / 1000} s`, hintFor(access, { code: 'ETIMEDOUT' })),
    });
  } finally {
    over.abort();
  }
}

async function logIn(access: Access, wanted: readonly string[], signal: AbortSignal): Promise<ConnectionTest> {
  const { db_type } = access.connection;
  const engine = DATABASE_ENGINES[db_type];
  try {
    const look = await engine.logIn(access);
    const found = ENGINES[db_type].typeOfVersion(look.version);
    if (found !== db_type) {
      const other = otherKind(access, { dbType: found, version: look.version });
      return { ...other, server_version: look.version, tls: look.tls };
    }
    const databases = (wanted.length > 0 ? wanted : look.databases).slice(0, MAX_DATABASES);
    const rights: Right[][] = [];
    for (const database of databases.length > 0 ? databases : [null])
      rights.push(await engine.rights(access, database));
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
    const other = engine.isOwnCode(String(fault?.code)) ? undefined : await mismatch(access, signal);
    return other ?? failed(error.message, hintFor(access, fault));
  }
}

/** The result if the server is of another kind than the connection says. */
async function mismatch(access: Access, signal: AbortSignal): Promise<ConnectionTest | undefined> {
  const { host, port, db_type } = access.connection;
  const greeting = await probeServer(host, port, signal);
  if (greeting === undefined || greeting.dbType === db_type) return undefined;
  // only a login would show that
  if (ENGINES[db_type].mayGreetAs.includes(greeting.dbType)) return undefined;
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
  // several attempts for one name (IPv6 and IPv4) give one error that contains the others
  const first = (fault?.errors?.[0] as Fault) ?? fault;
  return connectionHint({ code: String(first?.code ?? ''), message: first?.message ?? '' }, connection);
}

function never(): Promise<never> {
  return new Promise(() => {});
}

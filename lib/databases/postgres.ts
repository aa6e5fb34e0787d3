import pg from 'pg';
import type { Access } from './connect.ts';
import { CONNECT_TIMEOUT_MS, cannotConnect, cannotCreate, firstAccepted } from './connect.ts';
import { endingWith, sessionSocket } from './session-socket.ts';
import { surviveMalformedMessages } from './survive-malformed.ts';
import { tlsAttempts } from './tls.ts';
import { trustedCertificates } from './trusted-certificates.ts';

/** SQLSTATE of a database that does not exist. */
const NO_SUCH_DATABASE = '3D000';
/** SQLSTATEs of an encoding that does not go with the server's locale, and of one that only clients have. */
const ENCODING_REFUSED = ['22023', '42704'];
/** Databases that a server nearly always has, to connect to when the wanted one is not there yet. */
const MAINTENANCE_DATABASES = ['postgres', 'template1'];

/** @throws RestoreError when the server cannot be reached or refuses. */
export async function connectPostgres(access: Access, database: string): Promise<pg.Client> {
  const { connection, password, limits = {} } = access;
  const attempts = tlsAttempts(connection.ssl_mode, trustedCertificates(connection));
  try {
    return await firstAccepted(
      attempts,
      async (ssl) => {
        const socket = sessionSocket(limits);
        const client = new pg.Client({
          stream: () => socket,
          host: connection.host,
          port: connection.port,
          user: connection.username,
          password,
          database,
          ssl,
          application_name: 'jagad-restore',
          connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
          keepAlive: true,
        });
        surviveMalformedMessages(client);
        // an error between queries (the server shuts down) shows at the next query
        client.on('error', () => {});
        await endingWith(socket, client.connect());
        return client;
      },
      isAboutTls,
    );
  } catch (error) {
    if (isNoSuchDatabase(error)) throw error;
    throw cannotConnect(access, error);
  }
}

/** SQLSTATE of what pg_hba.conf refuses: by the way of the connection, or whatever it is. */
const INVALID_AUTHORIZATION = '28000';

/** Whether the other way, with TLS or without it, may be let in. */
function isAboutTls(error: unknown): boolean {
  const refused = error instanceof pg.DatabaseError && error.code === INVALID_AUTHORIZATION;
  return refused || /does not support SSL/i.test((error as Error).message);
}

/** Connects to the database, creating it first where the server does not have it. */
export async function connectCreating(
  access: Access,
  database: string,
  encoding: string,
): Promise<{ client: pg.Client; created: boolean }> {
  try {
    return { client: await connectPostgres(access, database), created: false };
  } catch (error) {
    if (!isNoSuchDatabase(error)) throw error;
  }
  const maintenance = await connectMaintenance(access);
  try {
    await createDatabase(maintenance, database, encoding);
  } catch (error) {
    throw cannotCreate(database, error);
  } finally {
    await maintenance.end();
  }
  return { client: await connectPostgres(access, database), created: true };
}

/** With the server's own encoding where it cannot have this one: the dump says in which it is, and the server converts. */
async function createDatabase(client: pg.Client, database: string, encoding: string): Promise<void> {
  // template0, as pg_dump's own documentation asks for: what a template1 was given would clash with the dump
  const create = `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0`;
  const withEncoding = encoding === '' ? '' : ` ENCODING ${pg.escapeLiteral(encoding)}`;
  try {
    await client.query(create + withEncoding);
  } catch (error) {
    if (withEncoding === '' || !isEncodingRefused(error)) throw error;
    await client.query(create);
  }
}

/** A session in the database, or elsewhere on the server where it is not there. */
export async function connectEither(access: Access, database: string): Promise<{ client: pg.Client; exists: boolean }> {
  try {
    return { client: await connectPostgres(access, database), exists: true };
  } catch (error) {
    if (!isNoSuchDatabase(error)) throw error;
  }
  return { client: await connectMaintenance(access), exists: false };
}

/** A session in some database that is there: for what concerns the server as a whole. */
export async function connectMaintenance(access: Access): Promise<pg.Client> {
  let failure: unknown;
  for (const name of MAINTENANCE_DATABASES) {
    try {
      return await connectPostgres(access, name);
    } catch (error) {
      if (!isNoSuchDatabase(error)) throw error;
      failure = error;
    }
  }
  throw cannotConnect(access, failure);
}

export function isNoSuchDatabase(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === NO_SUCH_DATABASE;
}

function isEncodingRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ENCODING_REFUSED.includes(error.code ?? '');
}

/** SQLSTATEs of what comes with the end of a session. The word for how bad an error is, is in the server's language. */
const ENDS_SESSION = /^(57P|08|53300)/;

export function endsSession({ code = '' }: pg.DatabaseError): boolean {
  return ENDS_SESSION.test(code);
}

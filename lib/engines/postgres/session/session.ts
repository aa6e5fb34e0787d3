import pg from 'pg';
import { type DatabaseLocale, localeOptions } from '../../../formats/pg-dump/archive/database-locale.ts';
import type { Access } from '../../connect/connect.ts';
import { CONNECT_TIMEOUT_MS, cannotConnect, cannotCreate, firstAccepted } from '../../connect/connect.ts';
import { endingWith, KEEPALIVE_MS, sessionSocket } from '../../connect/session-socket.ts';
import { tlsAttempts } from '../../connect/tls.ts';
import { trustedCertificates } from '../../connect/trusted-certificates.ts';
import { settingOptions } from '../rules/setting-options.ts';
import { surviveMalformedMessages } from './survive-malformed.ts';
import { postgresMajor } from './target.ts';

/** SQLSTATE of a database that does not exist. */
const NO_SUCH_DATABASE = '3D000';
/**
 * SQLSTATEs for an encoding that doesn't fit a locale or is only for clients, for an unknown locale, and for a missing
 * provider.
 */
const OPTION_REFUSED = ['22023', '42704', '42809', '0A000'];
/** Databases that nearly every server has, for connecting if the wanted one doesn't exist yet. */
const MAINTENANCE_DATABASES = ['postgres', 'template1'];

/** @throws RestoreError if the server can't be reached or refuses. */
export async function connectPostgres(access: Access, database: string): Promise<pg.Client> {
  const { connection, password, limits = {}, settings = {} } = access;
  const options = settingOptions(settings);
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
          // some connection poolers don't support options
          ...(options === '' ? {} : { options }),
          connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
          keepAlive: true,
          keepAliveInitialDelayMillis: KEEPALIVE_MS,
        });
        surviveMalformedMessages(client);
        // an error between queries (the server shuts down) is reported by the next query
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

/** SQLSTATE if pg_hba.conf refuses a connection, either because of TLS or in any case. */
const INVALID_AUTHORIZATION = '28000';

/** Whether the server may accept the other kind of connection, with TLS or without it. */
function isAboutTls(error: unknown): boolean {
  const refused = error instanceof pg.DatabaseError && error.code === INVALID_AUTHORIZATION;
  return refused || /does not support SSL/i.test((error as Error).message);
}

/** The properties of a database that is created for a dump. */
export interface NewDatabase {
  /** PostgreSQL's name for the encoding; empty for the server's own. */
  encoding: string;
  /** Undefined for the server's own. */
  locale: DatabaseLocale | undefined;
}

/**
 * Connects to the database. Creates it first if it doesn't exist.
 * @returns `otherLocale`: why the database doesn't have the wanted locale, if it doesn't
 */
export async function connectCreating(
  access: Access,
  database: string,
  wanted: NewDatabase,
): Promise<{ client: pg.Client; created: boolean; otherLocale?: string | undefined }> {
  try {
    return { client: await connectPostgres(access, database), created: false };
  } catch (error) {
    if (!isNoSuchDatabase(error)) throw error;
  }
  const maintenance = await connectMaintenance(access);
  let otherLocale: string | undefined;
  try {
    otherLocale = await createDatabase(maintenance, database, wanted);
  } catch (error) {
    throw cannotCreate(database, error);
  } finally {
    await maintenance.end();
  }
  return { client: await connectPostgres(access, database), created: true, otherLocale };
}

/**
 * Uses the server's own locale and encoding if the server doesn't have the wanted ones. That works because the dump
 * names its encoding, and the server converts.
 * @returns why the locale differs from the wanted one
 */
async function createDatabase(
  client: pg.Client,
  database: string,
  { encoding, locale }: NewDatabase,
): Promise<string | undefined> {
  // template0, as pg_dump's documentation recommends, because additions to template1 would clash with the dump
  const create = `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0`;
  const withEncoding = encoding === '' ? '' : ` ENCODING ${pg.escapeLiteral(encoding)}`;
  const attempt = async (options: string) => {
    try {
      await client.query(create + options);
      return undefined;
    } catch (error) {
      if (!isOptionRefused(error)) throw error;
      return error.message;
    }
  };
  let otherLocale: string | undefined;
  if (locale !== undefined) {
    const options = localeOptions(locale, await postgresMajor(client), pg.escapeLiteral);
    otherLocale = options === undefined ? 'the server is too old for it' : await attempt(`${withEncoding} ${options}`);
    if (otherLocale === undefined) return undefined;
  }
  if (withEncoding === '' || (await attempt(withEncoding)) !== undefined) await client.query(create);
  return otherLocale;
}

/** A session in the database, or elsewhere on the server if the database doesn't exist. */
export async function connectEither(access: Access, database: string): Promise<{ client: pg.Client; exists: boolean }> {
  try {
    return { client: await connectPostgres(access, database), exists: true };
  } catch (error) {
    if (!isNoSuchDatabase(error)) throw error;
  }
  return { client: await connectMaintenance(access), exists: false };
}

/** A session in some existing database, for queries about the whole server. */
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

function isOptionRefused(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && OPTION_REFUSED.includes(error.code ?? '');
}

/**
 * SQLSTATEs that mean the end of a session. They are needed because the word for an error's severity is in the server's
 * language.
 */
const ENDS_SESSION = /^(57P|08|53300)/;

export function endsSession({ code = '' }: pg.DatabaseError): boolean {
  return ENDS_SESSION.test(code);
}

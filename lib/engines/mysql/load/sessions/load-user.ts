/**
 * The temporary user of one restore, who loads tables and rows. How it is created and dropped:
 * - It is created right before the load, with rights only on the target database, and a password that is only in memory
 *   and in a private file of the task. From then on it has an open session, which shows others that it is in use.
 * - It is dropped when the load has ended, successfully or not.
 * - If a killed task left one behind, it is dropped when the next restore into that server begins: for the same
 *   database, after its sessions have been ended (mysql-left-sessions.ts); for another database, only if it has no
 *   session.
 *
 * Its creation and removal go into the server's binary log, like the rows: a replica that takes over doesn't know a
 * user that the primary has dropped.
 */
import { createHash, randomBytes } from 'node:crypto';
import type mysql from 'mysql2/promise';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Target } from '../../../load/engine.ts';
import { Grants } from '../../rules/grants.ts';
import {
  type Account,
  createUserSql,
  dropUserSql,
  grantSql,
  isMadeFor,
  LOAD_USER_PREFIX,
  loadUserName,
  quoteAccount,
  readAccount,
  restoreTag,
  restoreTagOf,
} from '../../rules/load-user.ts';
import { connectMysql, queryRows } from '../../session/session.ts';

/** Why the connection's own user has to load the dump. */
class NoLoadUser extends Error {}

export class MysqlLoadUser {
  /** How to open its sessions. */
  readonly target: Target;
  readonly #of: Target;
  readonly #account: Account;
  readonly #session: mysql.Connection;

  private constructor(target: Target, of: Target, account: Account, session: mysql.Connection) {
    this.target = target;
    this.#of = of;
    this.#account = account;
    this.#session = session;
  }

  /**
   * Drops the users that earlier restores left behind, and creates one for this restore.
   * @param client a session of the connection's user
   * @param encrypted whether that session is encrypted
   * @returns why the server or the user's grants don't allow it, in words.
   */
  static async make(client: mysql.Connection, target: Target, encrypted: boolean): Promise<MysqlLoadUser | string> {
    try {
      const { account: own, grants, readOnly } = await ownFacts(client);
      if (!grants.hasGlobal('CREATE USER')) return 'it may not create users';
      // the connection's own user may still have the right to write there
      if (readOnly) return 'the server is read-only';
      await dropLeftovers(client, target, grants.hasGlobal('PROCESS'));
      const name = loadUserName(databaseTag(target.database), target.restoreId);
      const account = { user: name, host: own.host };
      // upper and lower case letters, digits and a punctuation mark, because password validation plugins may require
      // them
      const password = `${randomBytes(24).toString('hex')}-aA1`;
      await run(client, createUserSql(account, password, encrypted), 'no user could be created for this restore');
      const access = { ...target, connection: { ...target.connection, username: name }, password };
      const session = await MysqlLoadUser.#open(client, access, account).catch(async (error: unknown) => {
        await client.query(dropUserSql(account));
        throw error;
      });
      return new MysqlLoadUser(access, target, account, session);
    } catch (error) {
      if (error instanceof NoLoadUser) return error.message;
      throw error;
    }
  }

  static async #open(client: mysql.Connection, access: Target, account: Account): Promise<mysql.Connection> {
    const { database } = access;
    const [revokes] = await queryRows<{ Value: string }>(client, "SHOW GLOBAL VARIABLES LIKE 'partial_revokes'");
    const grant = grantSql(account, database, revokes?.Value === 'ON');
    await run(client, grant, `it may not grant its rights on ${quoteName(database)}`);
    try {
      const { client: session } = await connectMysql(access);
      // it stays open for as long as the load takes
      await session.query('SET wait_timeout = 2147483');
      await session.query(`USE ${quoteName(database)}`);
      return session;
    } catch (error) {
      throw new NoLoadUser(`a user made for this restore cannot log in: ${(error as Error).message}`);
    }
  }

  /**
   * Ends the user's sessions, which needs no further rights, and drops the user.
   * @throws the server's error
   */
  async end(): Promise<void> {
    this.#session.destroy();
    const { client } = await connectMysql(this.#of);
    try {
      await client.query(dropUserSql(this.#account));
    } finally {
      await client.end();
    }
  }

  /** `'jagad_restore_…'@'%'`, for messages. */
  get name(): string {
    return quoteAccount(this.#account);
  }
}

/** 8 characters that identify the database in the user's name. */
export function databaseTag(database: string): string {
  return createHash('sha256').update(database).digest('hex').slice(0, 8);
}

async function ownFacts(client: mysql.Connection): Promise<{ account: Account; grants: Grants; readOnly: boolean }> {
  const [facts] = await queryRows<{ account: string; readOnly: number | string }>(
    client,
    'SELECT CURRENT_USER() AS account, @@GLOBAL.read_only AS readOnly',
  );
  const grants = await queryRows<Record<string, string>>(client, 'SHOW GRANTS');
  return {
    account: readAccount(facts?.account ?? ''),
    grants: new Grants(
      grants.map((row) => Object.values(row)[0] ?? ''),
      null,
    ),
    // MariaDB 12 has a text for this
    readOnly: !/^(0|OFF)$/.test(String(facts?.readOnly)),
  };
}

/** Runs a statement that the connection's user may not be allowed to run. */
async function run(client: mysql.Connection, sql: string, refused: string): Promise<void> {
  await client.query(sql).catch((error: Error) => {
    throw new NoLoadUser(`${refused}: ${error.message}`);
  });
}

/** @param seesAll whether the client sees the sessions of all users */
async function dropLeftovers(
  client: mysql.Connection,
  { database, endedRestores }: Target,
  seesAll: boolean,
): Promise<void> {
  const found = await queryRows<Account>(
    client,
    `SELECT User AS user, Host AS host FROM mysql.user WHERE LEFT(User, ${LOAD_USER_PREFIX.length}) = ?`,
    [LOAD_USER_PREFIX],
  ).catch((error: Error) => {
    // otherwise, a user that a killed task left behind would stay
    throw new NoLoadUser(`it may not read mysql.user: ${error.message}`);
  });
  if (found.length === 0) return;
  const ended = await endedRestores?.();
  // a user that was just created has no session yet, so its restore, into another database, must have ended before it
  // is dropped
  const mayBeDropped = (user: string) => ended?.some((id) => restoreTag(id) === restoreTagOf(user)) ?? true;
  const used = await queryRows<{ id: number; user: string }>(
    client,
    'SELECT ID AS id, USER AS user FROM information_schema.PROCESSLIST',
  );
  for (const account of found) {
    const sessions = used.filter(({ user }) => user === account.user);
    const isOver =
      isMadeFor(account.user, databaseTag(database)) ||
      (seesAll && sessions.length === 0 && mayBeDropped(account.user));
    if (!isOver) continue;
    // what a killed client was still running; if there is no right to end it, the server ends it when it is done
    for (const { id } of sessions) await client.query(`KILL CONNECTION ${id}`).catch(() => {});
    await run(client, dropUserSql(account), 'it may not drop a user that an earlier restore left behind');
  }
}

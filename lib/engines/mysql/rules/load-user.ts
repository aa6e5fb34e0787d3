/**
 * The temporary user of one restore, who loads tables and rows, and only has rights on the target database: its name,
 * and the statements that create it. Pure.
 */

import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import { MYSQL_FAMILY, type MysqlType } from './mysql-family.ts';

/** The prefix of every such name, whichever restore created the user. */
export const LOAD_USER_PREFIX = 'jagad_restore_';

/**
 * What a load's sessions do: they create tables and sequences, and load their rows, keys and locks. DELETE is for
 * REPLACE. The connection's own user creates views, routines, triggers and events, because a missing definer causes
 * ERROR 1449.
 */
const PRIVILEGES = 'SELECT, INSERT, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES';

/** `root@%`, as returned by CURRENT_USER(). */
export interface Account {
  user: string;
  host: string;
}

export function readAccount(currentUser: string): Account {
  const at = currentUser.lastIndexOf('@');
  return { user: currentUser.slice(0, at), host: currentUser.slice(at + 1) };
}

/**
 * 31 characters, because MySQL allows 32. The name identifies the database that the user was created for, so that the
 * next restore into it knows that the user is no longer needed. It also identifies the restore, whose sessions may be
 * ended once it has ended.
 * @param tag 8 characters that identify the database
 */
export function loadUserName(tag: string, restoreId: string): string {
  return `${LOAD_USER_PREFIX}${tag}_${restoreTag(restoreId)}`;
}

/** 8 characters that identify a restore. */
export function restoreTag(restoreId: string): string {
  return restoreId.replaceAll(/[^0-9a-zA-Z]/g, '').slice(0, 8);
}

/** The part of a user's name that identifies the restore. */
export function restoreTagOf(user: string): string {
  return user.slice(user.lastIndexOf('_') + 1);
}

export function isMadeFor(user: string, tag: string): boolean {
  return user.startsWith(`${LOAD_USER_PREFIX}${tag}_`);
}

/** `'user'@'host'` */
export function quoteAccount({ user, host }: Account): string {
  return `${quoteText(user)}@${quoteText(host)}`;
}

/** @param tls whether it may only log in over TLS */
export function createUserSql(account: Account, password: string, tls: boolean): string {
  return `CREATE USER ${quoteAccount(account)} IDENTIFIED BY ${quoteText(password)} REQUIRE ${tls ? 'SSL' : 'NONE'}`;
}

/**
 * @param literalNames whether the server takes the name in a GRANT literally, as MySQL does with partial_revokes.
 * Otherwise, `_` and `%` are wildcards there, and are escaped.
 */
export function grantSql(account: Account, database: string, literalNames: boolean): string {
  const name = literalNames ? database : database.replace(/[\\_%]/g, '\\$&');
  return `GRANT ${PRIVILEGES} ON ${quoteName(name)}.* TO ${quoteAccount(account)}`;
}

export function dropUserSql(account: Account): string {
  return `DROP USER IF EXISTS ${quoteAccount(account)}`;
}

/** MySQL reserves these variables for its administrators ("Restricted Session Variables"). */
const RESTRICTED = ['sql_require_primary_key', 'innodb_strict_mode'];

/**
 * Why a load needs more rights than this user has, in words: a variable that is set for its sessions.
 * @param statements the dump's first ones, and those of the load
 */
export function variableOfOthers(statements: string, dbType: MysqlType): string | undefined {
  if (!MYSQL_FAMILY[dbType].restrictsVariables) return undefined;
  const sets = (name: string) => new RegExp(`^(?:/\\*!\\d* *)?SET\\b[^;]*\\b${name}\\s*:?=`, 'im').test(statements);
  const set = RESTRICTED.find(sets);
  return set === undefined ? undefined : `its sessions set ${set}, and a user made for this restore may not`;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The user that is made for one restore, and loads tables and rows with rights on the target database only: its name,
 * and the statements that make it. Pure.
 */

import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import { MYSQL_FAMILY, type MysqlType } from './mysql-family.ts';

/** Every name begins with it, whichever restore made it. */
export const LOAD_USER_PREFIX = 'jagad_restore_';

/**
 * What the sessions of a load do: tables and sequences, their rows, keys and locks. DELETE is for REPLACE. Views,
 * routines, triggers and events are made by the connection's own user, since a definer that is gone is ERROR 1449.
 */
const PRIVILEGES = 'SELECT, INSERT, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES';

/** `root@%`, as CURRENT_USER() answers. */
export interface Account {
  user: string;
  host: string;
}

export function readAccount(currentUser: string): Account {
  const at = currentUser.lastIndexOf('@');
  return { user: currentUser.slice(0, at), host: currentUser.slice(at + 1) };
}

/**
 * 31 characters, of which MySQL allows 32. It says which database it was made for, so that the next restore into that one
 * knows that it isn't needed any more; and for which restore, whose sessions may be ended once that one has.
 * @param tag 8 characters that stand for the database
 */
export function loadUserName(tag: string, restoreId: string): string {
  return `${LOAD_USER_PREFIX}${tag}_${restoreTag(restoreId)}`;
}

/** 8 characters that stand for a restore. */
export function restoreTag(restoreId: string): string {
  return restoreId.replaceAll(/[^0-9a-zA-Z]/g, '').slice(0, 8);
}

/** What stands for the restore in a user's name. */
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
 * @param literalNames whether the server takes the name in a GRANT as it stands, as MySQL does with partial_revokes. Else
 * `_` and `%` stand for any characters there, and are escaped.
 */
export function grantSql(account: Account, database: string, literalNames: boolean): string {
  const name = literalNames ? database : database.replace(/[\\_%]/g, '\\$&');
  return `GRANT ${PRIVILEGES} ON ${quoteName(name)}.* TO ${quoteAccount(account)}`;
}

export function dropUserSql(account: Account): string {
  return `DROP USER IF EXISTS ${quoteAccount(account)}`;
}

/**
 * Why a load needs more rights than this user has, in words: of what dumps set for a session, MySQL lets only its
 * administrators set one variable ("Restricted Session Variables").
 * @param ahead the dump's first statements
 */
export function variableOfOthers(ahead: string, dbType: MysqlType): string | undefined {
  const sets = /^(?:\/\*!\d* *)?SET\b[^;]*\bSQL_REQUIRE_PRIMARY_KEY\s*:?=/im;
  if (!MYSQL_FAMILY[dbType].restrictsRequirePrimaryKey || !sets.test(ahead)) return undefined;
  return 'the dump sets sql_require_primary_key, and a user made for this restore may not';
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Compares the rights that a dump needs according to its contents with those of the target's user. If a case is
 * uncertain, such as rights from a role or on single tables, the server decides.
 */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { Grants, tellAll } from '../grants.ts';
import { quoteAccount, readAccount } from '../load-user.ts';
import { MYSQL_FAMILY, type MysqlType } from '../mysql-family.ts';
import { NEEDED_FOR, type NeededPrivilege } from '../restore-rights.ts';
import { isOn, listed, type MysqlServerFacts } from './facts.ts';

export function rights(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [...lackedRights(missingPrivileges(contents, server), server), ...creators(contents, server)];
}

/**
 * The rights that the dump needs on the target database and the user's grants lack; empty if the grants don't show all
 * of the user's rights.
 */
export function missingPrivileges(
  contents: MysqlContents,
  { dbType, grants, database }: MysqlServerFacts,
): NeededPrivilege[] {
  if (!tellAll(grants, database)) return [];
  const held = new Grants(grants, database);
  return neededPrivileges(contents, dbType).filter((privilege) => !held.has(privilege));
}

/** The privileges that the server requires for the dump's statements, whatever exists already. */
function neededPrivileges(contents: MysqlContents, dbType: MysqlType): NeededPrivilege[] {
  const { tables, views, triggers, routines, events, sequences, drops = true } = contents;
  const hasForeignKeys = tables.some(({ foreign_keys }) => foreign_keys.length > 0);
  // keys are added after the rows, by ALTER TABLE
  const hasKeys = hasForeignKeys || tables.some(({ keys }) => keys.length > 0);
  const needed: [NeededPrivilege, boolean][] = [
    ['CREATE', tables.length + sequences.length > 0],
    ['DROP', drops && tables.length + views.length + sequences.length > 0],
    ['INSERT', tables.some(({ rows }) => rows > 0)],
    ['ALTER', hasKeys],
    ['REFERENCES', hasForeignKeys && MYSQL_FAMILY[dbType].wantsReferences],
    ['CREATE VIEW', views.length > 0],
    ['TRIGGER', triggers.length > 0],
    ['CREATE ROUTINE', routines.length > 0],
    // DROP … IF EXISTS needs it even if there is no such object
    ['ALTER ROUTINE', drops && routines.length > 0],
    ['EVENT', events.length > 0],
  ];
  return needed.filter(([, isNeeded]) => isNeeded).map(([privilege]) => privilege);
}

/** @param missing if it is empty, nothing is found */
export function lackedRights(
  missing: readonly NeededPrivilege[],
  { account, database }: Pick<MysqlServerFacts, 'account' | 'database'>,
): Finding[] {
  if (missing.length === 0) return [];
  const on = `${quoteName(database)}.*`;
  const each = missing.map((privilege) => `${privilege} (for ${NEEDED_FOR[privilege]})`);
  const who = readAccount(account);
  return [
    {
      id: 'mysql-rights',
      message: `${who.user} lacks rights on ${on} that the dump needs: ${each.join(', ')}`,
      statement: `GRANT ${missing.join(', ')} ON ${on} TO ${quoteAccount(who)};`,
    },
  ];
}

/**
 * According to "Stored Program Binary Logging" in MySQL's manual: if the binary log is on, triggers and functions need
 * SUPER, which few managed servers grant.
 */
function creators({ triggers, routines }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const { grants, database, account } = server;
  if (!isOn(server, 'log_bin') || isOn(server, 'log_bin_trust_function_creators')) return [];
  // a role may include SUPER
  if (!tellAll(grants, database) || new Grants(grants, null).hasGlobal('SUPER')) return [];
  const made = [
    ...triggers.map(({ name }) => `trigger ${name}`),
    ...routines.filter(({ kind }) => kind === 'function').map(({ name }) => `function ${name}`),
  ];
  if (made.length === 0) return [];
  return [
    {
      id: 'mysql-function-creators',
      message:
        `the server keeps a binary log, and lets only users with SUPER create triggers and functions ` +
        `(log_bin_trust_function_creators), which ${readAccount(account).user} lacks; the dump has ${listed(made)}`,
      statement: 'SET GLOBAL log_bin_trust_function_creators = ON;',
    },
  ];
}

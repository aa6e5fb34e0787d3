/**
 * Compares the rights that a dump needs according to its contents with those of the target's user. If the user has a
 * role, the server decides.
 */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { Grants, type ObjectKind, tellAll } from '../grants.ts';
import { quoteAccount, readAccount } from '../load-user.ts';
import { MYSQL_FAMILY, type MysqlType } from '../mysql-family.ts';
import { NEEDED_FOR, type NeededPrivilege } from '../restore-rights.ts';
import { folds, isOn, listed, type MysqlServerFacts, named } from './facts.ts';

export function rights(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [...lackedRights(missingPrivileges(contents, server), server), ...creators(contents, server)];
}

/**
 * The rights that the dump needs on the target database and the user's grants lack; empty if the grants don't show all
 * of the user's rights.
 */
export function missingPrivileges(contents: MysqlContents, server: MysqlServerFacts): NeededPrivilege[] {
  const { dbType, grants, database } = server;
  if (!tellAll(grants)) return [];
  const held = new Grants(grants, database);
  const nameIn = (kind: ObjectKind, name: string) => (kind === 'table' && folds(server) ? name.toLowerCase() : name);
  return neededPrivileges(contents, dbType)
    .filter(({ privilege, kind, on }) => !on.every((name) => held.hasOn(privilege, kind, nameIn(kind, name))))
    .map(({ privilege }) => privilege);
}

interface Need {
  privilege: NeededPrivilege;
  /** Of the objects that it is needed for; it may be granted on each. */
  kind: ObjectKind;
  on: string[];
}

/** The privileges that the server requires for the dump's statements, whatever exists already. */
function neededPrivileges(contents: MysqlContents, dbType: MysqlType): Need[] {
  const { tables, views, triggers, routines, events, sequences, drops = true } = contents;
  const namesOf = (objects: readonly { name: string }[]) => objects.map(({ name }) => name);
  const made = namesOf([...tables, ...views, ...sequences]);
  const parents = tables.flatMap(({ foreign_keys }) =>
    foreign_keys.flatMap(({ parent }) => (parent.schema === null ? parent.name : [])),
  );
  const needed: [NeededPrivilege, string[], ObjectKind?][] = [
    ['CREATE', namesOf([...tables, ...sequences])],
    ['DROP', drops ? made : []],
    ['INSERT', namesOf(tables.filter(({ rows }) => rows > 0))],
    ['ALTER', namesOf(tables.filter(isAltered))],
    ['REFERENCES', MYSQL_FAMILY[dbType].wantsReferences ? parents : []],
    ['CREATE VIEW', namesOf(views)],
    ['TRIGGER', triggers.map(({ table }) => table)],
    ['CREATE ROUTINE', namesOf(routines), 'routine'],
    // DROP … IF EXISTS needs it even if there is no such object
    ['ALTER ROUTINE', drops ? namesOf(routines) : [], 'routine'],
    ['EVENT', namesOf(events)],
  ];
  return needed
    .filter(([, on]) => on.length > 0)
    .map(([privilege, on, kind = 'table']): Need => ({ privilege, kind, on }));
}

/** Keys are added after the rows, by ALTER TABLE; tables of other engines than InnoDB get the dump's own, DISABLE KEYS. */
function isAltered({ keys, foreign_keys, engine }: MysqlContents['tables'][number]): boolean {
  return keys.length + foreign_keys.length > 0 || !/^InnoDB$/i.test(engine ?? 'InnoDB');
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
 * SUPER, which few managed servers grant, and functions have to say that they are safe to log.
 */
function creators({ triggers, routines }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const { grants, database, account } = server;
  if (!isOn(server, 'log_bin') || isOn(server, 'log_bin_trust_function_creators')) return [];
  const functions = routines.filter(({ kind }) => kind === 'function');
  const made = [...triggers.map(({ name }) => `trigger ${name}`), ...functions.map(({ name }) => `function ${name}`)];
  const statement = 'SET GLOBAL log_bin_trust_function_creators = ON;';
  // a role may include SUPER
  if (made.length > 0 && tellAll(grants) && !new Grants(grants, database).hasGlobal('SUPER')) {
    return [
      {
        id: 'mysql-function-creators',
        message:
          `the server keeps a binary log, and lets only users with SUPER create triggers and functions ` +
          `(log_bin_trust_function_creators), which ${readAccount(account).user} lacks; the dump has ${listed(made)}`,
        statement,
      },
    ];
  }
  const unsafe = functions.filter(({ is_safe_to_log }) => is_safe_to_log === false);
  if (unsafe.length === 0) return [];
  return [
    {
      id: 'mysql-function-unsafe',
      message: `the server keeps a binary log, and refuses functions that say neither DETERMINISTIC, NO SQL nor READS SQL DATA (log_bin_trust_function_creators): ${named(unsafe)}`,
      statement,
    },
  ];
}

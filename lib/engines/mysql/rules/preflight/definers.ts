/** Who may be the definer of the objects that a dump creates. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { listed, type MysqlServerFacts } from './facts.ts';

/** Privileges that let a user set someone else as definer: MySQL's, and MariaDB's. */
const MAY_SET_DEFINER = /\b(SUPER|SET_USER_ID|SET_ANY_DEFINER|SET USER|ALL PRIVILEGES)\b.* ON \*\.\*/;

/** Those that also allow someone who doesn't exist: MySQL's SET_ANY_DEFINER alone doesn't. */
const MAY_SET_MISSING = /\b(SUPER|SET_USER_ID|ALLOW_NONEXISTENT_DEFINER|SET USER|ALL PRIVILEGES)\b.* ON \*\.\*/;

/**
 * Whether objects may keep this definer: the account has to exist, and the restoring user must be allowed to set it.
 */
export function keepsDefiner(definer: string, server: MysqlServerFacts): boolean {
  const { account, accounts, grants } = server;
  if (definer === account) return true;
  const maySet = grants.some((grant) => MAY_SET_DEFINER.test(grant)) && !isAboveUser(definer, server);
  if (accounts === undefined) return maySet && grants.some((grant) => MAY_SET_MISSING.test(grant));
  return maySet && accounts.has(definer);
}

function isAboveUser(definer: string, { account, systemUsers }: MysqlServerFacts): boolean {
  return systemUsers.has(definer) && !systemUsers.has(account);
}

export function definers(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [...ofDump(contents, server), ...ofTarget(contents, server)];
}

/** The server protects what system users define; a trigger goes with its table. */
function ofTarget({ views, routines, events }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const key = (kind: string, name: string) => `${kind} ${kind === 'view' ? name : name.toLowerCase()}`;
  const replaced = new Set([
    ...views.map(({ name }) => key('view', name)),
    ...routines.map(({ kind, name }) => key(kind, name)),
    ...events.map(({ name }) => key('event', name)),
  ]);
  const inTheWay = server.definers.filter(
    ({ kind, name, definer }) => replaced.has(key(kind, name)) && isAboveUser(definer, server),
  );
  if (inTheWay.length === 0) return [];
  const each = inTheWay.map(({ kind, name, definer }) => `${kind} ${name} (${definer})`);
  return [
    {
      id: 'mysql-system-object',
      message: `system users define what the restore would replace in database ${server.database}, and ${userOf(server)} is none: ${listed(each)}`,
      statement: inTheWay
        .map(({ kind, name }) => `DROP ${kind.toUpperCase()} ${quoteName(server.database)}.${quoteName(name)};`)
        .join(' '),
    },
  ];
}

function userOf({ account }: MysqlServerFacts): string {
  return account.slice(0, account.lastIndexOf('@'));
}

/** The load makes the restoring user the definer of these. */
function ofDump({ views, routines, triggers, events }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const all = [
    ...views.map((one) => ({ ...one, kind: 'view' })),
    ...routines,
    ...triggers.map((one) => ({ ...one, kind: 'trigger' })),
    ...events.map((one) => ({ ...one, kind: 'event' })),
  ];
  const above = all.filter(({ definer }) => definer !== null && isAboveUser(definer, server));
  if (above.length === 0) return [];
  const who = [...new Set(above.map(({ definer }) => definer ?? ''))];
  const user = userOf(server);
  return [
    {
      id: 'mysql-system-definer',
      message: `system users define ${listed(above.map(({ kind, name }) => `${kind} ${name}`))} (${listed(who)}), and ${user} is none: the restore makes ${user} their definer`,
    },
  ];
}

/** Who may be the definer of the objects that a dump creates. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { listed, type MysqlServerFacts } from './facts.ts';

/** Privileges that let a user set someone else as definer: MySQL's, and MariaDB's. */
const MAY_SET_DEFINER = /\b(SUPER|SET_USER_ID|SET_ANY_DEFINER|SET USER|ALL PRIVILEGES)\b.* ON \*\.\*/;

/**
 * Whether objects may keep this definer: the account has to exist, and the restoring user must be allowed to set it.
 */
export function keepsDefiner(definer: string, server: MysqlServerFacts): boolean {
  const { account, accounts, grants } = server;
  if (definer === account) return true;
  const maySet = grants.some((grant) => MAY_SET_DEFINER.test(grant)) && !isAboveUser(definer, server);
  return maySet && (accounts === undefined || accounts.has(definer));
}

function isAboveUser(definer: string, { account, systemUsers }: MysqlServerFacts): boolean {
  return systemUsers.has(definer) && !systemUsers.has(account);
}

/** The load makes the restoring user the definer of these. */
export function definers({ views, routines, triggers, events }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const all = [
    ...views.map((one) => ({ ...one, kind: 'view' })),
    ...routines,
    ...triggers.map((one) => ({ ...one, kind: 'trigger' })),
    ...events.map((one) => ({ ...one, kind: 'event' })),
  ];
  const above = all.filter(({ definer }) => definer !== null && isAboveUser(definer, server));
  if (above.length === 0) return [];
  const who = [...new Set(above.map(({ definer }) => definer ?? ''))];
  const user = server.account.slice(0, server.account.lastIndexOf('@'));
  return [
    {
      id: 'mysql-system-definer',
      message: `system users define ${listed(above.map(({ kind, name }) => `${kind} ${name}`))} (${listed(who)}), and ${user} is none: the restore makes ${user} their definer`,
    },
  ];
}

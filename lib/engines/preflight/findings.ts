/**
 * What a preflight can find: the contents of a dump held against its target, before the first write and in a preview by
 * the same code. Declared once; docs/preflight.md is made of this table. A finding that is added here needs a rule that
 * makes it, and a test on a real server of both outcomes.
 */

import type { DbType } from '../../databases/names.ts';
import { RestoreError } from '../../errors/errors.ts';

/**
 * An `obstacle` refuses the restore while the target is untouched; a `warning` lets it go on, and says what will differ; a
 * `setting` is changed for the sessions that load, with a NOTE in the log.
 */
export type Weight = 'obstacle' | 'warning' | 'setting';

/** What of the target it is about. */
export const SUBJECTS = ['settings', 'names', 'rights', 'text', 'room', 'neighbours'] as const;

export interface Declared {
  subject: (typeof SUBJECTS)[number];
  engines: readonly DbType[];
  weight: 'obstacle' | 'warning';
  /** Whether the load changes it for its own sessions instead, if the user may do that. */
  settable?: true;
  /** When it is found. */
  when: string;
  /** What to do about it. */
  remedy: string;
}

export const FINDINGS = {
  'mysql-require-primary-key': {
    subject: 'settings',
    engines: ['mysql'],
    weight: 'obstacle',
    settable: true,
    when: 'The server requires a primary key on every table (sql_require_primary_key), but tables in the dump have none.',
    remedy: 'Switch the setting off until the restore has ended, or give the tables a primary key and dump again.',
  },
  'mariadb-force-primary-key': {
    subject: 'settings',
    engines: ['mariadb'],
    weight: 'obstacle',
    when: 'The server requires a primary key on every InnoDB table (innodb_force_primary_key), but tables in the dump have none.',
    remedy: 'Switch the setting off until the restore has ended, or give the tables a primary key and dump again.',
  },
  'mysql-foreign-key-parent': {
    subject: 'settings',
    engines: ['mysql'],
    weight: 'obstacle',
    settable: true,
    when: 'The server requires foreign keys to refer to a whole unique key (restrict_fk_on_non_standard_key), but one in the dump refers to other columns.',
    remedy: 'Switch the setting off until the restore has ended, or give the parent a unique key and dump again.',
  },
  'mysql-strict-mode': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    settable: true,
    when: 'InnoDB would refuse a table of the dump in its strict mode (innodb_strict_mode): its rows may be too long for a page, or its ROW_FORMAT or KEY_BLOCK_SIZE does not fit.',
    remedy: 'Switch the setting off until the restore has ended.',
  },
  'mysql-engine-missing': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'The server lacks the storage engine of a table, or has it disabled: the table is restored into InnoDB.',
    remedy: 'To keep the engine, install or enable it first.',
  },
  'mysql-engine-refused': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The server lacks the storage engine of a table, and InnoDB cannot take its place.',
    remedy: 'Install or enable the storage engine, or change the table and dump again.',
  },
  'mysql-encryption': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'Tables of the dump are encrypted, and the server has no keyring (MySQL) or key management plugin (MariaDB).',
    remedy: 'Set one up on the server, or restore into one that has it.',
  },
  'mysql-tablespace': {
    subject: 'settings',
    engines: ['mysql'],
    weight: 'obstacle',
    when: 'Tables of the dump are in a general tablespace that the server lacks.',
    remedy: 'Create the tablespace.',
  },
  'galera-write-set': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'A statement of the dump is longer than a Galera cluster takes in one transaction (wsrep_max_ws_size).',
    remedy: 'Raise the setting, on each node.',
  },
  'galera-schema-upgrades': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'A Galera node creates tables on itself only (wsrep_OSU_method).',
    remedy: 'Set it to TOI until the restore has ended.',
  },
  'galera-primary-key': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'The server is a node of a Galera cluster, and tables of the dump have no primary key.',
    remedy:
      'Give the tables a primary key: their rows may differ in order from node to node, and some can not be deleted.',
  },
  'galera-engine': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: "The server is a node of a Galera cluster, which only replicates rows of InnoDB's tables, and the dump has others.",
    remedy: 'Change the tables to InnoDB afterwards: their rows will be on this node only.',
  },
  'galera-refused': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The server is a node of a Galera cluster that refuses tables of the dump: those without a primary key, or of other engines than InnoDB (wsrep_mode).',
    remedy: 'Take the mode out until the restore has ended.',
  },
  'group-refused': {
    subject: 'settings',
    engines: ['mysql'],
    weight: 'obstacle',
    when: 'The server is a member of a replication group, which takes no rows of tables without a primary key, nor of other engines than InnoDB.',
    remedy:
      'Restore into a server outside of the group, give the tables a primary key and change them to InnoDB there, and dump again.',
  },
  'group-foreign-keys': {
    subject: 'settings',
    engines: ['mysql'],
    weight: 'warning',
    when: 'The server is a member of a replication group that checks for updates everywhere, which refuses rows of tables whose foreign keys cascade.',
    remedy: 'Check that no foreign key of the dump has ON DELETE or ON UPDATE with CASCADE, SET NULL or SET DEFAULT.',
  },
  'mysql-packet': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'A statement in the dump is longer than the server accepts (max_allowed_packet).',
    remedy: 'Raise the setting; it applies to sessions that start afterwards.',
  },
  'mysql-names-fold': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'Names in the dump differ only in case, and the server treats them as the same (lower_case_table_names).',
    remedy: 'Restore into a server that distinguishes them, or rename one of the tables and dump again.',
  },
  'mysql-name-taken': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The target has a different kind of object with the name of one in the dump, such as a view instead of a table.',
    remedy: 'Rename or drop the object in the target.',
  },
  'mysql-trigger-taken': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The target has a trigger of the same name on a table that the dump does not replace.',
    remedy: 'Drop or rename that trigger in the target.',
  },
  'mysql-constraint-renamed': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'Foreign keys (or, on MySQL, CHECK constraints) have a name twice in the dump, or that of a table which the dump does not replace: the restore gives them another.',
    remedy: 'Whatever alters or drops them by name has to use the new one.',
  },
  'mysql-parent-missing': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'A foreign key refers to a table that neither the dump nor the target has: it is restored, but no row can be written that uses it.',
    remedy: 'Restore or create the parent table, too.',
  },
  'mysql-rights': {
    subject: 'rights',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The user of the target lacks rights that this dump needs for what it contains.',
    remedy: 'Grant them.',
  },
  'mysql-function-creators': {
    subject: 'rights',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The dump has triggers or functions, the binary log is on, and the server lets only users with SUPER create them (log_bin_trust_function_creators).',
    remedy: 'Switch the setting on: in the parameter group of a managed server, otherwise as a user who may.',
  },
  'mysql-system-definer': {
    subject: 'rights',
    engines: ['mysql'],
    weight: 'warning',
    when: 'Views, routines, triggers or events are defined by accounts with SYSTEM_USER, which the user of the target lacks: that user becomes their definer.',
    remedy: 'To keep the definers, grant SYSTEM_USER, too.',
  },
  'mysql-text-unknown': {
    subject: 'text',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The server lacks a collation or character set that the dump uses in a table, view, routine, trigger or event, or for its own text.',
    remedy: 'Restore into a server of the version that was dumped, or a newer one.',
  },
  'mysql-collation-replaced': {
    subject: 'text',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'The server lacks collations of MySQL 8, which the restore replaces by the most similar ones that it has.',
    remedy:
      'Text may be sorted a little differently; to keep the collations, restore into MySQL 8 or newer, or MariaDB 11.4.5 or newer.',
  },
  'mysql-connections': {
    subject: 'room',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'Fewer sessions can be opened than a restore uses at most (max_connections, max_user_connections).',
    remedy: 'End sessions, or raise the limit.',
  },
  'mysql-prepared-transactions': {
    subject: 'neighbours',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'Transactions were prepared on the server and never ended (XA RECOVER): the restore waits for the locks that they hold.',
    remedy: 'Commit them or roll them back.',
  },
  'mysql-locks-held': {
    subject: 'neighbours',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'Sessions have had a transaction open in the database for a while: the restore waits for the locks that they hold.',
    remedy: 'End the sessions.',
  },
  'mysql-replicas': {
    subject: 'neighbours',
    engines: ['mysql', 'mariadb'],
    weight: 'warning',
    when: 'Replicas follow the server: they get all that is restored, and lag behind meanwhile.',
    remedy: 'Expect reads from them to be late.',
  },
} as const satisfies Record<string, Declared>;

export type FindingId = keyof typeof FINDINGS;

/** One thing that was found. */
export interface Finding {
  id: FindingId;
  /** What is in the way, naming it. */
  message: string;
  /** Statements that remove it, ready to copy; undefined if there are none. */
  statement?: string | undefined;
  /** The statement with which each session of the load changes it for itself; undefined if it can't. */
  forSession?: string | undefined;
}

export function weightOf({ id, forSession }: Finding): Weight {
  return forSession === undefined ? FINDINGS[id].weight : 'setting';
}

/** What each session of the load begins with. */
export function sessionStatements(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ forSession }) => forSession ?? []);
}

/** What the log and the preview say of the settings that the load changes for its sessions. */
export function settingNotes(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ message, forSession }) =>
    forSession === undefined ? [] : `${message}; the sessions of this restore run: ${forSession}`,
  );
}

/** What the log and the preview say of what will differ. */
export function warningsOf(findings: readonly Finding[]): string[] {
  return findings
    .filter((finding) => weightOf(finding) === 'warning')
    .map((finding) => `${finding.message}. ${remedyOf(finding)}`);
}

/** What to do about it, as the hint of an error: a sentence, and the statement if there is one. */
export function remedyOf({ id, statement }: Finding): string {
  const { remedy } = FINDINGS[id];
  return statement === undefined ? remedy : `${remedy} Run: ${statement}`;
}

/** @throws RestoreError that tells all obstacles, and the statements that remove them */
export function refuseObstacles(findings: readonly Finding[]): void {
  const obstacles = findings.filter((finding) => weightOf(finding) === 'obstacle');
  const [first, ...others] = obstacles;
  if (first === undefined) return;
  const statements = obstacles.flatMap(({ statement }) => statement ?? []);
  const hint =
    others.length === 0
      ? remedyOf(first)
      : `Nothing was changed. Remove each, then restore again: ${statements.join(' ')}`;
  throw new RestoreError(obstacles.map(({ message }) => message).join('; '), { hint });
}

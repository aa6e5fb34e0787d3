/**
 * What a preflight can find when it compares the contents of a dump with its target. The same code runs before the
 * first write and in a preview. Declared once; docs/preflight.md is generated from this table. A finding that is added
 * here needs a rule that finds it, and a test of both outcomes on a real server.
 */

import type { DbType } from '../../databases/names.ts';
import { RestoreError } from '../../errors/errors.ts';

/**
 * An `obstacle` refuses the restore before the target is touched. A `warning` lets it continue, and says what will
 * differ. A `setting` is changed for the sessions that load, with a NOTE in the log.
 */
export type Weight = 'obstacle' | 'warning' | 'setting';

/** The part of the target that it is about. */
export const SUBJECTS = ['settings', 'names', 'rights', 'text', 'room', 'neighbours'] as const;

export interface Declared {
  subject: (typeof SUBJECTS)[number];
  engines: readonly DbType[];
  weight: 'obstacle' | 'warning';
  /** Whether the load changes the setting for its own sessions instead, if the user may do that. */
  settable?: true;
  /** When it is found. */
  when: string;
  /** What to do about it. */
  remedy: string;
}

export const FINDINGS = {
  'disk-room': {
    subject: 'room',
    engines: ['postgresql', 'mysql', 'mariadb'],
    weight: 'warning',
    when: "The dump takes more than is free on the server's disk: as RDS measures it, or as the connection says (free_bytes). An Aurora cluster grows; of other servers it is unknown.",
    remedy: 'Make the disk larger, or correct what the connection says is free.',
  },
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
  'mysql-parser-missing': {
    subject: 'settings',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'Full-text keys of the dump use a parser that the server lacks, such as ngram on MariaDB.',
    remedy: 'Install the parser, or take it out of the key in the source and dump again.',
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
    weight: 'obstacle',
    when: 'The server is a member of a replication group that checks for updates everywhere, which refuses rows of tables whose foreign keys have ON DELETE or ON UPDATE with CASCADE, SET NULL or SET DEFAULT.',
    remedy:
      'Restore into a server outside of the group, or take these actions out of the foreign keys in the source and dump again.',
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
  'mysql-parent-key': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'A foreign key in the dump refers to a table of the dump, or one that stays in the target, in which its columns begin no key or have another type, or which is partitioned: sources take such with foreign_key_checks off.',
    remedy: 'In the source, change the parent or drop the foreign key, and dump again.',
  },
  'mysql-child-misfit': {
    subject: 'names',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'A foreign key of a table that the dump does not replace refers to a table of the dump in which its columns begin no key or have another type, or which is partitioned.',
    remedy: 'Drop that foreign key in the target.',
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
  'mysql-function-unsafe': {
    subject: 'rights',
    engines: ['mysql', 'mariadb'],
    weight: 'obstacle',
    when: 'The dump has functions that say neither DETERMINISTIC, NO SQL nor READS SQL DATA, and the binary log is on: the server refuses them, even from users with SUPER (log_bin_trust_function_creators).',
    remedy: 'Switch the setting on: in the parameter group of a managed server, otherwise as a user who may.',
  },
  'mysql-system-definer': {
    subject: 'rights',
    engines: ['mysql'],
    weight: 'warning',
    when: 'Views, routines, triggers or events are defined by accounts with SYSTEM_USER, which the user of the target lacks: that user becomes their definer.',
    remedy: 'To keep the definers, grant SYSTEM_USER, too.',
  },
  'mysql-system-object': {
    subject: 'rights',
    engines: ['mysql'],
    weight: 'obstacle',
    when: 'The target has views, routines or events of accounts with SYSTEM_USER, which the user of the target lacks: it may not replace them.',
    remedy: 'Drop them as a user with SYSTEM_USER, or grant SYSTEM_USER to the restoring user.',
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
  'postgres-standby': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The server is a standby, which accepts no writes.',
    remedy: 'Restore into the primary instead.',
  },
  'postgres-read-only': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'obstacle',
    settable: true,
    when: 'Sessions in the database are read only (default_transaction_read_only), by a default of the database or the user, or by the server’s own settings. Only a default is changed for the session.',
    remedy: 'Find out why the server is read only (a managed one may be short of disk), and end that.',
  },
  'postgres-time-limit': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'warning',
    settable: true,
    when: 'Statements, waits for locks, or idle sessions are ended after some time (statement_timeout, lock_timeout, idle_in_transaction_session_timeout, idle_session_timeout, transaction_timeout).',
    remedy: 'Nothing: the load’s sessions have no time limits.',
  },
  'postgres-default-tablespace': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'warning',
    settable: true,
    when: 'The server, the database or the user has a default_tablespace, in which the restoring user may have no right to create.',
    remedy: 'Nothing: the load’s sessions use the tablespaces that the dump names, and otherwise the database’s own.',
  },
  'postgres-event-trigger': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'obstacle',
    settable: true,
    when: 'Event triggers of the target, which the dump does not replace, may refuse its statements: their functions raise errors, are not in PL/pgSQL, or write where the restoring role may not. PostgreSQL 17 lets a superuser switch them off for a session; extensions’ own ones are left alone.',
    remedy: 'Disable them until the restore has ended, then ENABLE them again.',
  },
  'postgres-event-trigger-always': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'Before PostgreSQL 17: event triggers of the target are enabled ALWAYS or for REPLICA, so that they would also run in the sessions of a superuser that no others fire in.',
    remedy:
      'Run ALTER EVENT TRIGGER … ENABLE for each, which makes them neither ALWAYS nor REPLICA, or restore into a new database with target_database.',
  },
  'postgres-event-trigger-fires': {
    subject: 'settings',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'Event triggers of the target fire for what the restore drops and makes. Their functions raise no errors themselves.',
    remedy: 'Disable them until the restore has ended, unless they should see it.',
  },
  'postgres-name-taken': {
    subject: 'names',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The target has something of another kind, or of another table, under a name of the dump: an index where the dump has a key, a type where it has a table, a procedure where it has a function.',
    remedy: 'Rename or drop it in the target.',
  },
  'postgres-names-meet': {
    subject: 'names',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The dump has a sequence and a type of the same name. A database can have both if the sequence came first, but a restore makes types first.',
    remedy: 'Rename one of them in the source and dump again.',
  },
  'postgres-extension-missing': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The server lacks the files of an extension that objects of an archive need.',
    remedy: 'Install its package on the server, or allow it there, then restore again.',
  },
  'postgres-extension-untrusted': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'Objects of an archive need an extension that only a superuser may create.',
    remedy: 'Let a superuser create it in the target beforehand: it then stays as it is.',
  },
  'postgres-extension-elsewhere': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'An extension that objects of an archive need is in another schema of the target than in the dump, and the user may not drop it.',
    remedy: 'Let its owner or a superuser move it.',
  },
  'postgres-extension-in-schema': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'An extension that the user may not drop lies in a schema that the dump drops and creates again.',
    remedy: 'Restore as the extension’s owner or as a superuser, or into another database with target_database.',
  },
  'postgres-extension-left-out': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'An extension can’t be created, and as far as the dump says nothing needs it. Plain SQL doesn’t say it; its load is then rolled back as a whole.',
    remedy: 'If something uses it, install it, or let a superuser create it beforehand.',
  },
  'postgres-roles-missing': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The server lacks roles that own objects of the dump, or are named in its grants and policies.',
    remedy:
      'Create them beforehand: otherwise their objects belong to the restoring user, and their rights are left out.',
  },
  'postgres-owners-not-set': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The user may not give objects to the roles that own them in the dump.',
    remedy: 'Let the user be a member of these roles: otherwise the objects belong to the user.',
  },
  'postgres-foreign-objects': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'Objects that the dump replaces belong to roles that the user isn’t a member of.',
    remedy: 'Restore as their owner or as a superuser, or into another database with target_database.',
  },
  'postgres-create-right': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The user lacks CREATE on the database, and the dump has schemas or publications; or on a schema that the dump fills and doesn’t make, such as public.',
    remedy: 'Grant the user that right.',
  },
  'postgres-superuser': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The dump has what only a superuser may create, such as functions in C, event triggers, publications of all tables or foreign-data wrappers, and the user is none.',
    remedy: 'Restore with a superuser’s connection, or leave these objects out of the dump.',
  },
  'postgres-tablespace-missing': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The server lacks tablespaces that the dump names.',
    remedy: 'Create them beforehand, each in a directory of the server: otherwise their tables lie in the default one.',
  },
  'postgres-tablespace-right': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The user lacks CREATE on tablespaces that the dump names.',
    remedy: 'Grant the user that right.',
  },
  'postgres-subscription': {
    subject: 'rights',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The dump has subscriptions, which are left out: they would connect to another server.',
    remedy: 'Create them again after the restore, if the copy is to follow its source.',
  },
  'postgres-encoding-conversion': {
    subject: 'text',
    engines: ['postgresql'],
    weight: 'obstacle',
    when: 'The server can’t convert from the encoding of the dump to that of the database.',
    remedy: 'Restore into a new database with target_database: it gets the encoding of the backup.',
  },
  'postgres-encoding': {
    subject: 'text',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The database has another encoding than the dump, which may not hold all of its text; or one of both is SQL_ASCII, whose bytes may be anything.',
    remedy: 'Restore into a new database with target_database: it gets the encoding of the backup.',
  },
  'postgres-locale': {
    subject: 'text',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The database has another locale or provider than the one that was dumped.',
    remedy:
      'If the order of text matters, restore into a new database with target_database: it gets the locale of the backup.',
  },
  'postgres-connections': {
    subject: 'room',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'The limits of the server, the database or the role leave fewer sessions than a restore needs. How many jobs load an archive depends on them too.',
    remedy: 'End idle sessions, or raise max_connections or the CONNECTION LIMIT of the database or role.',
  },
  'postgres-locks': {
    subject: 'room',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'Plain SQL, which is loaded as one transaction, makes more relations and large objects than the server has room for locks (max_locks_per_transaction × sessions).',
    remedy: 'Raise max_locks_per_transaction if the restore fails for it: everything is rolled back then.',
  },
  'postgres-prepared-transaction': {
    subject: 'neighbours',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'A prepared transaction holds locks on what the restore replaces, which waits for it.',
    remedy: 'Ask whoever coordinates it whether to COMMIT PREPARED or to roll it back.',
  },
  'postgres-locks-held': {
    subject: 'neighbours',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'Sessions hold locks on what the restore replaces, which waits for them.',
    remedy: 'Let them end their transactions, or end them.',
  },
  'postgres-slot-idle': {
    subject: 'neighbours',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'Nothing reads a replication slot, and the server keeps all WAL for it, that of the restore too: its disk may fill up.',
    remedy: 'Bring its reader back, or drop the slot if nothing will read it again.',
  },
  'postgres-subscribers': {
    subject: 'neighbours',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'Subscribers or other readers of logical replication follow the database: they get the rows that the restore writes, but not that tables were dropped and created again.',
    remedy: 'Afterwards, refresh the subscriptions and copy their tables again.',
  },
  'postgres-standby-behind': {
    subject: 'neighbours',
    engines: ['postgresql'],
    weight: 'warning',
    when: 'Standbys are more than 256 MiB of WAL behind.',
    remedy: 'Let them catch up first: they get everything that the restore writes, too.',
  },
} as const satisfies Record<string, Declared>;

export type FindingId = keyof typeof FINDINGS;

/** One thing that was found. */
export interface Finding {
  id: FindingId;
  /** What is wrong, with its name. */
  message: string;
  /** Statements that fix it, ready to copy; undefined if there are none. */
  statement?: string | undefined;
  /** The statement with which each session of the load changes it for itself; undefined if that isn't possible. */
  forSession?: string | undefined;
}

export function weightOf({ id, forSession }: Finding): Weight {
  return forSession === undefined ? FINDINGS[id].weight : 'setting';
}

/** The statements with which each session of the load begins. */
export function sessionStatements(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ forSession }) => forSession ?? []);
}

/** What the log and the preview say about the settings that the load changes for its sessions. */
export function settingNotes(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ message, forSession }) =>
    forSession === undefined ? [] : `${message}; the sessions of this restore run: ${forSession}`,
  );
}

/** What will differ, and what to do about it, each as one line. */
export function warningLines(findings: readonly Finding[]): string[] {
  return findings.filter((finding) => weightOf(finding) === 'warning').map((one) => `${one.message}. ${remedyOf(one)}`);
}

/** What to do about it, in the form of an error's hint: a sentence, and the statement if there is one. */
export function remedyOf({ id, statement }: Finding): string {
  const { remedy } = FINDINGS[id];
  return statement === undefined ? remedy : `${remedy} Run: ${statement}`;
}

/** @throws RestoreError that lists all obstacles, and the statements that remove them */
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

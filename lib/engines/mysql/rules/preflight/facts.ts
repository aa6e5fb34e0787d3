/**
 * The facts about a MySQL or MariaDB server and one of its databases that the rules of a preflight use. Pure: they are
 * read elsewhere.
 */
import type { MysqlTable } from '../../../../formats/dump-contents.ts';
import { engineOf } from '../../../../formats/mysql-dump/rewrite/table-options.ts';
import type { MysqlType } from '../mysql-family.ts';

export interface MysqlServerFacts {
  dbType: MysqlType;
  /**
   * Global variables by name in lower case, as in SHOW GLOBAL VARIABLES. Variables that the server lacks are missing.
   */
  variables: ReadonlyMap<string, string>;
  database: string;
  databaseExists: boolean;
  /** The objects in the database. */
  before: readonly { kind: 'table' | 'view' | 'sequence'; name: string }[];
  triggers: readonly { name: string; table: string }[];
  constraints: readonly { kind: 'foreign key' | 'check'; name: string; table: string }[];
  /** `root@%`, as returned by CURRENT_USER(). */
  account: string;
  /** The output of `SHOW GRANTS`, with what MariaDB grants to PUBLIC. */
  grants: readonly string[];
  /** All accounts, as `root@%`; undefined if the user may not see them. */
  accounts: ReadonlySet<string> | undefined;
  /**
   * Accounts that only accounts of the same kind may name as definers (MySQL's SYSTEM_USER); empty if that is unknown.
   */
  systemUsers: ReadonlySet<string>;
  /** The variables that the user may set for a session. */
  maySet: ReadonlySet<SessionSetting>;
  /** The maximum number of bytes per character, by character set in lower case. */
  characterSets: ReadonlyMap<string, number>;
  neighbours: NeighbourFacts;
  /** Whether it is an online member of MySQL's Group Replication; false if that is unknown. */
  isInGroup: boolean;
  /** The names that dumps use, in lower case. */
  collations: ReadonlySet<string>;
  /** Whether it has keys for encrypted tables; undefined if that is unknown. */
  encrypts: boolean | undefined;
  /** Undefined if the user may not see them. */
  tablespaces: ReadonlySet<string> | undefined;
  /** Storage engines in which tables can be created, in capitals. */
  engines: ReadonlySet<string>;
}

export interface NeighbourFacts {
  /** Transactions that were prepared and never ended, with their names as XA ROLLBACK takes them. */
  prepared: readonly string[];
  holders: readonly LockHolder[];
  /** Addresses of the replicas that read the server's binary log. */
  replicas: readonly string[];
  /** How many more sessions can be opened; for the user, undefined if the user has no limit of its own. */
  connections: { free: number; freeOfUser: number | undefined };
}

/** A session whose transaction has been open for a while. */
export interface LockHolder {
  id: number;
  user: string | null;
  seconds: number;
  /** Null if the server doesn't say which it is. */
  table: string | null;
}

/** The settings that a load may change for its own sessions. */
export const SESSION_SETTINGS = [
  'sql_require_primary_key',
  'restrict_fk_on_non_standard_key',
  'innodb_strict_mode',
] as const;
export type SessionSetting = (typeof SESSION_SETTINGS)[number];

/** The settings that MysqlServerFacts has, if the server knows them. */
export const PREFLIGHT_VARIABLES = [
  'version',
  ...SESSION_SETTINGS,
  'innodb_force_primary_key',
  'innodb_default_row_format',
  'innodb_file_per_table',
  'innodb_page_size',
  'default_storage_engine',
  'disabled_storage_engines',
  'character_set_server',
  'max_allowed_packet',
  'lower_case_table_names',
  'log_bin',
  'wsrep_on',
  'wsrep_osu_method',
  'wsrep_max_ws_size',
  'wsrep_mode',
  'group_replication_enforce_update_everywhere_checks',
  'log_bin_trust_function_creators',
] as const;

const MOST_NAMED = 5;

export function isOn({ variables }: MysqlServerFacts, name: (typeof PREFLIGHT_VARIABLES)[number]): boolean {
  return /^(ON|1)$/i.test(variables.get(name) ?? '');
}

export function folds({ variables }: MysqlServerFacts): boolean {
  return (variables.get('lower_case_table_names') ?? '0') !== '0';
}

export function named(objects: readonly { name: string }[]): string {
  return listed(objects.map(({ name }) => name));
}

/** The first few of them, and the number of the others. */
export function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : [];
  return [...names.slice(0, MOST_NAMED), ...more].join(', ');
}

/**
 * The tables whose engine would be InnoDB: because they name it, by default, or because it replaces a missing engine.
 */
export function isInnodb({ engine }: MysqlTable, { engines, variables }: MysqlServerFacts): boolean {
  const wanted = (engine ?? variables.get('default_storage_engine') ?? 'InnoDB').toUpperCase();
  return wanted === 'INNODB' || !engines.has(engineOf(wanted));
}

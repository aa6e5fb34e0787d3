/**
 * The facts about a MySQL or MariaDB server and one of its databases that the rules of a preflight use. Pure: they are
 * read elsewhere.
 */
import type { MysqlColumn, MysqlTable } from '../../../../formats/dump-contents.ts';
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
  /** The keys of its tables, each by its columns in their order. */
  keysBefore: readonly KeyBefore[];
  triggers: readonly { name: string; table: string }[];
  constraints: readonly { kind: 'foreign key' | 'check'; name: string; table: string }[];
  /** Foreign keys to its tables, from anywhere on the server. */
  children: readonly ChildKey[];
  /** Parsers of full-text keys that are installed, in lower case. */
  parsers: ReadonlySet<string>;
  /** Who defines the views, routines and events that it holds. */
  definers: readonly { kind: 'view' | 'procedure' | 'function' | 'event'; name: string; definer: string }[];
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

export interface KeyBefore {
  table: string;
  /** `PRIMARY` is the primary one's. */
  name: string;
  unique: boolean;
  /** Of the table. */
  partitioned: boolean;
  /** `prefix` if it only has the beginnings of the column's values. */
  columns: readonly { name: string; type: string; prefix: boolean }[];
}

/** What of a table says which foreign keys may refer to it. */
export type Parent = Pick<MysqlTable, 'name' | 'partitioned' | 'primary_key' | 'keys' | 'foreign_keys'> & {
  /** Of one that the dump doesn't have, those of its keys. */
  columns: readonly Pick<MysqlColumn, 'name' | 'type'>[];
};

export interface ChildKey {
  schema: string;
  table: string;
  name: string;
  parent: string;
  /** `type` as the server writes that of the child's column. */
  columns: readonly { parentColumn: string; type: string }[];
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

/** Finds tables of a dump as the server compares their names. */
export function byComparableName(
  tables: readonly MysqlTable[],
  server: MysqlServerFacts,
): (name: string) => MysqlTable | undefined {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const found = new Map(tables.map((table) => [comparable(table.name), table]));
  return (name) => found.get(comparable(name));
}

/** Finds a table that foreign keys may refer to: the dump's, or one that stays. */
export function parentsOf(
  tables: readonly MysqlTable[],
  server: MysqlServerFacts,
): (name: string) => Parent | undefined {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const ofDump = byComparableName(tables, server);
  const staying = Map.groupBy(server.keysBefore, ({ table }) => comparable(table));
  return (name) => {
    const isThere = server.before.some((one) => one.kind === 'table' && comparable(one.name) === comparable(name));
    return ofDump(name) ?? (isThere ? parentOf(name, staying.get(comparable(name)) ?? []) : undefined);
  };
}

function parentOf(name: string, before: readonly KeyBefore[]): Parent {
  const parts = ({ columns }: KeyBefore) => columns.map(({ name, prefix }) => (prefix ? `${name}(…)` : name));
  const primary = before.find((key) => key.name === 'PRIMARY');
  const keys = before.map((key) => ({
    ...{ name: key.name, kind: 'key' as const, unique: key.unique, columns: parts(key) },
  }));
  const columns = before.flatMap((key) => key.columns);
  const partitioned = before.some((key) => key.partitioned);
  return { name, partitioned, primary_key: primary ? parts(primary) : null, keys, foreign_keys: [], columns };
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

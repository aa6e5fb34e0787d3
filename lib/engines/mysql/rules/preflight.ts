/** What stands between a dump of MySQL or MariaDB and its target, by the dump's contents. Pure: the facts are read elsewhere. */
import type { MysqlContents, MysqlForeignKey, MysqlTable } from '../../../formats/dump-contents.ts';
import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import type { Finding } from '../../preflight/findings.ts';

/** Of the target server and database, what the rules go by. */
export interface MysqlServerFacts {
  /** Global variables by name in lower case, as SHOW GLOBAL VARIABLES says them; one that the server lacks is missing. */
  variables: ReadonlyMap<string, string>;
  database: string;
  /** What the database holds. */
  before: readonly { kind: 'table' | 'view' | 'sequence'; name: string }[];
  triggers: readonly { name: string; table: string }[];
}

/** The settings that MysqlServerFacts has, if the server knows them. */
export const PREFLIGHT_VARIABLES = [
  'sql_require_primary_key',
  'innodb_force_primary_key',
  'restrict_fk_on_non_standard_key',
  'max_allowed_packet',
  'lower_case_table_names',
] as const;

const MOST_NAMED = 5;
const MIB = 1024 * 1024;
/** A statement is sent with a byte before it that says what it is. */
const COMMAND_BYTES = 1;

export function mysqlFindings(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [
    ...primaryKeys(contents, server),
    ...parentKeys(contents, server),
    ...packets(contents, server),
    ...foldedNames(contents, server),
    ...takenNames(contents, server),
    ...takenTriggers(contents, server),
  ];
}

function isOn({ variables }: MysqlServerFacts, name: (typeof PREFLIGHT_VARIABLES)[number]): boolean {
  return /^(ON|1)$/i.test(variables.get(name) ?? '');
}

function primaryKeys({ tables, session }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const without = tables.filter(({ primary_key }) => primary_key === null);
  const findings: Finding[] = [];
  // a dump that sets the variable itself is loaded by a user who may
  if (
    without.length > 0 &&
    isOn(server, 'sql_require_primary_key') &&
    !session.variables.includes('SQL_REQUIRE_PRIMARY_KEY')
  ) {
    findings.push({
      id: 'mysql-require-primary-key',
      message: `the server requires a primary key on every table (sql_require_primary_key), but the dump has none on ${named(without)}`,
      statement: 'SET GLOBAL sql_require_primary_key = OFF;',
    });
  }
  const ofInnodb = without.filter((table) => /^InnoDB$/i.test(table.engine ?? 'InnoDB') && !hasPromotedKey(table));
  if (ofInnodb.length > 0 && isOn(server, 'innodb_force_primary_key')) {
    findings.push({
      id: 'mariadb-force-primary-key',
      message: `the server requires a primary key on every InnoDB table (innodb_force_primary_key), but the dump has none on ${named(ofInnodb)}`,
      statement: 'SET GLOBAL innodb_force_primary_key = OFF;',
    });
  }
  return findings;
}

/** InnoDB takes a unique key of whole columns that are never null for the primary one. */
function hasPromotedKey({ keys, columns }: MysqlTable): boolean {
  const never = new Set(columns.filter(({ nullable }) => !nullable).map(({ name }) => name.toLowerCase()));
  return keys.some(({ unique, columns }) => unique && columns.every((column) => never.has(column.toLowerCase())));
}

/** By "restrict_fk_on_non_standard_key" of MySQL's manual: the parent's columns have to be those of a unique key, all of them. */
function parentKeys({ tables }: MysqlContents, server: MysqlServerFacts): Finding[] {
  if (!isOn(server, 'restrict_fk_on_non_standard_key')) return [];
  const byName = new Map(tables.map((table) => [table.name, table]));
  const keys = tables.flatMap((table) => table.foreign_keys.map((key) => ({ table, key })));
  const bad = keys.filter(({ key }) => {
    const parent = key.parent.schema === null ? byName.get(key.parent.name) : undefined;
    // of a parent that the dump doesn't have, only the server knows the keys
    return parent !== undefined && !isWholeUniqueKey(parent, key);
  });
  if (bad.length === 0) return [];
  const names = bad.map(({ table, key }) => `${key.name ?? 'one'} of table ${table.name} (to ${key.parent.name})`);
  return [
    {
      id: 'mysql-foreign-key-parent',
      message: `the server accepts foreign keys only to whole unique keys (restrict_fk_on_non_standard_key), but the dump has others: ${listed(names)}`,
      statement: 'SET GLOBAL restrict_fk_on_non_standard_key = OFF;',
    },
  ];
}

function isWholeUniqueKey({ primary_key, keys }: MysqlTable, { parent }: MysqlForeignKey): boolean {
  const wanted = parent.columns.map((column) => column.toLowerCase());
  const isThis = (columns: readonly string[]) =>
    columns.length === wanted.length && columns.every((column, index) => column.toLowerCase() === wanted[index]);
  return (primary_key !== null && isThis(primary_key)) || keys.some(({ unique, columns }) => unique && isThis(columns));
}

function packets(contents: MysqlContents, { variables }: MysqlServerFacts): Finding[] {
  const most = Number(variables.get('max_allowed_packet') ?? Number.POSITIVE_INFINITY);
  const needed = contents.largest_statement_bytes + COMMAND_BYTES;
  if (needed <= most) return [];
  const enough = Math.ceil(needed / MIB);
  return [
    {
      id: 'mysql-packet',
      message: `the statement on line ${contents.largest_statement_line} of the dump has ${contents.largest_statement_bytes} bytes, but the server accepts at most ${most} (max_allowed_packet)`,
      statement: `SET GLOBAL max_allowed_packet = ${enough * MIB};`,
    },
  ];
}

function foldedNames({ tables, views, sequences }: MysqlContents, server: MysqlServerFacts): Finding[] {
  if (!folds(server)) return [];
  const names = [...tables, ...views, ...sequences].map(({ name }) => name);
  const alike = [...Map.groupBy(names, (name) => name.toLowerCase()).values()].filter((some) => some.length > 1);
  return alike.map((some) => ({
    id: 'mysql-names-fold',
    message: `the dump has both ${some.map(quoteName).join(' and ')}, which this server treats as the same name (lower_case_table_names)`,
  }));
}

/** DROP TABLE leaves a view, and DROP VIEW a table: what the dump makes then finds its name taken. */
function takenNames({ tables, views, sequences }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const wanted = new Map([
    ...tables.map(({ name }) => [comparable(name), 'table'] as const),
    ...views.map(({ name }) => [comparable(name), 'view'] as const),
    ...sequences.map(({ name }) => [comparable(name), 'sequence'] as const),
  ]);
  return server.before.flatMap(({ kind, name }): Finding[] => {
    const other = wanted.get(comparable(name));
    if (other === undefined || other === kind) return [];
    return [
      {
        id: 'mysql-name-taken',
        message: `${kind} ${name} of database ${server.database} has the name of a ${other} in the dump`,
        statement: `DROP ${kind.toUpperCase()} ${quoteName(server.database)}.${quoteName(name)};`,
      },
    ];
  });
}

/** A trigger goes with its table, and the names of triggers are the database's. */
function takenTriggers({ tables, triggers }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const replaced = new Set(tables.map(({ name }) => comparable(name)));
  const wanted = new Set(triggers.map(({ name }) => name.toLowerCase()));
  return server.triggers.flatMap(({ name, table }): Finding[] => {
    if (!wanted.has(name.toLowerCase()) || replaced.has(comparable(table))) return [];
    return [
      {
        id: 'mysql-trigger-taken',
        message: `trigger ${name} of table ${table} in database ${server.database} has the name of one in the dump`,
        statement: `DROP TRIGGER ${quoteName(server.database)}.${quoteName(name)};`,
      },
    ];
  });
}

function folds({ variables }: MysqlServerFacts): boolean {
  return (variables.get('lower_case_table_names') ?? '0') !== '0';
}

function named(tables: readonly MysqlTable[]): string {
  return listed(tables.map(({ name }) => name));
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : [];
  return [...names.slice(0, MOST_NAMED), ...more].join(', ');
}

/** Settings of the server that make it refuse parts of a dump. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import {
  byComparableName,
  isInnodb,
  isOn,
  listed,
  type MysqlServerFacts,
  named,
  type Parent,
  parentsOf,
  type SessionSetting,
} from './facts.ts';
import { hasPromotedKey, refusedInStrictMode } from './strict-mode.ts';

const MIB = 1024 * 1024;
/** A statement is sent after a byte that says what the message is. */
const COMMAND_BYTES = 1;

export function settings(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [primaryKeys, parentKeys, strictMode, packets].flatMap((rule) => rule(contents, server));
}

/** Undefined if the user may not set it. */
function offForSession({ maySet }: MysqlServerFacts, name: SessionSetting): string | undefined {
  return maySet.has(name) ? `SET SESSION ${name} = OFF` : undefined;
}

function primaryKeys({ tables, session }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const without = tables.filter(({ primary_key }) => primary_key === null);
  const findings: Finding[] = [];
  // if a dump sets the variable itself, it is loaded by a user who may set it
  if (
    without.length > 0 &&
    isOn(server, 'sql_require_primary_key') &&
    !session.variables.includes('SQL_REQUIRE_PRIMARY_KEY')
  ) {
    findings.push({
      id: 'mysql-require-primary-key',
      message: `the server requires a primary key on every table (sql_require_primary_key), but the dump has none on ${named(without)}`,
      statement: 'SET GLOBAL sql_require_primary_key = OFF;',
      forSession: offForSession(server, 'sql_require_primary_key'),
    });
  }
  const ofInnodb = without.filter((table) => isInnodb(table, server) && !hasPromotedKey(table));
  if (ofInnodb.length > 0 && isOn(server, 'innodb_force_primary_key')) {
    findings.push({
      id: 'mariadb-force-primary-key',
      message: `the server requires a primary key on every InnoDB table (innodb_force_primary_key), but the dump has none on ${named(ofInnodb)}`,
      statement: 'SET GLOBAL innodb_force_primary_key = OFF;',
    });
  }
  return findings;
}

/**
 * According to "restrict_fk_on_non_standard_key" in MySQL's manual, the parent's columns have to be exactly those of a
 * unique key.
 */
function parentKeys({ tables }: MysqlContents, server: MysqlServerFacts): Finding[] {
  if (!isOn(server, 'restrict_fk_on_non_standard_key')) return [];
  const byName = parentsOf(tables, server);
  const replaced = byComparableName(tables, server);
  const isBad = (name: string, columns: readonly string[]) => {
    const parent = byName(name);
    return parent !== undefined && !isWholeUniqueKey(parent, columns);
  };
  const ofDump = tables.flatMap((table) =>
    table.foreign_keys.map(({ name, parent }) => ({ table: table.name, name, parent })),
  );
  const staying = server.children
    .filter(({ parent }) => replaced(parent) !== undefined)
    .filter(({ schema, table }) => schema !== server.database || replaced(table) === undefined)
    .map(({ table, name, parent, columns }) => ({
      ...{ table, name },
      parent: { schema: null, name: parent, columns: columns.map(({ parentColumn }) => parentColumn) },
    }));
  const bad = [...ofDump, ...staying].filter(
    ({ parent }) => parent.schema === null && isBad(parent.name, parent.columns),
  );
  if (bad.length === 0) return [];
  const names = bad.map(({ table, name, parent }) => `${name ?? 'one'} of table ${table} (to ${parent.name})`);
  return [
    {
      id: 'mysql-foreign-key-parent',
      message: `the server accepts foreign keys only to whole unique keys (restrict_fk_on_non_standard_key), but the dump has others: ${listed(names)}`,
      statement: 'SET GLOBAL restrict_fk_on_non_standard_key = OFF;',
      forSession: offForSession(server, 'restrict_fk_on_non_standard_key'),
    },
  ];
}

function isWholeUniqueKey({ primary_key, keys }: Parent, parentColumns: readonly string[]): boolean {
  const wanted = parentColumns.map((column) => column.toLowerCase());
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

/**
 * With strict mode off, the server creates these tables as the source did. The source's strict mode was off, or its
 * version was newer or older.
 */
function strictMode({ tables }: MysqlContents, server: MysqlServerFacts): Finding[] {
  if (!isOn(server, 'innodb_strict_mode')) return [];
  const refused = tables.flatMap((table) => {
    const why = refusedInStrictMode(table, server);
    return why === undefined ? [] : [`${table.name} (${why})`];
  });
  if (refused.length === 0) return [];
  return [
    {
      id: 'mysql-strict-mode',
      message: `the server refuses tables of the dump in InnoDB's strict mode (innodb_strict_mode): ${listed(refused)}`,
      statement: 'SET GLOBAL innodb_strict_mode = OFF;',
      forSession: offForSession(server, 'innodb_strict_mode'),
    },
  ];
}

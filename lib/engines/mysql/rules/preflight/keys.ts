/** Keys that the server refuses: foreign keys whose parent has no key for them, and full-text keys with a missing parser. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { MYSQL_FAMILY } from '../mysql-family.ts';
import { byComparableName, isInnodb, listed, type MysqlServerFacts, type Parent, parentsOf } from './facts.ts';

/** @param isWhole whether these are all of the dump's contents: a key may be added later otherwise */
export function keys(contents: MysqlContents, server: MysqlServerFacts, isWhole: boolean): Finding[] {
  return [
    ...parsers(contents, server),
    ...(isWhole ? [...parents(contents, server), ...children(contents, server)] : []),
  ];
}

function parsers({ tables }: MysqlContents, { parsers }: MysqlServerFacts): Finding[] {
  const used = tables.flatMap(({ name, keys }) => keys.map(({ parser }) => ({ name, parser })));
  const lacking = used.filter(({ parser }) => parser !== undefined && !parsers.has(parser.toLowerCase()));
  if (lacking.length === 0) return [];
  return [
    {
      id: 'mysql-parser-missing',
      message: `the server lacks parsers of the dump's full-text keys: ${listed(lacking.map(({ name, parser }) => `${parser} (table ${name})`))}`,
    },
  ];
}

/** Those of the dump. */
function parents({ tables }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const byName = parentsOf(tables, server);
  const bad = tables
    .filter((table) => isInnodb(table, server))
    .flatMap((child) =>
      child.foreign_keys.flatMap(({ name, columns, parent }) => {
        const table = parent.schema === null ? byName(parent.name) : undefined;
        const typeOf = (wanted: string | undefined) =>
          child.columns.find((column) => column.name.toLowerCase() === wanted?.toLowerCase())?.type;
        const pairs = parent.columns.map((parentColumn, at) => ({ parentColumn, type: typeOf(columns[at]) }));
        const why = child.partitioned ? 'which is partitioned' : table && misfit(pairs, table, server);
        return why === undefined ? [] : [`${name ?? 'one'} of table ${child.name} (${why})`];
      }),
    );
  if (bad.length === 0) return [];
  return [
    {
      id: 'mysql-parent-key',
      message: `foreign keys of the dump don't fit the tables that they refer to: ${listed(bad)}`,
    },
  ];
}

/** Those of tables that stay, or are elsewhere on the server. */
function children({ tables }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const byName = byComparableName(tables, server);
  const bad = server.children.flatMap((child) => {
    if (child.schema === server.database && byName(child.table) !== undefined) return [];
    const parent = byName(child.parent);
    const why = parent && misfit(child.columns, parent, server);
    return why === undefined ? [] : [{ child, why }];
  });
  if (bad.length === 0) return [];
  return [
    {
      id: 'mysql-child-misfit',
      message: `foreign keys of tables that the dump doesn't replace refer to tables as it doesn't make them: ${listed(
        bad.map(({ child, why }) => `${child.name} of ${child.schema}.${child.table} (${why})`),
      )}`,
      statement: bad
        .map(
          ({ child: { schema, table, name } }) =>
            `ALTER TABLE ${quoteName(schema)}.${quoteName(table)} DROP FOREIGN KEY ${quoteName(name)};`,
        )
        .join(' '),
    },
  ];
}

interface Pair {
  parentColumn: string;
  /** Of the child's column, if it is known. */
  type: string | undefined;
}

/** Why InnoDB refuses a foreign key to these columns, in words. */
function misfit(pairs: readonly Pair[], parent: Parent, { dbType }: MysqlServerFacts): string | undefined {
  const { name, partitioned, columns } = parent;
  const names = pairs.map(({ parentColumn }) => parentColumn);
  if (partitioned && !MYSQL_FAMILY[dbType].refersToPartitioned) return `${name} is partitioned`;
  if (!hasKeyFor(parent, names)) return `${name} has no key that begins with ${names.join(', ')}`;
  for (const { parentColumn, type } of pairs) {
    const column = columns.find((one) => one.name.toLowerCase() === parentColumn.toLowerCase());
    if (column === undefined || type === undefined || fits(column, type)) continue;
    return `${name} has ${parentColumn} as ${column.type} instead of ${type}`;
  }
  return undefined;
}

const TEXTS = /^(char|varchar|tinytext|text|mediumtext|longtext)$/;
const BYTES = /^(binary|varbinary|tinyblob|blob|mediumblob|longblob)$/;

/** Whether InnoDB may compare them; texts also need the same collation, which isn't known here. */
function fits({ type }: Parent['columns'][number], other: string): boolean {
  const classOf = (type: string) => {
    const [word = ''] = /^\w+/.exec(type.toLowerCase()) ?? [];
    if (TEXTS.test(word)) return 'text';
    if (BYTES.test(word)) return 'bytes';
    const name = word === 'integer' ? 'int' : word;
    return /\bunsigned\b/i.test(type) ? `${name} unsigned` : name;
  };
  return classOf(type) === classOf(other);
}

/** Whether a key begins with these columns, in this order. InnoDB keeps the primary key in each other one. */
function hasKeyFor({ primary_key, keys, foreign_keys }: Parent, columns: readonly string[]): boolean {
  const primary = primary_key ?? [];
  const all = [
    primary,
    ...keys.filter(({ kind }) => kind === 'key').map((key) => [...key.columns, ...primary]),
    // the server makes a key for them, if the dump doesn't
    ...foreign_keys.map((key) => key.columns),
  ];
  return all.some((parts) =>
    columns.every((column, at) => parts[at]?.toLowerCase().replace(/ desc$/, '') === column.toLowerCase()),
  );
}

/** Describes what a dump contains to people, with a paragraph for each table. Pure. */
import type {
  DumpContents,
  MysqlContents,
  MysqlForeignKey,
  MysqlKey,
  MysqlTable,
  PostgresContents,
  PostgresObject,
  UsedName,
} from '../../formats/dump-contents.ts';
import { size } from './progress.ts';

export function describeContents(contents: DumpContents): string[] {
  const lines = contents.kind === 'mysqldump' ? ofMysql(contents) : ofPostgres(contents);
  // a name may contain control characters that a terminal would interpret
  return lines.map((line) => line.replace(/\p{Cc}/gu, '\u{fffd}'));
}

function ofMysql(contents: MysqlContents): string[] {
  const { tables, session } = contents;
  return [
    fact('tables', totals(tables.map(({ rows, data_bytes }) => ({ rows, data_bytes })))),
    fact(
      'largest',
      `statement of ${contents.largest_statement_bytes} bytes, on line ${contents.largest_statement_line}: max_allowed_packet has to be larger`,
    ),
    ...list('charsets', contents.character_sets),
    ...list('collations', contents.collations),
    ...list('sql modes', session.sql_modes),
    ...list('time zones', session.time_zones),
    ...tables.flatMap((table) => ['', ...ofMysqlTable(table)]),
    ...section(
      'views',
      contents.views.map((one) => made(one.name, one)),
    ),
    ...section(
      'routines',
      contents.routines.map((one) => made(`${one.kind} ${one.name}`, one)),
    ),
    ...section(
      'triggers',
      contents.triggers.map((one) => made(`${one.name} on ${one.table}`, one)),
    ),
    ...section(
      'events',
      contents.events.map((one) => made(one.name, one)),
    ),
    ...section(
      'sequences',
      contents.sequences.map(({ name }) => name),
    ),
  ];
}

function ofMysqlTable(table: MysqlTable): string[] {
  const { name, rows, data_bytes, engine, row_format, character_set, collation } = table;
  const about = [engine, row_format, collation ?? character_set, table.partitioned ? 'partitioned' : null];
  const facts = about.filter((one) => one !== null);
  return [
    `table ${name}: ${rowsText(rows)}, ${size(data_bytes)}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`,
    ...table.columns.map((column) => {
      const more = [
        ...(column.nullable ? [] : ['not null']),
        ...(column.generated === null ? [] : [`generated (${column.generated})`]),
        ...(column.auto_increment ? ['auto_increment'] : []),
        ...(column.collation === null ? [] : [column.collation]),
      ];
      return `  ${[`${column.name} ${column.type}`, ...more].join(', ')}`;
    }),
    ...(table.primary_key === null ? ['  no primary key'] : [`  primary key (${table.primary_key.join(', ')})`]),
    ...table.keys.map(keyText),
    ...table.foreign_keys.map(foreignKeyText),
  ];
}

function keyText({ name, kind, unique, columns }: MysqlKey): string {
  const what = [...(unique ? ['unique'] : []), ...(kind === 'key' ? [] : [kind]), 'key'].join(' ');
  return `  ${what}${name === null ? '' : ` ${name}`} (${columns.join(', ')})`;
}

function foreignKeyText({ name, columns, parent }: MysqlForeignKey): string {
  const table = qualified(parent.schema, parent.name);
  return `  foreign key${name === null ? '' : ` ${name}`} (${columns.join(', ')}) to ${table} (${parent.columns.join(', ')})`;
}

function made(what: string, { definer, uses }: { definer: string | null; uses: UsedName[] }): string {
  const by = definer === null ? '' : `, by ${definer}`;
  const names = uses.map(({ schema, name }) => qualified(schema, name));
  return `${what}${by}${names.length === 0 ? '' : `, uses ${names.join(', ')}`}`;
}

/** Kinds that are listed with their table. */
const OF_TABLE = new Set(['CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT', 'INDEX', 'TRIGGER', 'RULE', 'POLICY']);

function ofPostgres(contents: PostgresContents): string[] {
  const { objects, large_objects } = contents;
  const tables = objects.filter(({ kind }) => kind === 'TABLE');
  const parts = new Map<string, PostgresObject[]>();
  for (const one of objects) {
    if (one.table === null || !OF_TABLE.has(one.kind)) continue;
    const key = qualified(one.schema, one.table);
    parts.set(key, [...(parts.get(key) ?? []), one]);
  }
  const others = objects.filter(({ kind, table }) => kind !== 'TABLE' && table === null);
  return [
    fact('tables', totals(tables)),
    ...(large_objects === null
      ? []
      : [
          fact(
            'large',
            `${large_objects.count} large object${large_objects.count === 1 ? '' : 's'}, ${size(large_objects.data_bytes)}`,
          ),
        ]),
    ...list('extensions', contents.extensions),
    ...list('owners', contents.owners),
    ...list('grants to', contents.granted_roles),
    ...list('tablespaces', contents.tablespaces),
    ...contents.superuser.map(({ kind, schema, name, what }) =>
      fact('superuser', `${kind} ${qualified(schema, name)}: ${what}`),
    ),
    ...tables.flatMap((table) => {
      const name = qualified(table.schema, table.name);
      return ['', ofPostgresTable(table), ...(parts.get(name) ?? []).map(partText)];
    }),
    ...section(
      'others',
      others.map(({ kind, schema, name, owner }) => `${kind} ${qualified(schema, name)}${byOwner(owner)}`),
    ),
  ];
}

function ofPostgresTable({ schema, name, owner, rows, data_bytes }: PostgresObject): string {
  const figures = [...(rows === null ? [] : [rowsText(rows)]), data_bytes === null ? 'no data' : size(data_bytes)];
  return `table ${qualified(schema, name)}: ${figures.join(', ')}${byOwner(owner)}`;
}

function partText({ kind, name, references }: PostgresObject): string {
  const to = references === null ? '' : ` to ${qualified(references.schema, references.name)}`;
  return `  ${kind === 'FK CONSTRAINT' ? 'foreign key' : kind.toLowerCase()} ${name}${to}`;
}

function byOwner(owner: string | null): string {
  return owner === null ? '' : `, of ${owner}`;
}

function totals(tables: readonly { rows: number | null; data_bytes: number | null }[]): string {
  const rows = tables.map((table) => table.rows);
  const counted = rows.includes(null) ? [] : [rowsText(rows.reduce<number>((sum, one) => sum + (one ?? 0), 0))];
  const bytes = tables.reduce((sum, { data_bytes }) => sum + (data_bytes ?? 0), 0);
  return [`${tables.length}`, ...counted, size(bytes)].join(', ');
}

function rowsText(rows: number): string {
  return `${rows} row${rows === 1 ? '' : 's'}`;
}

function qualified(schema: string | null, name: string): string {
  return schema === null ? name : `${schema}.${name}`;
}

function fact(name: string, value: string): string {
  return `${`${name}:`.padEnd(12)}${value}`;
}

function list(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [fact(name, values.join(', '))];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

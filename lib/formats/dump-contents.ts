/**
 * What a dump contains, as its verification gathers it: kept as JSON beside the backup, compared with the backup before
 * it, and held against the target of a restore. Lists are in the order of their names, except for what has an order of its
 * own in a table (columns, keys), so that equal dumps have equal contents.
 */
import { z } from 'zod';

/** Goes up when a field changes its meaning or goes away; fields that are added leave it as it is. */
export const CONTENTS_VERSION = 1;

const count = z.number().int().nonnegative();

/** An object as something else names it. `schema` is null if that is the dump's own database, or isn't said. */
const nameOf = { schema: z.string().nullable(), name: z.string() };

/** What a view, routine, trigger or event names, as far as its tokens tell: tables made on the fly are among them. */
export const usedName = z.strictObject({
  /** `relation`: a table, view or sequence. `routine`: a function or procedure that is not built in. */
  kind: z.enum(['relation', 'routine']),
  ...nameOf,
});

export const mysqlColumn = z.strictObject({
  name: z.string(),
  /** As the dump writes it: `varchar(20)`, `bigint unsigned`, `enum('a','b')`. */
  type: z.string(),
  /** Null if it is the table's. */
  character_set: z.string().nullable(),
  /** Null if it is the table's, or the character set's own. */
  collation: z.string().nullable(),
  nullable: z.boolean(),
  generated: z.enum(['virtual', 'stored']).nullable(),
  auto_increment: z.boolean(),
});

export const mysqlKey = z.strictObject({
  /** Null if the server is left to choose one. */
  name: z.string().nullable(),
  kind: z.enum(['key', 'fulltext', 'spatial', 'vector']),
  unique: z.boolean(),
  /** Columns, including the length of a prefix (`name(20)`); expressions in parentheses. */
  columns: z.array(z.string()),
});

export const mysqlForeignKey = z.strictObject({
  /** Null if the server is left to choose one. */
  name: z.string().nullable(),
  columns: z.array(z.string()),
  parent: z.strictObject({ ...nameOf, columns: z.array(z.string()) }),
});

export const mysqlTable = z.strictObject({
  name: z.string(),
  /** Null if the dump doesn't say: the server's default. */
  engine: z.string().nullable(),
  row_format: z.string().nullable(),
  character_set: z.string().nullable(),
  /** Null if it is the character set's own. */
  collation: z.string().nullable(),
  /** The next number, in decimal: it may be larger than a number of JSON's. */
  auto_increment: z.string().nullable(),
  partitioned: z.boolean(),
  system_versioned: z.boolean(),
  /** Its other options by name in capitals, comments left out: `KEY_BLOCK_SIZE`: `8`. */
  options: z.record(z.string(), z.string()),
  /** Its columns, as those of `keys`; null if it has none. */
  primary_key: z.array(z.string()).nullable(),
  columns: z.array(mysqlColumn),
  keys: z.array(mysqlKey),
  foreign_keys: z.array(mysqlForeignKey),
  /** Names of the CHECK constraints that have one. */
  checks: z.array(z.string()),
  /** Rows that the dump's INSERTs bring. */
  rows: count,
  /** Bytes of these INSERTs, without their delimiters. */
  data_bytes: count,
  /** Of the largest of them. */
  largest_statement_bytes: count,
});

/** How the server is to read what an object is made of: it keeps these with the object. */
const madeIn = {
  /** `user@host`; null if it is to be the restoring user. */
  definer: z.string().nullable(),
  /** As the session has them when the object is made; null if the dump doesn't set them. */
  sql_mode: z.string().nullable(),
  character_set_client: z.string().nullable(),
  collation_connection: z.string().nullable(),
  uses: z.array(usedName),
};

export const mysqlContents = z.strictObject({
  version: z.literal(CONTENTS_VERSION),
  kind: z.literal('mysqldump'),
  /** Of the whole dump, unpacked. */
  dump_bytes: count,
  /** Of the server that was dumped, such as `8.0.36` or `10.11.14-MariaDB`. */
  server_version: z.string().nullable(),
  /** Such as `mysqldump 8.0.36`. */
  tool: z.string().nullable(),
  /** The database that was dumped. */
  database: z.string().nullable(),
  /** Everything that the dump sets for its statements, in capitals where case means nothing. */
  session: z.strictObject({
    /** For the bytes of its statements. */
    character_sets: z.array(z.string()),
    collations: z.array(z.string()),
    /** Each mode that some statement is run in. */
    sql_modes: z.array(z.string()),
    time_zones: z.array(z.string()),
    /** Names of all system variables that it sets, in capitals. */
    variables: z.array(z.string()),
  }),
  /** Whether it drops what it makes first; missing in contents that were kept before this was known. */
  drops: z.boolean().optional(),
  /** All that its definitions name: what the target has to know. In lower case. */
  character_sets: z.array(z.string()),
  collations: z.array(z.string()),
  /** Of all its statements; a server takes it if max_allowed_packet is larger. */
  largest_statement_bytes: count,
  /** The line of the dump on which that statement begins; 0 in an empty one. */
  largest_statement_line: count,
  tables: z.array(mysqlTable),
  views: z.array(z.strictObject({ name: z.string(), ...madeIn })),
  routines: z.array(
    z.strictObject({
      kind: z.enum(['function', 'procedure', 'package', 'package body', 'library']),
      name: z.string(),
      ...madeIn,
    }),
  ),
  triggers: z.array(z.strictObject({ name: z.string(), table: z.string(), ...madeIn })),
  events: z.array(z.strictObject({ name: z.string(), time_zone: z.string().nullable(), ...madeIn })),
  /** MariaDB's. */
  sequences: z.array(z.strictObject({ name: z.string() })),
});

export const postgresObject = z.strictObject({
  /** As pg_dump calls it: `TABLE`, `VIEW`, `FUNCTION`, `FK CONSTRAINT`. */
  kind: z.string(),
  /** Null if it isn't in a schema. */
  schema: z.string().nullable(),
  /** The table, view or domain that it belongs to, as an index, constraint, trigger, rule, policy or default does. */
  table: z.string().nullable(),
  /** Without quotes; a function's with the types of its arguments. */
  name: z.string(),
  /** Null if the dump gives it to no role, and of what belongs to a table: it is that table's owner's. */
  owner: z.string().nullable(),
  /** Of a foreign key: the table that it refers to. */
  references: z.strictObject(nameOf).nullable(),
  /** Of a table: its rows; null if they were not counted, as those of an archive are compressed. */
  rows: count.nullable(),
  /** Of a table: bytes of its rows as they lie in the dump, in an archive compressed; null if the dump has none of it. */
  data_bytes: count.nullable(),
});

export const postgresContents = z.strictObject({
  version: z.literal(CONTENTS_VERSION),
  kind: z.literal('pg_dump'),
  format: z.enum(['archive', 'sql']),
  /** Of the whole dump; of an archive, as it is. */
  dump_bytes: count,
  server_version: z.string().nullable(),
  tool: z.string().nullable(),
  /** The database that was dumped; plain SQL doesn't say it. */
  database: z.string().nullable(),
  /** PostgreSQL's name of the encoding that the dump is in. */
  encoding: z.string().nullable(),
  /** How the database compares text; plain SQL doesn't say it. */
  locale: z
    .strictObject({
      provider: z.enum(['libc', 'icu', 'builtin']),
      collate: z.string(),
      ctype: z.string(),
      /** ICU's or the builtin provider's; empty for libc. */
      locale: z.string(),
      icu_rules: z.string(),
    })
    .nullable(),
  /** Of an archive. */
  archive: z
    .strictObject({
      /** `1.14` */
      version: z.string(),
      compression: z.enum(['none', 'gzip', 'lz4', 'zstd']),
      /** How many entries of each kind its table of contents has. */
      entries: z.record(z.string(), count),
    })
    .nullable(),
  objects: z.array(postgresObject),
  /** Null if it has none. `data_bytes` as those of tables. */
  large_objects: z.strictObject({ count, data_bytes: count }).nullable(),
  /** Names of extensions that it makes. */
  extensions: z.array(z.string()),
  /** Those of them that another object of the dump needs; missing if that isn't known, as plain SQL doesn't say it. */
  needed_extensions: z.array(z.string()).optional(),
  /** The schemas that it makes them in, by their names; missing in contents that were kept before this was read. */
  extension_schemas: z.record(z.string(), z.string()).optional(),
  /** Types that are rows, as those of tables are; missing in contents that were kept before this was read. */
  composite_types: z.array(z.strictObject(nameOf)).optional(),
  /** How its own collations compare text; missing in contents that were kept before this was read. */
  collations: z
    .array(
      z.strictObject({
        ...nameOf,
        provider: z.enum(['libc', 'icu', 'builtin']),
        /** Of libc, that of the order if the character types have another. */
        locale: z.string(),
      }),
    )
    .optional(),
  /** Roles that own something. */
  owners: z.array(z.string()),
  /** Roles that grants, default rights, policies and user mappings name. */
  granted_roles: z.array(z.string()),
  /** Tablespaces other than the default one. */
  tablespaces: z.array(z.string()),
  /** What only a superuser may make, and why. */
  superuser: z.array(
    z.strictObject({ kind: z.string(), schema: z.string().nullable(), name: z.string(), what: z.string() }),
  ),
});

export const dumpContents = z.discriminatedUnion('kind', [mysqlContents, postgresContents]);

export type UsedName = z.infer<typeof usedName>;
export type MysqlColumn = z.infer<typeof mysqlColumn>;
export type MysqlKey = z.infer<typeof mysqlKey>;
export type MysqlForeignKey = z.infer<typeof mysqlForeignKey>;
export type MysqlTable = z.infer<typeof mysqlTable>;
export type MysqlContents = z.infer<typeof mysqlContents>;
export type PostgresObject = z.infer<typeof postgresObject>;
export type PostgresContents = z.infer<typeof postgresContents>;
export type DumpContents = z.infer<typeof dumpContents>;

/** What the comments that a dump in SQL opens with say of it. */
export interface DumpOrigin {
  serverVersion: string | undefined;
  tool: string | undefined;
  database: string | undefined;
}

/** JSON whose objects have their fields in the order of their names: equal values are equal texts, and have equal digests. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b)))
      : inner,
  );
}

/** The same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted, each once. */
export function sortedTexts(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareText);
}

/** What sorts by one name after the other; none has a zero byte in it. */
export function sortKey(names: readonly string[]): string {
  return names.join('\0');
}

/** Sorted by a text that tells them apart. */
export function sortedBy<T>(items: Iterable<T>, textOf: (item: T) => string): T[] {
  return [...items]
    .map((item) => ({ item, text: textOf(item) }))
    .sort((a, b) => compareText(a.text, b.text))
    .map(({ item }) => item);
}

/**
 * What a dump contains, gathered by its verification. It is stored as JSON along with the backup, and compared with the
 * previous backup and with the target of a restore. Lists are sorted by name, unless their order in a table matters
 * (columns, keys), so that equal dumps have equal contents.
 */
import { z } from 'zod';

/** Increases when a field changes its meaning or is removed, but not when a field is added. */
export const CONTENTS_VERSION = 1;

const count = z.number().int().nonnegative();

/** An object that another one names. `schema` is null for the dump's own database, or if the dump doesn't name it. */
const nameOf = { schema: z.string().nullable(), name: z.string() };

/** What a view, routine, trigger or event names, as far as its tokens show. Temporary tables are among them. */
export const usedName = z.strictObject({
  /** `relation`: a table, view or sequence. `routine`: a function or procedure that isn't built in. */
  kind: z.enum(['relation', 'routine']),
  ...nameOf,
});

export const mysqlColumn = z.strictObject({
  name: z.string(),
  /** As written in the dump: `varchar(20)`, `bigint unsigned`, `enum('a','b')`. */
  type: z.string(),
  /** Null if it is the same as the table's. */
  character_set: z.string().nullable(),
  /** Null if it is the same as the table's, or the character set's default. */
  collation: z.string().nullable(),
  nullable: z.boolean(),
  generated: z.enum(['virtual', 'stored']).nullable(),
  auto_increment: z.boolean(),
});

export const mysqlKey = z.strictObject({
  /** Null if the server chooses one. */
  name: z.string().nullable(),
  kind: z.enum(['key', 'fulltext', 'spatial', 'vector']),
  unique: z.boolean(),
  /** Columns, including the length of a prefix (`name(20)`). Expressions are in parentheses. */
  columns: z.array(z.string()),
  /** Of a full-text key: the plugin that splits its text into words, if it isn't the server's own. */
  parser: z.string().optional(),
});

/** What becomes of a foreign key's rows if the parent's change. */
const referentialAction = z.enum(['restrict', 'no action', 'cascade', 'set null', 'set default']);

export const mysqlForeignKey = z.strictObject({
  /** Null if the server chooses one. */
  name: z.string().nullable(),
  columns: z.array(z.string()),
  parent: z.strictObject({ ...nameOf, columns: z.array(z.string()) }),
  /** Null if the dump doesn't say; missing in contents that were kept before this was read. */
  on_delete: referentialAction.nullable().optional(),
  on_update: referentialAction.nullable().optional(),
});

export const mysqlTable = z.strictObject({
  name: z.string(),
  /** Null if the dump doesn't name one: then it is the server's default. */
  engine: z.string().nullable(),
  row_format: z.string().nullable(),
  character_set: z.string().nullable(),
  /** Null if it is the character set's default. */
  collation: z.string().nullable(),
  /** The next number as decimal text, because it may be too large for a JSON number. */
  auto_increment: z.string().nullable(),
  partitioned: z.boolean(),
  system_versioned: z.boolean(),
  /** Its other options by name in capitals, without comments: `KEY_BLOCK_SIZE`: `8`. */
  options: z.record(z.string(), z.string()),
  /** The columns of its primary key, in the form of `keys`; null if it has none. */
  primary_key: z.array(z.string()).nullable(),
  columns: z.array(mysqlColumn),
  keys: z.array(mysqlKey),
  foreign_keys: z.array(mysqlForeignKey),
  /** The names of CHECK constraints that have a name. */
  checks: z.array(z.string()),
  /** The number of rows in the dump's INSERTs. */
  rows: count,
  /** The bytes of these INSERTs, without their delimiters. */
  data_bytes: count,
  /** The bytes of the largest INSERT. */
  largest_statement_bytes: count,
});

/** The settings for reading an object's definition. The server stores them with the object. */
const madeIn = {
  /** `user@host`; null if it is the user who restores. */
  definer: z.string().nullable(),
  /** The session's settings when the object is created; null if the dump doesn't set them. */
  sql_mode: z.string().nullable(),
  character_set_client: z.string().nullable(),
  collation_connection: z.string().nullable(),
  uses: z.array(usedName),
};

export const mysqlContents = z.strictObject({
  version: z.literal(CONTENTS_VERSION),
  kind: z.literal('mysqldump'),
  /** The size of the whole dump, decompressed. */
  dump_bytes: count,
  /** The version of the dumped server, such as `8.0.36` or `10.11.14-MariaDB`. */
  server_version: z.string().nullable(),
  /** The tool, such as `mysqldump 8.0.36`. */
  tool: z.string().nullable(),
  /** The database that was dumped. */
  database: z.string().nullable(),
  /** All settings that the dump makes for its statements, in capitals if case doesn't matter. */
  session: z.strictObject({
    /** The character set of its statements. */
    character_sets: z.array(z.string()),
    collations: z.array(z.string()),
    /** Each SQL mode in which some statement runs. */
    sql_modes: z.array(z.string()),
    time_zones: z.array(z.string()),
    /** The names of all system variables that it sets, in capitals. */
    variables: z.array(z.string()),
  }),
  /** Whether the dump first drops what it creates. Missing in contents that were stored before this was known. */
  drops: z.boolean().optional(),
  /** Everything that its definitions name, in lower case: the target has to know these. */
  character_sets: z.array(z.string()),
  collations: z.array(z.string()),
  /** The size of the largest statement. A server accepts it if max_allowed_packet is larger. */
  largest_statement_bytes: count,
  /** The line of the dump on which that statement begins; 0 if the dump is empty. */
  largest_statement_line: count,
  tables: z.array(mysqlTable),
  views: z.array(z.strictObject({ name: z.string(), ...madeIn })),
  routines: z.array(
    z.strictObject({
      kind: z.enum(['function', 'procedure', 'package', 'package body', 'library']),
      name: z.string(),
      ...madeIn,
      /**
       * Whether it says that it is DETERMINISTIC, NO SQL or READS SQL DATA, so that a binary log can hold its statements;
       * missing in contents that were kept before this was read.
       */
      is_safe_to_log: z.boolean().optional(),
    }),
  ),
  triggers: z.array(z.strictObject({ name: z.string(), table: z.string(), ...madeIn })),
  events: z.array(z.strictObject({ name: z.string(), time_zone: z.string().nullable(), ...madeIn })),
  /** MariaDB only. */
  sequences: z.array(z.strictObject({ name: z.string() })),
});

export const postgresObject = z.strictObject({
  /** pg_dump's name for it: `TABLE`, `VIEW`, `FUNCTION`, `FK CONSTRAINT`. */
  kind: z.string(),
  /** Null if it isn't in a schema. */
  schema: z.string().nullable(),
  /** The table, view or domain that it belongs to, if it is an index, constraint, trigger, rule, policy or default. */
  table: z.string().nullable(),
  /** Without quotes. A function's name includes the types of its arguments. */
  name: z.string(),
  /** Null if the dump assigns no role, and for anything that belongs to a table, because it has the table's owner. */
  owner: z.string().nullable(),
  /** For a foreign key: the table that it refers to. */
  references: z.strictObject(nameOf).nullable(),
  /** For a table: its rows; null if they were not counted, because an archive's rows are compressed. */
  rows: count.nullable(),
  /**
   * For a table: the bytes of its rows in the dump, compressed if it is an archive; null if the dump doesn't have them.
   */
  data_bytes: count.nullable(),
});

export const postgresContents = z.strictObject({
  version: z.literal(CONTENTS_VERSION),
  kind: z.literal('pg_dump'),
  format: z.enum(['archive', 'sql']),
  /** The size of the whole dump; for an archive, as it is. */
  dump_bytes: count,
  server_version: z.string().nullable(),
  tool: z.string().nullable(),
  /** The database that was dumped. Plain SQL doesn't name it. */
  database: z.string().nullable(),
  /** PostgreSQL's name for the dump's encoding. */
  encoding: z.string().nullable(),
  /** The database's collation. Plain SQL doesn't name it. */
  locale: z
    .strictObject({
      provider: z.enum(['libc', 'icu', 'builtin']),
      collate: z.string(),
      ctype: z.string(),
      /** The locale of ICU or of the builtin provider; empty for libc. */
      locale: z.string(),
      icu_rules: z.string(),
    })
    .nullable(),
  /** Archives only. */
  archive: z
    .strictObject({
      /** `1.14` */
      version: z.string(),
      compression: z.enum(['none', 'gzip', 'lz4', 'zstd']),
      /** The number of entries of each kind in its table of contents. */
      entries: z.record(z.string(), count),
    })
    .nullable(),
  objects: z.array(postgresObject),
  /** Null if there are none. `data_bytes` is as for tables. */
  large_objects: z.strictObject({ count, data_bytes: count }).nullable(),
  /** Names of the extensions that it creates. */
  extensions: z.array(z.string()),
  /** Those extensions that another object of the dump needs. Missing if unknown, because plain SQL doesn't say. */
  needed_extensions: z.array(z.string()).optional(),
  /**
   * The schemas in which it creates the extensions, by their names. Missing in contents that were stored before this
   * was read.
   */
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
  /** Roles that are named by grants, default privileges, policies and user mappings. */
  granted_roles: z.array(z.string()),
  /** Tablespaces other than the default one. */
  tablespaces: z.array(z.string()),
  /** What only a superuser may create, and why. */
  superuser: z.array(
    z.strictObject({ kind: z.string(), schema: z.string().nullable(), name: z.string(), what: z.string() }),
  ),
});

export const dumpContents = z.discriminatedUnion('kind', [mysqlContents, postgresContents]);

export type UsedName = z.infer<typeof usedName>;
export type MysqlColumn = z.infer<typeof mysqlColumn>;
export type MysqlKey = z.infer<typeof mysqlKey>;
export type ReferentialAction = z.infer<typeof referentialAction>;
export type MysqlForeignKey = z.infer<typeof mysqlForeignKey>;
export type MysqlTable = z.infer<typeof mysqlTable>;
export type MysqlContents = z.infer<typeof mysqlContents>;
export type PostgresObject = z.infer<typeof postgresObject>;
export type PostgresContents = z.infer<typeof postgresContents>;
export type DumpContents = z.infer<typeof dumpContents>;

/** What the first comments of an SQL dump say about it. */
export interface DumpOrigin {
  serverVersion: string | undefined;
  tool: string | undefined;
  database: string | undefined;
}

/** JSON whose objects have their fields sorted by name, so that equal values have equal texts and digests. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b)))
      : inner,
  );
}

/** The order is the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted, without duplicates. */
export function sortedTexts(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareText);
}

/** A key for sorting by several names, one after the other. No name contains a zero byte. */
export function sortKey(names: readonly string[]): string {
  return names.join('\0');
}

/** Sorted by a text that differs for each. */
export function sortedBy<T>(items: Iterable<T>, textOf: (item: T) => string): T[] {
  return [...items]
    .map((item) => ({ item, text: textOf(item) }))
    .sort((a, b) => compareText(a.text, b.text))
    .map(({ item }) => item);
}

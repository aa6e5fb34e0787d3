/** What an archive of pg_dump contains, derived from its table of contents and the sizes of its data. */
import {
  CONTENTS_VERSION,
  compareText,
  type PostgresContents,
  type PostgresObject,
  sortedBy,
  sortedTexts,
  sortKey,
} from '../dump-contents.ts';
import type { Toc, TocEntry } from './archive/format.ts';
import { superuserPart } from './archive/superuser-demand.ts';
import { namedRoles } from './named-roles.ts';
import { Unaccepted } from './plain/refusal.ts';
import { isSymbol, isWord, readSql, type SqlToken } from './sql/tokens.ts';

/** Entries that create no object of their own. */
const NO_OBJECT = new Set([
  ...['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE', 'DATABASE PROPERTIES', 'ACL', 'DEFAULT ACL', 'COMMENT'],
  ...['SECURITY LABEL', 'TABLE DATA', 'SEQUENCE SET', 'MATERIALIZED VIEW DATA', 'STATISTICS DATA'],
  ...['TABLE ATTACH', 'INDEX ATTACH', 'SEQUENCE OWNED BY', 'BLOB', 'BLOBS', 'BLOB METADATA'],
  ...['PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA'],
]);
/** The rule that makes a view, if it has to come after what the view reads. */
const VIEW_RULE = ' _RETURN';
/** Kinds whose tag consists of two names: that of the object that they belong to, and their own. */
const WITH_PARENT = new Set([
  'CONSTRAINT',
  'FK CONSTRAINT',
  'CHECK CONSTRAINT',
  'TRIGGER',
  'RULE',
  'POLICY',
  'DEFAULT',
]);
const PARENTS = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'DOMAIN']);

/**
 * @param blocks size of each entry's data block in bytes, by dumpId
 * @param dumpBytes size of the whole archive
 */
export function archiveContents(toc: Toc, blocks: ReadonlyMap<number, number>, dumpBytes: number): PostgresContents {
  const parents = new Parents(toc.entries);
  const data = new Map(
    toc.entries
      .filter(({ desc }) => desc === 'TABLE DATA')
      .map((entry) => [keyOf(entry), blocks.get(entry.dumpId) ?? 0]),
  );
  const objects = toc.entries
    .filter(({ desc, tag }) => !NO_OBJECT.has(desc) && !(desc === 'RULE' && tag.endsWith(VIEW_RULE)))
    .map((entry): PostgresObject => {
      const { desc, namespace, tag, owner } = entry;
      const isTable = desc === 'TABLE' || desc === 'FOREIGN TABLE';
      const { table, name } = parents.placed(entry);
      return {
        kind: desc,
        schema: namespace || null,
        table,
        name,
        owner: table === null ? owner || null : null,
        references: desc === 'FK CONSTRAINT' ? referenced(entry.definition, toc.standardStrings) : null,
        rows: null,
        data_bytes: (isTable ? data.get(keyOf({ namespace, tag })) : undefined) ?? null,
      };
    });
  const { locale } = toc;
  return {
    version: CONTENTS_VERSION,
    kind: 'pg_dump',
    format: 'archive',
    dump_bytes: dumpBytes,
    server_version: toc.serverVersion || null,
    tool: toc.dumpVersion === '' ? null : `pg_dump ${toc.dumpVersion}`,
    database: toc.databaseName || null,
    encoding: toc.encoding || null,
    locale:
      locale === undefined
        ? null
        : {
            ...{ provider: locale.provider, collate: locale.collate, ctype: locale.ctype },
            ...{ locale: locale.locale, icu_rules: locale.icuRules },
          },
    archive: { version: toc.version, compression: toc.compression, entries: countsOf(toc.entries) },
    objects: sortedObjects(objects),
    large_objects: largeObjects(toc.entries, blocks),
    extensions: sortedTexts(toc.entries.filter(({ desc }) => desc === 'EXTENSION').map(({ tag }) => tag)),
    needed_extensions: neededExtensions(toc.entries),
    extension_schemas: extensionSchemas(
      toc.entries.filter(({ desc }) => desc === 'EXTENSION').map(({ tag, definition }) => [tag, definition]),
      toc.standardStrings,
    ),
    ...typesAndCollations(
      toc.entries.map(({ desc, namespace, tag, definition }) => ({
        ...{ kind: desc, schema: namespace || null, name: tag, text: definition },
      })),
      toc.standardStrings,
    ),
    owners: sortedTexts(toc.entries.map(({ owner }) => owner).filter((owner) => owner !== '')),
    granted_roles: sortedTexts(toc.entries.flatMap((entry) => grantedRoles(entry, toc.standardStrings))),
    tablespaces: sortedTexts(toc.entries.map(({ tablespace }) => tablespace).filter((name) => name !== '')),
    superuser: sortedBy(
      toc.entries.flatMap(({ desc, namespace, tag, demand, definition }) => {
        const what = demand ?? superuserPart(desc, definition);
        return what === undefined ? [] : [{ kind: desc, schema: namespace || null, name: tag, what }];
      }),
      (one) => sortKey([one.kind, one.schema ?? '', one.name, one.what]),
    ),
  };
}

/** The schema in `CREATE EXTENSION IF NOT EXISTS name WITH SCHEMA schema`, by the extension's name. */
export function extensionSchemas(
  creates: readonly (readonly [name: string, text: string])[],
  standardStrings: boolean,
): Record<string, string> {
  const found = creates.flatMap(([name, text]) => {
    const tokens = readSql(text, standardStrings).statements[0] ?? [];
    const schema = tokens[tokens.findIndex((token) => isWord(token, 'schema')) + 1];
    return schema === undefined || schema === tokens[0] ? [] : [[name, schema.value] as const];
  });
  return Object.fromEntries(found.sort(([a], [b]) => compareText(a, b)));
}

interface Created {
  kind: string;
  schema: string | null;
  name: string;
  /** What creates it; of other kinds than types and collations, it isn't read. */
  text: string;
}

/** Sorted by their names. */
export function typesAndCollations(
  created: readonly Created[],
  standardStrings: boolean,
): Required<Pick<PostgresContents, 'composite_types' | 'collations'>> {
  const tokensOf = (text: string) => readSql(text, standardStrings).statements[0] ?? [];
  const isRow = (tokens: readonly SqlToken[]) =>
    tokens.some((token, at) => isWord(token, 'as') && isSymbol(tokens[at + 1], '('));
  const byName = <T extends { schema: string | null; name: string }>(found: T[]) =>
    sortedBy(found, ({ schema, name }) => sortKey([schema ?? '', name]));
  const types = created.filter(({ kind, text }) => kind === 'TYPE' && isRow(tokensOf(text)));
  const collations = created.filter(({ kind }) => kind === 'COLLATION');
  return {
    composite_types: byName(types.map(({ schema, name }) => ({ schema, name }))),
    collations: byName(collations.map(({ schema, name, text }) => ({ schema, name, ...collationOf(text) }))),
  };
}

/** As pg_dump writes its options, whatever comes before. */
const COLLATION = /\(provider = (\w+),(?: [a-z_]+ = \w+,)* (?:locale|lc_collate) = '((?:[^']|'')*)'/;

/** `CREATE COLLATION name (provider = icu, locale = 'de', …)` */
function collationOf(text: string): { provider: 'libc' | 'icu' | 'builtin'; locale: string } {
  const [, provider, locale = ''] = COLLATION.exec(text) ?? [];
  const known = provider === 'icu' || provider === 'builtin' ? provider : 'libc';
  return { provider: known, locale: locale.replaceAll("''", "'") };
}

/** Without entries that only describe an extension, or are a part of it. */
function neededExtensions(entries: readonly TocEntry[]): string[] {
  const extensions = new Map(
    entries.filter(({ desc }) => desc === 'EXTENSION').map(({ dumpId, tag }) => [dumpId, tag]),
  );
  const needing = entries.filter(({ desc }) => !NO_OBJECT.has(desc) && desc !== 'EXTENSION');
  return sortedTexts(needing.flatMap(({ dependencies }) => dependencies.flatMap((id) => extensions.get(id) ?? [])));
}

export function sortedObjects(objects: Iterable<PostgresObject>): PostgresObject[] {
  return sortedBy(objects, ({ kind, schema, table, name }) => sortKey([kind, schema ?? '', table ?? '', name]));
}

/** Finds the object that an entry belongs to. The names in its tag are separated by a space, and may contain spaces. */
class Parents {
  readonly #byId = new Map<number, TocEntry>();
  readonly #names = new Map<string, Set<string>>();

  constructor(entries: readonly TocEntry[]) {
    for (const entry of entries) {
      if (!PARENTS.has(entry.desc)) continue;
      this.#byId.set(entry.dumpId, entry);
      const names = this.#names.get(entry.namespace) ?? new Set();
      this.#names.set(entry.namespace, names.add(entry.tag));
    }
  }

  placed(entry: TocEntry): { table: string | null; name: string } {
    const { desc, namespace, tag } = entry;
    if (desc === 'ROW SECURITY') return { table: tag, name: tag };
    const needed = entry.dependencies
      .map((id) => this.#byId.get(id))
      .filter((one) => one !== undefined && one.namespace === namespace)
      .map((one) => (one as TocEntry).tag);
    if (desc === 'INDEX') return { table: needed[0] ?? null, name: tag };
    if (!WITH_PARENT.has(desc)) return { table: null, name: tag };
    const table = needed.find((name) => tag.startsWith(`${name} `)) ?? this.#longest(namespace, tag);
    return { table, name: table === null ? tag : tag.slice(table.length + 1) };
  }

  /** The longest name in the schema with which the tag begins. */
  #longest(namespace: string, tag: string): string | null {
    const names = this.#names.get(namespace);
    for (let at = tag.lastIndexOf(' '); at > 0; at = tag.lastIndexOf(' ', at - 1)) {
      if (names?.has(tag.slice(0, at))) return tag.slice(0, at);
    }
    return null;
  }
}

function keyOf({ namespace, tag }: Pick<TocEntry, 'namespace' | 'tag'>): string {
  return JSON.stringify([namespace, tag]);
}

/** The table named after REFERENCES, outside parentheses. */
export function referenced(definition: string, standardStrings: boolean): PostgresObject['references'] {
  const tokens = readSql(definition, standardStrings).statements[0] ?? [];
  let depth = 0;
  const at = tokens.findIndex((token) => {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    return depth === 0 && isWord(token, 'references');
  });
  const [first, dot, second] = tokens.slice(at + 1, at + 4);
  if (at < 0 || first === undefined) return null;
  if (isSymbol(dot, '.') && second !== undefined) return { schema: first.value, name: second.value };
  return { schema: null, name: first.value };
}

function countsOf(entries: readonly TocEntry[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { desc } of entries) counts.set(desc, (counts.get(desc) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => compareText(a, b)));
}

function largeObjects(
  entries: readonly TocEntry[],
  blocks: ReadonlyMap<number, number>,
): PostgresContents['large_objects'] {
  let count = 0;
  let bytes = 0;
  for (const { desc, definition, dumpId } of entries) {
    if (desc === 'BLOB') count += 1;
    else if (desc === 'BLOB METADATA') count += definition.match(/\d+/g)?.length ?? 0;
    else if (desc === 'BLOBS') bytes += blocks.get(dumpId) ?? 0;
  }
  return count === 0 && bytes === 0 ? null : { count, data_bytes: bytes };
}

const USER_MAPPING = /^USER MAPPING (.*) SERVER /s;

function grantedRoles({ desc, tag, definition }: TocEntry, standardStrings: boolean): string[] {
  if (desc === 'USER MAPPING') {
    const name = USER_MAPPING.exec(tag)?.[1] ?? 'public';
    return name === 'public' ? [] : [name];
  }
  if (desc !== 'ACL' && desc !== 'DEFAULT ACL' && desc !== 'POLICY') return [];
  try {
    return namedRoles(definition, standardStrings);
  } catch (error) {
    if (error instanceof Unaccepted) return [];
    throw error;
  }
}

/**
 * Checks the entries of an archive before pg_restore sees them. Their texts are SQL, which pg_restore sends unchanged:
 * in an edited archive, a comment may continue with `'; CREATE ROLE …`. So each statement has to have a form that
 * pg_dump writes for that kind of entry (`accepted-statements.ts`). It doesn't check what the accepted statements do
 * when they run, for example through a function that an index calls.
 */
import { RestoreError } from '../../../errors/errors.ts';
import { Unaccepted } from '../plain/refusal.ts';
import { ACCEPTED } from '../sql/accepted-statements.ts';
import { type EntryName, type Form, form } from '../sql/statement-form.ts';
import { isWord, readSql, type SqlText, type SqlToken } from '../sql/tokens.ts';
import { textDecoder } from './text-decoder.ts';

/** Everything that pg_restore turns into statements. */
export interface EntryTexts extends EntryName {
  readonly dumpId: number;
  /** The kind: TABLE, COMMENT, … */
  readonly desc: string;
  readonly definition: string;
  readonly drop: string;
  readonly copy: string;
  /**
   * Whether pg_restore looks for data of this entry. If the entry has no COPY statement, pg_restore would run that data
   * as SQL.
   */
  readonly hasData: boolean;
}

const EXCERPT_TOKENS = 8;
const LONGEST_NAME = 120;

export function notAccepted(
  { dumpId, desc, namespace, tag }: Pick<EntryTexts, 'dumpId' | 'desc' | 'namespace' | 'tag'>,
  why: string,
  hint = 'Restore a backup whose archive is as pg_dump wrote it, and find out who changed this one. None of it was run.',
): RestoreError {
  const name = [desc, namespace === '' ? tag : `${namespace}.${tag}`].filter((part) => part !== '').join(' ');
  const shown = name.replace(/\s+/g, ' ').slice(0, LONGEST_NAME);
  return new RestoreError(`entry ${dumpId} of the archive (${shown}) is not accepted: ${why}`, { hint });
}

/** The statement's first words, without quoted text. */
function excerpt(statement: readonly SqlToken[]): string {
  const words = statement
    .slice(0, EXCERPT_TOKENS)
    .map(({ kind, value }) => (kind === 'string' ? "'…'" : kind === 'word' ? value.toUpperCase() : value));
  return `${words.join(' ').slice(0, LONGEST_NAME)}${statement.length > EXCERPT_TOKENS ? ' …' : ''}`;
}

const compiled = new Map<string, Form>();

function fits(statement: readonly SqlToken[], forms: readonly string[], entry: EntryName): boolean {
  return forms.some((text) => {
    let known = compiled.get(text);
    if (known === undefined) {
      known = form(text);
      compiled.set(text, known);
    }
    return known(statement, entry);
  });
}

/**
 * The rows of plain SQL are checked one by one while they are read. To check the rows of an archive, they would have to
 * be decompressed first.
 */
const INSERTS_HINT =
  'Make the dump again without --inserts, or with it as plain SQL (--format=plain). None of this one was run.';

const COPY = ['COPY own [group] FROM STDIN'];
const SESSION_OF = ['SET SESSION AUTHORIZATION part'];
const END_SESSION_OF = ['RESET SESSION AUTHORIZATION'];
/** pg_restore only sends the properties of the database itself with --create. */
const OF_DATABASE: Record<string, readonly string[]> = {
  COMMENT: ['COMMENT ON DATABASE part IS string'],
  'SECURITY LABEL': ['SECURITY LABEL FOR part ON DATABASE part IS string'],
  ACL: ['GRANT privileges ON DATABASE part …', 'REVOKE privileges ON DATABASE part …'],
};

/** Checks the entries of one archive, in order. */
export class ArchiveJudge {
  /** Undefined until the archive names it. */
  #standardStrings: boolean | undefined;
  readonly #settings = new Set<string>();
  #hasOthers = false;
  readonly #foreignTables = new Set<string>();
  /** The partitioned table of each partition. */
  readonly #parents = new Map<string, string[]>();
  /** The tables that rows are copied into. */
  readonly #copied: { entry: Pick<EntryTexts, 'dumpId' | 'desc' | 'namespace' | 'tag'>; table: string }[] = [];

  /** How the archive's texts read a backslash. */
  get standardStrings(): boolean {
    return this.#standardStrings ?? true;
  }

  /** @throws RestoreError that names what isn't accepted */
  judge(entry: EntryTexts): void {
    const accepted = Object.hasOwn(ACCEPTED, entry.desc) ? ACCEPTED[entry.desc] : undefined;
    if (accepted === undefined) throw notAccepted(entry, 'pg_dump writes no entries of this kind');
    if ([entry.desc, entry.tag, entry.namespace].some((text) => text.includes('\0'))) {
      throw notAccepted(entry, 'its name has a zero byte');
    }
    if (isCatalogue(entry.namespace) && entry.desc !== 'ACL') {
      throw notAccepted(entry, "it is in one of PostgreSQL's own schemas");
    }
    this.#judgeData(entry);
    if (['ENCODING', 'STDSTRINGS', 'SEARCHPATH'].includes(entry.desc)) {
      this.#judgeSetting(entry);
    } else {
      this.#hasOthers = true;
      if (entry.desc === 'BLOB METADATA') judgeNumbers(entry, entry.definition);
      else this.#judgeDefinition(entry, accepted.create ?? []);
    }
    this.#follow(entry);
    // `ALTER LARGE OBJECT … OWNER TO` contains the tag unchanged
    if (entry.desc === 'BLOB') judgeNumbers(entry, entry.tag);
    this.#judgeDrop(entry, accepted.drop ?? []);
  }

  /**
   * Checks the entries together. Call this after the last one.
   * @throws RestoreError for rows that would go to another server
   */
  end(): void {
    const reaching = new Set<string>();
    const add = (table: string): void => {
      if (reaching.has(table)) return;
      reaching.add(table);
      for (const parent of this.#parents.get(table) ?? []) add(parent);
    };
    for (const table of this.#foreignTables) add(table);
    for (const { entry, table } of this.#copied) {
      if (reaching.has(table)) throw notAccepted(entry, 'its rows would be written to the server of a foreign table');
    }
  }

  /**
   * Remembers which tables lead to foreign tables, because a COPY into a foreign table, or into its parent, writes to
   * another server.
   */
  #follow(entry: EntryTexts): void {
    const { dumpId, desc, namespace, tag } = entry;
    if (desc === 'FOREIGN TABLE') this.#foreignTables.add(keyOf(entry));
    if (desc === 'TABLE DATA') {
      this.#copied.push({ entry: { dumpId, desc, namespace, tag }, table: keyOf(partitionRoot(entry) ?? entry) });
    }
    if (desc !== 'TABLE ATTACH') return;
    for (const statement of this.#read(entry, entry.definition, 'its text').statements) {
      const at = isWord(statement[2], 'only') ? 3 : 2;
      const parts = [statement[at], statement[at + 2]].map((token) => token?.value ?? '');
      const [schema = '', name = ''] = statement[at + 1]?.value === '.' ? parts : [namespace, parts[0]];
      const key = keyOf({ namespace: schema, tag: name });
      this.#parents.set(keyOf(entry), [...(this.#parents.get(keyOf(entry)) ?? []), key]);
    }
  }

  #judgeSetting(entry: EntryTexts): void {
    const { desc, definition } = entry;
    // pg_restore reads all settings first, and uses the last one of each
    if (this.#hasOthers || this.#settings.has(desc)) throw notAccepted(entry, 'it has to be the first of its kind');
    this.#settings.add(desc);
    if (desc === 'ENCODING') {
      const name = /^SET client_encoding = '([A-Za-z0-9_]+)';\n?$/.exec(definition)?.[1];
      if (name === undefined) throw notAccepted(entry, 'it is not what pg_dump writes');
      if (textDecoder(name) === undefined) throw notAccepted(entry, `texts in ${name} can't be judged safely`);
    } else if (desc === 'STDSTRINGS') {
      const value = /^SET standard_conforming_strings = '(on|off)';\n?$/.exec(definition)?.[1];
      if (value === undefined) throw notAccepted(entry, 'it is not what pg_dump writes');
      this.#standardStrings = value === 'on';
    } else if (!/^SELECT pg_catalog\.set_config\('search_path', '[\w", ]*', false\);\n?$/.test(definition)) {
      throw notAccepted(entry, 'it is not what pg_dump writes');
    }
  }

  #judgeData(entry: EntryTexts): void {
    const { desc, copy, hasData } = entry;
    if (desc === 'TABLE DATA') {
      const [statement, ...more] = this.#read(entry, copy, 'its COPY statement').statements;
      // INSERT statements (pg_dump --inserts) are data that pg_restore runs unchanged, so they would not be checked
      if (statement === undefined)
        throw notAccepted(entry, 'its rows are INSERT statements, and not those of a COPY', INSERTS_HINT);
      const root = partitionRoot(entry);
      const isOwn = fits(statement, COPY, entry) || (root !== undefined && fits(statement, COPY, root));
      if (!isOwn || more.length > 0) throw notAccepted(entry, `"${excerpt(statement)}" is not the COPY of its table`);
    } else if (copy !== '') {
      throw notAccepted(entry, 'only the rows of tables have a COPY statement');
    } else if (hasData && desc !== 'BLOBS') {
      throw notAccepted(entry, 'entries of this kind have no data');
    }
  }

  #judgeDefinition(entry: EntryTexts, forms: readonly string[]): void {
    const { statements, hasComments } = this.#read(entry, entry.definition, 'its text');
    if (hasComments && statements.length > 0) throw notAccepted(entry, 'pg_dump writes no comments between statements');
    if (entry.tag.startsWith('DATABASE ') && OF_DATABASE[entry.desc] !== undefined) {
      refuseOthers(entry, statements, OF_DATABASE[entry.desc] as readonly string[]);
    } else if (entry.desc === 'ACL') {
      judgeGrants(entry, statements, forms);
    } else {
      refuseOthers(entry, statements, forms);
    }
  }

  /** pg_restore also makes an `ALTER … OWNER TO` from this text: it removes the word DROP without checking */
  #judgeDrop(entry: EntryTexts, forms: readonly string[]): void {
    const { statements, hasComments } = this.#read(entry, entry.drop, 'what drops it');
    if (statements.length === 0) {
      if (entry.drop !== '' && !entry.drop.startsWith('-- '))
        throw notAccepted(entry, 'what drops it is not a statement');
      return;
    }
    if (hasComments) throw notAccepted(entry, 'pg_dump writes no comments between statements');
    if (!/^\S/.test(entry.drop) || statements.length > 1)
      throw notAccepted(entry, 'what drops it is not one statement');
    refuseOthers(entry, statements, forms);
  }

  #read(entry: EntryTexts, text: string, what: string): SqlText {
    if (this.#standardStrings === undefined && text.includes('\\')) {
      throw notAccepted(entry, 'it has a backslash, and the archive does not say how to read those (STDSTRINGS)');
    }
    try {
      return readSql(text, this.#standardStrings);
    } catch (error) {
      if (error instanceof Unaccepted) throw notAccepted(entry, `${what}: ${error.message}`);
      throw error;
    }
  }
}

function keyOf({ namespace, tag }: EntryName): string {
  return JSON.stringify([namespace, tag]);
}

/** pg_restore turns each line into a statement */
function judgeNumbers(entry: EntryTexts, text: string): void {
  if (!/^[0-9]+(?:\n[0-9]+)*\n?$/.test(text)) throw notAccepted(entry, 'it is not a list of numbers');
}

/** Only the grants on these are dumped. */
function isCatalogue(namespace: string): boolean {
  return namespace.startsWith('pg_') || namespace === 'information_schema';
}

/** `pg_dump --load-via-partition-root` puts a partition's rows into the table at the root, which this comment names. */
function partitionRoot({ definition }: EntryTexts): EntryName | undefined {
  const [, name] = /^-- load via partition root (\S.*)\n?$/.exec(definition) ?? [];
  if (name === undefined) return undefined;
  const parts = readSql(name).statements[0]?.filter(({ kind }) => kind !== 'symbol') ?? [];
  const [namespace, tag] = parts.map(({ value }) => value);
  if (namespace === undefined || tag === undefined || parts.length !== 2 || isCatalogue(namespace)) return undefined;
  return { namespace, tag };
}

function refuseOthers(entry: EntryTexts, statements: SqlText['statements'], forms: readonly string[]): void {
  const other = statements.find((statement) => !fits(statement, forms, entry));
  if (other === undefined) return;
  throw notAccepted(entry, `"${excerpt(other)}" is not what pg_dump writes for it`);
}

/**
 * A role other than the owner made these grants, so they are made as that role: with SET ROLE before and RESET after
 * them.
 */
function judgeGrants(entry: EntryTexts, statements: SqlText['statements'], forms: readonly string[]): void {
  let isOther = false;
  for (const statement of statements) {
    if (isWord(statement[0], 'set', 'reset')) {
      if (!fits(statement, isOther ? END_SESSION_OF : SESSION_OF, entry)) refuseOthers(entry, [statement], []);
      isOther = !isOther;
    } else refuseOthers(entry, [statement], forms);
  }
  if (isOther) throw notAccepted(entry, 'it keeps the session of another role');
}

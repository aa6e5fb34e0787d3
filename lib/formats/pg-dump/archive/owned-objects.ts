/**
 * The objects that a role created in a database, and their owners according to the archive. Pure: the rows are read
 * elsewhere.
 */

import { GRANTED_CLASSES } from '../sql/accepted-statements.ts';
import type { TokenKind } from '../sql/lexer.ts';
import { isSymbol, isWord, readSql, type SqlToken } from '../sql/tokens.ts';
import type { Toc, TocEntry } from './format.ts';
import { keyOfEntry, keysOfObject, type ObjectAddress } from './toc-key.ts';

/** An object that a role owns. */
export interface OwnedRow extends ObjectAddress {
  /** Quoted if needed, with its schema. */
  readonly identity: string;
  /** For a routine: its name and arguments as in grants, which may name the arguments. */
  readonly signature: string | null;
}

/** Reads what the role $1 owns in the database. Names are as in DEPENDENTS_SQL. */
export const OWNED_SQL = `
SELECT a.type AS kind, a.object_args AS args, i.identity,
       p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS signature,
       CASE WHEN t.oid IS NULL THEN a.object_names
            ELSE ARRAY[n.nspname::pg_catalog.text, t.typname::pg_catalog.text] END AS names
  FROM pg_catalog.pg_shdepend d
  JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid AND r.rolname = $1
  JOIN pg_catalog.pg_database b ON b.oid = d.dbid AND b.datname = pg_catalog.current_database()
 CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(d.classid, d.objid, 0) a
 CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
  LEFT JOIN pg_catalog.pg_type t
    ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.objid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_proc p
    ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid
 WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.deptype = 'o'
 ORDER BY d.classid, d.objid`;

const ALTER_WORDS: Readonly<Record<string, string>> = {
  function: 'ROUTINE',
  procedure: 'ROUTINE',
  aggregate: 'ROUTINE',
  'statistics object': 'STATISTICS',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
};
/**
 * A table's sequences change their owner along with the table, and can't be reassigned separately. A schema's new owner
 * may create objects in it.
 */
const ORDER = ['schema', 'table', 'foreign table'];

export interface OwnerChange {
  readonly entry: TocEntry;
  /** `TABLE app.orders`, for ALTER. */
  readonly object: string;
  readonly owner: string;
}

/** `TABLE app.orders`, for ALTER. */
export function alteredAs({ kind, identity }: Pick<OwnedRow, 'kind' | 'identity'>): string {
  return `${ALTER_WORDS[kind] ?? kind.toUpperCase()} ${identity}`;
}

/** The new owner of each object, in an order that works. Objects that no entry names are left out. */
export function ownerChanges(rows: readonly OwnedRow[], toc: Pick<Toc, 'entries'>): OwnerChange[] {
  const owners = new Map<string, TocEntry>();
  for (const entry of toc.entries) {
    if (entry.owner === '' || entry.drop === '') continue;
    for (const key of ownedKeys(entry)) owners.set(key, entry);
  }
  const placeOf = ({ kind }: OwnedRow) =>
    ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length + +(kind === 'sequence');
  return rows
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .flatMap((row) => {
      const entry = keysOfRow(row)
        .map((key) => owners.get(key))
        .find((one) => one !== undefined);
      if (entry === undefined) return [];
      return [{ entry, object: alteredAs(row), owner: entry.owner }];
    });
}

function ownedKeys(entry: TocEntry): string[] {
  const large = (tag: string) => keyOfEntry({ desc: 'LARGE OBJECT', namespace: '', tag });
  if (entry.desc === 'BLOB') return [large(entry.tag)];
  if (entry.desc === 'BLOB METADATA') return entry.definition.trim().split('\n').map(large);
  return ROUTINES.includes(entry.desc) ? writtenKeys(entry) : [keyOfEntry(entry)];
}

const RELATIONS = ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE', 'SEQUENCE'];
const KINDS_OF_CLASS: Readonly<Record<string, readonly string[]>> = {
  TABLE: RELATIONS,
  SEQUENCE: RELATIONS,
  FUNCTION: ['FUNCTION', 'AGGREGATE'],
  'FOREIGN SERVER': ['SERVER'],
};

/** The keys of everything that a role owns. */
export function keysOf(rows: readonly OwnedRow[]): Set<string> {
  return new Set(rows.flatMap(keysOfRow));
}

/** Grants, and plain SQL, name the arguments of a routine. */
function keysOfRow(row: OwnedRow): string[] {
  const { kind, names, signature: tag } = row;
  const bySignature = tag === null ? [] : writtenKeys({ desc: kind.toUpperCase(), namespace: names[0] ?? '', tag });
  return [...keysOfObject(row), ...bySignature];
}

/** The key of a routine with its arguments as written, but without quotes, because pg_dump can quote all names. */
function writtenKeys(entry: Pick<TocEntry, 'desc' | 'namespace' | 'tag'>): string[] {
  const at = entry.tag.indexOf('(');
  if (at < 0) return [keyOfEntry(entry)];
  const tokens = readSql(entry.tag.slice(at)).statements[0] ?? [];
  const tag = `${entry.tag.slice(0, at)}${tokens.map(({ value }) => value).join(' ')}`;
  return [keyOfEntry(entry), keyOfEntry({ ...entry, tag })];
}

const ROUTINES = ['FUNCTION', 'PROCEDURE', 'AGGREGATE'];

/**
 * The possible keys of a grant's object: `GRANT privileges ON class name[(arguments)] TO …`.
 * @returns none if the statement names a different object from its entry
 */
export function keysOfGrant(entry: TocEntry, text: string, standardStrings = true): string[] {
  const tokens = readSql(text, standardStrings).statements[0] ?? [];
  const found = grantedClass(tokens);
  if (found === undefined) return [];
  const { granted } = found;
  const { parts, end } = nameAt(tokens, found.end);
  const isRoutine = granted === 'FUNCTION' || granted === 'PROCEDURE';
  const [namespace, name] = parts.length === 2 ? [parts[0] as string, parts[1] as string] : ['', parts[0] ?? ''];
  if (parts.length === 0 || parts.length > 2 || namespace !== (entry.namespace || namespace)) return [];
  let tag = name;
  if (isRoutine) {
    // a grant's entry quotes the name if necessary, but the function's own entry never does
    const signature = entry.tag.replace(/^[A-Z]+ /, '');
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const called = [name, quoted].find((one) => signature.startsWith(`${one}(`));
    if (called === undefined) return [];
    const args = signature.slice(called.length);
    const own = readSql(args).statements[0] ?? [];
    if (!sameTokens(own, tokens.slice(end, end + own.length))) return [];
    tag = name + args;
    if (!isWord(tokens[end + own.length], 'to', 'from')) return [];
  } else if (!isWord(tokens[end], 'to', 'from')) return [];
  const key = isRoutine ? writtenKeys : (one: Pick<TocEntry, 'desc' | 'namespace' | 'tag'>) => [keyOfEntry(one)];
  return (KINDS_OF_CLASS[granted] ?? [granted]).flatMap((desc) => key({ desc, namespace, tag }));
}

/** The class of the objects in a GRANT or REVOKE, in capitals, and the token at which their names begin. */
export function grantedClass(tokens: readonly SqlToken[]): { granted: string; end: number } | undefined {
  const start = tokens.findIndex((token) => isWord(token, 'on')) + 1;
  for (const count of start === 0 ? [] : [3, 2, 1]) {
    const words = tokens.slice(start, start + count).map(({ value }) => value.toUpperCase());
    const granted = words.join(' ');
    if (GRANTED_CLASSES.includes(granted)) return { granted, end: start + count };
  }
  return undefined;
}

/** Reads a name from its tokens. A large object's name is its number. */
const NAME_KINDS: readonly TokenKind[] = ['word', 'name', 'number'];

function nameAt(tokens: readonly SqlToken[], start: number): { parts: string[]; end: number } {
  const parts: string[] = [];
  let at = start;
  for (;;) {
    const token = tokens[at];
    if (token === undefined || !NAME_KINDS.includes(token.kind)) return { parts: [], end: at };
    parts.push(token.value);
    at += 1;
    if (!isSymbol(tokens[at], '.')) return { parts, end: at };
    at += 1;
  }
}

function sameTokens(a: readonly SqlToken[], b: readonly SqlToken[]): boolean {
  return a.length === b.length && a.every(({ kind, value }, at) => kind === b[at]?.kind && value === b[at]?.value);
}

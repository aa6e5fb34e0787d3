/**
 * Which entries of an archive only a superuser may create, and no other session of ours creates instead: the server
 * would run or trust them without further checks. Source: the checks of `superuser()` in PostgreSQL 13 to 18
 * (`functioncmds.c`, `typecmds.c`, `opclasscmds.c`, `amcmds.c`, `tsearchcmds.c`, `proclang.c`, `aggregatecmds.c`),
 * `file_fdw` and `postgres_fdw`.
 */

import type { PostgresContents } from '../../dump-contents.ts';
import { isSymbol, isWord, readSql, type SqlToken } from '../sql/tokens.ts';
import type { Toc, TocEntry } from './format.ts';

const ALWAYS: Readonly<Record<string, string>> = {
  'ACCESS METHOD': 'an access method',
  'SHELL TYPE': 'a base type',
  'OPERATOR CLASS': 'an operator class',
  'OPERATOR FAMILY': 'an operator family',
  'TEXT SEARCH PARSER': 'a text search parser',
  'TEXT SEARCH TEMPLATE': 'a text search template',
};
const UNTRUSTED_LANGUAGES = new Set([
  ...['c', 'internal', 'plpythonu', 'plpython2u', 'plpython3u', 'plperlu', 'pltclu', 'javau', 'plsh', 'plr'],
]);
/**
 * Options of a foreign table or a user mapping that only superusers, or users who may read the server's files, may set.
 */
const GUARDED_OPTIONS = ['filename', 'program', 'password_required', 'sslcert', 'sslkey'];

/**
 * @param entry `definition` is its whole text
 * @returns what it is, in words; undefined if every owner of a database may create it
 */
export function superuserDemand(
  { desc, tag, definition }: Pick<TocEntry, 'desc' | 'tag' | 'definition'>,
  standardStrings: boolean,
): string | undefined {
  const tokens = () => readSql(definition, standardStrings).statements[0] ?? [];
  switch (desc) {
    case 'FUNCTION':
    case 'PROCEDURE':
      return ofRoutine(tokens());
    case 'AGGREGATE': {
      const found = tokens();
      const isInternal = found.some(
        (token, at) => isWord(token, 'stype', 'mstype') && isWord(found[at + 2], 'internal'),
      );
      return isInternal ? 'an aggregate with a state of type internal' : undefined;
    }
    case 'TYPE':
      return tokens().some((token) => isWord(token, 'as')) ? undefined : 'a base type';
    case 'CAST':
      if (tokens().some((token) => isWord(token, 'without'))) return 'a cast without a function';
      return tag.includes('.') ? undefined : "a cast between PostgreSQL's own types";
    case 'TRANSFORM':
      return tag.includes('.') ? undefined : "a transform of one of PostgreSQL's own types";
    case 'PROCEDURAL LANGUAGE':
      return tag === 'plpgsql' ? undefined : 'a language';
    case 'FOREIGN DATA WRAPPER':
      return tokens().some((token) => isWord(token, 'handler', 'validator'))
        ? 'a foreign-data wrapper with functions'
        : undefined;
    case 'FOREIGN TABLE':
    case 'USER MAPPING':
      return guardedOption(tokens());
    default:
      return ALWAYS[desc];
  }
}

/** A function's attributes come before its body. */
function ofRoutine(tokens: readonly SqlToken[]): string | undefined {
  for (const [at, token] of tokens.entries()) {
    if (isWord(token, 'as', 'atomic')) return undefined;
    if (isSymbol(tokens[at - 1], '.')) continue;
    const next = tokens[at + 1];
    if (isWord(token, 'language') && next !== undefined) {
      const name = next.value.toLowerCase();
      if (next.kind === 'string' || UNTRUSTED_LANGUAGES.has(name)) return `a function in the language ${name}`;
    }
    if (isWord(token, 'leakproof')) return 'a function that is trusted not to leak (LEAKPROOF)';
    if (isWord(token, 'support') && next?.kind !== 'symbol') return 'a function with a support function';
  }
  return undefined;
}

function guardedOption(tokens: readonly SqlToken[]): string | undefined {
  const at = tokens.findIndex((token) => isWord(token, 'options'));
  const option = tokens.slice(at + 1).find(({ kind, value }) => kind !== 'string' && GUARDED_OPTIONS.includes(value));
  return at < 0 || option === undefined ? undefined : `the option ${option.value}`;
}

/**
 * What else only a superuser may create. If a temporary role loads the dump, the connection's user creates it. Managed
 * services also let their administrators do so.
 */
export function superuserPart(desc: string, definition: string): string | undefined {
  if (desc === 'PUBLICATION' && !/\sFOR ALL TABLES\b/i.test(definition)) return undefined;
  return PARTS[desc];
}

const PARTS: Readonly<Record<string, string>> = {
  'EVENT TRIGGER': 'an event trigger',
  'FOREIGN DATA WRAPPER': 'a foreign-data wrapper',
  PUBLICATION: 'a publication of all tables',
  'PUBLICATION TABLES IN SCHEMA': 'a publication of all tables of a schema',
};

const MOST_NAMED = 5;

/** One line for each of the first entries that need a superuser. */
export function superuserDemands({ entries }: Toc): string[] {
  return firstOf(
    entries
      .filter(({ demand }) => demand !== undefined)
      .map(({ desc, namespace, tag, demand }) => `${desc} ${namespace ? `${namespace}.` : ''}${tag} (${demand})`),
  );
}

/** The same for a dump's contents, which also include what the connection's user creates if a role loads the dump. */
export function superuserDemandsOf({ superuser }: Pick<PostgresContents, 'superuser'>): string[] {
  return firstOf(
    superuser
      .filter(({ kind, what }) => PARTS[kind] !== what)
      .map(({ kind, schema, name, what }) => `${kind} ${schema ? `${schema}.` : ''}${name} (${what})`),
  );
}

function firstOf(lines: readonly string[]): string[] {
  const more = lines.length > MOST_NAMED ? [`${lines.length - MOST_NAMED} more`] : [];
  return [...lines.slice(0, MOST_NAMED), ...more];
}

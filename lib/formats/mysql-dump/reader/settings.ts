import type { Verdict } from '../judge/verdict.ts';
import { characterSetFault } from './character-sets.ts';
import { isAlwaysRun } from './readings.ts';
import type { Tokens } from './tokens.ts';

/**
 * The only accepted forms of SET, which are those that dump tools write:
 * - `save`: a user variable keeps the value of a system variable.
 * - `value`: a session variable gets a literal; undefined for NULL.
 * - `saved`: a session variable gets the value kept in a user variable.
 * - `global`: a variable of the whole server, whatever its value.
 * - `bulk load`: part of what mysqldump writes for Percona's MyRocks.
 * - `isolation`: SET SESSION TRANSACTION ISOLATION LEVEL …
 */
export type Assignment =
  | { kind: 'save'; user: string; of: string }
  | { kind: 'value'; name: string; value: string | undefined; isString: boolean }
  | { kind: 'saved'; name: string; user: string }
  | { kind: 'global'; shown: string }
  | { kind: 'bulk load' | 'isolation' };

const GLOBAL_SCOPES = new Set(['GLOBAL', 'PERSIST', 'PERSIST_ONLY']);
const SESSION_SCOPES = new Set(['SESSION', 'LOCAL']);
/**
 * Forms of SET that aren't assignments: accounts and roles, and MariaDB's SET STATEMENT, which runs another statement.
 */
const OTHER_FORMS = new Set(['PASSWORD', 'DEFAULT', 'ROLE', 'RESOURCE', 'STATEMENT']);
/** Words after `=` that are values. */
const WORD_VALUE = /^(ON|OFF|TRUE|FALSE|SYSTEM|BINARY|[a-z][a-z0-9]*(_[a-z0-9]+)*)$/i;

/** mysqldump sets this variable, and keeps its previous value in another one, around a dump that has a GTID_PURGED. */
const LOG_BIN_NAMES = new Set(['SQL_LOG_BIN', 'MYSQLDUMP_TEMP_LOG_BIN']);
const LOG_BIN = {
  action: 'leave out' as const,
  what: 'SET SQL_LOG_BIN',
  why: "it would keep the restore out of the binary log, and so from the server's replicas",
};
export const MYROCKS = "it only speeds up Percona's MyRocks, by means that cannot be checked";

/** These determine how the server reads the bytes of what follows. */
const OF_THE_READER = new Set(['SQL_MODE', 'CHARACTER_SET_CLIENT']);
const CHARACTER_SETS = new Set(['CHARACTER_SET_CLIENT', 'CHARACTER_SET_RESULTS', 'CHARACTER_SET_CONNECTION']);
/** Other variables that dump tools (mysqldump.c, mariadb-dump) set. They don't change the meaning of statements. */
const HARMLESS = new Set(
  (
    'AUTOCOMMIT CHECK_CONSTRAINT_CHECKS COLLATION_CONNECTION FOREIGN_KEY_CHECKS INNODB_STATS_AUTO_RECALC NOTE_VERBOSITY ' +
    'SQL_AUTO_IS_NULL SQL_NOTES SQL_QUOTE_SHOW_CREATE SQL_REQUIRE_PRIMARY_KEY SYSTEM_VERSIONING_INSERT_HISTORY ' +
    'TIME_ZONE UNIQUE_CHECKS MAX_STATEMENT_TIME LOCK_WAIT_TIMEOUT WAIT_TIMEOUT NET_READ_TIMEOUT NET_WRITE_TIMEOUT'
  ).split(' '),
);
const SQL_MODES = new Set(
  (
    'ALLOW_INVALID_DATES ANSI ANSI_QUOTES DB2 EMPTY_STRING_IS_NULL ERROR_FOR_DIVISION_BY_ZERO HIGH_NOT_PRECEDENCE ' +
    'IGNORE_BAD_TABLE_OPTIONS IGNORE_SPACE MAXDB MSSQL MYSQL323 MYSQL40 NO_AUTO_CREATE_USER NO_AUTO_VALUE_ON_ZERO ' +
    'NO_BACKSLASH_ESCAPES NO_DIR_IN_CREATE NO_ENGINE_SUBSTITUTION NO_FIELD_OPTIONS NO_KEY_OPTIONS NO_TABLE_OPTIONS ' +
    'NO_UNSIGNED_SUBTRACTION NO_ZERO_DATE NO_ZERO_IN_DATE ONLY_FULL_GROUP_BY ORACLE PAD_CHAR_TO_FULL_LENGTH ' +
    'PIPES_AS_CONCAT POSTGRESQL REAL_AS_FLOAT SIMULTANEOUS_ASSIGNMENT STRICT_ALL_TABLES STRICT_TRANS_TABLES ' +
    'TIME_ROUND_FRACTIONAL TIME_TRUNCATE_FRACTIONAL TRADITIONAL'
  ).split(' '),
);

/**
 * Reads a SET, from the token after SET to its end.
 * @returns the part that isn't one of the forms, in words.
 */
export function readSet(tokens: Tokens): Assignment[] | { unknown: string; why: 'server' | 'unknown' } {
  const assignments: Assignment[] = [];
  for (;;) {
    const some = readAssignment(tokens);
    if ('unknown' in some) return some;
    assignments.push(...some.read);
    if (tokens.isEnd()) return assignments;
    if (!tokens.isPunctuation(','))
      return { unknown: `SET ${shownName(assignments)} to an expression`, why: 'unknown' };
    tokens.next();
  }
}

/**
 * Checks a SET, from the token after SET to its end.
 * @param saved the system variable whose value each user variable keeps. The variables that this SET saves are added.
 */
export function judgeSet(tokens: Tokens, saved: Map<string, string>): Verdict {
  const assignments = readSet(tokens);
  if (!Array.isArray(assignments)) return { action: 'refuse', what: assignments.unknown, why: assignments.why };
  const leftOut = assignments.map(leftOutFor);
  const [first] = leftOut.filter((verdict) => verdict !== undefined);
  if (first !== undefined) {
    // the whole SET is left out, because otherwise its other settings would be relied on
    const others = assignments.filter((_, index) => leftOut[index] === undefined);
    return others.length === 0
      ? first
      : { action: 'refuse', what: `${first.what} with other settings`, why: 'unknown' };
  }
  const conditional = tokens.versionComments.some((comment) => !isAlwaysRun(comment));
  const saves = new Map<string, string>();
  const assigned = new Set<string>();
  for (const one of assignments) {
    const fault = assignmentFault(one, { saved, saves, assigned, conditional });
    if (fault !== undefined) return { action: 'refuse', what: `SET ${fault}`, why: 'unknown' };
    if (one.kind === 'save') saves.set(one.user, one.of);
    else if ('name' in one) assigned.add(one.name);
  }
  for (const [user, of] of saves) saved.set(user, of);
  return { action: 'pass' };
}

function leftOutFor(one: Assignment): Extract<Verdict, { action: 'leave out' }> | undefined {
  if (one.kind === 'bulk load') return { action: 'leave out', what: 'SET @ROCKSDB_…', why: MYROCKS };
  if (one.kind === 'global') {
    return { action: 'leave out', what: `SET ${one.shown}`, why: 'it would change the whole server' };
  }
  const names = one.kind === 'save' ? [one.user, one.of] : 'name' in one ? [one.name] : [];
  return names.some((name) => LOG_BIN_NAMES.has(name)) ? LOG_BIN : undefined;
}

interface Context {
  saved: ReadonlyMap<string, string>;
  /** By the same SET. */
  saves: ReadonlyMap<string, string>;
  assigned: ReadonlySet<string>;
  /** Some servers skip it. */
  conditional: boolean;
}

function assignmentFault(one: Assignment, { saved, saves, assigned, conditional }: Context): string | undefined {
  switch (one.kind) {
    case 'save':
      // servers disagree about whether it keeps the new value or the old one
      if (assigned.has(one.of)) return `@${one.user} after ${one.of}`;
      return conditional && OF_THE_READER.has(one.of) ? `@${one.user} for some servers only` : undefined;
    case 'saved':
      if (conditional && OF_THE_READER.has(one.name)) return `${one.name} for some servers only`;
      // if it doesn't change how statements are read, it may have any value
      if (HARMLESS.has(one.name)) return undefined;
      return saved.get(one.user) === one.name && !saves.has(one.user)
        ? undefined
        : `${one.name} to what @${one.user} holds`;
    case 'value':
      if (conditional && OF_THE_READER.has(one.name)) return `${one.name} for some servers only`;
      return valueFault(one);
    default:
      return undefined;
  }
}

function valueFault({ name, value, isString }: Extract<Assignment, { kind: 'value' }>): string | undefined {
  if (name === 'SQL_MODE') {
    const modes = isString ? (value ?? '').toUpperCase().split(',') : undefined;
    return modes?.every((mode) => mode === '' || SQL_MODES.has(mode)) ? undefined : 'SQL_MODE to no literal mode';
  }
  if (CHARACTER_SETS.has(name)) {
    if (value === undefined) return name === 'CHARACTER_SET_CLIENT' ? `${name} to NULL` : undefined;
    const fault = characterSetFault(value);
    return fault === undefined ? undefined : `${name} to ${fault}`;
  }
  if (name === 'COLLATION_CONNECTION') return /^\w+$/.test(value ?? '') ? undefined : name;
  return HARMLESS.has(name) ? undefined : name;
}

function readAssignment(tokens: Tokens): { read: Assignment[] } | { unknown: string; why: 'server' | 'unknown' } {
  if (tokens.isPunctuation('@')) return readSave(tokens);
  const system = tokens.isPunctuation('@@');
  if (system) tokens.next();
  let scope = tokens.isName ? tokens.value.toUpperCase() : '';
  if (!system && OTHER_FORMS.has(scope)) return { unknown: `SET ${scope}`, why: 'server' };
  const scoped = GLOBAL_SCOPES.has(scope) || SESSION_SCOPES.has(scope);
  if (scoped) {
    tokens.next();
    if (tokens.isPunctuation('.')) tokens.next();
  } else scope = '';
  const name = tokens.isName ? tokens.value.toUpperCase() : '';
  if (GLOBAL_SCOPES.has(scope)) {
    const shown = system ? `@@${scope}.${name}` : `${scope} ${name}`;
    skipToComma(tokens);
    return { read: [{ kind: 'global', shown }] };
  }
  tokens.next();
  if (!system && !scoped && name === 'NAMES') return readNames(tokens);
  if (!system && !scoped && (name === 'CHARSET' || (name === 'CHARACTER' && tokens.isWord('SET')))) {
    if (name === 'CHARACTER') tokens.next();
    return readCharacterSet(tokens);
  }
  if (!system && scoped && name === 'TRANSACTION') {
    while (tokens.type === 'word') tokens.next();
    return { read: [{ kind: 'isolation' }] };
  }
  if (!pastEquals(tokens)) return { unknown: `SET ${name}`, why: 'unknown' };
  if (tokens.isPunctuation('@')) {
    tokens.next();
    const user = tokens.value.toUpperCase();
    tokens.next();
    return { read: [{ kind: 'saved', name, user }] };
  }
  const literal = readLiteral(tokens);
  if (literal === undefined) return { unknown: `SET ${name} to an expression`, why: 'unknown' };
  return { read: [{ kind: 'value', name, ...literal }] };
}

/** `@name = @@variable` */
function readSave(tokens: Tokens): { read: Assignment[] } | { unknown: string; why: 'unknown' } {
  const adjoining = tokens.end;
  tokens.next();
  const user = tokens.value.toUpperCase();
  const isName = tokens.start === adjoining && (tokens.isName || tokens.type === 'string');
  const unknown = { unknown: `SET @${user}`, why: 'unknown' as const };
  if (!isName) return unknown;
  tokens.next();
  if (user.startsWith('ROCKSDB_')) {
    skipToComma(tokens);
    return { read: [{ kind: 'bulk load' }] };
  }
  if (!pastEquals(tokens)) return unknown;
  if (user === 'MYSQLDUMP_TEMP_LOG_BIN') skipToComma(tokens);
  if (user === 'MYSQLDUMP_TEMP_LOG_BIN') return { read: [{ kind: 'save', user, of: 'SQL_LOG_BIN' }] };
  if (!tokens.isPunctuation('@@')) return unknown;
  tokens.next();
  let of = tokens.value.toUpperCase();
  tokens.next();
  if (tokens.isPunctuation('.')) {
    const ofSession = SESSION_SCOPES.has(of);
    tokens.next();
    of = ofSession ? tokens.value.toUpperCase() : `${of}.${tokens.value.toUpperCase()}`;
    tokens.next();
  }
  return { read: [{ kind: 'save', user, of }] };
}

/** `NAMES x [COLLATE y]` */
function readNames(tokens: Tokens): { read: Assignment[] } | { unknown: string; why: 'unknown' } {
  const { read } = readCharacterSet(tokens);
  if (!tokens.isWord('COLLATE')) return { read };
  tokens.next();
  const collation = readLiteral(tokens);
  if (collation === undefined) return { unknown: 'SET NAMES … COLLATE', why: 'unknown' };
  return { read: [...read, { kind: 'value', name: 'COLLATION_CONNECTION', ...collation }] };
}

function readCharacterSet(tokens: Tokens): { read: Assignment[] } {
  const literal = readLiteral(tokens) ?? { value: '', isString: false };
  return { read: [{ kind: 'value', name: 'CHARACTER_SET_CLIENT', ...literal }] };
}

/** `=` or `:=` */
function pastEquals(tokens: Tokens): boolean {
  if (tokens.isPunctuation(':')) tokens.next();
  if (!tokens.isPunctuation('=')) return false;
  tokens.next();
  return true;
}

/** Reads a string, number or bare word, and moves past it. */
function readLiteral(tokens: Tokens): { value: string | undefined; isString: boolean } | undefined {
  const { type, value } = tokens;
  const isString = type === 'string';
  const isValue = isString || type === 'number' || (type === 'word' && WORD_VALUE.test(value));
  if (!isValue) return undefined;
  tokens.next();
  if (type === 'word' && value.toUpperCase() === 'NULL') return { value: undefined, isString };
  return type === 'word' && value.toUpperCase() === 'DEFAULT' ? undefined : { value, isString };
}

function skipToComma(tokens: Tokens): void {
  for (let depth = 0; !tokens.isEnd(); tokens.next()) {
    if (tokens.isPunctuation('(')) depth++;
    else if (tokens.isPunctuation(')')) depth--;
    else if (depth === 0 && tokens.isPunctuation(',')) return;
  }
}

function shownName(assignments: readonly Assignment[]): string {
  const last = assignments.at(-1);
  if (last === undefined) return '';
  return 'name' in last ? last.name : 'user' in last ? `@${last.user}` : '';
}

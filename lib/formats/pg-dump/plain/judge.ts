/**
 * Which statements a plain SQL dump may contain: those that pg_dump 13 to 18 writes for one database, recognised by
 * their tokens. Source: pg_dump.c, dumputils.c (buildACLCommands), pg_backup_archiver.c (_doSetFixedOutputState,
 * _printTocEntry, RestoreArchive) and pg_backup_null.c (large objects). Anything that isn't on a list here is refused.
 */
import { Unaccepted } from './refusal.ts';
import { checkCopy, checkInsert } from './rows.ts';
import { readSetting, type Setting } from './settings.ts';
import { type Outline, outline, type Token } from './statement.ts';

export type Verdict =
  | {
      action: 'run';
      /** The settings that it makes for the following statements. */
      setting?: Setting | undefined;
      /** Whether it creates a function that runs with its owner's rights. */
      ownersRights?: boolean | undefined;
      /** Whether its effect stays if the transaction is rolled back. */
      isSetval?: boolean | undefined;
      /** Whether it sets planner statistics with a function that servers have since version 18. */
      isStatistics?: boolean | undefined;
      /** The number of rows in an INSERT. */
      rows?: number | undefined;
    }
  /** COPY … FROM stdin, whose rows follow. */
  | { action: 'rows' }
  /** @param note the reason, if it is worth a line in the log; one line for each kind. */
  | { action: 'leave out'; note?: string | undefined };

const RUN: Verdict = { action: 'run' };
const LEAVE_OUT: Verdict = { action: 'leave out' };

/** Kinds of objects inside a database, by their names in statements. */
const OBJECTS = new Set([
  ...['access method', 'aggregate', 'cast', 'collation', 'conversion', 'domain', 'event trigger', 'extension'],
  ...['foreign data wrapper', 'foreign table', 'function', 'index', 'language', 'materialized view'],
  ...['operator class', 'operator family', 'operator', 'policy', 'procedure', 'publication', 'rule', 'schema'],
  ...['sequence', 'server', 'statistics', 'table', 'text search configuration', 'text search dictionary'],
  ...['text search parser', 'text search template', 'transform', 'trigger', 'type', 'user mapping', 'view'],
]);
const ALTERED = new Set(
  [...OBJECTS, 'large object', 'default privileges'].filter(
    (kind) => !['access method', 'cast', 'extension', 'policy', 'rule', 'transform', 'user mapping'].includes(kind),
  ),
);
const COMMENTED = new Set([...OBJECTS, 'column', 'constraint', 'large object']);
/** Words between CREATE or DROP and the kind of object. */
const MODIFIERS = new Set(['or', 'replace', 'unlogged', 'trusted', 'procedural', 'default', 'unique', 'constraint']);
/** The actions that pg_dump takes on an existing table. */
const TABLE_ACTIONS = new Set([
  ...[
    'add',
    'alter',
    'attach',
    'cluster',
    'disable',
    'drop',
    'enable',
    'force',
    'inherit',
    'no',
    'owner',
    'replica',
    'set',
  ],
]);
const COLUMN_ACTIONS = new Set(['add', 'drop', 'options', 'set']);
const NOT_IN_A_DATABASE = new Set(['database', 'tablespace', 'parameter', 'role']);
const TRANSACTION = new Set('abort begin commit end prepare release rollback savepoint start'.split(' '));

const SUBSCRIPTION_NOTE = 'subscriptions are left out: they would fetch rows from another server';
const DATABASE_NOTE =
  'the statements that create the database and set its properties are left out: the target exists already';

/** Calls with constant arguments. Here, a string is `'s'` and a number is `0`. */
const SELECTS = [
  /^select pg_catalog \. set_config \( 's' , 's' , false \) ;$/,
  /^select pg_catalog \. setval \( 's' , (- )?0 , (true|false) \) ;$/,
  /^select pg_catalog \. (lo_create|lo_unlink) \( ('s'|0) \) ;$/,
  /^select pg_catalog \. lo_open \( ('s'|0) , 0 \) ;$/,
  /^select pg_catalog \. lowrite \( 0 , 's' \) ;$/,
  /^select pg_catalog \. lo_close \( 0 \) ;$/,
  /^select pg_catalog \. lo_unlink \( ('s'|0|oid) \) from pg_catalog \. pg_largeobject_metadata where oid = ('s'|0) ;$/,
  /^select case when exists \( select 0 from pg_catalog \. pg_largeobject_metadata where oid = 's' \) then pg_catalog \. lo_unlink \( 's' \) end ;$/,
  // statistics, since 18
  /^select \* from pg_catalog \. pg_restore_(relation|attribute|extended)_stats \( 's' , 's'( : : [a-z_]+( \w+)?( \[ \])?)?( , 's' , 's'( : : [a-z_]+( \w+)?( \[ \])?)?)* \) ;$/,
];

const NAME = '("n"|[\\w$\\x80-\\xff]+)';
const REFRESH = new RegExp(`^refresh materialized view ${NAME}( \\. ${NAME})? ;$`);
const SCHEMA = new RegExp(`^create schema (if not exists )?${NAME}( authorization ${NAME})? ;$`);
const EXTENSION = new RegExp(`^create extension (if not exists )?${NAME}( (with )?schema ${NAME})? ;$`);

/** A library that the server finds by name. It isn't a path, which might be that of an uploaded file. */
const LIBRARY = /^'(\$libdir\/)?[\w.+-]+'$/;

/** Checks the statements of one dump in order. */
export class PlainJudge {
  /** Whether anything except settings and the database itself has come. */
  #begun = false;
  /** How often CREATE DATABASE has come. */
  #created = 0;
  #connectedTo: string | undefined;
  /** Whether DROP DATABASE has come: then CREATE DATABASE has to follow. */
  #dropped = false;
  /** Between BEGIN and COMMIT. */
  #inBlock = false;
  /** Between SET SESSION AUTHORIZATION and its RESET, which pg_dump writes around a grant by another role. */
  #asGrantor = false;

  /**
   * @param statement from its first token to its semicolon
   * @param backslashes whether standard_conforming_strings is off
   * @throws Unaccepted
   */
  judge(statement: Buffer, backslashes: boolean): Verdict {
    if (/^insert\b/i.test(statement.toString('latin1', 0, 16))) {
      this.#begin();
      return { action: 'run', rows: checkInsert(statement, backslashes) };
    }
    if (/^copy\b/i.test(statement.toString('latin1', 0, 16))) {
      this.#begin();
      checkCopy(statement, backslashes);
      return { action: 'rows' };
    }
    const found = outline(statement, backslashes);
    const [first, second] = found.head;
    if (first?.kind !== 'word') throw unknown(found);
    if (this.#asGrantor && !['grant', 'revoke', 'reset'].includes(first.text)) {
      throw new Unaccepted('something other than a grant follows SET SESSION AUTHORIZATION', AUTHORIZATION_HINT);
    }
    if (TRANSACTION.has(first.text)) return this.#transaction(found);
    if (first.text === 'set') return this.#set(found);
    if (first.text === 'reset') return this.#reset(found);
    if (second?.text === 'database' && second.kind === 'word') return this.#database(found);
    if (/^(comment|security)$/.test(first.text)) return this.#described(found);
    if (/^(grant|revoke)$/.test(first.text)) return this.#granted(found);
    const verdict = judgeFirstWord(found);
    // it comes before CREATE DATABASE, too
    if (!(first.text === 'select' && found.head[3]?.text === 'set_config')) this.#begin();
    return verdict;
  }

  /**
   * A command that psql would run itself.
   * @param command its whole line
   */
  command(command: string): Verdict {
    const line = command.trimEnd();
    if (/^\\(un)?restrict [A-Za-z0-9]+$/.test(line)) return LEAVE_OUT;
    const name = /^\\\S*/.exec(line)?.[0] ?? '\\';
    const database = /^\\connect (.+)$/.exec(line)?.[1];
    if (database === undefined) throw new Unaccepted(`the psql command ${name} could reach outside the target`);
    const isOne = this.#created === 1 && !this.#begun && (this.#connectedTo ?? database) === database;
    if (!isOne) throw new Unaccepted(`${name} leads to another database`, ONE_DATABASE);
    this.#connectedTo = database;
    return LEAVE_OUT;
  }

  #begin(): void {
    this.end();
    this.#begun = true;
  }

  /**
   * Call this at the dump's end.
   * @throws Unaccepted
   */
  end(): void {
    if (this.#dropped && this.#created === 0) throw new Unaccepted('it drops a database', ONE_DATABASE);
  }

  /** BEGIN and COMMIT surround large objects. They aren't needed, because the whole dump is one transaction. */
  #transaction(found: Outline): Verdict {
    const word = /^(begin|commit)( work| transaction)? ;$/.exec(shape(found))?.[1];
    if (word !== (this.#inBlock ? 'commit' : 'begin')) {
      throw new Unaccepted(`${named(found, 1)} would end the transaction around the whole dump`);
    }
    this.#inBlock = !this.#inBlock;
    return LEAVE_OUT;
  }

  #set(found: Outline): Verdict {
    const [, session, authorization, role, end] = found.head;
    if (session?.text === 'session' && authorization?.text === 'authorization') {
      // --disable-triggers writes it even if nothing has changed the user
      if (!this.#asGrantor && shape(found) === 'set session authorization default ;') return LEAVE_OUT;
      const isRole = role?.kind === 'name' || (role?.kind === 'word' && role.text !== 'default');
      if (!isRole || end?.text !== ';' || this.#asGrantor)
        throw new Unaccepted('it sets the session’s user', AUTHORIZATION_HINT);
      this.#asGrantor = true;
      return RUN;
    }
    return { action: 'run', setting: readSetting(found.head) };
  }

  #reset(found: Outline): Verdict {
    if (!this.#asGrantor || shape(found) !== 'reset session authorization ;') throw unknown(found);
    this.#asGrantor = false;
    return RUN;
  }

  /** What --create writes. It is about the dumped database as a whole. */
  #database(found: Outline): Verdict {
    const [first] = found.head;
    if (first?.text === 'create' && !this.#begun && this.#created === 0) this.#created += 1;
    else if (first?.text === 'drop') {
      if (this.#begun || this.#dropped || this.#created > 0) throw new Unaccepted('it drops a database', ONE_DATABASE);
      this.#dropped = true;
    } else if (first?.text !== 'alter' || this.#created === 0) {
      throw new Unaccepted(`${named(found, 2)} reaches outside the target`, ONE_DATABASE);
    }
    return { action: 'leave out', note: DATABASE_NOTE };
  }

  #ofDatabase(found: Outline): Verdict {
    if (this.#created === 0) throw new Unaccepted(`${named(found, 3)} reaches outside the target`, ONE_DATABASE);
    return { action: 'leave out', note: DATABASE_NOTE };
  }

  /** COMMENT ON, SECURITY LABEL [FOR provider] ON. */
  #described(found: Outline): Verdict {
    const on = found.head.findIndex(({ kind, text }) => kind === 'word' && text === 'on');
    const object = found.head.slice(on + 1);
    if (on < 0 || on > 4) throw unknown(found);
    if (object[0]?.text === 'database') return this.#ofDatabase(found);
    this.#begin();
    if (object[0]?.text === 'subscription') return { action: 'leave out', note: SUBSCRIPTION_NOTE };
    if (kindIn(object, COMMENTED) === undefined) throw unknown(found);
    return RUN;
  }

  #granted(found: Outline): Verdict {
    const on = found.head.findIndex(({ kind, text }) => kind === 'word' && text === 'on');
    if (on < 0) throw new Unaccepted(`${named(found, 1)} of a role reaches outside the target`);
    const object = found.head[on + 1];
    if (object?.kind === 'word' && NOT_IN_A_DATABASE.has(object.text)) {
      if (object.text === 'database') return this.#ofDatabase(found);
      throw new Unaccepted(`${named(found, 1)} on a ${object.text} reaches outside the target`);
    }
    this.#begin();
    return RUN;
  }
}

const ONE_DATABASE = 'Restore a dump of one database, as pg_dump writes it.';
const AUTHORIZATION_HINT = 'Make the dump again without --use-set-session-authorization.';

function judgeFirstWord(found: Outline): Verdict {
  switch (found.head[0]?.text) {
    case 'create':
      return judgeCreate(found);
    case 'alter':
      return judgeAlter(found);
    case 'drop':
      return ofKind(found, OBJECTS);
    case 'select':
      return judgeSelect(found);
    case 'refresh':
      if (!REFRESH.test(shape(found))) throw unknown(found);
      return RUN;
    default:
      throw unknown(found);
  }
}

/** The kind of object that the words name. Longer names are tried first. */
function kindIn(tokens: Token[], kinds: Set<string>): string | undefined {
  const end = tokens.findIndex(({ kind }) => kind !== 'word');
  const words = tokens.slice(0, end < 0 ? tokens.length : end).map(({ text }) => text);
  for (let from = 0; from < words.length; from++) {
    for (const count of [3, 2, 1]) {
      const name = words.slice(from, from + count).join(' ');
      if (kinds.has(name)) return name;
    }
    if (!MODIFIERS.has(words[from] as string)) return undefined;
  }
  return undefined;
}

function ofKind(found: Outline, kinds: Set<string>): Verdict {
  const rest = found.head.slice(1);
  if (kindIn(rest, kinds) !== undefined) return RUN;
  if (rest[0]?.text === 'subscription') return { action: 'leave out', note: SUBSCRIPTION_NOTE };
  throw unknown(found);
}

function judgeCreate(found: Outline): Verdict {
  const verdict = ofKind(found, OBJECTS);
  if (verdict.action !== 'run') return verdict;
  const kind = kindIn(found.head.slice(1), OBJECTS);
  switch (kind) {
    case 'table':
    case 'foreign table':
      if (found.words.has('as')) throw new Unaccepted('it fills a table from a query, which pg_dump does not write');
      return RUN;
    case 'materialized view':
      if (found.tail.join(' ') !== 'with no data') {
        throw new Unaccepted('it fills a materialized view as it creates it, which pg_dump does not write');
      }
      return RUN;
    case 'schema':
      if (!SCHEMA.test(shape(found))) throw unknown(found);
      return RUN;
    case 'extension':
      if (!EXTENSION.test(shape(found))) throw unknown(found);
      return RUN;
    case 'function':
    case 'procedure':
      checkLibrary(found);
      return { action: 'run', ownersRights: found.words.has('definer') };
    default:
      return RUN;
  }
}

/** The server loads a C function's library when it creates the function. */
function checkLibrary({ languages, sources }: Outline): void {
  if (languages.every((language) => !/^["']?c["']?$/i.test(language))) return;
  if (sources.every((source) => LIBRARY.test(source) && !source.includes('..'))) return;
  throw new Unaccepted("it loads a library from outside the server's own library folder");
}

function judgeAlter(found: Outline): Verdict {
  const verdict = ofKind(found, ALTERED);
  if (verdict.action !== 'run') return verdict;
  const kind = kindIn(found.head.slice(1), ALTERED);
  const first = found.head.findIndex(({ text }) => text === kind?.split(' ').at(-1)) + 1;
  if (found.head[first]?.kind === 'word' && found.head[first]?.text === 'all') throw unknown(found);
  if (kind === 'table' || kind === 'foreign table') checkTableAction(found.head.slice(first), found);
  return RUN;
}

/** @param tokens after ALTER TABLE */
function checkTableAction(tokens: Token[], found: Outline): void {
  let at = 0;
  const takes = (...words: string[]) => {
    if (!words.every((word, index) => tokens[at + index]?.kind === 'word' && tokens[at + index]?.text === word))
      return false;
    at += words.length;
    return true;
  };
  takes('if', 'exists');
  takes('only');
  at += 1;
  while (tokens[at]?.text === '.') at += 2;
  const action = tokens[at];
  if (action?.kind !== 'word' || !TABLE_ACTIONS.has(action.text)) throw unknownAction(action, found);
  if (action.text === 'set' && tokens[at + 1]?.text === 'schema') throw unknownAction(tokens[at + 1], found);
  if (action.text !== 'alter') return;
  at += tokens[at + 1]?.text === 'column' ? 3 : 2;
  const ofColumn = tokens[at];
  if (ofColumn?.kind !== 'word' || !COLUMN_ACTIONS.has(ofColumn.text)) throw unknownAction(ofColumn, found);
}

function unknownAction(action: Token | undefined, found: Outline): Unaccepted {
  return new Unaccepted(`${named(found, 2)} … ${(action?.text ?? '').toUpperCase()} is not what pg_dump writes`);
}

function judgeSelect(found: Outline): Verdict {
  const text = shape(found);
  if (!SELECTS.some((pattern) => pattern.test(text))) {
    throw new Unaccepted('the SELECT is not one that pg_dump writes');
  }
  const [, , , called, , setting] = found.head;
  if (called?.text === 'set_config' && setting?.text !== "'search_path'") {
    throw new Unaccepted(`pg_dump does not set ${setting?.text}`);
  }
  return { action: 'run', isSetval: called?.text === 'setval', isStatistics: text.startsWith('select * ') };
}

/**
 * The statement as text that patterns can match: tokens separated by spaces, a name as `"n"`, a string as `'s'`, a
 * number as `0`.
 */
function shape({ head }: Outline): string {
  const placeholders: Partial<Record<Token['kind'], string>> = { name: '"n"', string: "'s'", number: '0' };
  return head.map(({ kind, text }) => placeholders[kind] ?? text).join(' ');
}

function named({ head }: Outline, count: number): string {
  return head
    .slice(0, count)
    .filter(({ text }) => text !== ';')
    .map(({ text }) => text.toUpperCase())
    .join(' ');
}

function unknown(found: Outline): Unaccepted {
  const words = found.head.slice(0, 3).filter(({ kind }) => kind === 'word');
  const text = words.map((word) => word.text.toUpperCase()).join(' ');
  return new Unaccepted(`${text === '' ? 'the text' : text} is not a statement that pg_dump writes`);
}

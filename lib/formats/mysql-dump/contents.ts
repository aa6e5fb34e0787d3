/** What a MySQL or MariaDB dump contains, gathered from its statements while they are judged. */
import {
  CONTENTS_VERSION,
  type DumpOrigin,
  type MysqlContents,
  type MysqlTable,
  sortedBy,
  sortedTexts,
  sortKey,
  type UsedName,
} from '../dump-contents.ts';
import { isSafeToLog } from './contents/routine-characteristics.ts';
import { DumpSession } from './contents/session.ts';
import { newTable, readAdditions, readIndex, readTable } from './contents/table-definition.ts';
import { TextNames } from './contents/text-names.ts';
import { readUsedNames } from './contents/used-names.ts';
import type { Judgement } from './judge/judge.ts';
import { type Head, readHead } from './judge/statement-head.ts';
import type { SqlStatement } from './reader/statement.ts';
import { Tokens } from './reader/tokens.ts';

type View = MysqlContents['views'][number];
type Routine = MysqlContents['routines'][number];
type Trigger = MysqlContents['triggers'][number];
type Event = MysqlContents['events'][number];

/** The common part of everything that is made of a text, and what has to wait for the dump's end. */
interface Body extends Omit<View, 'name'> {
  called: string[];
}

const ROUTINES: Record<string, Routine['kind']> = {
  'CREATE FUNCTION': 'function',
  'CREATE PROCEDURE': 'procedure',
  'CREATE PACKAGE': 'package',
  'CREATE LIBRARY': 'library',
};

/** Pass it each accepted statement with its verdict, in order. */
export class MysqlDumpContents {
  readonly #tables = new Map<string, MysqlTable>();
  readonly #views = new Map<string, Body>();
  readonly #routines = new Map<string, Body & Pick<Routine, 'kind' | 'name' | 'is_safe_to_log'>>();
  readonly #triggers = new Map<string, Body & { table: string }>();
  readonly #events = new Map<string, Body & { timeZone: string | null }>();
  readonly #sequences = new Set<string>();
  readonly #session = new DumpSession();
  readonly #texts = new TextNames();
  #largestBytes = 0;
  #largestLine = 0;
  #drops = false;

  take(statement: SqlStatement, { verdict, head, rows }: Judgement): void {
    if (verdict.action !== 'pass') return;
    const bytes = statement.textEnd - statement.textStart;
    if (bytes > this.#largestBytes) {
      this.#largestBytes = bytes;
      this.#largestLine = statement.line;
    }
    const name = head.names?.[0]?.name;
    // nearly all statements of a dump
    if (head.what === 'INSERT' || head.what === 'REPLACE') {
      const table = name === undefined ? undefined : this.#tables.get(name);
      if (table === undefined) return;
      table.rows += rows;
      table.data_bytes += bytes;
      if (bytes > table.largest_statement_bytes) table.largest_statement_bytes = bytes;
    } else if (head.what === 'SET') {
      const tokens = new Tokens(statement);
      readHead(tokens);
      this.#session.take(tokens);
    } else if (name !== undefined) this.#define(statement, head, name);
  }

  /** @param dumpBytes the size of the whole dump, decompressed */
  contents(dumpBytes: number, { serverVersion, tool, database }: DumpOrigin): MysqlContents {
    const own = [...this.#routines.values()].filter(({ kind }) => kind === 'function').map(({ name }) => name);
    // the names of MySQL's functions are case-insensitive
    const functions = new Map(own.map((name) => [name.toLowerCase(), name]));
    const madeIn = ({ called, uses, ...rest }: Body): Omit<View, 'name'> => {
      const calls = called.map((name) => functions.get(name.toLowerCase())).filter((name) => name !== undefined);
      const all = [
        ...uses.map((one) => ({ ...one, schema: one.schema === database ? null : one.schema })),
        ...calls.map((name): UsedName => ({ kind: 'routine', schema: null, name })),
      ];
      const textOf = ({ kind, schema, name }: UsedName) => sortKey([kind, schema ?? '', name]);
      return { ...rest, uses: [...new Map(sortedBy(all, textOf).map((one) => [textOf(one), one])).values()] };
    };
    const session = this.#session;
    return {
      version: CONTENTS_VERSION,
      kind: 'mysqldump',
      dump_bytes: dumpBytes,
      server_version: serverVersion ?? null,
      tool: tool ?? null,
      database: database ?? null,
      session: {
        character_sets: sortedTexts(session.allCharacterSets),
        collations: sortedTexts(session.allCollations),
        sql_modes: sortedTexts(session.allSqlModes),
        time_zones: sortedTexts(session.allTimeZones),
        variables: sortedTexts(session.allVariables),
      },
      drops: this.#drops,
      character_sets: sortedTexts(this.#texts.characterSets),
      collations: sortedTexts(this.#texts.collations),
      largest_statement_bytes: this.#largestBytes,
      largest_statement_line: this.#largestLine,
      tables: sortedBy(this.#tables.values(), ({ name }) => name),
      views: sortedBy(this.#views, ([name]) => name).map(([name, body]): View => ({ name, ...madeIn(body) })),
      routines: sortedBy(this.#routines, ([key]) => key).map(
        ([, { kind, name, is_safe_to_log, ...body }]): Routine => ({
          ...{ kind, name, ...madeIn(body) },
          ...(is_safe_to_log === undefined ? {} : { is_safe_to_log }),
        }),
      ),
      triggers: sortedBy(this.#triggers, ([name]) => name).map(
        ([name, { table, ...body }]): Trigger => ({ name, table, ...madeIn(body) }),
      ),
      events: sortedBy(this.#events, ([name]) => name).map(
        ([name, { timeZone, ...body }]): Event => ({ name, time_zone: timeZone, ...madeIn(body) }),
      ),
      sequences: sortedTexts(this.#sequences).map((name) => ({ name })),
    };
  }

  #define(statement: SqlStatement, head: Head, name: string): void {
    switch (head.what) {
      case 'CREATE TABLE': {
        // IF NOT EXISTS leaves the existing one
        if (head.isNew === false && this.#tables.has(name)) return;
        this.#texts.take(new Tokens(statement));
        this.#tables.set(name, readTable(afterHead(statement), name));
        return;
      }
      case 'TRUNCATE TABLE': {
        const table = this.#table(name);
        table.rows = 0;
        return;
      }
      case 'ALTER TABLE':
        readAdditions(afterHead(statement), this.#table(name));
        return;
      case 'CREATE INDEX': {
        const tokens = new Tokens(statement);
        tokens.next();
        tokens.next();
        readIndex(tokens, this.#table(head.names?.[1]?.name ?? ''));
        return;
      }
      case 'CREATE VIEW':
        this.#views.set(name, this.#body(statement, head));
        return;
      case 'CREATE TRIGGER':
        this.#triggers.set(name, { table: head.names?.[1]?.name ?? '', ...this.#body(statement, head) });
        return;
      case 'CREATE EVENT':
        this.#events.set(name, { timeZone: this.#session.timeZone ?? null, ...this.#body(statement, head) });
        return;
      case 'CREATE SEQUENCE':
        this.#sequences.add(name);
        return;
      default: {
        const routine = ROUTINES[head.what];
        if (routine !== undefined) this.#routine(statement, head, routine, name);
        else if (head.what.startsWith('DROP ')) this.#drop(head);
      }
    }
  }

  #routine(statement: SqlStatement, head: Head, kind: Routine['kind'], name: string): void {
    const isBody = kind === 'package' && hasBody(statement, head);
    const made = isBody ? 'package body' : kind;
    const logged = kind === 'function' ? { is_safe_to_log: isSafeToLog(afterHead(statement)) } : {};
    this.#routines.set(sortKey([made, name]), { kind: made, name, ...this.#body(statement, head), ...logged });
  }

  #table(name: string): MysqlTable {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = newTable(name);
    this.#tables.set(name, table);
    return table;
  }

  #body(statement: SqlStatement, { definer }: Head): Body {
    this.#texts.take(new Tokens(statement));
    const { used, called } = readUsedNames(afterHead(statement));
    const { sqlMode, characterSet, collation } = this.#session;
    return {
      definer: definer === undefined ? null : `${definer.user}@${definer.host}`,
      sql_mode: sqlMode ?? null,
      character_set_client: characterSet ?? null,
      collation_connection: collation ?? null,
      uses: used,
      called,
    };
  }

  /** Before a view, dumps create a table or view in its place, which they drop again. */
  #drop({ what, names = [] }: Head): void {
    this.#drops = true;
    for (const { name } of names) {
      if (what === 'DROP TABLE') this.#tables.delete(name);
      else if (what === 'DROP VIEW') this.#views.delete(name);
      else if (what === 'DROP TRIGGER') this.#triggers.delete(name);
      else if (what === 'DROP EVENT') this.#events.delete(name);
      else if (what === 'DROP SEQUENCE') this.#sequences.delete(name);
    }
  }
}

function afterHead(statement: SqlStatement): Tokens {
  const tokens = new Tokens(statement);
  readHead(tokens);
  return tokens;
}

/** Whether a package is its body: then the word comes before its name. */
function hasBody(statement: SqlStatement, head: Head): boolean {
  const tokens = new Tokens(statement);
  const end = head.names?.[0]?.start ?? 0;
  while (tokens.next() !== 'end' && tokens.start < end) if (tokens.isWord('BODY')) return true;
  return false;
}

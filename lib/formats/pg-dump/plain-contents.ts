/** What a plain SQL dump by pg_dump contains, gathered from its pieces while they are judged. */
import {
  CONTENTS_VERSION,
  type DumpOrigin,
  type PostgresContents,
  type PostgresObject,
  sortedBy,
  sortedTexts,
  sortKey,
} from '../dump-contents.ts';
import { superuserPart } from './archive/superuser-demand.ts';
import { extensionSchemas, referenced, sortedObjects, typesAndCollations } from './contents.ts';
import { namedRoles } from './named-roles.ts';
import type { PlainPiece } from './plain/dump.ts';
import { Unaccepted } from './plain/refusal.ts';
import { plainStep, Statement } from './plain/steps.ts';

/** A dump with --inserts has one statement per row, and the table's name is at the statement's beginning. */
const HEAD_BYTES = 1024;
const ROWS_OF = /^(?:INSERT\s+INTO|COPY)\s+((?:"(?:[^"]|"")*"|[^\s("])+)/i;
const RELATIONS = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE']);
/** Their own name comes before ON, and the table's after it. */
const ON_TABLE = new Set(['INDEX', 'TRIGGER', 'POLICY']);
const ROUTINES = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);

/** Pass it each piece of a dump, in order, before the next one is requested. */
export class PlainDumpContents {
  readonly #objects = new Map<string, PostgresObject>();
  /** The last object that was created with this kind and name, whatever its arguments. */
  readonly #last = new Map<string, PostgresObject>();
  readonly #relations = new Map<string, PostgresObject>();
  /** By the name as written in the dump. */
  readonly #tables = new Map<string, PostgresObject | undefined>();
  /**
   * The beginning of the previous INSERT or COPY, up to the end of the name, and its table: thousands of statements
   * begin alike.
   */
  #before: { head: Buffer; table: PostgresObject | undefined } | undefined;
  readonly #roles = new Set<string>();
  readonly #tablespaces = new Set<string>();
  readonly #extensionSchemas: [name: string, text: string][] = [];
  readonly #typesAndCollations: { kind: string; schema: string | null; name: string; text: string }[] = [];
  readonly #superuser: PostgresContents['superuser'] = [];
  #encoding: string | undefined;
  #standardStrings = true;
  #largeObjects = 0;
  #largeBytes = 0;
  /** The table for the rows of the current COPY. */
  #copied: PostgresObject | undefined;

  take(piece: PlainPiece): void {
    try {
      this.#take(piece);
    } catch (error) {
      // something that the judge accepts but this code can't read stays unknown
      if (!(error instanceof Unaccepted)) throw error;
    }
  }

  #take(piece: PlainPiece): void {
    if (piece.kind === 'rows') {
      if (this.#copied !== undefined) addRows(this.#copied, piece.count, piece.bytes.length);
      return;
    }
    if (piece.kind !== 'statement') return;
    const { verdict, bytes } = piece;
    if (verdict.action === 'rows') {
      this.#copied = this.#tableOf(bytes);
      if (this.#copied !== undefined) addRows(this.#copied, 0, 0);
    } else if (verdict.rows !== undefined) {
      const table = this.#tableOf(bytes);
      if (table !== undefined) addRows(table, verdict.rows, bytes.length);
    } else if (verdict.setting !== undefined) this.#setting(verdict.setting.name, verdict.setting.value);
    else this.#statement(bytes);
  }

  /** @param dumpBytes size of the whole dump, decompressed */
  contents(dumpBytes: number, { serverVersion, tool, database }: DumpOrigin): PostgresContents {
    const objects = [...this.#objects.values()];
    return {
      version: CONTENTS_VERSION,
      kind: 'pg_dump',
      format: 'sql',
      dump_bytes: dumpBytes,
      server_version: serverVersion ?? null,
      tool: tool ?? null,
      database: database ?? null,
      encoding: this.#encoding ?? null,
      locale: null,
      archive: null,
      objects: sortedObjects(objects),
      large_objects: this.#largeObjects === 0 ? null : { count: this.#largeObjects, data_bytes: this.#largeBytes },
      extensions: sortedTexts(objects.filter(({ kind }) => kind === 'EXTENSION').map(({ name }) => name)),
      extension_schemas: extensionSchemas(this.#extensionSchemas, this.#standardStrings),
      ...typesAndCollations(this.#typesAndCollations, this.#standardStrings),
      owners: sortedTexts(objects.map(({ owner }) => owner).filter((owner) => owner !== null)),
      granted_roles: sortedTexts(this.#roles),
      tablespaces: sortedTexts(this.#tablespaces),
      superuser: sortedBy(this.#superuser, (one) => sortKey([one.kind, one.schema ?? '', one.name, one.what])),
    };
  }

  #setting(name: string, value: string): void {
    if (name === 'client_encoding') this.#encoding = value;
    else if (name === 'standard_conforming_strings') this.#standardStrings = value === 'on';
    else if (name === 'default_tablespace' && value !== '') this.#tablespaces.add(value);
  }

  /**
   * In an encoding other than UTF-8, a name has one character for each byte. It isn't the written name, but it equals
   * no other one.
   */
  #text(bytes: Buffer): string {
    return bytes.toString(/^utf-?8$|^unicode$/i.test(this.#encoding ?? 'UTF8') ? 'utf8' : 'latin1');
  }

  #tableOf(statement: Buffer): PostgresObject | undefined {
    const { head, table } = this.#before ?? {};
    if (head !== undefined && statement.subarray(0, head.length).equals(head)) return table;
    const text = this.#text(statement.subarray(0, HEAD_BYTES));
    const [start = '', written] = ROWS_OF.exec(text) ?? [];
    if (written === undefined) return undefined;
    // includes the space or parenthesis after the name, because otherwise the name might continue
    const length = Buffer.byteLength(start) + 1;
    const found = this.#tables.has(written) ? this.#tables.get(written) : this.#named(written);
    this.#before = { head: Buffer.from(statement.subarray(0, length)), table: found };
    return found;
  }

  #named(written: string): PostgresObject | undefined {
    const step = plainStep(`COPY ${written} `, this.#standardStrings);
    const table = step.kind === 'rows' ? this.#relations.get(keyOf(step.schema || null, step.name)) : undefined;
    this.#tables.set(written, table);
    return table;
  }

  #statement(bytes: Buffer): void {
    const head = bytes.toString('latin1', 0, 16).toLowerCase();
    if (head.startsWith('select')) {
      this.#select(bytes);
      return;
    }
    if (!/^(create|alter|grant|revoke|set)\b/.test(head)) return;
    const text = this.#text(bytes).replace(/;\s*$/, '');
    const statement = new Statement(text, this.#standardStrings);
    if (statement.isWord(0, 'create')) this.#create(statement);
    else if (statement.isWord(0, 'alter') && !statement.isWord(1, 'default')) this.#alter(statement);
    else for (const role of namedRoles(text, this.#standardStrings)) this.#roles.add(role);
  }

  /** Large objects are created and filled by functions. */
  #select(bytes: Buffer): void {
    const head = bytes.toString('latin1', 0, 64);
    if (/\blo_create\b/i.test(head)) this.#largeObjects += 1;
    else if (/\blowrite\b/i.test(head)) this.#largeBytes += bytes.length;
  }

  #create(statement: Statement): void {
    const found = statement.classAt(1);
    if (found === undefined) return;
    const kind = found.name === 'language' ? 'PROCEDURAL LANGUAGE' : found.name.toUpperCase();
    const start = statement.past(found.end);
    const { parts, end } = statement.nameAt(start);
    const [schema, name] = placed(parts);
    const { text } = statement;
    const step = plainStep(text, this.#standardStrings);
    const what = step.kind === 'demand' ? step.what : superuserPart(kind, text);
    if (what !== undefined) this.#superuser.push({ kind, schema, name, what });
    if (ON_TABLE.has(kind) || kind === 'RULE') {
      const at = kind === 'RULE' ? statement.find('to') : statement.find('on');
      const table = placed(statement.nameAt(statement.past(at + 1)).parts);
      this.#add({ kind, schema: table[0], table: table[1], name });
      if (kind === 'POLICY') for (const role of namedRoles(text, this.#standardStrings)) this.#roles.add(role);
    } else if (ROUTINES.has(kind)) this.#add({ kind, schema, name: name + statement.groupAt(end) }, name);
    else if (kind === 'EXTENSION') {
      this.#extensionSchemas.push([name, text]);
      this.#add({ kind, schema, name });
    } else if (kind === 'USER MAPPING') this.#userMapping(statement, start);
    else if (kind === 'CAST' || kind === 'TRANSFORM') {
      this.#add({ kind, schema: null, name: `${kind} ${statement.groupAt(start)}`.trim() });
    } else {
      if (kind === 'TYPE' || kind === 'COLLATION') this.#typesAndCollations.push({ kind, schema, name, text });
      this.#add({ kind, schema, name });
    }
  }

  /** `CREATE USER MAPPING FOR role SERVER name` */
  #userMapping(statement: Statement, start: number): void {
    const role = statement.tokens[start + 1]?.value ?? '';
    const server = statement.tokens[start + 3]?.value ?? '';
    if (role !== 'public') this.#roles.add(role);
    this.#add({ kind: 'USER MAPPING', schema: null, name: `USER MAPPING ${role} SERVER ${server}` });
  }

  #alter(statement: Statement): void {
    const found = statement.classAt(1);
    if (found === undefined) return;
    const kind = found.name === 'language' ? 'PROCEDURAL LANGUAGE' : found.name.toUpperCase();
    const { parts, end } = statement.nameAt(statement.past(found.end));
    const [schema, name] = placed(parts);
    if (statement.isWord(-3, 'owner') && statement.isWord(-2, 'to')) {
      const group = ROUTINES.has(kind) ? statement.groupAt(end) : undefined;
      this.#own(kind, schema, name, group, statement.tokens.at(-1)?.value ?? '');
    } else if (kind === 'PUBLICATION' && statement.find('tables', 'in', 'schema') > end) {
      const parts = 'PUBLICATION TABLES IN SCHEMA';
      this.#superuser.push({ kind: parts, schema: null, name, what: superuserPart(parts, statement.text) ?? '' });
    } else if (kind === 'TABLE' || kind === 'FOREIGN TABLE') this.#alterTable(statement, end, schema, name);
    else if (kind === 'DOMAIN' && statement.isWord(end, 'add') && statement.isWord(end + 1, 'constraint')) {
      this.#add({ kind: 'CHECK CONSTRAINT', schema, table: name, name: statement.tokens[end + 2]?.value ?? '' });
    }
  }

  #own(kind: string, schema: string | null, name: string, group: string | undefined, owner: string): void {
    // pg_dump writes ALTER TABLE for every kind of relation
    const object = RELATIONS.has(kind)
      ? this.#relations.get(keyOf(schema, name))
      : this.#last.get(JSON.stringify([kind, schema, name]));
    if (object === undefined) return;
    object.owner = owner;
    // until now, the arguments include their defaults
    if (group !== undefined) object.name = name + group;
  }

  #alterTable(statement: Statement, end: number, schema: string | null, table: string): void {
    const { tokens, text } = statement;
    if (statement.isWord(end, 'add') && statement.isWord(end + 1, 'constraint')) {
      const name = tokens[end + 2]?.value ?? '';
      const isForeign = statement.isWord(end + 3, 'foreign');
      const kind = isForeign ? 'FK CONSTRAINT' : statement.isWord(end + 3, 'check') ? 'CHECK CONSTRAINT' : 'CONSTRAINT';
      const references = isForeign ? referenced(text, this.#standardStrings) : null;
      this.#add({ kind, schema, table, name, references });
    } else if (statement.isWord(end, 'alter') && statement.find('set', 'default') > end) {
      const name = tokens[statement.isWord(end + 1, 'column') ? end + 2 : end + 1]?.value ?? '';
      this.#add({ kind: 'DEFAULT', schema, table, name });
    } else if (statement.find('sequence', 'name') > end) {
      // from an identity column, which is dropped with its table
      const owner = this.#relations.get(keyOf(schema, table))?.owner ?? null;
      const [place, name] = placed(statement.nameAt(statement.find('sequence', 'name') + 2).parts);
      this.#add({ kind: 'SEQUENCE', schema: place, name, owner });
    } else if (statement.isWord(end, 'enable') && statement.isWord(end + 1, 'row')) {
      this.#add({ kind: 'ROW SECURITY', schema, table, name: table });
    }
  }

  /** If something is created again, such as a view whose columns came first, it is the same object. */
  #add(
    { kind, schema, name, ...more }: Pick<PostgresObject, 'kind' | 'schema' | 'name'> & Partial<PostgresObject>,
    bareName = name,
  ): void {
    const key = JSON.stringify([kind, schema, more.table ?? null, name]);
    if (this.#objects.has(key)) return;
    const object: PostgresObject = {
      ...{ kind, schema, table: null, name, owner: null, references: null },
      ...{ rows: kind === 'TABLE' ? 0 : null, data_bytes: null },
      ...more,
    };
    this.#objects.set(key, object);
    this.#last.set(JSON.stringify([kind, schema, bareName]), object);
    if (RELATIONS.has(kind)) this.#relations.set(keyOf(schema, name), object);
  }
}

function addRows(table: PostgresObject, rows: number, bytes: number): void {
  table.rows = (table.rows ?? 0) + rows;
  table.data_bytes = (table.data_bytes ?? 0) + bytes;
}

function keyOf(schema: string | null, name: string): string {
  return JSON.stringify([schema, name]);
}

/** Schema and name, from a name's parts. */
function placed(parts: readonly string[]): [schema: string | null, name: string] {
  return parts.length === 2 ? [parts[0] as string, parts[1] as string] : [null, parts[0] ?? ''];
}

/**
 * What the connection's user does for an archive if a role loads it. Before the load, it drops what the archive
 * replaces, and creates what only it may create. After the load, it gives the objects to their owners, sets their
 * rights, and creates what could act on all objects. Each statement is checked, or built from an entry's fields, and
 * reaches only objects that the role created: none makes the server run code from the dump.
 */
import pg from 'pg';
import { RestoreError } from '../../../../errors/errors.ts';
import type { Toc, TocEntry } from '../../../../formats/pg-dump/archive/format.ts';
import { grantsOf } from '../../../../formats/pg-dump/archive/grants.ts';
import {
  drops,
  foreignRows,
  groupedLargeObjects,
  ownEntries,
} from '../../../../formats/pg-dump/archive/own-entries.ts';
import {
  keysOf,
  keysOfGrant,
  OWNED_SQL,
  type OwnedRow,
  ownerChanges,
} from '../../../../formats/pg-dump/archive/owned-objects.ts';
import { keyOfEntry } from '../../../../formats/pg-dump/archive/toc-key.ts';
import { readSql } from '../../../../formats/pg-dump/sql/tokens.ts';
import { DistinctLines } from '../../../distinct-lines.ts';
import { type PgRestoreError, readable } from '../../rules/pg-restore-error.ts';
import { isHarmless, isKeyDrop } from '../../rules/pg-restore-harmless.ts';
import { MOST_WARNINGS } from '../../rules/pg-restore-verdict.ts';
import type { Powers } from '../../session/powers.ts';
import { endsSession } from '../../session/session.ts';
import { NOTHING_THERE, notRestricted, runAsCaller } from './rights.ts';
import { guardSession, handOn, type RestoreRole, type RoleTelling } from './role.ts';

/** SQLSTATEs for a schema, table, column, function or other object that doesn't exist. */
const UNDEFINED = ['42704', '3F000', '42P01', '42703', '42883'];
const DUPLICATE_SCHEMA = '42P06';
/**
 * Each object is locked until the statement ends, and a server with default settings has room for a few thousand locks.
 */
const UNLINKED_AT_ONCE = 500;
/** Nearly every database has this schema, and dumps contain grants on it. */
const PUBLIC = schemaEntry('public');

function schemaEntry(tag: string): Pick<TocEntry, 'desc' | 'namespace' | 'tag'> {
  return { desc: 'SCHEMA', namespace: '', tag };
}

/** The part of an archive's table of contents that is used here. */
export type Listed = Pick<Toc, 'entries' | 'standardStrings'>;

class OwnPart {
  readonly client: pg.Client;
  readonly #powers: Powers;
  readonly toc: Listed;
  readonly warnings = new DistinctLines(MOST_WARNINGS);

  constructor(client: pg.Client, powers: Powers, toc: Listed) {
    this.client = client;
    this.#powers = powers;
    this.toc = toc;
  }

  async begin(): Promise<void> {
    await guardSession(this.client, this.#powers);
    await this.client.query(`SET standard_conforming_strings = ${this.toc.standardStrings ? 'on' : 'off'}`);
  }

  /**
   * Runs one statement, because the server refuses two in one message.
   * @returns the server's refusal
   */
  async attempt(text: string): Promise<pg.DatabaseError | undefined> {
    try {
      await this.client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
      return undefined;
    } catch (error) {
      if (error instanceof pg.DatabaseError && !endsSession(error)) return error;
      throw error;
    }
  }

  /**
   * Like `attempt`, but a harmless refusal becomes a warning.
   * @returns a harmful refusal
   */
  async run(entry: TocEntry, text: string): Promise<string | undefined> {
    const error = await this.attempt(text);
    if (error === undefined) return undefined;
    const told = asTold(entry, text, error);
    if (!isHarmless(told)) return readable(told);
    this.warnings.add(readable(told));
    return undefined;
  }

  tell(telling: RoleTelling): void {
    for (const warning of this.warnings.all()) telling.warn(warning);
  }

  /**
   * Runs an entry's statements one by one.
   * @returns the first harmful refusal
   */
  async runAll(entry: TocEntry): Promise<string | undefined> {
    for (const text of readSql(entry.definition, this.toc.standardStrings).texts) {
      const harm = await this.run(entry, text);
      if (harm !== undefined) return harm;
    }
    return undefined;
  }
}

/** The error in pg_restore's wording. */
function asTold({ desc, tag, owner }: TocEntry, command: string, { message }: pg.DatabaseError): PgRestoreError {
  return { entry: `${desc} ${tag} ${owner}`.trim(), message: `could not execute query: ERROR:  ${message}`, command };
}

/**
 * @param client a session of the connection's user in the target
 * @param clean whether the target contains anything
 * @throws RestoreError for what can't be dropped or created
 */
export async function prepare(
  client: pg.Client,
  role: RestoreRole,
  toc: Toc,
  clean: boolean,
  telling: RoleTelling,
  onDrop: OnDrop = () => {},
): Promise<void> {
  const part = new OwnPart(client, role.powers, toc);
  const own = ownEntries(toc);
  await part.begin();
  await role.admit(client);
  await role.letMakeRanges(client);
  if (clean) await dropReplaced(part, onDrop);
  for (const entry of own.schemas) await makeSchema(part, role, entry);
  for (const entry of [...own.extensions, ...own.wrappers]) {
    const harm = await part.runAll(entry);
    if (harm !== undefined) throw new RestoreError(harm, { hint: FIX });
  }
  await letIn(part, role);
  part.tell(telling);
}

const FIX = 'Fix the error in the message, then restore again, or into a new database.';

/**
 * Drops the objects that an archive replaces, if no role loads it. `--clean` would continue after a refused DROP, and
 * COPY would add the backup's rows to the existing ones. `--no-data-for-failed-tables` doesn't help: it also leaves out
 * the rows of a table whose owner is missing (`lastErrorTE` in pg_backup_archiver.c).
 * @param client a session of the connection's user in the target
 * @throws RestoreError for what can't be dropped
 */
export async function dropFirst(
  client: pg.Client,
  powers: Powers,
  toc: Listed,
  telling: RoleTelling,
  onDrop: OnDrop = () => {},
): Promise<void> {
  const part = new OwnPart(client, powers, toc);
  await part.begin();
  await dropReplaced(part, onDrop);
  part.tell(telling);
}

/** Called before an entry's object is dropped. */
type OnDrop = (entry: TocEntry) => void;

async function dropReplaced(part: OwnPart, onDrop: OnDrop): Promise<void> {
  const large = groupedLargeObjects(part.toc);
  for (let at = 0; at < large.length; at += UNLINKED_AT_ONCE) {
    const some = large.slice(at, at + UNLINKED_AT_ONCE);
    const unlink = 'SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = ANY ($1)';
    await part.client.query(unlink, [some]).catch((error: Error) => {
      throw new RestoreError(`large objects can't be dropped: ${error.message}`, { hint: FIX, cause: error });
    });
  }
  for (const entry of drops(part.toc)) {
    const text = entry.drop.trim();
    onDrop(entry);
    const error = await part.attempt(text);
    // if there is a context, something that an event trigger's function uses is missing, so the object still exists
    if (error === undefined || (UNDEFINED.includes(error.code ?? '') && error.where === undefined)) continue;
    const told = asTold(entry, text, error);
    // another of the dump's drops removes it too
    if (isKeyDrop(text)) continue;
    if (!isHarmless(told)) throw new RestoreError(readable(told), { hint: FIX });
    part.warnings.add(readable(told));
  }
}

/** The schema `public` already exists, and its definition is only a comment. */
async function makeSchema(part: OwnPart, role: RestoreRole, entry: TocEntry): Promise<void> {
  if (readSql(entry.definition, part.toc.standardStrings).texts.length === 0) return;
  const text = `CREATE SCHEMA ${pg.escapeIdentifier(entry.tag)} AUTHORIZATION ${pg.escapeIdentifier(role.name)}`;
  const error = await part.attempt(text);
  if (error === undefined || (error.code === DUPLICATE_SCHEMA && entry.tag === 'public')) return;
  throw new RestoreError(readable(asTold(entry, text, error)), { hint: FIX });
}

/**
 * Grants rights that the role needs to create things in, or write rows into, objects of other owners. DROP OWNED
 * revokes these rights.
 */
async function letIn({ client, toc }: OwnPart, role: RestoreRole): Promise<void> {
  const name = pg.escapeIdentifier(role.name);
  const spaces = [...new Set(toc.entries.map(({ tablespace }) => tablespace))].filter((space) => space !== '');
  const { rows: tablespaces } = await client.query<{ name: string }>(
    'SELECT spcname AS name FROM pg_catalog.pg_tablespace WHERE spcname = ANY ($1)',
    [spaces],
  );
  for (const space of tablespaces)
    await client.query(`GRANT CREATE ON TABLESPACE ${pg.escapeIdentifier(space.name)} TO ${name}`);

  const namespaces = [...new Set(toc.entries.map(({ namespace }) => namespace))];
  const { rows: schemas } = await client.query<{ name: string; is_written: boolean }>(
    `SELECT n.nspname AS name, n.nspname = ANY ($1) AS is_written
       FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND r.rolname <> $2`,
    [namespaces, role.name],
  );
  for (const schema of schemas) {
    const rights = schema.is_written ? 'USAGE, CREATE' : 'USAGE';
    await client.query(`GRANT ${rights} ON SCHEMA ${pg.escapeIdentifier(schema.name)} TO ${name}`);
  }

  const { rows: wrappers } = await client.query<{ name: string }>(
    'SELECT fdwname AS name FROM pg_catalog.pg_foreign_data_wrapper',
  );
  for (const wrapper of wrappers) {
    await client.query(`GRANT USAGE ON FOREIGN DATA WRAPPER ${pg.escapeIdentifier(wrapper.name)} TO ${name}`);
  }

  const wanted = foreignRows(toc);
  const { rows: tables } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name
       FROM unnest($1::text[], $2::text[]) AS wanted (schema, name)
       JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
       JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('r', 'p', 'S')`,
    [wanted.map(({ schema }) => schema), wanted.map((one) => one.name)],
  );
  for (const table of tables) {
    await client.query(
      `GRANT ALL ON TABLE ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)} TO ${name}`,
    );
  }
}

/**
 * @param client a session of the connection's user in the target
 * @param stayed schemas of the dump that existed before and could not be dropped
 * @throws RestoreError for what is missing, or accessible to more users than in the backup
 */
export async function finish(
  client: pg.Client,
  role: RestoreRole,
  toc: Listed,
  telling: RoleTelling,
  stayed: readonly string[] = [],
): Promise<void> {
  const part = new OwnPart(client, role.powers, toc);
  const own = ownEntries(toc);
  await part.begin();
  const { rows } = await client.query<OwnedRow>(OWNED_SQL, [role.name]);
  const harms: string[] = [];
  const note = (harm: string | undefined): void => {
    if (harm !== undefined) harms.push(harm);
  };
  for (const { entry, object, owner } of ownerChanges(rows, toc)) note(await setOwner(part, entry, object, owner));
  // an archive of --schema=public has a CREATE for it, too
  const isThere = ({ tag }: TocEntry) => tag === 'public' || stayed.includes(tag);
  for (const entry of own.schemas.filter(isThere)) {
    if (entry.drop !== '') note(await setOwner(part, entry, `SCHEMA ${pg.escapeIdentifier(entry.tag)}`, entry.owner));
  }
  for (const entry of own.wrappers) {
    note(await setOwner(part, entry, `FOREIGN DATA WRAPPER ${pg.escapeIdentifier(entry.tag)}`, entry.owner));
  }
  for (const entry of own.publications) {
    note(await part.runAll(entry));
    if (entry.desc !== 'PUBLICATION') continue;
    note(await setOwner(part, entry, `PUBLICATION ${pg.escapeIdentifier(entry.tag)}`, entry.owner));
  }
  const made = keysOf(rows);
  for (const entry of [PUBLIC, ...own.wrappers, ...stayed.map(schemaEntry)]) made.add(keyOfEntry(entry));
  const open = await setRights(part, made, own.grants);
  const isLast = ({ tag }: TocEntry) => tag.startsWith('EVENT TRIGGER ');
  for (const entry of own.descriptions.filter((one) => !isLast(one))) note(await part.runAll(entry));
  open.push(...(await runAsCaller(client, toc, role.name, telling)));
  for (const routine of await handOn(client, role.powers, role.name)) {
    telling.warn(
      `${routine} now runs as its caller (SECURITY INVOKER), because no owner could be set: set it, then make it SECURITY DEFINER`,
    );
  }
  // from here on, they react to what others do
  for (const entry of own.eventTriggers) note(await makeEventTrigger(part, entry, telling));
  for (const entry of own.descriptions.filter(isLast)) note(await part.runAll(entry));
  part.tell(telling);
  if (harms.length > 0) throw new RestoreError(harms.join('; '), { hint: FIX });
  if (open.length > 0) throw notRestricted(open);
}

async function setOwner(part: OwnPart, entry: TocEntry, object: string, owner: string): Promise<string | undefined> {
  // a dump may have no owners
  if (owner === '') return undefined;
  return part.run(entry, `ALTER ${object} OWNER TO ${pg.escapeIdentifier(owner)}`);
}

/**
 * Statements that revoke rights run on any object. Statements that grant rights only run on the dump's objects.
 * @returns what could not be restricted
 */
async function setRights(part: OwnPart, made: ReadonlySet<string>, entries: readonly TocEntry[]): Promise<string[]> {
  const failures: string[] = [];
  for (const entry of entries) {
    const { name, isForeign, statements } = grantsOf(entry, part.toc.standardStrings);
    let isSkipped = false;
    for (const { kind, text } of statements) {
      const isEnd = kind === 'session' && /^RESET/i.test(text);
      const skips = isSkipped;
      if (isEnd) isSkipped = false;
      if (skips) continue;
      if (
        kind === 'grant' &&
        entry.desc === 'ACL' &&
        !keysOfGrant(entry, text, part.toc.standardStrings).some((key) => made.has(key))
      ) {
        part.warnings.add(`left out, because the dump doesn't create its object: ${text}`);
        continue;
      }
      const error = await part.attempt(text);
      if (error === undefined) continue;
      // grants by a missing role
      if (kind === 'session') isSkipped = true;
      part.warnings.add(readable(asTold(entry, text, error)));
      if (kind === 'revoke' && !isForeign && !NOTHING_THERE.includes(error.code ?? '')) {
        failures.push(`${name} (${error.message})`);
        break;
      }
    }
    if (statements.some(({ kind }) => kind === 'session')) await part.client.query('RESET SESSION AUTHORIZATION');
  }
  return failures;
}

async function makeEventTrigger(part: OwnPart, entry: TocEntry, telling: RoleTelling): Promise<string | undefined> {
  const name = pg.escapeIdentifier(entry.tag);
  const harm = await part.runAll(entry);
  if (harm !== undefined) return harm;
  // before PostgreSQL 17, neither kind could be kept from firing in a later session of ours
  const always = /\sENABLE (ALWAYS|REPLICA)\b/.exec(entry.definition)?.[1];
  if (always !== undefined || /\sON login\b/.test(entry.definition)) {
    await part.client.query(`ALTER EVENT TRIGGER ${name} DISABLE`);
    const whose = always === undefined ? 'whoever logs in' : 'the next restore, too';
    telling.warn(
      `event trigger ${name} is disabled: its function would run with the rights of ${whose}. Read it before you run ` +
        `ALTER EVENT TRIGGER ${name} ENABLE${always === undefined ? '' : ` ${always}`}`,
    );
  } else {
    telling.log(`NOTE: event trigger ${name} runs its function with the rights of whoever changes the schema`);
  }
  return setOwner(part, entry, `EVENT TRIGGER ${name}`, entry.owner);
}

/**
 * What the connection's user does for a plain SQL dump that a role loads in one transaction. Some of it happens at
 * once, because the role's transaction can see what others commit: it lends the role the objects that the dump drops,
 * creates new schemas, extensions and foreign-data wrappers, and lets the role write rows into existing tables.
 * Statements that set owners and rights, or act on all objects, are held back until the role has committed, and are
 * then handled like an archive's list. If the role's transaction is rolled back, everything that was done at once is
 * undone too.
 */
import pg from 'pg';
import { RestoreError } from '../../../../errors/errors.ts';
import { type HeldEntry, heldEntries } from '../../../../formats/pg-dump/plain/steps.ts';
import type { Access } from '../../../connect/connect.ts';
import { connectPostgres, endsSession } from '../../session/session.ts';
import { giveBack, LOCK_TIMEOUT, lend, switchTriggersOff } from '../role/lent.ts';
import { finish } from '../role/own-part.ts';
import { endSessionsOf, guardSession, type RestoreRole, type RoleTelling } from '../role/role.ts';

/** The limit for names and grants, in bytes. Those of a million tables take less. */
const MOST_HELD_BYTES = 512 * 1024 * 1024;

export interface DropOf {
  readonly of: 'event trigger' | 'publication' | 'extension' | 'schema' | 'wrapper' | 'language' | 'other';
  readonly object: string | undefined;
  readonly name: string;
}

export class PlainPart {
  readonly #client: pg.Client;
  readonly role: RestoreRole;
  readonly #telling: RoleTelling;
  readonly #held: HeldEntry[] = [];
  #heldBytes = 0;
  #standardStrings: boolean | undefined;
  /** The text of statements to run after the load. */
  readonly #later: string[] = [];
  readonly #extensions: string[] = [];
  readonly #wrappers: string[] = [];
  /** Objects that were created for this restore before the role's transaction ends. */
  readonly #schemas: string[] = [];
  /** Objects in the dump that existed before, because they contain an extension. */
  readonly #stayed = new Set<string>();
  readonly #dropped = new Set<string>();
  readonly #written = new Set<string>();

  private constructor(client: pg.Client, role: RestoreRole, telling: RoleTelling) {
    this.#client = client;
    this.role = role;
    this.#telling = telling;
  }

  /** @param client a session of the connection's user in the target; this object owns it */
  static async begin(client: pg.Client, role: RestoreRole, telling: RoleTelling): Promise<PlainPart> {
    const part = new PlainPart(client, role, telling);
    await guardSession(client, role.powers);
    await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    // it is idle as long as the role loads
    await client.query(
      "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout'",
    );
    await role.admit(client);
    await role.letMakeRanges(client);
    await part.#letIn();
    return part;
  }

  /** Where the role may create objects. DROP OWNED revokes these rights. */
  async #letIn(): Promise<void> {
    const { rows } = await this.#client.query<{ text: string }>(
      `SELECT pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA %I', nspname) AS text
         FROM pg_catalog.pg_namespace n
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
          AND nspowner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
       UNION ALL
       SELECT pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I', fdwname) FROM pg_catalog.pg_foreign_data_wrapper`,
      [this.role.name],
    );
    for (const { text } of rows) await this.#client.query(`${text} TO ${pg.escapeIdentifier(this.role.name)}`);
  }

  /** @param bytes of a statement in the dump's encoding */
  async decoded(bytes: Buffer, encoding: string): Promise<string> {
    if (encoding === 'UTF8' || bytes.every((byte) => byte < 0x80)) return bytes.toString();
    const { rows } = await this.#client.query<{ text: string }>(
      'SELECT pg_catalog.convert_from($1::pg_catalog.bytea, $2) AS text',
      [bytes, encoding],
    );
    return rows[0]?.text ?? '';
  }

  /**
   * Prepares the drops that `--clean` writes before everything else.
   * @returns for each, whether the role runs it
   */
  async lend(drops: readonly DropOf[]): Promise<boolean[]> {
    const { rows } = await this.#client.query<{ name: string }>(
      `SELECT DISTINCT n.nspname AS name FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
    );
    const full = new Set(rows.map(({ name }) => name));
    const { rows: publications } = await this.#client.query<{ name: string }>(
      'SELECT pubname AS name FROM pg_catalog.pg_publication WHERE puballtables',
    );
    const ofAll = new Set(publications.map(({ name }) => name));
    const byRole = drops.map(({ of, name }) => {
      switch (of) {
        case 'schema':
          if (!full.has(name)) this.#dropped.add(name);
          else this.#stayed.add(name);
          return !full.has(name);
        case 'publication':
          if (ofAll.has(name)) this.#later.push(`DROP PUBLICATION ${pg.escapeIdentifier(name)}`);
          return !ofAll.has(name);
        case 'other':
          return true;
        default:
          return false;
      }
    });
    const objects = drops.filter((_, at) => byRole[at]).map(({ object }) => object);
    await lend(
      this.#client,
      this.role.name,
      [...new Set(objects)].filter((object) => object !== undefined),
      drops.filter(({ of }) => of === 'event trigger').map(({ name }) => name),
    );
    return byRole;
  }

  /** @returns whether the schema exists now. If not, the role creates it in its transaction, if it has dropped one */
  async makeSchema(name: string): Promise<boolean> {
    if (this.#stayed.has(name)) return true;
    if (this.#dropped.has(name)) return false;
    const { rows } = await this.#client.query('SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1', [name]);
    if (rows.length > 0) return false;
    const owner = pg.escapeIdentifier(this.role.name);
    await this.#client.query(`CREATE SCHEMA ${pg.escapeIdentifier(name)} AUTHORIZATION ${owner}`);
    this.#schemas.push(name);
    return true;
  }

  async makeExtension(text: string, name: string, schema: string | undefined): Promise<void> {
    const { rows } = await this.#client.query('SELECT FROM pg_catalog.pg_extension WHERE extname = $1', [name]);
    if (rows.length > 0) return;
    if (schema !== undefined && this.#dropped.has(schema)) {
      throw new RestoreError(
        `the extension ${name} can't be created in the schema ${schema}, which the dump replaces in the same transaction`,
        {
          hint: `Run ${text.replace(/;?\s*$/, '')} in the target, then restore again; or restore into a new database.`,
        },
      );
    }
    await this.#client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
    this.#extensions.push(name);
    await this.#letIn();
  }

  async makeWrapper(text: string, name: string): Promise<void> {
    const { rows } = await this.#client.query('SELECT FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwname = $1', [
      name,
    ]);
    if (rows.length > 0) return;
    await this.#client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
    this.#wrappers.push(name);
    await this.#letIn();
  }

  /** Rows for a relation that existed before and belongs to another owner. */
  async letWrite(schema: string, name: string): Promise<void> {
    const key = JSON.stringify([schema, name]);
    if (this.#written.has(key)) return;
    this.#written.add(key);
    const { rows } = await this.#client.query(
      `SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
        WHERE n.nspname = $1 AND c.relname = $2 AND o.rolname <> $3 AND c.relkind IN ('r', 'p', 'S')
          AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
      [schema, name, this.role.name],
    );
    if (rows.length === 0) return;
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    await this.#client.query(`GRANT ALL ON TABLE ${table} TO ${pg.escapeIdentifier(this.role.name)}`);
  }

  /** @param space the tablespace that the dump names for its tables. If it doesn't exist, the role's statement fails */
  async letUse(space: string): Promise<void> {
    const { rows } = await this.#client.query('SELECT FROM pg_catalog.pg_tablespace WHERE spcname = $1', [space]);
    if (rows.length === 0) return;
    await this.#client.query(
      `GRANT CREATE ON TABLESPACE ${pg.escapeIdentifier(space)} TO ${pg.escapeIdentifier(this.role.name)}`,
    );
  }

  /** @returns whether the table existed before: then its triggers are handled */
  async switchTriggers(object: string, on: boolean): Promise<boolean> {
    const name = object.replace(/^[A-Z ]+ (?=")/, '');
    const { rows } = await this.#client.query<{ there: boolean }>(
      'SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there',
      [name],
    );
    if (rows[0]?.there !== true) return false;
    // the role's transaction has written to it
    if (on) this.#later.push(`ALTER ${object} ENABLE TRIGGER ALL`);
    else await switchTriggersOff(this.#client, this.role.name, object);
    return true;
  }

  /** @param standardStrings how the session reads strings at this point */
  hold(entries: readonly HeldEntry[], standardStrings: boolean): void {
    this.#standardStrings ??= standardStrings;
    if (this.#standardStrings !== standardStrings) {
      throw new RestoreError('the dump is not accepted: it changes midway how strings are read', {
        hint: 'Restore a dump as pg_dump writes it. Find out who wrote this one.',
      });
    }
    for (const entry of entries) {
      this.#heldBytes += 2 * (entry.definition.length + entry.tag.length + 200);
      this.#held.push(entry);
    }
    if (this.#heldBytes <= MOST_HELD_BYTES) return;
    throw new RestoreError('the dump has too many owners and grants for one restore', {
      hint: 'Make the dump again in the custom format (pg_dump -Fc).',
    });
  }

  /**
   * Call this after the role has committed.
   * @throws RestoreError for what is missing, or accessible to more users than in the backup
   */
  async finish(): Promise<void> {
    await giveBack(this.#client, this.role.name, true);
    for (const text of this.#later) await this.#client.query(text);
    for (const schema of this.#stayed) await this.#resetRights(schema);
    const toc = { entries: heldEntries(this.#held, this.#wrappers), standardStrings: this.#standardStrings ?? true };
    await finish(this.#client, this.role, toc, this.#telling, [...this.#stayed]);
  }

  /** As in a newly created schema. */
  async #resetRights(schema: string): Promise<void> {
    const { rows } = await this.#client.query<{ grantee: string | null }>(
      `SELECT DISTINCT r.rolname AS grantee
         FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
         LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
        WHERE n.nspname = $1 AND a.grantee <> n.nspowner AND r.rolname IS DISTINCT FROM $2`,
      [schema, this.role.name],
    );
    for (const { grantee } of rows) {
      const from = grantee === null ? 'PUBLIC' : pg.escapeIdentifier(grantee);
      await this.#client.query(`REVOKE ALL ON SCHEMA ${pg.escapeIdentifier(schema)} FROM ${from} CASCADE`);
    }
  }

  /**
   * Call this after the role's transaction was rolled back.
   * @param client a live session
   * @throws for what could not be undone
   */
  async undo(client: pg.Client): Promise<void> {
    await guardSession(client, this.role.powers);
    await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    for (const name of this.#wrappers) await client.query(`DROP FOREIGN DATA WRAPPER ${pg.escapeIdentifier(name)}`);
    for (const name of this.#extensions.toReversed()) {
      await client.query(`DROP EXTENSION ${pg.escapeIdentifier(name)}`);
    }
    for (const name of this.#schemas.toReversed()) await client.query(`DROP SCHEMA ${pg.escapeIdentifier(name)}`);
    await giveBack(client, this.role.name, false);
  }
}

/**
 * Undoes what was done at once, in a session of its own.
 * @throws for what could not be undone
 */
export async function undoPart(part: PlainPart, access: Access, database: string): Promise<void> {
  const client = await connectPostgres(access, database);
  try {
    await endSessionsOf(client, part.role.name);
    await part.undo(client);
  } finally {
    await client.end();
  }
}

/** The error if the server refuses a statement that the connection's user runs for the dump. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !endsSession(error);
}

/**
 * The temporary role that loads a dump if the connection's user has more rights than an owner. Code in a dump runs
 * while it is loaded: a function in an index, a check, a generated column or a materialized view. With this role's
 * rights, such code can do nothing outside the target. `make` creates the role and tries to log in; `prepare`
 * (postgres-own-part.ts) gives it access to the target; the role loads; `finish` gives its objects to the owners that
 * the dump names; `remove` reassigns what is left and drops the role. If a task was killed, its role stays behind with
 * a password that no one knows, until `removeLeftovers` of the next restore on that server drops it.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RestoreError } from '../../../../errors/errors.ts';
import type { Access } from '../../../connect/connect.ts';
import type { Reporter, Target } from '../../../load/engine.ts';
import type { Powers } from '../../session/powers.ts';
import { scramVerifier } from '../../session/scram-verifier.ts';
import { connectMaintenance, connectPostgres } from '../../session/session.ts';
import { giveBack } from './lent.ts';

const PREFIX = 'jagad_restore_';
/** Longer than any restore takes, because several jobs log in again at its end. */
const VALID_MS = 7 * 24 * 60 * 60 * 1000;
const SESSION_END_TRIES = 40;
const SESSION_END_PAUSE_MS = 250;

/** The oid BOOTSTRAP_SUPERUSERID: that superuser may have any name. */
const FIRST_SUPERUSER = 10;

/** Before PostgreSQL 17, sessions that apply replicated changes only fire event triggers that are enabled for them. */
const EVENT_TRIGGERS_OFF = 17;

export function roleName(restoreId: string): string {
  return `${PREFIX}${restoreId.replaceAll('-', '')}`;
}

/**
 * Protects a session of the connection's user from a dump's objects: no name resolves to one of them, and no event
 * trigger fires.
 * @param major of the server
 */
export async function guardSession(client: pg.ClientBase, powers: Pick<Powers, 'superuser'>): Promise<void> {
  await client.query('SET search_path = pg_catalog');
  if (!powers.superuser) return;
  await client.query('SET session_replication_role = replica');
  const { rows } = await client.query<{ major: number }>(
    "SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major",
  );
  if ((rows[0]?.major ?? 0) >= EVENT_TRIGGERS_OFF) await client.query('SET event_triggers = off');
}

export class RestoreRole {
  readonly name: string;
  readonly password: string;
  readonly powers: Powers;
  readonly #target: Target;

  private constructor(target: Target, powers: Powers) {
    this.name = roleName(target.restoreId);
    this.password = `${randomBytes(24).toString('hex')}-aA1`;
    this.powers = powers;
    this.#target = target;
  }

  /**
   * @param client a session of the connection's user, in the target if that exists
   * @throws RestoreError if the server refuses to create the role or to let it log in; then the role is dropped again
   */
  static async make(client: pg.Client, target: Target, powers: Powers, exists: boolean): Promise<RestoreRole> {
    const role = new RestoreRole(target, powers);
    await removeLeftovers(client, target, powers);
    const name = pg.escapeIdentifier(role.name);
    try {
      await client.query(
        `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT ` +
          `PASSWORD '${scramVerifier(role.password, randomBytes(16))}' ` +
          `VALID UNTIL '${new Date(Date.now() + VALID_MS).toISOString()}'`,
      );
    } catch (error) {
      throw refused(target, powers, `the role ${role.name} can't be created: ${(error as Error).message}`, error);
    }
    try {
      for (const [setting, value] of Object.entries(target.settings ?? {})) {
        await client.query(`ALTER ROLE ${name} SET ${setting} = ${pg.escapeLiteral(value)}`);
      }
      if (powers.superuser) {
        // the dump may also contain rows that the tables' owners may not see
        await client.query(`ALTER ROLE ${name} BYPASSRLS`);
        // pg_restore's errors are only recognised by their wording
        await client.query(`ALTER ROLE ${name} SET lc_messages = 'C'`);
      } else await client.query(`GRANT ${name} TO CURRENT_USER`);
      if (exists) await role.admit(client);
      const session = exists
        ? await connectPostgres(role.access(), target.database)
        : await connectMaintenance(role.access());
      await session.end();
    } catch (error) {
      await removeRole(client, target, powers, role.name).catch(() => {});
      const { cause } = error as Error;
      throw refused(
        target,
        powers,
        `the server refuses the login of the role ${role.name}: ${((cause ?? error) as Error).message}`,
        error,
      );
    }
    return role;
  }

  /** How to log in as the role. */
  access(): Access {
    const { connection, limits } = this.#target;
    return { connection: { ...connection, username: this.name }, password: this.password, limits };
  }

  /** Gives it access to the session's database. */
  async admit(client: pg.ClientBase): Promise<void> {
    const database = pg.escapeIdentifier(this.#target.database);
    await client.query(`GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO ${pg.escapeIdentifier(this.name)}`);
  }

  /**
   * Lets it create range types: their functions belong to the server's first superuser, and CREATE TYPE requires the
   * right to run them. DROP OWNED revokes that right.
   * @param client a guarded session of the connection's user in the target
   */
  async letMakeRanges(client: pg.ClientBase): Promise<void> {
    if (!this.powers.superuser) return;
    const { rows } = await client.query<{ owner: string }>(
      `SELECT r.rolname AS owner FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole
        WHERE r.oid = ${FIRST_SUPERUSER} AND d.defaclnamespace = 0 AND d.defaclobjtype = 'f'`,
    );
    for (const { owner } of rows) {
      await client.query(
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${pg.escapeIdentifier(owner)} GRANT EXECUTE ON FUNCTIONS TO ${pg.escapeIdentifier(this.name)}`,
      );
    }
  }

  /** Ends the role's sessions, reassigns what it still owns, and drops it. */
  async remove(): Promise<void> {
    const client = await connectMaintenance(withoutSignal(this.#target));
    try {
      await removeRole(client, this.#target, this.powers, this.name);
    } finally {
      await client.end();
    }
  }
}

/** @param role undefined if none was created */
export async function removeAfterLoad(role: RestoreRole | undefined, telling: Pick<Reporter, 'warn'>): Promise<void> {
  await role?.remove().catch((error: Error) => {
    telling.warn(
      `the role ${role.name} could not be dropped, and stays until the next restore into this server: ${error.message}`,
    );
  });
}

/** Cleans up after a restore that was stopped. */
export function withoutSignal(target: Target): Target {
  return { ...target, limits: undefined };
}

/**
 * Drops the roles that earlier restores left behind. If a restore is still running elsewhere on the server, its role is
 * kept.
 */
export async function removeLeftovers(client: pg.Client, target: Target, powers: Powers): Promise<void> {
  const { rows } = await client.query<{ name: string; expired: boolean }>(
    `SELECT rolname AS name, coalesce(rolvaliduntil < pg_catalog.now(), true) AS expired
       FROM pg_catalog.pg_roles WHERE rolname ~ '^${PREFIX}[0-9a-f]{32}$'`,
  );
  for (const { name, expired } of rows) {
    const isOver = name === roleName(target.restoreId) || expired || (await target.hasEnded?.(restoreOf(name)));
    // another restore may be dropping it at the same time
    if (isOver) await removeRole(client, target, powers, name).catch(() => {});
  }
}

/** The id in the name of such a role; undefined for any other name. */
export function restoreOfRole(name: string): string | undefined {
  return new RegExp(`^${PREFIX}[0-9a-f]{32}$`).test(name) ? restoreOf(name) : undefined;
}

function restoreOf(name: string): string {
  return name.slice(PREFIX.length).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function removeRole(client: pg.Client, target: Target, powers: Powers, name: string): Promise<void> {
  // DROP OWNED fires the event triggers of the session's database, which may come from a dump
  await guardSession(client, powers);
  await endSessionsOf(client, name);
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT b.datname AS name FROM pg_catalog.pg_shdepend d
       JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       JOIN pg_catalog.pg_database b ON b.oid = d.dbid
      WHERE r.rolname = $1`,
    [name],
  );
  for (const { name: database } of rows) {
    const session = await connectPostgres(withoutSignal(target), database);
    try {
      await handOn(session, powers, name);
    } finally {
      await session.end();
    }
  }
  const role = pg.escapeIdentifier(name);
  // rights on the database itself too
  await client.query(`DROP OWNED BY ${role}`);
  await client.query(`DROP ROLE ${role}`);
}

/** Ends a role's sessions, and waits until they are gone. */
export async function endSessionsOf(client: pg.Client, name: string): Promise<void> {
  for (let tries = 0; tries < SESSION_END_TRIES; tries++) {
    const { rowCount } = await client.query(
      'SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1',
      [name],
    );
    if (rowCount === 0) return;
    await sleep(SESSION_END_PAUSE_MS);
  }
}

const DEFINERS_SQL = `
  SELECT i.identity FROM pg_catalog.pg_proc p
   CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0) i
   WHERE p.prosecdef AND p.proowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)`;

/**
 * Gives what a role still owns in the session's database to the owner of the database, or to the connection's user if
 * that owner is a superuser. Revokes the role's rights. Functions that ran as their owner now run as their caller.
 * @returns those functions
 */
export async function handOn(client: pg.Client, powers: Powers, name: string): Promise<string[]> {
  await guardSession(client, powers);
  await giveBack(client, name, false);
  const { rows } = await client.query<{ identity: string }>(DEFINERS_SQL, [name]);
  for (const { identity } of rows) await client.query(`ALTER ROUTINE ${identity} SECURITY INVOKER`);
  const role = pg.escapeIdentifier(name);
  await client.query(`REASSIGN OWNED BY ${role} TO ${await heirIn(client, powers)}`);
  await client.query(`DROP OWNED BY ${role}`);
  return rows.map(({ identity }) => identity);
}

/** Not a superuser if possible, because the server's own ANALYZE evaluates index expressions as the table's owner. */
async function heirIn(client: pg.Client, { superuser }: Powers): Promise<string> {
  if (!superuser) return 'CURRENT_USER';
  const { rows } = await client.query<{ owner: string }>(
    `SELECT r.rolname AS owner FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
      WHERE d.datname = pg_catalog.current_database() AND NOT r.rolsuper`,
  );
  return rows[0] === undefined ? 'CURRENT_USER' : pg.escapeIdentifier(rows[0].owner);
}

function refused({ connection }: Target, powers: Powers, why: string, cause: unknown): RestoreError {
  return new RestoreError(
    `${connection.name} logs in as ${powers.user}, who ${powers.list.join(', ')}: a role without these rights has to load the dump, and ${why}`,
    {
      hint:
        `Let roles called "/^${PREFIX}" (PostgreSQL 16 or newer; before: all) log in by password in the server's pg_hba.conf, as in ` +
        '"host all all samenet scram-sha-256"; or use a login that owns the target database and no more; or let an administrator mark the ' +
        'connection as trusted.',
      cause,
    },
  );
}

export type RoleTelling = Pick<Reporter, 'log' | 'warn'>;

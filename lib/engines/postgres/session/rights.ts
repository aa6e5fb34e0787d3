/** Reads what a PostgreSQL role may do, without writing or locking anything. */
import type pg from 'pg';
import type { Access } from '../../connect/connect.ts';
import type { Right } from '../../rights.ts';
import { type DatabaseFacts, postgresRights, type ServerFacts } from '../rules/restore-rights.ts';
import { postgresPowers } from './powers.ts';
import { connectMaintenance, connectPostgres, isNoSuchDatabase } from './session.ts';

/** SQLSTATE for a database that the role may not connect to. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** The administrators of RDS, Cloud SQL, AlloyDB and Azure. */
const MANAGED_ADMINS = "('rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin')";

// every argument list of pg_terminate_backend: PostgreSQL 14 added a second argument
const SERVER_SQL = `
  SELECT rolsuper AS superuser, rolcreatedb AS createdb,
    (SELECT coalesce(bool_or(pg_has_role(oid, 'USAGE')), false) FROM pg_roles WHERE rolname IN ${MANAGED_ADMINS})
      AS managed_admin,
    (SELECT bool_and(has_function_privilege(oid, 'EXECUTE')) FROM pg_proc
      WHERE proname = 'pg_terminate_backend' AND pronamespace = 'pg_catalog'::regnamespace) AS may_terminate
  FROM pg_roles WHERE rolname = current_user`;

export async function rightsInPostgres(access: Access, database: string | null): Promise<Right[]> {
  if (database !== null) {
    try {
      const client = await connectPostgres(access, database);
      try {
        return postgresRights(await factsFor(client, access), { name: database, state: await databaseFacts(client) });
      } finally {
        await client.end();
      }
    } catch (error) {
      const state = isNoSuchDatabase(error) ? 'missing' : mayNotConnect(error) ? 'no entry' : undefined;
      if (state === undefined) throw error;
      return onServer(access, { name: database, state });
    }
  }
  return onServer(access, null);
}

async function onServer(
  access: Access,
  database: { name: string; state: 'missing' | 'no entry' } | null,
): Promise<Right[]> {
  const client = await connectMaintenance(access);
  try {
    return postgresRights(await factsFor(client, access), database);
  } finally {
    await client.end();
  }
}

async function factsFor(client: pg.ClientBase, { connection }: Access): Promise<ServerFacts> {
  const { list, mayMakeRoles } = await postgresPowers(client);
  const needs_role = list.length > 0 && !connection.trusted;
  return { ...(await serverFacts(client)), needs_role, may_make_roles: mayMakeRoles };
}

async function serverFacts(client: pg.ClientBase): Promise<Omit<ServerFacts, 'needs_role' | 'may_make_roles'>> {
  const { rows } = await client.query<ServerFacts>(SERVER_SQL);
  return rows[0] as ServerFacts;
}

/**
 * Objects by owner, without those of the system and of extensions. A constraint or index counts for its table's owner.
 */
const DATABASE_SQL = `
  WITH mine AS (
    SELECT 'pg_namespace'::regclass AS class, oid, nspowner AS owner, format('schema %I', nspname) AS name
      FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    UNION ALL SELECT 'pg_class', c.oid, relowner, format('%I.%I', nspname, relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL SELECT 'pg_proc', p.oid, proowner, format('%I.%I()', nspname, proname)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL SELECT 'pg_type', t.oid, typowner, format('type %I.%I', nspname, typname)
      FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
      WHERE typtype IN ('d', 'e', 'r') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL SELECT 'pg_largeobject', oid, lomowner, format('large object %s', oid) FROM pg_largeobject_metadata
  ), foreign_ones AS (
    SELECT name FROM mine
    WHERE NOT pg_has_role(owner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = mine.oid AND d.deptype = 'e')
  )
  SELECT has_database_privilege(current_database(), 'CREATE') AS may_create,
    (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = 'public') AS may_create_in_public,
    (SELECT count(*)::int FROM foreign_ones) AS foreign_objects,
    (SELECT min(name) FROM foreign_ones) AS foreign_object`;

/** For the database that the client is connected to. */
async function databaseFacts(client: pg.ClientBase): Promise<DatabaseFacts> {
  const { rows } = await client.query<DatabaseFacts>(DATABASE_SQL);
  return rows[0] as DatabaseFacts;
}

/** Whether an error while connecting says that the role lacks CONNECT on the database. */
function mayNotConnect(error: unknown): boolean {
  return ((error as Error).cause as { code?: string } | undefined)?.code === INSUFFICIENT_PRIVILEGE;
}

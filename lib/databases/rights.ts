import type pg from 'pg';
import { postgresRights, type ServerFacts } from '../domain/postgres/restore-rights.ts';
import type { Right } from '../domain/rights.ts';
import { mysqlRights } from '../domain/sql/restore-rights.ts';
import type { Access } from './connect.ts';
import { connectMysql } from './mysql.ts';
import { connectMaintenance, connectPostgres, isNoSuchDatabase } from './postgres.ts';
import { postgresPowers } from './postgres-powers.ts';
import { mysqlFacts } from './rights-mysql.ts';
import { databaseFacts, mayNotConnect, serverFacts } from './rights-postgres.ts';

/**
 * The rights that a restore needs, and whether the connection's user has them. Reads only.
 * @param database the one to be restored into, whether it exists or not; null only asks about the server.
 * @throws RestoreError when the server cannot be reached or refuses the user.
 */
export async function rightsOf(access: Access, database: string | null): Promise<Right[]> {
  return access.connection.db_type === 'postgresql' ? inPostgres(access, database) : inMysql(access, database);
}

async function inMysql(access: Access, database: string | null): Promise<Right[]> {
  const { client } = await connectMysql(access);
  try {
    return mysqlRights(await mysqlFacts(client), database);
  } finally {
    await client.end();
  }
}

async function inPostgres(access: Access, database: string | null): Promise<Right[]> {
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

import { randomBytes } from 'node:crypto';
import type mysql from 'mysql2/promise';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { NeededPrivilege } from '../../rules/restore-rights.ts';

/**
 * Statements that are refused if the user lacks the privilege, and that fail otherwise too. None of them ever changes
 * anything, because the table, event or column doesn't exist.
 * @param name of an object that doesn't exist
 */
const PROBES: Partial<Record<NeededPrivilege, (name: string) => string>> = {
  DROP: (name) => `DROP TABLE ${name}`,
  CREATE: (name) => `CREATE TABLE ${name} (twice int, twice int)`,
  INSERT: (name) => `INSERT INTO ${name} VALUES (1)`,
  ALTER: (name) => `ALTER TABLE ${name} ADD COLUMN a int`,
  'CREATE VIEW': (name) => `CREATE VIEW ${name} AS SELECT a FROM ${name}`,
  TRIGGER: (name) => `CREATE TRIGGER ${name} BEFORE INSERT ON ${name} FOR EACH ROW SET @a = 1`,
  EVENT: (name) => `DROP EVENT ${name}`,
  'ALTER ROUTINE': (name) => `DROP PROCEDURE ${name}`,
};
const DENIED = new Set([1044, 1142, 1143, 1227, 1370]);

/**
 * Finds which of these privileges the server denies. The user's own grants aren't enough for this, because they don't
 * include what everyone may do (PUBLIC, an anonymous user).
 * @param database an existing database
 */
export async function deniedOf(
  client: mysql.Connection,
  privileges: readonly NeededPrivilege[],
  database: string,
): Promise<NeededPrivilege[]> {
  const denied: NeededPrivilege[] = [];
  for (const privilege of privileges) {
    const probe = PROBES[privilege];
    if (probe === undefined) {
      denied.push(privilege);
      continue;
    }
    const name = `${quoteName(database)}.jagad_restore_${randomBytes(6).toString('hex')}`;
    const { errno } = await client.query(probe(name)).then(
      () => ({ errno: 0 }),
      (error: { errno?: number }) => ({ errno: error.errno ?? 0 }),
    );
    if (DENIED.has(errno)) denied.push(privilege);
  }
  return denied;
}

/** Names that a restore may write to. */
import { z } from 'zod';
import { Impossible, type RequestError } from './errors.ts';
import type { DbType } from './records.ts';

/** No database has a longer name: PostgreSQL allows 63 bytes, MySQL and MariaDB 64 characters. */
const MAX_BYTES: Record<DbType, number> = { postgresql: 63, mysql: 256, mariadb: 256 };
const MAX_CHARACTERS = 64;

export const databaseName = z
  .string()
  .min(1)
  .max(MAX_CHARACTERS)
  .refine((name) => !name.includes('\0'), 'must not hold a zero character')
  // servers get UTF-8, in which all halves of a surrogate pair are the same character
  .refine((name) => name.isWellFormed(), 'must be well-formed text');

/** What a restore would break the whole server with. `postgres` is not among them: Jagad's own guide restores there. */
const SYSTEM_DATABASES: Record<DbType, readonly string[]> = {
  postgresql: ['template0', 'template1'],
  mysql: ['mysql', 'sys', 'information_schema', 'performance_schema'],
  mariadb: ['mysql', 'sys', 'information_schema', 'performance_schema'],
};

/** The errors of a name that a server of this type cannot take a restore under. */
export function databaseNameRefusals(dbType: DbType, name: string): RequestError[] {
  const refusals: RequestError[] = [];
  if (new TextEncoder().encode(name).length > MAX_BYTES[dbType]) {
    refusals.push(
      new Impossible(`the database name is longer than ${dbType} allows`, { hint: 'Choose a shorter name.' }),
    );
  }
  // https://dev.mysql.com/doc/refman/8.4/en/identifiers.html, and MariaDB's "Identifier Names"
  if (dbType !== 'postgresql' && /[\u{10000}-\u{10ffff}]| $/u.test(name)) {
    refusals.push(
      new Impossible(`${dbType} takes no database name that ends with a space or holds a character beyond U+FFFF`, {
        hint: 'Choose another name.',
      }),
    );
  }
  if (isSystemDatabase(dbType, name)) {
    refusals.push(
      new Impossible(`${name} is a database of the server itself`, { hint: 'Choose another target_database.' }),
    );
  }
  return refusals;
}

export function isSystemDatabase(dbType: DbType, name: string): boolean {
  return SYSTEM_DATABASES[dbType].includes(serversName(dbType, name));
}

/** The name as the server may see it: MySQL and MariaDB treat capitals as small letters if they are set to. */
export function serversName(dbType: DbType, name: string): string {
  return dbType === 'postgresql' ? name : name.toLowerCase();
}

/** The names of databases that a restore may write to. */
import { z } from 'zod';
import { Impossible, type RequestError } from '../errors/errors.ts';
import { ENGINES } from './engines.ts';
import type { DbType } from './names.ts';

/** No database name is longer: PostgreSQL allows 63 bytes, MySQL and MariaDB 64 characters. */
const MAX_CHARACTERS = 64;

export const databaseName = z
  .string()
  .min(1)
  .max(MAX_CHARACTERS)
  .refine((name) => !name.includes('\0'), 'must not contain a zero character')
  // servers get UTF-8, which turns every unpaired surrogate into the same character
  .refine((name) => name.isWellFormed(), 'must be well-formed text');

/** The errors for a name that a restore to a server of this type can't use. */
export function databaseNameRefusals(dbType: DbType, name: string): RequestError[] {
  const refusals: RequestError[] = [];
  const { maxBytes, refused } = ENGINES[dbType].names;
  if (new TextEncoder().encode(name).length > maxBytes) {
    refusals.push(
      new Impossible(`the database name is longer than ${dbType} allows`, { hint: 'Choose a shorter name.' }),
    );
  }
  if (refused?.pattern.test(name)) {
    refusals.push(
      new Impossible(`${dbType} allows no database name that ${refused.what}`, { hint: 'Choose another name.' }),
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
  return ENGINES[dbType].names.system.includes(serversName(dbType, name));
}

/** The name as the server may compare it: MySQL and MariaDB may be set to ignore case. */
export function serversName(dbType: DbType, name: string): string {
  return ENGINES[dbType].names.mayFoldCase ? name.toLowerCase() : name;
}

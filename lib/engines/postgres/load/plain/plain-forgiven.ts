/** Which statements of a plain SQL dump may fail without harm. Pure. */
import pg from 'pg';
import { isHarmless } from '../../rules/pg-restore-harmless.ts';
import { endsSession } from '../../session/session.ts';

/** pg_restore's wording for a server error, which the list of harmless errors expects. */
const AS_PG_RESTORE = 'could not execute query: ERROR:  ';
/** Comes before grants by a role other than the owner. A RESET follows them. */
export const AS_GRANTOR = /^SET\s+SESSION\s+AUTHORIZATION\s/i;
/** What --clean writes for views that it can't drop yet: it replaces them with a row of NULLs. */
const DROP =
  /^(DROP |ALTER TABLE [^;]* DROP (CONSTRAINT|DEFAULT)\b|SELECT pg_catalog\.lo_unlink\(|CREATE OR REPLACE VIEW [^;]* AS\s+SELECT\s+NULL::)/i;
/** All tables have their rows, so if a view can't be filled, that is only reported. */
const REFRESH = /^REFRESH MATERIALIZED VIEW /i;
/** SQLSTATE for a role (or another object) that doesn't exist; and for schemas, tables, columns and functions. */
const UNDEFINED_OBJECT = '42704';
/** SQLSTATE for an inherited constraint that can't be dropped by itself. */
const INVALID_TABLE_DEFINITION = '42P16';
const UNDEFINED = [UNDEFINED_OBJECT, '3F000', '42P01', '42703', '42883'];

/**
 * Whether a failed statement did no harm.
 * @param ownersRights whether the previous statement created something that runs with its owner's rights
 */
export function isForgiven(command: string, error: unknown, ownersRights: boolean): boolean {
  if (!(error instanceof pg.DatabaseError) || endsSession(error)) return false;
  // the rights that should be revoked stay, and more users than before have access
  if (/^REVOKE /i.test(command) && error.code !== UNDEFINED_OBJECT) return false;
  // it would run with the rights of the restoring user
  if (ownersRights && / OWNER TO /i.test(command)) return false;
  return DROP.test(command) ? isIdleDrop(command, error) : isForgivable(command, error.message);
}

/**
 * Whether it should drop something that doesn't exist (IF EXISTS doesn't help if the schema, or a type in its name, is
 * missing too), or a partition's part of its parent's key, which is dropped with its table.
 */
export function isIdleDrop(command: string, error: unknown): boolean {
  if (!DROP.test(command) || !(error instanceof pg.DatabaseError)) return false;
  // something that an event trigger's function uses is missing, so the object still exists
  if (error.where !== undefined) return false;
  return UNDEFINED.includes(error.code ?? '') || error.code === INVALID_TABLE_DEFINITION;
}

/** Whether a statement may fail without harm, or has failed without harm with this message. */
export function isForgivable(command: string, message = ''): boolean {
  if ([AS_GRANTOR, DROP, REFRESH].some((pattern) => pattern.test(command))) return true;
  return isHarmless({ entry: undefined, message: AS_PG_RESTORE + message, command });
}

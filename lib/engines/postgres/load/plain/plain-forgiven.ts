/** Which statements of a dump in plain SQL may fail without harm. Pure. */
import pg from 'pg';
import { isHarmless } from '../../rules/pg-restore-harmless.ts';
import { endsSession } from '../../session/session.ts';

/** pg_restore's own words for an error of the server, which the list of harmless ones knows. */
const AS_PG_RESTORE = 'could not execute query: ERROR:  ';
/** Stands before grants that another role than the owner made, and a RESET behind them. */
export const AS_GRANTOR = /^SET\s+SESSION\s+AUTHORIZATION\s/i;
/** What --clean writes, also of views that it can't drop yet: it replaces them by a row of NULLs. */
const DROP =
  /^(DROP |ALTER TABLE [^;]* DROP (CONSTRAINT|DEFAULT)\b|SELECT pg_catalog\.lo_unlink\(|CREATE OR REPLACE VIEW [^;]* AS\s+SELECT\s+NULL::)/i;
/** The rows of all tables are there: a view that can't be filled is told. */
const REFRESH = /^REFRESH MATERIALIZED VIEW /i;
/** SQLSTATE of a role (or another object) that does not exist; and of schemas, tables, columns and functions. */
const UNDEFINED_OBJECT = '42704';
/** SQLSTATE of an inherited constraint that can't be dropped by itself. */
const INVALID_TABLE_DEFINITION = '42P16';
const UNDEFINED = [UNDEFINED_OBJECT, '3F000', '42P01', '42703', '42883'];

/** Whether a statement that failed did no harm. @param ownersRights whether the one before made what runs with its owner's rights */
export function isForgiven(command: string, error: unknown, ownersRights: boolean): boolean {
  if (!(error instanceof pg.DatabaseError) || endsSession(error)) return false;
  // what was to be taken away stays, and more people than before could do more
  if (/^REVOKE /i.test(command) && error.code !== UNDEFINED_OBJECT) return false;
  // it would run with the rights of whoever restores
  if (ownersRights && / OWNER TO /i.test(command)) return false;
  return DROP.test(command) ? isIdleDrop(command, error) : isForgivable(command, error.message);
}

/**
 * Whether it should drop what isn't there (IF EXISTS doesn't help if the schema or a type in its name is missing, too), or
 * a partition's share of its parent's key, which goes away with its table.
 */
export function isIdleDrop(command: string, error: unknown): boolean {
  if (!DROP.test(command) || !(error instanceof pg.DatabaseError)) return false;
  return UNDEFINED.includes(error.code ?? '') || error.code === INVALID_TABLE_DEFINITION;
}

/** Whether a statement may fail without harm, or with this message did. */
export function isForgivable(command: string, message = ''): boolean {
  if ([AS_GRANTOR, DROP, REFRESH].some((pattern) => pattern.test(command))) return true;
  return isHarmless({ entry: undefined, message: AS_PG_RESTORE + message, command });
}

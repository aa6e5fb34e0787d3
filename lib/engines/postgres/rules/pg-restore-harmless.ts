/**
 * The one list of errors after which a restore with pg_restore still succeeds, with warnings: owners, grants, comments
 * and extensions, which don't affect tables and rows; session settings that not every server knows; the schema that
 * every database has from the start; user mappings for other servers; and the planner's statistics, which ANALYZE
 * collects again. Every other error is a failure. SECURITY LABEL is deliberately not on the list: without its labels, a
 * table may show more than it should.
 */
import { type PgRestoreError, refusedByServer } from './pg-restore-error.ts';

/** pg_restore also considers a DEFAULT ACL an ACL: --no-privileges leaves out both. */
const HARMLESS_ENTRY = /^(ACL|DEFAULT ACL|COMMENT|EXTENSION|STATISTICS DATA|USER MAPPING) /;

/**
 * The same without --verbose, if only the command shows the entry's kind. Grants by other roles come with their role.
 */
const HARMLESS_COMMANDS = [
  /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /,
  /^SET SESSION AUTHORIZATION [^;]+;\s*(GRANT|REVOKE) /,
  /^COMMENT ON /,
  /^(CREATE|DROP) EXTENSION /,
  /^(CREATE|DROP) USER MAPPING /,
  /^SELECT \* FROM pg_catalog\.pg_(restore|clear)_\w+_stats\(/,
];

/**
 * pg_dump writes this if the schema's owner differs from that of a new database's schema. Objects in a missing schema
 * fail by themselves.
 */
const SCHEMA_PUBLIC = /^CREATE SCHEMA public;?$/;

/** It follows the creation of nearly every object, in that object's entry. */
const OWNER_COMMAND = /^ALTER (?:"(?:[^"]|"")*"|[^;"])* OWNER TO (?:"(?:[^"]|"")+"|[^\s;"]+);?$/;

/**
 * If these settings are missing, that changes how the restore runs, or the location of its files, but not what it stores.
 * Settings that say how to read the dump (client_encoding, standard_conforming_strings, search_path, role) aren't among
 * them.
 */
const HARMLESS_SETTINGS = [
  ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'],
  ...['check_function_bodies', 'xmloption', 'client_min_messages', 'escape_string_warning', 'row_security'],
  ...['default_tablespace', 'default_table_access_method', 'default_with_oids'],
];
const SETTING_COMMAND = new RegExp(`^SET (${HARMLESS_SETTINGS.join('|')}) = [^;]*;?$`);
/** pg_restore's message about the two settings that it sends by itself, which doesn't name the command. */
const SETTING_MESSAGE =
  /^could not set "?(default_tablespace|default_table_access_method)"? to .*: (?!FATAL|PANIC|PANIK)[^\s:]+: {2}/;

const DROP_CONSTRAINT =
  /^ALTER TABLE (?:IF EXISTS )?ONLY (?:"(?:[^"]|"")*"|[^;"])* DROP CONSTRAINT (?:IF EXISTS )?(?:"(?:[^"]|"")+"|[^\s;"]+);?$/;

/**
 * pg_dump's own `--clean` commands cause this if partitioned tables with keys already exist: a partition's part of its
 * parent's key "cannot be dropped". It is dropped with its table. If the table had not been dropped, creating it would
 * also have failed. So this needs no warning.
 */
export function isKeyDrop(command: string): boolean {
  return DROP_CONSTRAINT.test(command);
}

export function isHarmless(error: PgRestoreError): boolean {
  const { entry, message, command } = error;
  if (SETTING_MESSAGE.test(message)) return true;
  // a lost connection isn't about the entry
  if (refusedByServer(error) === undefined) return false;
  if ([OWNER_COMMAND, SETTING_COMMAND, SCHEMA_PUBLIC].some((pattern) => pattern.test(command))) return true;
  if (entry !== undefined) return HARMLESS_ENTRY.test(entry);
  return HARMLESS_COMMANDS.some((pattern) => pattern.test(command));
}

/**
 * What to do about a MySQL or MariaDB error, by its number. The texts don't describe the target's state, because the
 * record does that.
 */

const RIGHTS = 'Grant the user of the target the right that the message names, then restore again.';
const LOGIN = "Check the target connection's user and password, and from which hosts that user may log in.";
const SESSIONS =
  'Free some sessions, or raise max_connections, max_user_connections or the limit of the user, then restore again.';
const CREATORS =
  'Set log_bin_trust_function_creators = ON on the target, or give the user SUPER (with the binary log on, routines and ' +
  'triggers need either), then restore again.';
const PACKET = 'Raise max_allowed_packet on the target server, then restore again.';
const CLOSED =
  "Read the server's log for why it closed the connection (a restart, memory, max_allowed_packet), then restore again.";
const LOCKED = 'Find out who else uses the tables (SHOW PROCESSLIST, XA RECOVER) and end that, then restore again.';
const ROOM =
  'Make room on the target: keys are sorted in innodb_tmpdir, or else tmpdir (SHOW VARIABLES), and the rows lie in datadir. ' +
  'Point innodb_tmpdir to a larger disk, then restore again.';
const NEWER =
  'Restore to a server of the version that was backed up, or a newer one: this one lacks what the dump uses.';
const READ_ONLY = 'Restore into the primary instead. If the server is not a replica, switch its read-only mode off.';
const PRIMARY_KEY =
  'Switch sql_require_primary_key (MySQL) or innodb_force_primary_key (MariaDB) off on the target, or give the table a ' +
  'primary key before it is backed up.';
const ENCRYPTION = 'Set up a keyring on the target, since the table is encrypted, then restore again.';
const TABLESPACE = 'Create the tablespace on the target, or move the table to one of its own before it is backed up.';
const MISSING =
  'Find out what should define the name in the message: restore that first, or leave out of the dump what refers to it.';
const DEFINER = 'Create the user that the message names on the target, or give the object another definer.';
const ROW_FORMAT =
  'Set innodb_strict_mode = OFF, or innodb_default_row_format = DYNAMIC, on the target, then restore again.';
const REFERENCE =
  'Compare both columns of the foreign key (type, sign, character set, and a key on the parent), and correct them in the source.';
const ONE_NAME =
  'Rename one of the foreign keys in the source: the target requires names that are unique in the whole database.';
const UNIQUE_PARENT =
  'Set restrict_fk_on_non_standard_key = OFF on the target, or give the parent a unique key, then restore again.';
const ENGINE =
  'Install or enable the storage engine on the target, or change the table to InnoDB before it is backed up.';
const DUPLICATE =
  'Keep others from writing to the database while it is restored, or find the row that the source has twice.';

const HINTS: Readonly<Record<number, string>> = {
  138: 'Restore with the keys in place: drop the foreign key from the source, or its stored column, and add it afterwards.',
  1005: REFERENCE,
  1021: ROOM,
  1026: ROOM,
  1040: SESSIONS,
  1041: 'Give the server more memory, or restore a smaller part at a time: it has none left.',
  1044: RIGHTS,
  1045: LOGIN,
  1049: MISSING,
  1062: DUPLICATE,
  1064: 'Compare the versions of both servers: the target does not know the syntax that the message shows.',
  1071: ROW_FORMAT,
  1114: ROOM,
  1115: NEWER,
  1118: ROW_FORMAT,
  1142: RIGHTS,
  1143: RIGHTS,
  1146: MISSING,
  1153: PACKET,
  1173: PRIMARY_KEY,
  1203: SESSIONS,
  1205: LOCKED,
  1213: LOCKED,
  1226: SESSIONS,
  1227: RIGHTS,
  1273: 'Restore to a server of the version that was backed up, or newer: the target does not know a collation of the dump.',
  1286: ENGINE,
  1289: ENGINE,
  1290: READ_ONLY,
  1296: ROOM,
  1305: MISSING,
  1356: MISSING,
  1370: RIGHTS,
  1410: RIGHTS,
  1418: CREATORS,
  1419: CREATORS,
  1449: DEFINER,
  1478: ROW_FORMAT,
  1785: 'Set enforce_gtid_consistency = OFF or WARN on the target: the dump mixes engines with and without transactions.',
  1792: READ_ONLY,
  1813: 'Look for a file of the table that is left over in the data directory of the target, and remove it as its manual says.',
  1822: REFERENCE,
  1823: ONE_NAME,
  1824: MISSING,
  1826: ONE_NAME,
  1836: READ_ONLY,
  1878: ROOM,
  1969: "Raise max_statement_time, or the user's MAX_STATEMENT_TIME, then restore again.",
  2002: CLOSED,
  2003: CLOSED,
  2006: CLOSED,
  2013: CLOSED,
  2020: PACKET,
  2026: "Check the connection's ssl_mode, and its ca_bundle.",
  3024: 'Raise max_execution_time, then restore again.',
  3121: 'Add the directory to innodb_directories on the target, or move the table before it is backed up.',
  3185: ENCRYPTION,
  3510: TABLESPACE,
  3750: PRIMARY_KEY,
  3814: NEWER,
  4031: 'Raise wait_timeout on the target, then restore again.',
  6125: UNIQUE_PARENT,
};

const GENERAL = 'Fix the error in the message, then restore again, or into a new database.';

/** Every number with a hint of its own. */
export const HINTED: readonly number[] = Object.keys(HINTS).map(Number);

/** @param message in the wording of the clients: `ERROR 1146 (42S02) at line 7: …` */
export function errorNumber(message: string): number | undefined {
  const number = /^ERROR (\d+)/.exec(message)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** What to do about the error; general advice if its number is unknown. */
export function hintForError(number: number | undefined): string {
  return (number === undefined ? undefined : HINTS[number]) ?? GENERAL;
}

/** @param accounts of the other sessions in the database, as `user@address` */
export function duplicateHint(accounts: readonly string[]): string {
  if (accounts.length === 0) return DUPLICATE;
  const counts = new Map<string, number>();
  for (const one of accounts) counts.set(one, (counts.get(one) ?? 0) + 1);
  const shown = [...counts]
    .slice(0, MOST_SHOWN)
    .map(([one, count]) => (count === 1 ? one : `${one} (${count} sessions)`));
  const more = counts.size > MOST_SHOWN ? ` and ${counts.size - MOST_SHOWN} more` : '';
  return `Stop the other sessions in the database, which may have written the row (${shown.join(', ')}${more}), then restore again.`;
}

const MOST_SHOWN = 10;

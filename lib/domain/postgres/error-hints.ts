/**
 * What to do about an error of PostgreSQL's. pg_restore tells no SQLSTATE, so that its errors are known by their English
 * words. Its sessions ask a server for those, if their user may; from another one in another language, the hint is general.
 * Source: `errcodes.txt` of PostgreSQL, and the messages of its own tools.
 */

export interface ErrorHint {
  sqlstates: readonly string[];
  /** As pg_restore tells it. */
  words: RegExp;
  hint: string;
}

export const ERROR_HINTS: readonly ErrorHint[] = [
  {
    sqlstates: ['53100'],
    words: /No space left on device|could not extend file/,
    hint: 'The server has no room left on its disk: free or add some, then restore again.',
  },
  {
    sqlstates: ['53300', '53400'],
    words: /too many (clients|connections)|remaining connection slots|too many prepared|configuration_limit_exceeded/,
    hint: 'The server lets in no more sessions: end idle ones or raise max_connections, then restore again.',
  },
  {
    sqlstates: ['53200'],
    words: /^out of memory|out of shared memory/,
    hint: 'The server ran out of memory: lower maintenance_work_mem or raise max_locks_per_transaction, as its log says.',
  },
  {
    sqlstates: ['25006'],
    words: /in a read-only transaction/,
    hint: 'The server or the database takes no writes: restore into the primary, or end default_transaction_read_only.',
  },
  {
    sqlstates: ['58P01', '0A000'],
    words: /extension "[^"]*" is not available|could not open extension control file|could not access file "\$libdir/,
    hint: "Install the extension's package on the target server, then restore again.",
  },
  {
    sqlstates: ['42501'],
    words: /permission denied|must be (owner|superuser|member)|must have/,
    hint: 'The user of the connection lacks a right: grant it, or restore as the owner of the database or as a superuser.',
  },
  {
    sqlstates: ['57014'],
    words: /canceling statement due to/,
    hint: 'A time limit of the role, the database or the server ended a statement: raise it for this user, then restore again.',
  },
  {
    sqlstates: ['55P03', '40P01'],
    words: /could not obtain lock|deadlock detected/,
    hint: 'Others hold locks in the database: end their sessions, then restore again.',
  },
  {
    sqlstates: ['23505'],
    words: /duplicate key value violates|could not create unique index/,
    hint: 'If others write to the database meanwhile, stop them. Else the source itself may hold the rows twice: look for a damaged index, or another locale.',
  },
  {
    sqlstates: ['22P05', '22021'],
    words: /has no equivalent in encoding|invalid byte sequence for encoding/,
    hint: "The database's encoding can't hold the text of the backup: restore into a new database, which gets that of the backup.",
  },
  {
    sqlstates: ['42883', '42P01'],
    words: /(function|relation) .* does not exist/,
    hint:
      'A function of the backup may name something without its schema, and a restore has no search_path: give it one in the source ' +
      '(ALTER FUNCTION … SET search_path = …), or make what is missing, then restore again.',
  },
  {
    sqlstates: ['57P01', '57P02', '57P03', '57P05', '08006', '08003'],
    words: /server closed the connection|terminating connection|no connection to the server/,
    hint: 'The server ended the session: look into its log for why, then restore again.',
  },
];

const GENERAL = 'Fix what the message names, then restore again, or into a new database.';

/** @param error its SQLSTATE if that is known, and its message as pg_restore or the server words it */
export function errorHint(error: { sqlstate?: string | undefined; message: string }): string {
  const { sqlstate, message } = error;
  const found = ERROR_HINTS.find(({ sqlstates, words }) =>
    sqlstate === undefined ? words.test(message) : sqlstates.includes(sqlstate),
  );
  return found?.hint ?? GENERAL;
}

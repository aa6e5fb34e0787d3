/**
 * What to do about a PostgreSQL error. pg_restore doesn't print the SQLSTATE, so its errors are recognised by their
 * English wording. Its sessions request English messages from the server, if their user may. If the server uses another
 * language, the hint is general. Source: `errcodes.txt` in PostgreSQL, and the messages of its own tools.
 */

export interface ErrorHint {
  sqlstates: readonly string[];
  /** In pg_restore's wording. */
  words: RegExp;
  hint: string;
}

export const ERROR_HINTS: readonly ErrorHint[] = [
  {
    sqlstates: ['53100'],
    words: /No space left on device|could not extend file/,
    hint: 'Free or add disk space on the server, which has none left, then restore again.',
  },
  {
    sqlstates: ['53300', '53400'],
    words: /too many (clients|connections)|remaining connection slots|too many prepared|configuration_limit_exceeded/,
    hint: 'End idle sessions or raise max_connections, as the server accepts no more, then restore again.',
  },
  {
    sqlstates: ['53200'],
    words: /^out of memory|out of shared memory/,
    hint: "Lower maintenance_work_mem or raise max_locks_per_transaction, depending on the server's log: it ran out of memory.",
  },
  {
    sqlstates: ['25006'],
    words: /in a read-only transaction/,
    hint: 'Restore into the primary, or end default_transaction_read_only: the server or the database accepts no writes.',
  },
  {
    sqlstates: ['58P01', '0A000'],
    words: /extension "[^"]*" is not available|could not open extension control file|could not access file "\$libdir/,
    hint: "Install the extension's package on the target server, then restore again.",
  },
  {
    sqlstates: ['42501'],
    words: /permission denied|must be (owner|superuser|member)|must have/,
    hint: 'Grant the user of the connection the right that it lacks, or restore as the owner of the database or as a superuser.',
  },
  {
    sqlstates: ['57014'],
    words: /canceling statement due to/,
    hint: 'Raise the time limit of the role, the database or the server for this user, then restore again: it ended a statement.',
  },
  {
    sqlstates: ['55P03', '40P01'],
    words: /could not obtain lock|deadlock detected/,
    hint: 'End the sessions that hold locks in the database, then restore again.',
  },
  {
    sqlstates: ['23505'],
    words: /duplicate key value violates|could not create unique index/,
    hint: 'Keep others from writing to the database during the restore. If no one did, the source itself may hold the rows twice: look for a damaged index there, or a changed locale.',
  },
  {
    sqlstates: ['22P05', '22021'],
    words: /has no equivalent in encoding|invalid byte sequence for encoding/,
    hint: "Restore into a new database, which gets the encoding of the backup: this one's can't hold its text.",
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
    hint: 'Find out from the log of the server why it ended the session, then restore again.',
  },
];

const GENERAL = 'Fix the error in the message, then restore again, or into a new database.';

/** @param error its SQLSTATE if known, and its message in pg_restore's or the server's wording */
export function errorHint(error: { sqlstate?: string | undefined; message: string }): string {
  const { sqlstate, message } = error;
  const found = ERROR_HINTS.find(({ sqlstates, words }) =>
    sqlstate === undefined ? words.test(message) : sqlstates.includes(sqlstate),
  );
  return found?.hint ?? GENERAL;
}

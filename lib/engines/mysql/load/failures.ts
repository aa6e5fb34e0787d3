/** Builds the errors of a failed load. */
import type mysql from 'mysql2/promise';
import { RestoreError } from '../../../errors/errors.ts';
import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import type { Reporter, Target, ToolEnd } from '../../load/engine.ts';
import { endOfTool } from '../../programs/tool-end.ts';
import { duplicateHint, errorNumber, hintForError } from '../rules/error-hints.ts';
import type { LoadFailures } from '../rules/load-failures.ts';
import { LOAD_USER_PREFIX } from '../rules/load-user.ts';
import { connectMysql, queryRows } from '../session/session.ts';

const DUPLICATE_ENTRY = 1062;

/**
 * @param command the client that ended like this.
 * @param table the table that it was working on, if known
 */
export function clientFailure(end: ToolEnd, table: string | undefined, command: string): RestoreError {
  const { stderr } = end;
  const error = stderr.split('\n').findLast((line) => /^ERROR /.test(line)) ?? stderr.trim();
  const where = error !== '' && table !== undefined ? ` (table ${quoteName(table)})` : '';
  return new RestoreError(error + where || `${command} ended with ${endOfTool(end)}`, {
    hint: hintForError(errorNumber(error)),
  });
}

/** The error for a duplicate row. It names other sessions that may have written the row. */
export async function withOthers(error: unknown, target: Target): Promise<unknown> {
  if (!(error instanceof RestoreError) || errorNumber(error.message) !== DUPLICATE_ENTRY) return error;
  const look = async () => {
    const { client } = await connectMysql(target);
    try {
      return await othersIn(client, target.database);
    } finally {
      await client.end();
    }
  };
  const others = await look().catch(() => []);
  return new RestoreError(error.message, { hint: duplicateHint(others), cause: error });
}

/** The error that ended a load, combined with the earlier errors after which it had continued. */
export function withEarlier(error: unknown, failures: LoadFailures, telling: Reporter): unknown {
  if (!(error instanceof RestoreError) || failures.together() === undefined) return error;
  failures.add('rows', error.message);
  return told(failures, telling, error.hint);
}

/**
 * Combines everything that went wrong into one error.
 * @param hint for the most serious error; chosen by its number if undefined
 */
export function told(failures: LoadFailures, telling: Reporter, hint?: string): RestoreError | undefined {
  const all = failures.together();
  if (all === undefined) return undefined;
  const { first, message, errors } = all;
  if (errors.length > 1) for (const one of errors) telling.log(`ERROR: ${one}`);
  return new RestoreError(message, { hint: hint ?? hintForError(errorNumber(first)) });
}

/**
 * Other users whose session uses the database, as `user@address`. Without the privilege PROCESS, the server only shows
 * sessions of the same user.
 */
export async function othersIn(client: mysql.Connection, database: string): Promise<string[]> {
  const rows = await queryRows<{ user: string; host: string }>(
    client,
    'SELECT USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID() ORDER BY ID',
    [database],
  );
  return rows
    .filter(({ user }) => !user.startsWith(LOAD_USER_PREFIX))
    .map(({ user, host }) => `${user}@${host.replace(/:\d+$/, '')}`);
}

import { RestoreError } from '../../../errors/errors.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { toolLine, toolLineFault } from '../reader/tool-line.ts';

/**
 * What happens to a statement. `what` only contains its keywords and names, so it may be shown. It never contains
 * values, because a CHANGE MASTER or a CREATE USER has passwords in them.
 */
export type Verdict =
  | { action: 'pass' }
  | { action: 'leave out'; what: string; why: string }
  | { action: 'refuse'; what: string; why: 'own database' | 'server' | 'unknown' };

/** The error for a refused statement. */
export function refusal(
  { what, why }: Extract<Verdict, { action: 'refuse' }>,
  { line, text }: Pick<SqlStatement, 'line' | 'text'>,
): RestoreError {
  const said = toolLine(text);
  if (said !== undefined) {
    const { message, hint } = toolLineFault(said);
    return new RestoreError(`line ${line}: ${message}`, { hint });
  }
  const at = `line ${line}: ${what}: not accepted`;
  switch (why) {
    case 'own database':
      return new RestoreError(`${at}: this dump names its own database, and would not go into the target database`, {
        hint: 'Dump the database again by its name alone, without --databases or --all-databases.',
      });
    case 'server':
      return new RestoreError(`${at}: this dump would change the server outside of the target database`, {
        hint: 'Remove the statement from the dump, and run it yourself if you want it.',
      });
    default:
      return new RestoreError(`${at}: dump tools do not write this`, {
        hint: 'Restore a dump as mysqldump or mariadb-dump wrote it, of one database. Find out who wrote this one.',
      });
  }
}

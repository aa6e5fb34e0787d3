import type { TargetLook } from '../../engines/target-look.ts';
import { type Caller, say } from '../caller.ts';
import { wrongUsage } from '../command.ts';
import { askShown, canAsk } from '../input/ask.ts';
import type { TargetUrl } from '../input/target.ts';
import { size } from '../output/progress.ts';

/** Asks whether an existing database may be overwritten. @throws MalformedRequest if it may not. */
export async function confirmOverwrite(target: TargetUrl, look: TargetLook, caller: Caller): Promise<void> {
  say(caller.stderr, thereLine(target, look));
  if (!canAsk(caller)) {
    throw wrongUsage(
      `the database ${target.database} exists, and there is no terminal to ask whether to overwrite it`,
      'Name a database that does not exist yet, or add --yes.',
    );
  }
  const answer = await askShown(
    caller,
    `The restore replaces everything that is also in the backup. Type ${target.database} to restore: `,
  );
  if (answer.trim() !== target.database) {
    throw wrongUsage('the name does not match: nothing was changed', 'Type the name of the database as in --to.');
  }
}

/**
 * Describes an existing database: `database shop at db:5432 exists: 12 tables, about 4000 rows, 1.20 MB; 2 sessions in
 * it`.
 */
export function thereLine({ database, host, port }: TargetUrl, { tables, sessions }: TargetLook): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const users = sessions.length === 0 ? '' : `; ${counted(sessions.length, 'session')} in it`;
  return `database ${database} at ${host}:${port} exists: ${counted(tables.length, 'table')}, about ${counted(rows, 'row')}, ${size(bytes)}${users}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

import type { TargetLook } from '../domain/target-look.ts';
import { askShown, canAsk } from './ask.ts';
import { type Caller, say } from './caller.ts';
import { wrongUsage } from './command.ts';
import { size } from './progress.ts';
import type { TargetUrl } from './target.ts';

/** Lets the person say whether a database that is there may be written to. @throws MalformedRequest where it may not. */
export async function confirmOverwrite(target: TargetUrl, look: TargetLook, caller: Caller): Promise<void> {
  say(caller.stderr, thereLine(target, look));
  if (!canAsk(caller)) {
    throw wrongUsage(
      `the database ${target.database} is there, and nobody can be asked whether to overwrite it`,
      'Name one that is not there, or say --yes.',
    );
  }
  const answer = await askShown(caller, `What the backup holds too is replaced. Type ${target.database} to restore: `);
  if (answer.trim() !== target.database) {
    throw wrongUsage('that is not its name: nothing was done', 'Type the name of the database as it stands in --to.');
  }
}

/** What is there: `database shop at db:5432 is there: 12 tables, about 4000 rows, 1.20 MB; 2 sessions in it`. */
export function thereLine({ database, host, port }: TargetUrl, { tables, sessions }: TargetLook): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const users = sessions.length === 0 ? '' : `; ${counted(sessions.length, 'session')} in it`;
  return `database ${database} at ${host}:${port} is there: ${counted(tables.length, 'table')}, about ${counted(rows, 'row')}, ${size(bytes)}${users}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

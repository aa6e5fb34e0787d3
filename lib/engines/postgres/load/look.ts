/** Inspects an existing target: who else is connected, its locale, and what blocks the restore. Only reads. */
import type pg from 'pg';
import { sessionsLine } from '../../../databases/dump-fit.ts';
import type { DumpHead } from '../../../databases/dump-head.ts';
import { type DatabaseLocale, isSameLocale, localeText } from '../../../formats/pg-dump/archive/database-locale.ts';
import type { Reporter, Target } from '../../load/engine.ts';
import { postgresContents, postgresLocale, postgresSessions } from '../session/target.ts';
import { refuseObstacles } from './obstacles.ts';

const OTHER_ORDER = 'text may sort, compare and change case differently from the source, in keys too';

/**
 * @param client a session in the target database
 * @returns whether anything has to be dropped first
 * @throws RestoreError for blockers
 */
export async function lookAtDatabase(
  client: pg.Client,
  head: DumpHead,
  target: Target,
  telling: Pick<Reporter, 'log' | 'warn'>,
): Promise<boolean> {
  const others = await postgresSessions(client);
  if (others.length > 0) telling.log(`NOTE: ${sessionsLine(others.length)}`);
  await lookAtLocale(client, head, telling);
  const contents = await postgresContents(client);
  await refuseObstacles(client, head, contents, target, telling);
  return !contents.isEmpty;
}

async function lookAtLocale(client: pg.Client, { toc }: DumpHead, telling: Pick<Reporter, 'warn'>): Promise<void> {
  const dumped = toc?.locale;
  if (dumped === undefined) return;
  const there = await postgresLocale(client);
  if (isSameLocale(there, dumped)) return;
  telling.warn(
    `the database has the locale ${localeText(there)}, and the backup ${localeText(dumped)}: ${OTHER_ORDER}`,
  );
}

export function otherLocaleLine(wanted: DatabaseLocale, why: string): string {
  return `the new database could not have the locale of the backup, ${localeText(wanted)} (${why}): ${OTHER_ORDER}`;
}

/** Inspects a target before anything is written: who else is connected, and what its preflight finds. Only reads. */
import type pg from 'pg';
import { sessionsLine } from '../../../databases/dump-fit.ts';
import { type DatabaseLocale, localeText } from '../../../formats/pg-dump/archive/database-locale.ts';
import { archiveContents } from '../../../formats/pg-dump/contents.ts';
import type { KnownDump, Reporter, Target } from '../../load/engine.ts';
import { refuseObstacles, sessionStatements, settingNotes, warningLines } from '../../preflight/findings.ts';
import { findingsOf } from '../../preflight/preflight.ts';
import type { SessionSettings } from '../rules/preflight/facts.ts';
import { sessionSettings } from '../rules/preflight/session-settings.ts';
import { OTHER_ORDER } from '../rules/preflight/text.ts';
import { postgresPowers } from '../session/powers.ts';
import { readServerFacts, readSessionSettings } from '../session/server-facts.ts';
import { postgresContents, postgresSessions } from '../session/target.ts';
import { refuseBlockers } from './obstacles.ts';

export interface Looked {
  /** Whether anything has to be dropped first. */
  clean: boolean;
  /** The settings with which the load's sessions begin. */
  settings: Readonly<Record<string, string>>;
}

/**
 * Removes a session's time limits, because an inspection may take longer than they allow.
 * @returns the previous settings
 */
export async function withoutTimeLimits(client: pg.Client, exists: boolean): Promise<SessionSettings> {
  const settings = await readSessionSettings(client, exists);
  for (const { name } of settings.timeLimits) await client.query(`SET ${name} = 0`);
  return settings;
}

/**
 * @param client a session in the target database, or elsewhere on the server if that doesn't exist; its settings are
 * then those of the load
 * @param settings as the session began
 * @throws RestoreError for obstacles and blockers
 */
export async function lookBeforeLoad(
  client: pg.Client,
  exists: boolean,
  dump: KnownDump,
  target: Target,
  telling: Pick<Reporter, 'log' | 'warn'>,
  settings: SessionSettings,
): Promise<Looked> {
  const others = exists ? await postgresSessions(client) : [];
  if (others.length > 0) telling.log(`NOTE: ${sessionsLine(others.length)}`);
  const found = exists ? await postgresContents(client) : { dependencies: [], isEmpty: true };
  const powers = (await postgresPowers(client)).list;
  const byRole = powers.length > 0 && !target.trusted;
  const server = await readServerFacts(client, { database: target.database, exists, byRole }, settings);
  const { dependencies } = found;
  const postgres = { dependencies, powers, server, availableExtensions: new Set<string>() };
  const findings = findingsOf(contentsOf(dump), { postgres, freeBytes: target.freeBytes });
  refuseObstacles(findings);
  if (exists) await refuseBlockers(client, dump, found, target, telling);
  for (const line of settingNotes(findings)) telling.log(`NOTE: ${line}`);
  for (const line of warningLines(findings)) telling.warn(line);
  for (const statement of sessionStatements(findings)) await client.query(statement);
  return { clean: !found.isEmpty, settings: sessionSettings(findings) };
}

/** An archive's own table of contents says the same as the stored contents. */
function contentsOf({ toc, contents }: KnownDump) {
  return toc === undefined ? contents : archiveContents(toc, new Map(), contents?.dump_bytes ?? 0);
}

export function otherLocaleLine(wanted: DatabaseLocale, why: string): string {
  return `the new database could not have the locale of the backup, ${localeText(wanted)} (${why}): ${OTHER_ORDER}`;
}

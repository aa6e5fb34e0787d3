/**
 * What in a PostgreSQL target blocks a dump, according to the dump's contents and the server's facts. Pure: the facts
 * are read elsewhere.
 */
import type { PostgresContents } from '../../../formats/dump-contents.ts';
import type { Finding } from '../../preflight/findings.ts';
import type { DependencyRow } from './dependents-query.ts';
import type { PostgresServerFacts } from './preflight/facts.ts';
import { nameFindings } from './preflight/names.ts';
import { neighbourFindings } from './preflight/neighbours.ts';
import { rightFindings } from './preflight/rights.ts';
import { roomFindings } from './preflight/room.ts';
import { settingFindings } from './preflight/settings.ts';
import { textFindings } from './preflight/text.ts';

/**
 * @param contents undefined if they are unknown
 * @param dependencies between the objects of the database
 */
export function postgresFindings(
  contents: PostgresContents | undefined,
  server: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  const { neighbours } = server;
  return [
    ...settingFindings(contents, server),
    ...(contents === undefined ? [] : nameFindings(contents, server, dependencies)),
    ...(contents === undefined ? [] : rightFindings(contents, server)),
    ...(contents === undefined ? [] : textFindings(contents, server)),
    ...roomFindings(contents, server),
    ...neighbourFindings(contents, neighbours),
  ];
}

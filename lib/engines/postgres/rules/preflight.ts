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
import { withSignatures } from './preflight/signatures.ts';
import { textFindings } from './preflight/text.ts';

/**
 * @param known undefined if the dump's contents aren't known
 * @param dependencies between the objects of the database
 */
export function postgresFindings(
  known: PostgresContents | undefined,
  server: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  const { neighbours } = server;
  const contents = known && withSignatures(known);
  return [
    ...settingFindings(contents, server, dependencies),
    ...(contents === undefined ? [] : nameFindings(contents, server, dependencies)),
    ...(contents === undefined ? [] : rightFindings(contents, server, dependencies)),
    ...(contents === undefined ? [] : textFindings(contents, server)),
    ...roomFindings(contents, server),
    ...neighbourFindings(contents, neighbours),
  ];
}

/** Compares a dump's contents with its target, for every engine. Pure. */
import type { DumpContents } from '../../formats/dump-contents.ts';
import { mysqlFindings } from '../mysql/rules/preflight.ts';
import { postgresFindings } from '../postgres/rules/preflight.ts';
import type { TargetLook } from '../target-look.ts';
import type { Finding } from './findings.ts';
import { roomFindings } from './room.ts';

/**
 * @param contents undefined if they are unknown
 * @param isWhole whether these are all of the contents, or only those of the beginning
 */
export function findingsOf(
  contents: DumpContents | undefined,
  look: Pick<TargetLook, 'mysql' | 'postgres' | 'freeBytes'>,
  isWhole = true,
): Finding[] {
  return [
    ...(contents === undefined ? [] : roomFindings(contents, look)),
    ...findingsOfEngine(contents, look, isWhole),
  ];
}

function findingsOfEngine(
  contents: DumpContents | undefined,
  look: Pick<TargetLook, 'mysql' | 'postgres'>,
  isWhole: boolean,
): Finding[] {
  if (contents?.kind === 'mysqldump' && look.mysql !== undefined) return mysqlFindings(contents, look.mysql, isWhole);
  const { server, dependencies = [] } = look.postgres ?? {};
  // some rules don't depend on what the dump contains
  if (server !== undefined) {
    return postgresFindings(contents?.kind === 'pg_dump' ? contents : undefined, server, dependencies);
  }
  return [];
}

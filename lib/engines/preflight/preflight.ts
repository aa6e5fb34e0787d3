/** A dump's contents held against its target, whatever the engine. Pure. */
import type { DumpContents } from '../../formats/dump-contents.ts';
import { mysqlFindings } from '../mysql/rules/preflight.ts';
import type { TargetLook } from '../target-look.ts';
import type { Finding } from './findings.ts';

/** @param contents undefined if they aren't known */
export function findingsOf(contents: DumpContents | undefined, look: Pick<TargetLook, 'mysql'>): Finding[] {
  if (contents?.kind === 'mysqldump' && look.mysql !== undefined) return mysqlFindings(contents, look.mysql);
  return [];
}

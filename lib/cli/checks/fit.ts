/**
 * Whether a backup fits a target. The service knows this from its records, but the command line has to find out. Pure.
 */
import { isPostgresArchive } from '../../databases/dump-fit.ts';
import { ENGINES, titleOf } from '../../databases/engines.ts';
import type { TargetLook } from '../../engines/target-look.ts';
import { RestoreError } from '../../errors/errors.ts';
import type { TargetUrl } from '../input/target.ts';
import type { BackupLook } from './look.ts';

/**
 * @returns a warning, or undefined if there is none.
 * @throws RestoreError if no tool could restore it there.
 */
export function checkFit({ head, origin }: BackupLook, { dbType }: TargetUrl): string | undefined {
  if (head.kind === 'pg-archive') {
    if (!ENGINES[dbType].dumpKinds.includes(head.kind)) throw isPostgresArchive(dbType);
    return undefined;
  }
  const dumped = origin?.dbType;
  if (dumped === undefined || dumped === dbType) return undefined;
  if (ENGINES[dumped].sqlDialect !== ENGINES[dbType].sqlDialect) {
    throw new RestoreError(`the dump is from ${titleOf(dumped)}, but the target is ${titleOf(dbType)}`, {
      hint: 'Check the object and the target.',
    });
  }
  return `the dump is from ${titleOf(dumped)}, and the target is ${titleOf(dbType)}: features that they do not share may fail`;
}

/**
 * @throws RestoreError if the server runs a different engine from --to, because dumps are rewritten for a specific
 * engine.
 */
export function checkServer({ dbType, host, port }: TargetUrl, { serverVersion }: TargetLook): void {
  const found = ENGINES[dbType].typeOfVersion(serverVersion);
  if (found === dbType) return;
  throw new RestoreError(
    `the server at ${host}:${port} is ${titleOf(found)} ${serverVersion}, not ${titleOf(dbType)}`,
    {
      hint: `Write --to ${found}://…`,
    },
  );
}

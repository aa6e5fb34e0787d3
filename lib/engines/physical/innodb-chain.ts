/** Checks that the archives of a chain build on each other, before they are combined. Pure. */

import { RestoreError } from '../../errors/errors.ts';
import type { Checkpoints } from '../../formats/innodb/files.ts';

interface RecordedLink {
  backup_type: 'full' | 'incremental';
  from_lsn: string | null;
  to_lsn: string | null;
  storage_path: string;
}

/**
 * @param before the previous link; undefined for the first one, which has to be a full backup.
 * @throws RestoreError if a link is missing, out of order, or not what its record says.
 */
export function checkLink(record: RecordedLink, link: Checkpoints, before: Checkpoints | undefined): void {
  const { storage_path: path } = record;
  const recorded: Checkpoints = {
    type: record.backup_type,
    fromLsn: record.from_lsn ?? link.fromLsn,
    toLsn: record.to_lsn ?? link.toLsn,
  };
  if (recorded.type !== link.type || recorded.fromLsn !== link.fromLsn || recorded.toLsn !== link.toLsn) {
    throw new RestoreError(`${path} is ${described(link)}, but it is recorded as ${described(recorded)}`, {
      hint: 'The object was replaced, or recorded under a wrong path: scan the storage again, or restore another backup.',
    });
  }
  if (before === undefined) {
    if (link.type === 'full') return;
    throw new RestoreError(`the chain begins with ${path}, ${described(link)}: the full backup before it is missing`, {
      hint: 'Find the full backup that it builds on and register it, or restore another backup.',
    });
  }
  if (link.type === 'incremental' && link.fromLsn === before.toLsn) return;
  throw new RestoreError(
    `the chain is broken before ${path}: it is ${described(link)}, and the backup before it ends at LSN ${before.toLsn}`,
    {
      hint: 'Register the backup that is missing between the two, or restore an earlier backup. They may also be out of order.',
    },
  );
}

function described({ type, fromLsn, toLsn }: Checkpoints): string {
  return type === 'full' ? `a full backup up to LSN ${toLsn}` : `an incremental backup from LSN ${fromLsn} to ${toLsn}`;
}

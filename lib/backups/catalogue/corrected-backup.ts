/** How an administrator's correction changes a backup's record. */
import type { z } from 'zod';
import type { Connection } from '../../connections/model.ts';
import { isMadeWith } from '../../databases/engines.ts';
import { Conflict, Impossible, type RequestError } from '../../errors/errors.ts';
import type { Backup } from '../model.ts';
import type { backupUpdateBody } from '../schemas.ts';
import { UNVERIFIED } from '../verify/model.ts';

export type BackupUpdate = z.output<typeof backupUpdateBody>;

/**
 * The fields to write. Someone who names the connection knows it, so it is no longer a guess. A different path means a
 * different object, which hasn't been verified.
 * @param connection the one that the request names, if any.
 * @throws Impossible for a connection that the backup can't come from.
 */
export function correctedBackup(
  before: Backup,
  update: BackupUpdate,
  connection: Connection | undefined,
): Partial<Backup> {
  if (connection !== undefined && before.engine !== null && !isMadeWith(connection.db_type, before.engine)) {
    throw new Impossible(`a backup made with ${before.engine} cannot be from a ${connection.db_type} server`, {
      hint: 'Check the connection_id.',
    });
  }
  const moved = (['storage_provider_id', 'storage_path'] as const).some(
    (field) => update[field] !== undefined && update[field] !== before[field],
  );
  return {
    ...update,
    ...(connection === undefined ? {} : { connection_source: 'you', db_type: connection.db_type }),
    ...(moved ? { ...UNVERIFIED, object_bytes: null } : {}),
  };
}

/**
 * Why a record can't be changed or deleted now.
 * @param restore a running restore from it, if there is one.
 */
export function busyRefusals(backup: Backup, restore: { id: string } | undefined): RequestError[] {
  const refusals: RequestError[] = [];
  if (restore !== undefined) {
    refusals.push(
      new Conflict(`restore ${restore.id} is running from this backup`, {
        hint: 'Wait until it has ended, or cancel it.',
      }),
    );
  }
  if (backup.verify_status === 'verifying') {
    refusals.push(new Conflict('the backup is being verified', { hint: 'Wait until its verification has ended.' }));
  }
  return refusals;
}

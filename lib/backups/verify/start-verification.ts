import { randomUUID } from 'node:crypto';
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Conflict, Impossible } from '../../errors/errors.ts';
import { orNotFound } from '../../errors/not-found.ts';
import { contentsOf } from '../../pipeline/contents.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import type { VerificationInput } from './states.ts';

export interface VerificationStarter {
  records: Pick<BackupTables, 'backups'>;
  stepFunctions: SFNClient;
  verificationMachineArn: string;
}

/**
 * Starts the verification of a backup. If one is running already, it continues.
 * @throws NotFound; Conflict or Impossible for a backup that can't be verified.
 */
export async function startVerification(starter: VerificationStarter, backupId: string, now: Date): Promise<Backup> {
  const backup = orNotFound(await starter.records.backups.get(backupId), 'backup');
  if (backup.status !== 'success') {
    throw new Conflict(`cannot verify backup with status: ${backup.status}`, {
      hint: 'Only a backup that succeeded has an object.',
    });
  }
  const contents = contentsOf(backup);
  if (contents === undefined) {
    throw new Impossible(`cannot verify a physical backup made with ${backup.engine}, which consists of many objects`, {
      hint: 'Restore it into a database with another name instead: pgBackRest checks each file during the restore, before the target is touched.',
    });
  }
  if (contents === 'dump' && backup.backup_type !== 'full') {
    throw new Impossible('cannot verify an incremental backup', {
      hint: 'Verify the full backup that it builds on.',
    });
  }
  if (backup.verify_status === 'verifying') return backup;
  const input: VerificationInput = { backup_id: backupId };
  await starter.stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: starter.verificationMachineArn,
      name: `${now.toISOString().replaceAll(/[^0-9]/g, '')}-${randomUUID()}`,
      input: JSON.stringify(input),
    }),
  );
  return backup;
}

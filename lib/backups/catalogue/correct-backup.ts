import { Conflict, throwFirst } from '../../errors/errors.ts';
import { notFound } from '../../errors/not-found.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import { type BackupUpdate, busyRefusals, correctedBackup } from './corrected-backup.ts';

/** Everything that may need a backup's record. */
interface Uses {
  restores: {
    list(of: { backup_id: string; status: 'running' }, page: { limit: number }): Promise<{ records: { id: string }[] }>;
  };
  recoveryPlans: {
    all(): AsyncIterable<{ name: string; groups: { pick: { kind: string; backup_id?: string | undefined } }[][] }>;
  };
}

/**
 * Corrects a backup's record.
 * @throws NotFound for an unknown connection or storage provider; Conflict if a restore or a verification uses the
 * record, or if the record changes in the meantime; Impossible
 */
export async function correctBackup(
  records: BackupTables & Uses,
  before: Backup,
  update: BackupUpdate,
): Promise<Backup> {
  await refuseBusy(records, before);
  const { connection_id, storage_provider_id } = update;
  const connection = connection_id === undefined ? undefined : await records.connections.get(connection_id);
  if (connection_id !== undefined && connection === undefined) throw notFound('connection');
  if (storage_provider_id && (await records.storageProviders.get(storage_provider_id)) === undefined) {
    throw notFound('storage provider');
  }
  const fields = correctedBackup(before, update, connection);
  const was = { connection_id: before.connection_id, verify_status: before.verify_status };
  if (Object.keys(fields).length > 0 && !(await records.backups.update(before.id, fields, was))) throw changed();
  return { ...before, ...fields };
}

/**
 * Removes a backup's record; its object stays.
 * @throws Conflict if a restore, a verification, a recovery plan or another backup needs it.
 */
export async function removeBackup(records: BackupTables & Uses, backup: Backup): Promise<void> {
  await refuseBusy(records, backup);
  for await (const plan of records.recoveryPlans.all()) {
    const needs = plan.groups.flat().some(({ pick }) => pick.kind === 'backup' && pick.backup_id === backup.id);
    if (needs) {
      throw new Conflict(`the recovery plan ${plan.name} restores this backup`, {
        hint: 'Change the plan or remove it.',
      });
    }
  }
  for await (const other of records.backups.all({ connection_id: backup.connection_id })) {
    if (other.parent_id === backup.id) {
      throw new Conflict(`the backup ${other.id} builds on this one`, { hint: 'Remove that one first.' });
    }
  }
  await records.backups.delete(backup.id);
}

async function refuseBusy(records: Pick<Uses, 'restores'>, backup: Backup): Promise<void> {
  const [restore] = (await records.restores.list({ backup_id: backup.id, status: 'running' }, { limit: 1 })).records;
  throwFirst(busyRefusals(backup, restore));
}

function changed(): Conflict {
  return new Conflict('the backup changed in the meantime', { hint: 'Read it again, then send your change again.' });
}

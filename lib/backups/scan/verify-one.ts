import { awaitsVerification } from '../catalogue/new-backup.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import { startVerification, type VerificationStarter } from '../verify/start-verification.ts';

/** Starts the verification of one new backup, unless the settings say not to. */
export async function verifyAsItEnters(
  starter: VerificationStarter & { records: Pick<BackupTables, 'settings'> },
  backup: Backup,
): Promise<void> {
  if (!awaitsVerification(backup)) return;
  if (!(await starter.records.settings.get()).verify_new_backups) return;
  await startVerification(starter, backup.id, new Date());
}

import type { Records } from '../aws/services.ts';
import { awaitsVerification } from '../domain/catalogue/new-backup.ts';
import type { Backup } from '../domain/records.ts';
import { startVerification, type VerificationStarter } from '../restores/start-verification.ts';

/** Starts the verification of one new backup, if the settings say so. */
export async function verifyAsItEnters(
  starter: VerificationStarter & { records: Pick<Records, 'settings'> },
  backup: Backup,
): Promise<void> {
  if (!awaitsVerification(backup)) return;
  if (!(await starter.records.settings.get()).verify_new_backups) return;
  await startVerification(starter, backup.id, new Date());
}

/** `Verify checksum`: proves the backup sound before the target is touched. */
import { backupObject, keysFor } from '../lib/aws/backup-object.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { NotFound, toFailure } from '../lib/domain/errors.ts';
import { verifiedBackup, verifiedLine } from '../lib/domain/verification.ts';
import { verifyBackup } from '../lib/pipeline/verify-backup.ts';
import { RestoreReporter } from '../lib/restores/reporter.ts';
import type { VerifyInput, VerifyOutput } from '../lib/workflow/states.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'SECRETS_PREFIX']);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = workflowHandler(records, async ({ restore_id }: VerifyInput): Promise<VerifyOutput> => {
  const reporter = await RestoreReporter.open(records, restore_id);
  const backup = await records.backups.get(reporter.restore.backup_id);
  if (backup === undefined) throw new NotFound('backup not found');
  try {
    const source = await backupObject(records, secrets, backup);
    const keys = await keysFor(secrets, backup);
    reporter.stage('verifying', backup.object_bytes ?? 0);
    const verified = await verifyBackup(source, keys, backup.checksum, { onProgress: reporter.progress });
    await records.backups.update(backup.id, verifiedBackup(backup, verified, new Date()));
    reporter.log(verifiedLine(backup, verified));
    return { etag: verified.etag, sha256: verified.sha256, object_bytes: verified.objectBytes };
  } catch (error) {
    await records.backups.update(backup.id, { verify_status: 'failed', verify_error: toFailure(error).message });
    throw error;
  } finally {
    await reporter.close();
  }
});

import { readCipherPass } from '../aws/cipher-pass.ts';
import type { Secrets } from '../aws/services.ts';
import { encryptionDemand, notEncrypted } from '../domain/encryption-demand.ts';
import type { Backup, Connection } from '../domain/records.ts';

/**
 * The passphrase of the pgBackRest repository that a backup lies in; undefined of one without a cipher. Whether a repository
 * has one is only known from the connection: pgBackRest refuses a repository that differs from its settings.
 * @param connection that the backup is of.
 * @throws DecryptError if the repository has none, and the connection takes encrypted backups only.
 */
export async function repositoryCipher(
  secrets: Secrets,
  backup: Backup,
  connection: Connection,
): Promise<string | undefined> {
  const cipherPass = await readCipherPass(secrets, connection.id);
  const demand = encryptionDemand(backup, connection);
  if (cipherPass === undefined && demand !== undefined) {
    throw notEncrypted(`the pgBackRest repository ${backup.storage_path}`, demand);
  }
  return cipherPass;
}

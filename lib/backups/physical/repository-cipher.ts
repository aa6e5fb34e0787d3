import { readCipherPass } from '../../connections/keys/cipher-pass.ts';
import type { Connection } from '../../connections/model.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { encryptionDemand, notEncrypted } from '../../pipeline/decryption/encryption-demand.ts';
import type { Backup } from '../model.ts';

/**
 * The passphrase of a backup's pgBackRest repository; undefined if the repository isn't encrypted. Only the connection
 * says whether it is: pgBackRest refuses a repository that differs from its settings.
 * @param connection that the backup comes from.
 * @throws DecryptError if the repository isn't encrypted, and the connection only accepts encrypted backups.
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

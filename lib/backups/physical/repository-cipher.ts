import { readCipherPass } from '../../connections/keys/cipher-pass.ts';
import type { Connection } from '../../connections/model.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { encryptionDemand, notEncrypted } from '../../pipeline/decryption/encryption-demand.ts';
import type { Backup } from '../model.ts';

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

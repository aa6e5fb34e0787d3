/**
 * Whether a backup's object has to be encrypted. Who can write to the bucket can put a plain object in the place of an
 * encrypted one: gzip around other data, without the key. So what is known to be encrypted is never taken unencrypted.
 */

import { DecryptError } from '../../errors/errors.ts';

/**
 * @param connection that the backup is of, not the one that it is restored to.
 * @returns why the object has to be encrypted, in words; undefined if it need not be.
 */
export function encryptionDemand(
  { encryption_algo, encryption_key_id }: { encryption_algo: string | null; encryption_key_id: string | null },
  connection: { name: string; encrypted_only: boolean } | undefined,
): string | undefined {
  if (encryption_algo !== null) return `the backup's record says ${encryption_algo}`;
  if (encryption_key_id !== null) return `the backup's record names the encryption key ${encryption_key_id}`;
  if (connection?.encrypted_only === true) return `the connection ${connection.name} takes encrypted backups only`;
  return undefined;
}

/** @param what is not encrypted. @param demand as encryptionDemand says it. */
export function notEncrypted(what: string, demand: string): DecryptError {
  return new DecryptError(`${what} is not encrypted, but ${demand}`, {
    hint: 'Find out who can write to the bucket, and restore another backup: the object may have been replaced.',
  });
}

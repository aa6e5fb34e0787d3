/**
 * Whether a backup's object has to be encrypted. Someone who can write to the bucket could replace an encrypted object
 * with a plain one, which is just gzip with other data and needs no key. So a backup that is known to be encrypted is
 * never accepted unencrypted.
 */

import { DecryptError } from '../../errors/errors.ts';

/**
 * @param connection the one that the backup comes from, not the one that it is restored to.
 * @returns why the object has to be encrypted, in words; undefined if it need not be.
 */
export function encryptionDemand(
  { encryption_algo, encryption_key_id }: { encryption_algo: string | null; encryption_key_id: string | null },
  connection: { name: string; encrypted_only: boolean } | undefined,
): string | undefined {
  if (encryption_algo !== null) return `the backup's record says ${encryption_algo}`;
  if (encryption_key_id !== null) return `the backup's record names the encryption key ${encryption_key_id}`;
  if (connection?.encrypted_only === true) return `the connection ${connection.name} accepts only encrypted backups`;
  return undefined;
}

/**
 * @param what the unencrypted object.
 * @param demand the reason that encryptionDemand returned.
 */
export function notEncrypted(what: string, demand: string): DecryptError {
  return new DecryptError(`${what} is not encrypted, but ${demand}`, {
    hint: 'Find out who can write to the bucket, and restore another backup: the object may have been replaced.',
  });
}

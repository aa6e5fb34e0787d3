/**
 * Files in the format of `openssl enc -aes-256-cbc -md sha1`. pgBackRest uses it for each file of an encrypted
 * repository.
 */
import { createDecipheriv, createHash } from 'node:crypto';
import { DecryptError } from '../../errors/errors.ts';

/** The beginning of the file. Eight bytes of salt follow. */
const MAGIC = Buffer.from('Salted__');
const SALT_END = 16;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** Whether a file was encrypted in this way. */
export function isSalted(file: Buffer): boolean {
  return file.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * Decrypts a small file. The cipher authenticates nothing: a wrong passphrase usually fails at the padding, but may
 * also give garbage.
 * @throws DecryptError for a wrong passphrase, or a file that was changed or cut off.
 */
export function decryptSalted(file: Buffer, passphrase: string): Buffer {
  const salt = file.subarray(MAGIC.length, SALT_END);
  const key = deriveKey(passphrase, salt);
  const decipher = createDecipheriv('aes-256-cbc', key.subarray(0, KEY_BYTES), key.subarray(KEY_BYTES));
  try {
    return Buffer.concat([decipher.update(file.subarray(SALT_END)), decipher.final()]);
  } catch (cause) {
    throw new DecryptError('the passphrase does not open it, or it is damaged', {
      hint: "Check the connection's cipher_pass.",
      cause,
    });
  }
}

/** EVP_BytesToKey with SHA-1 and one iteration: key and initialisation vector, one after the other. */
function deriveKey(passphrase: string, salt: Buffer): Buffer {
  const rounds: Buffer[] = [];
  for (let bytes = 0; bytes < KEY_BYTES + IV_BYTES; bytes += rounds.at(-1)?.length ?? 0) {
    const before = rounds.at(-1) ?? Buffer.alloc(0);
    rounds.push(createHash('sha1').update(before).update(passphrase, 'utf8').update(salt).digest());
  }
  return Buffer.concat(rounds).subarray(0, KEY_BYTES + IV_BYTES);
}

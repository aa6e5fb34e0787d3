/** The list of keys that backups were encrypted with. The first is the default. Pure. */
import { z } from 'zod';
import { Conflict, Impossible } from '../../errors/errors.ts';
import { orNotFound } from '../../errors/not-found.ts';

/** Secrets Manager's size limit for one secret. */
const MAX_SECRET_BYTES = 65_536;

/** As stored in the secret. */
export const encryptionKeys = z.array(z.object({ id: z.string().min(1), value: z.string().min(1) }));
export type StoredKey = z.infer<typeof encryptionKeys>[number];

/**
 * @param isDefault whether to try this key first. If it is the only key, it is always the default.
 * @throws Conflict if a key with its id exists; Impossible if there are too many.
 */
export function withKey(keys: readonly StoredKey[], key: StoredKey, isDefault: boolean): StoredKey[] {
  if (keys.some(({ id }) => id === key.id)) {
    throw new Conflict(`the encryption key ${key.id} already exists`, {
      hint: 'Give the new key another id: the value of a stored key cannot be changed.',
    });
  }
  const all = isDefault ? [key, ...keys] : [...keys, key];
  if (Buffer.byteLength(JSON.stringify(all)) > MAX_SECRET_BYTES) {
    throw new Impossible('there is no room for another encryption key', {
      hint: 'Delete those that no backup needs any more.',
    });
  }
  return all;
}

/** @throws NotFound */
export function withDefault(keys: readonly StoredKey[], id: string): StoredKey[] {
  return [found(keys, id), ...withoutKey(keys, id)];
}

/** @throws NotFound */
export function withoutKey(keys: readonly StoredKey[], id: string): StoredKey[] {
  const key = found(keys, id);
  return keys.filter((other) => other !== key);
}

function found(keys: readonly StoredKey[], id: string): StoredKey {
  return orNotFound(
    keys.find((other) => other.id === id),
    'encryption key',
  );
}

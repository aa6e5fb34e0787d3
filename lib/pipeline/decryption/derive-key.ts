import { argon2, createSecretKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { ARGON2ID } from '../../formats/jagad-frames.ts';

const derive = promisify(argon2);

/**
 * The AES key of a Jagad stream. It is a KeyObject, because Node takes several times as long to create a cipher from
 * the key's bytes. Node's own Argon2 frees its 64 MiB at once, whereas a WebAssembly one keeps them until the next full
 * garbage collection.
 */
export async function deriveKey(masterKey: string, salt: Buffer): Promise<KeyObject> {
  return createSecretKey(
    await derive('argon2id', { ...ARGON2ID, message: Buffer.from(masterKey, 'utf8'), nonce: salt }),
  );
}

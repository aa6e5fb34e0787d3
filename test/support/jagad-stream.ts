/** Jagad's encrypted stream, built part by part with node:crypto, so that tests can damage it where they like. */
import { type CipherKey, createCipheriv } from 'node:crypto';

export const SALT = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
export const END_MARK = Buffer.alloc(16);

export function frame(key: CipherKey, counter: number, plain: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigUInt64BE(BigInt(counter));
  head.writeUInt32BE(plain.length + 16, 12);
  const cipher = createCipheriv('aes-256-gcm', key, head.subarray(0, 12));
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

export function frames(key: CipherKey, plains: Buffer[]): Buffer[] {
  return plains.map((plain, index) => frame(key, index + 1, plain));
}

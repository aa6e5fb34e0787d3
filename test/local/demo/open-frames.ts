import { createDecipheriv } from 'node:crypto';
import { argon2id } from 'hash-wasm';

/** Reads an encrypted object the slow, simple way, frame by frame, and checks counters and both end marks. */
export async function openFrames(object: Buffer, password: string): Promise<Buffer[]> {
  const cost = { parallelism: 4, iterations: 1, memorySize: 65536, hashLength: 32 };
  const key = await argon2id({ password, salt: object.subarray(0, 16), ...cost, outputType: 'binary' });
  const frames: Buffer[] = [];
  let at = 16;
  for (let counter = 1n; object.readUInt32BE(at + 12) !== 0; counter++) {
    const nonce = object.subarray(at, at + 12);
    if (nonce.readBigUInt64BE() !== counter || nonce.readUInt32BE(8) !== 0) throw new Error(`not frame ${counter}`);
    const end = at + 16 + object.readUInt32BE(at + 12);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(object.subarray(end - 16, end));
    frames.push(Buffer.concat([decipher.update(object.subarray(at + 16, end - 16)), decipher.final()]));
    at = end;
  }
  if (!object.subarray(at).equals(Buffer.alloc(32))) throw new Error('no double end mark, or something behind it');
  return frames;
}

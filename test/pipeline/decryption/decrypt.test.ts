import { argon2id } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import { DecryptError } from '../../../lib/errors/errors.ts';
import { decrypt as decryptDeriving, type EncryptionKey } from '../../../lib/pipeline/decryption/decrypt.ts';
import { deriveKey } from '../../../lib/pipeline/decryption/derive-key.ts';
import { collect, collectUntilError, piecesOf, randomBytesOf, randomPieces } from '../../support/chunks.ts';
import { END_MARK, frame, frames, SALT } from '../../support/jagad-stream.ts';

/** The real derivation, but each pair of password and salt once: hundreds of damaged streams share theirs. */
const derived = new Map<string, ReturnType<typeof deriveKey>>();
const deriveOnce: typeof deriveKey = (masterKey, salt) => {
  const name = `${masterKey} ${salt.toString('hex')}`;
  const key = derived.get(name) ?? deriveKey(masterKey, salt);
  derived.set(name, key);
  return key;
};
const decrypt = (chunks: AsyncIterable<Buffer>, keys: readonly EncryptionKey[]) =>
  decryptDeriving(chunks, keys, deriveOnce);

const PASSWORD = 'größte Geheimnisse ✓';
const KEYS = [{ id: 'k', masterKey: PASSWORD }];
/** Of another implementation than the one that is tested. */
const COST = { iterations: 1, memorySize: 65_536, parallelism: 4, hashLength: 32, outputType: 'binary' } as const;
const KEY = await argon2id({ ...COST, password: PASSWORD, salt: SALT });
const OTHER_KEY = await argon2id({ ...COST, password: 'another one', salt: SALT });

const stream = (parts: Buffer[], ends = [END_MARK, END_MARK]) => Buffer.concat([SALT, ...parts, ...ends]);
const opened = (object: Buffer, keys = KEYS) => collect(decrypt(piecesOf(object, object.length), keys));

/** Small enough to damage at each byte: 16 + 3 frames + 32. */
const PLAINS = [Buffer.from('first'), Buffer.from('and second'), Buffer.from('third')];
const SMALL = stream(frames(KEY, PLAINS));

describe('a sound stream', () => {
  it('of frames of every length from 0 to 300 and of 64 KiB is decrypted', async () => {
    const plains = Array.from({ length: 301 }, (_, length) => randomBytesOf(length, length));
    plains.push(randomBytesOf(65_536, 7), randomBytesOf(65_537, 8));
    const object = stream(frames(KEY, plains));
    const plain = Buffer.concat(plains);
    expect((await opened(object)).equals(plain)).toBe(true);
    for (const [most, seed] of [
      [5000, 1],
      [300, 2],
      [17, 3],
    ] as const) {
      expect((await collect(decrypt(randomPieces(object, most, seed), KEYS))).equals(plain)).toBe(true);
    }
  });

  it('is decrypted however it is split', async () => {
    for (let size = 1; size <= SMALL.length; size++) {
      expect(String(await collect(decrypt(piecesOf(SMALL, size), KEYS)))).toBe('firstand secondthird');
    }
  });

  it('passes on complete frames before the rest has arrived', async () => {
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = frames(KEY, PLAINS);
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.concat([SALT, one, two.subarray(0, 20)]);
      throw new Error('the storage hung up');
    }
    const { seen, error } = await collectUntilError(decrypt(slow(), KEYS));
    expect([String(seen), String(error)]).toEqual(['first', 'Error: the storage hung up']);
  });
});

describe('keys', () => {
  it('the right one is found among several, in any position', async () => {
    const others = [
      { id: 'a', masterKey: 'another one' },
      { id: 'b', masterKey: PASSWORD.toUpperCase() },
    ];
    for (const at of [0, 1, 2]) {
      const keys = others.toSpliced(at, 0, ...KEYS);
      expect(String(await opened(SMALL, keys))).toBe('firstand secondthird');
    }
  });

  it('a wrong one, several wrong ones and a missing one are each reported', async () => {
    const wrong = [{ id: 'a', masterKey: 'another one' }];
    await expect(opened(SMALL, wrong)).rejects.toThrow('the encryption key does not open this backup');
    await expect(opened(SMALL, [...wrong, { id: 'b', masterKey: 'b' }])).rejects.toThrow(/none of the encryption keys/);
    await expect(opened(SMALL, [])).rejects.toThrow('the backup is encrypted and no encryption key is set');
    for (const keys of [wrong, []]) {
      await expect(opened(SMALL, keys)).rejects.toBeInstanceOf(DecryptError);
      await expect(opened(SMALL, keys)).rejects.toHaveProperty('hint');
    }
  });

  it('a frame with a different key from the first is damage', async () => {
    const mixed = stream([frame(KEY, 1, Buffer.from('a')), frame(OTHER_KEY, 2, Buffer.from('b'))]);
    await expect(opened(mixed)).rejects.toThrow('frame 2 does not authenticate');
  });
});

/** Fails as a DecryptError, and hands on nothing that was not written. */
async function expectDamage(object: Buffer): Promise<void> {
  const { seen, error } = await collectUntilError(decrypt(randomPieces(object, 40, object.length), KEYS));
  expect(error).toBeInstanceOf(DecryptError);
  expect('firstand secondthird'.startsWith(String(seen))).toBe(true);
}

describe('damage', () => {
  it('in one of thousands of frames ends the stream at that frame, after everything before it', async () => {
    const plains = Array.from({ length: 2500 }, (_, index) => randomBytesOf(240, index));
    const parts = frames(KEY, plains);
    for (const [index, at] of [
      [0, 20],
      [1, 3],
      [963, 16],
      [964, 271],
      [1200, 15],
      [2499, 200],
    ] as const) {
      const damaged = Buffer.from(parts[index] as Buffer);
      damaged[at] = (damaged[at] as number) ^ 4;
      const object = stream(parts.toSpliced(index, 1, damaged));
      for (const pieces of [piecesOf(object, object.length), piecesOf(object, 65_536)]) {
        const { seen, error } = await collectUntilError(decrypt(pieces, KEYS));
        expect(error).toBeInstanceOf(DecryptError);
        if (at >= 16 && index > 0) expect(String(error)).toContain(`frame ${index + 1} does not authenticate`);
        expect(seen.equals(Buffer.concat(plains.slice(0, index)))).toBe(true);
      }
    }
  });

  it('is one changed bit in any byte of salt, nonce, length, ciphertext, tag or end mark', async () => {
    for (let at = 0; at < SMALL.length; at++) {
      // each salt costs a derivation, so one bit of each of its bytes is all
      for (const bit of at < SALT.length ? [at % 8] : [0, 1, 2, 3, 4, 5, 6, 7]) {
        const damaged = Buffer.from(SMALL);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        await expectDamage(damaged);
      }
    }
  });

  it('is a stream cut off anywhere', async () => {
    for (let length = 0; length < SMALL.length - END_MARK.length; length++)
      await expectDamage(SMALL.subarray(0, length));
    for (let length = SMALL.length - 15; length < SMALL.length; length++) await expectDamage(SMALL.subarray(0, length));
  });

  it('is reported after which frame, if the stream is cut between two', async () => {
    const parts = frames(KEY, PLAINS);
    for (const count of [1, 2, 3]) {
      const cut = opened(stream(parts.slice(0, count), []));
      await expect(cut).rejects.toThrow(`the object ends after frame ${count}, before its end mark`);
    }
  });

  it('is a dropped, doubled or swapped frame', async () => {
    const [a, b, c] = frames(KEY, PLAINS) as [Buffer, Buffer, Buffer];
    for (const order of [
      [b, c],
      [a, c],
      [a, a, b, c],
      [a, b, b, c],
      [b, a, c],
      [a, c, b],
      [c, b, a],
      [a, b, c, a],
    ]) {
      await expectDamage(stream(order));
    }
    await expect(opened(stream([a, c]))).rejects.toThrow('frame 3 is where frame 2 belongs');
    await expect(opened(stream([b, c]))).rejects.toThrow('frame 2 is where frame 1 belongs');
  });

  it('is not found if the last frame was dropped and the end marks kept: the checksum finds it', async () => {
    expect(String(await opened(stream(frames(KEY, PLAINS).slice(0, 2))))).toBe('firstand second');
  });

  it('is an impossible length', async () => {
    for (const length of [0, 1, 15, 16 * 1024 * 1024 + 1, 0xffffffff]) {
      for (const frameAt of [16, 16 + 37]) {
        const damaged = Buffer.from(SMALL);
        damaged.writeUInt32BE(length, frameAt + 12);
        await expectDamage(damaged);
      }
    }
  });
});

it('is reported at once for an impossible length, not after as many bytes', async () => {
  let bytes = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    const head = frame(KEY, 2, Buffer.alloc(0)).subarray(0, 16);
    head.writeUInt32BE(0x7fffffff, 12);
    yield Buffer.concat([SALT, frame(KEY, 1, Buffer.from('first')), head]);
    for (; bytes < 50_000_000; bytes += 100_000) yield Buffer.alloc(100_000);
  }
  const { error } = await collectUntilError(decrypt(endless(), KEYS));
  expect(error).toBeInstanceOf(DecryptError);
  expect(bytes).toBeLessThan(1_000_000);
});

describe('end marks', () => {
  it('are accepted once and twice, but not three times', async () => {
    const parts = frames(KEY, PLAINS);
    expect(String(await opened(stream(parts, [END_MARK])))).toBe('firstand secondthird');
    expect(String(await opened(stream(parts, [END_MARK, END_MARK])))).toBe('firstand secondthird');
    await expect(opened(stream(parts, [END_MARK, END_MARK, END_MARK]))).rejects.toThrow('bytes after the end mark');
    await expect(opened(stream(parts, []))).rejects.toThrow('before its end mark');
  });

  it.each([1, 15, 16, 17, 100])('may not be followed by %i bytes', async (count) => {
    for (const fill of [0x00, 0xff]) {
      for (const ends of [[END_MARK], [END_MARK, END_MARK]]) {
        if (fill === 0 && count === 16 && ends.length === 1) continue; // that is the second mark
        await expectDamage(Buffer.concat([stream(frames(KEY, PLAINS), ends), Buffer.alloc(count, fill)]));
      }
    }
  });

  it('may not be followed by a frame', async () => {
    const [a, b, c] = frames(KEY, PLAINS) as [Buffer, Buffer, Buffer];
    await expect(opened(stream([a, END_MARK, b, c]))).rejects.toThrow('there are frames after the end mark');
    await expect(opened(stream([END_MARK, a, b, c]))).rejects.toBeInstanceOf(DecryptError);
  });
});

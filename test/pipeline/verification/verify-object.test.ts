import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import {
  ChecksumMismatch,
  DecompressError,
  DecryptError,
  DownloadError,
  RestoreError,
} from '../../../lib/errors/errors.ts';
import { dumpContents } from '../../../lib/formats/dump-contents.ts';
import type { Contents } from '../../../lib/pipeline/contents.ts';
import { deriveKey } from '../../../lib/pipeline/decryption/derive-key.ts';
import { openBackup } from '../../../lib/pipeline/opening/open-backup.ts';
import { verifyBackup } from '../../../lib/pipeline/verification/verify-object.ts';
import type { ObjectSource } from '../../../lib/storage/objects/object-source.ts';
import { randomBytesOf } from '../../support/chunks.ts';
import { END_MARK, frame, frames, SALT } from '../../support/jagad-stream.ts';
import { MemorySource, silentAfter } from '../../support/memory-source.ts';
import { endOf, endOfArchive, piece } from '../../support/physical/xbstream.ts';

interface Listed {
  id: string;
  storage_path: string;
  size_bytes: number;
  checksum: string | null;
}
const FIXTURES = new URL('../../fixtures/jagad/', import.meta.url);
const listed: Listed[] = JSON.parse(readFileSync(new URL('backups.json', FIXTURES), 'utf8'));
const { encryption_key } = JSON.parse(readFileSync(new URL('expected.json', FIXTURES), 'utf8'));
const KEYS = [{ id: 'default', masterKey: encryption_key as string }];
const objectOf = ({ storage_path }: Listed) => readFileSync(new URL(`objects/${encodeURI(storage_path)}`, FIXTURES));
const fixture = (end: string) => {
  const found = listed.find(({ id }) => id.endsWith(end));
  if (found === undefined) throw new Error(`no fixture ${end}`);
  return found;
};

/** In pieces of a size that no frame border falls on; nothing is retried. */
const sourceOf = (bytes: Buffer): ObjectSource => ({
  location: 'object.sql.gz',
  read: async (from, to) => ({
    etag: '"v1"',
    totalBytes: bytes.length,
    body: (async function* () {
      const range = bytes.subarray(from, to + 1);
      for (let at = 0; at < range.length; at += 9973) yield range.subarray(at, at + 9973);
    })(),
  }),
});
const limits = { partBytes: 100_003 };
const verify = (bytes: Buffer, checksum: string | null = null, keys = KEYS) =>
  verifyBackup(sourceOf(bytes), keys, checksum, { limits });

describe('the fixtures, as Jagad wrote them', () => {
  it('number six', () => expect(listed).toHaveLength(6));

  it.each(listed)('include $id, which is sound', async (backup) => {
    const object = objectOf(backup);
    const encrypted = /0[135]$/.test(backup.id);
    const verified = await verify(object, backup.checksum || null);
    expect(verified).toMatchObject({ etag: '"v1"', objectBytes: object.length, encrypted });
    expect(verified.dumpBytes).toBe(backup.size_bytes);
    const contents = dumpContents.parse(verified.dumpContents);
    expect(contents).toMatchObject({ dump_bytes: backup.size_bytes, database: 'shop' });
    expect(contents.server_version).toMatch(/^15\.18|^10\.11\.19-MariaDB|^9\.7\.4/);
    expect(contents.tool).toMatch(/^pg_dump 15|^mariadb-dump 10\.11|^mysqldump 9\.7/);
    const customers =
      contents.kind === 'mysqldump'
        ? contents.tables.find(({ name }) => name === 'customers')?.rows
        : contents.objects.find(({ kind, name }) => kind === 'TABLE' && name === 'customers')?.data_bytes;
    expect(customers).toBeGreaterThan(1000);
    if (backup.checksum) expect(verified.sha256).toBe(backup.checksum);
    if (!encrypted) {
      expect(verified.sha256).toBe(createHash('sha256').update(object).digest('hex'));
      expect(verified.compressedBytes).toBe(object.length);
    }
  });

  it('have a stored checksum if they are encrypted', () => {
    expect(listed.filter(({ checksum }) => checksum).map(({ id }) => id.slice(-2))).toEqual(['01', '03', '05']);
  });
});

describe('each fault has its own error class', () => {
  const encrypted = fixture('01');
  const plain = fixture('04');

  it('a different hash: ChecksumMismatch with both, even if everything else is sound', async () => {
    const wrong = 'ab'.repeat(32);
    for (const backup of [encrypted, plain]) {
      await expect(verify(objectOf(backup), wrong)).rejects.toBeInstanceOf(ChecksumMismatch);
      await expect(verify(objectOf(backup), wrong)).rejects.toThrow(new RegExp(`expected ${wrong}, the object has `));
    }
  });

  it('a wrong key, a missing one, a flipped bit, a truncation: DecryptError', async () => {
    const object = objectOf(encrypted);
    await expect(verify(object, null, [{ id: 'x', masterKey: 'x' }])).rejects.toBeInstanceOf(DecryptError);
    await expect(verify(object, null, [])).rejects.toBeInstanceOf(DecryptError);
    const flipped = Buffer.from(object);
    flipped[200_000] = (flipped[200_000] as number) ^ 1;
    await expect(verify(flipped)).rejects.toBeInstanceOf(DecryptError);
    await expect(verify(object.subarray(0, -32))).rejects.toBeInstanceOf(DecryptError);
    await expect(verify(object.subarray(0, 200_000))).rejects.toBeInstanceOf(DecryptError);
  });

  it('a flipped bit, a truncation and an extra byte in plain gzip: DecompressError', async () => {
    const object = objectOf(plain);
    const flipped = Buffer.from(object);
    flipped[200_000] = (flipped[200_000] as number) ^ 1;
    await expect(verify(flipped)).rejects.toBeInstanceOf(DecompressError);
    await expect(verify(object.subarray(0, 200_000))).rejects.toBeInstanceOf(DecompressError);
    await expect(verify(Buffer.concat([object, Buffer.alloc(1)]))).rejects.toBeInstanceOf(DecompressError);
  });

  it('faults inside sound frames: the class for gzip', async () => {
    const key = await deriveKey(encryption_key, SALT);
    const sealed = (bytes: Buffer) => Buffer.concat([SALT, ...frames(key, [bytes]), END_MARK, END_MARK]);
    const text = Buffer.from('-- MySQL dump 10.13\n\n/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n\n-- Dump completed\n');
    expect(await verify(sealed(gzipSync(text)))).toMatchObject({ encrypted: true, dumpBytes: text.length });
    await expect(verify(sealed(gzipSync(text).subarray(0, -1)))).rejects.toBeInstanceOf(DecompressError);
    await expect(verify(sealed(Buffer.from('no gzip at all')))).rejects.toBeInstanceOf(DecompressError);
  });

  it('a sound gzip around half a dump: DecompressError', async () => {
    for (const end of ['02', '04', '06']) {
      const dump = gunzipSync(objectOf(fixture(end)));
      await expect(verify(gzipSync(dump.subarray(0, dump.length >> 1)))).rejects.toBeInstanceOf(DecompressError);
    }
    await expect(verify(gzipSync('nothing that a restore tool reads'))).rejects.toBeInstanceOf(DecompressError);
    await expect(verify(gzipSync(''))).rejects.toBeInstanceOf(DecompressError);
  });

  describe('a sound dump with a statement that no restore accepts', () => {
    const end = '/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n\n-- Dump completed\n';
    const planted = `CREATE TABLE t (a int);\nINSERT INTO t SELECT 1;\n${end}`;
    const told = /^line 3: INSERT … SELECT: not accepted/;

    it.each(['mysql', 'mariadb'] as const)('in %s is reported with the line and the statement', async (dbType) => {
      const verifying = verifyBackup(sourceOf(gzipSync(`-- x\n${planted}`)), [], null, { limits, dbType });
      await expect(verifying).rejects.toThrow(told);
      await expect(verifying).rejects.toBeInstanceOf(RestoreError);
    });

    it('is judged for the server that the dump names', async () => {
      await expect(verify(gzipSync(`-- MySQL dump 10.13\n${planted}`))).rejects.toThrow(told);
    });

    it('is reported as damage if it is damaged too', async () => {
      const dump = gzipSync(`-- MySQL dump 10.13\n${planted}`);
      await expect(verify(dump, 'f'.repeat(64))).rejects.toBeInstanceOf(ChecksumMismatch);
      const half = gzipSync(`-- MySQL dump 10.13\n${planted.slice(0, -10)}`);
      await expect(verify(half)).rejects.toBeInstanceOf(DecompressError);
    });
  });

  it('an object that contains the framing of its upload is reported as such', async () => {
    const framed = Buffer.concat([
      Buffer.from(`10000;chunk-signature=${'a1'.repeat(32)}\r\n`),
      gzipSync('-- MySQL dump 10.13\n'),
    ]);
    await expect(verify(framed)).rejects.toMatchObject({
      name: 'DecompressError',
      message: expect.stringContaining('chunk signatures of its upload'),
      hint: expect.stringContaining('Remove the framing'),
    });
  });

  it("data that is neither gzip nor a first frame isn't a Jagad backup", async () => {
    const key = await deriveKey(encryption_key, SALT);
    const second = Buffer.concat([SALT, frame(key, 2, Buffer.from('a')), END_MARK]);
    for (const bytes of [
      randomBytesOf(5000, 1),
      Buffer.from('PGDMP'),
      Buffer.from([0x1f, 0x8b]),
      Buffer.alloc(64),
      second,
    ]) {
      await expect(verify(bytes)).rejects.toBeInstanceOf(DecompressError);
      await expect(verify(bytes)).rejects.toThrow(/is not a Jagad backup/);
    }
  });

  it('a salt that starts like gzip is still a salt', async () => {
    const salt = Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), SALT.subarray(3)]);
    const key = await deriveKey(encryption_key, salt);
    const dump = gunzipSync(objectOf(plain));
    const object = Buffer.concat([salt, ...frames(key, [gzipSync(dump)]), END_MARK, END_MARK]);
    expect(await verify(object)).toMatchObject({ encrypted: true, dumpBytes: dump.length });
  });

  it('an empty object, a missing one, and one with another version than the pinned one: DownloadError', async () => {
    await expect(verify(Buffer.alloc(0))).rejects.toBeInstanceOf(DownloadError);
    const gone = new MemorySource(Buffer.from('x'), () => {
      throw new DownloadError('gone');
    });
    await expect(verifyBackup(gone, KEYS, null)).rejects.toBeInstanceOf(DownloadError);
    const pinned = verifyBackup(sourceOf(objectOf(plain)), KEYS, null, { pinnedEtag: '"v0"' });
    await expect(pinned).rejects.toBeInstanceOf(DownloadError);
  });
});

describe('an archive of Mariabackup', () => {
  const object = readFileSync(new URL('../../fixtures/jagad-real/objects/mariabackup-slash.tar.gz', import.meta.url));
  const verifyAs = (contents: Contents | undefined, bytes = object, mustBeEncrypted?: string) =>
    verifyBackup(sourceOf(bytes), KEYS, null, { limits, contents, mustBeEncrypted });

  it('of a real Jagad is sound, and its checksum and checkpoints are reported', async () => {
    for (const contents of ['archive', undefined] as const) {
      expect(await verifyAs(contents)).toMatchObject({
        ...{ encrypted: false, objectBytes: object.length, dumpBytes: gunzipSync(object).length },
        sha256: createHash('sha256').update(object).digest('hex'),
        archive: { checkpoints: { type: 'full', fromLsn: '0', toLsn: '44878' } },
      });
    }
  });

  it('may be encrypted, although Jagad does not do that', async () => {
    const key = await deriveKey(encryption_key, SALT);
    const sealed = Buffer.concat([SALT, ...frames(key, [object]), END_MARK, END_MARK]);
    expect(await verifyAs('archive', sealed)).toMatchObject({ encrypted: true, archive: { checkpoints: {} } });
    expect(await verifyAs('archive', sealed, 'it was said so')).toMatchObject({ encrypted: true });
  });

  it('is distinguished from a dump', async () => {
    await expect(verifyAs('dump')).rejects.toThrow('it is a physical backup (xbstream)');
    await expect(verifyAs('archive', objectOf(fixture('04')))).rejects.toThrow('this is not an archive of Mariabackup');
  });

  it('is verified in bounded memory', async () => {
    const block = randomBytesOf(2 ** 20, 5);
    const pieces = Array.from({ length: 200 }, (_, index) => piece('ibdata1', index * block.length, block));
    const large = gzipSync(Buffer.concat([...pieces, endOf('ibdata1'), endOfArchive()]), { level: 0 });
    pieces.length = 0;
    const before = process.memoryUsage().rss;
    let most = before;
    const verifying = verifyBackup(sourceOf(large), [], null, { contents: 'archive' });
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 5);
    expect(await verifying).toMatchObject({ archive: { checkpoints: { type: 'full' } } });
    clearInterval(watch);
    expect((most - before) / 2 ** 20).toBeLessThan(160);
  }, 20_000);
});

describe('an object that has to be encrypted', () => {
  const options = { limits, mustBeEncrypted: "the backup's record says AES-256-GCM" };

  it("causes a DecryptError if it isn't, whatever its checksum", async () => {
    for (const bytes of [objectOf(fixture('04')), gzipSync('x')]) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const verifying = verifyBackup(sourceOf(bytes), KEYS, sha256, options);
      await expect(verifying).rejects.toBeInstanceOf(DecryptError);
      await expect(verifying).rejects.toThrow(
        "object.sql.gz is not encrypted, but the backup's record says AES-256-GCM",
      );
    }
  });

  it('is read if it is', async () => {
    expect(await verifyBackup(sourceOf(objectOf(fixture('01'))), KEYS, null, options)).toMatchObject({
      encrypted: true,
    });
  });
});

describe('openBackup', () => {
  it('aborts the download if its consumer stops early', async () => {
    const source = new MemorySource(objectOf(fixture('04')));
    const { dump } = await openBackup(source, KEYS, { limits: { partBytes: 50_000, window: 2 } });
    await dump.next();
    await dump.return(undefined);
    expect(source.calls.at(-1)?.signal.aborted).toBe(true);
    const calls = source.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.calls).toHaveLength(calls);
  });

  it('reports its figures along the way', async () => {
    const { source, dumpBytes } = await largeObject(20);
    const { dump, passed } = await openBackup(source, [], { limits });
    expect(passed()).toEqual({ compressedBytes: 0, dumpBytes: 0, sha256: createHash('sha256').digest('hex') });
    const { value } = await dump.next();
    const early = passed();
    expect(early.dumpBytes).toBe(value?.length);
    for await (const chunk of dump) void chunk;
    expect(passed().dumpBytes).toBe(dumpBytes);
    expect(passed().sha256).not.toBe(early.sha256);
  });

  it('stops reading ahead when its reader has had enough', async () => {
    const { source } = await largeObject(20);
    const asked: { from: number; signal: AbortSignal }[] = [];
    const hanging: ObjectSource = {
      location: source.location,
      read: async (from, to, etag, signal) => {
        asked.push({ from, signal });
        const range = await source.read(from, to, etag, signal);
        return from < 4 * 65_536 ? range : { ...range, body: silentAfter(Buffer.alloc(10), signal) };
      },
    };
    const { dump } = await openBackup(hanging, [], { limits: { partBytes: 65_536 } });
    expect((await dump.next()).done).toBe(false);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(4));
    await dump.return(undefined);
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
  });

  it('keeps a bounded part of a 300 MB dump in memory', async () => {
    const { source, dumpBytes } = await largeObject(300);
    const before = process.memoryUsage().rss;
    let most = before;
    let seen = 0;
    const { dump } = await openBackup(source, [], { limits: { partBytes: 4 * 1024 * 1024 } });
    for await (const chunk of dump) {
      seen += chunk.length;
      most = Math.max(most, process.memoryUsage().rss);
    }
    expect(seen).toBe(dumpBytes);
    expect((most - before) / 2 ** 20).toBeLessThan(160);
  }, 20_000);
});

/** One gzip of many MiB, compressed once and then repeated as it is asked for: each deflate block stands by itself. */
async function largeObject(megabytes: number): Promise<{ source: ObjectSource; dumpBytes: number }> {
  const block = randomBytesOf(2 ** 18, 3);
  const stored: Buffer[] = [];
  for (let at = 0; at < block.length; at += 32_768) {
    const head = Buffer.from([0, 0, 0x80, 0xff, 0x7f]);
    stored.push(head, block.subarray(at, at + 32_768));
  }
  const body = Buffer.concat(stored);
  const count = megabytes * 4;
  let crc = 0;
  for (let index = 0; index < count; index++) crc = crc32(block, crc);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE((count * block.length) % 2 ** 32, 4);
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  const tail = Buffer.concat([Buffer.from([1, 0, 0, 0xff, 0xff]), trailer]);
  const totalBytes = head.length + count * body.length + tail.length;
  const source: ObjectSource = {
    location: 'large.sql.gz',
    read: async (from, to) => ({
      etag: '"large"',
      totalBytes,
      body: (async function* () {
        for (let at = from; at <= Math.min(to, totalBytes - 1); ) {
          const piece = pieceAt(at).subarray(0, to - at + 1);
          yield Buffer.from(piece);
          at += piece.length;
        }
      })(),
    }),
  };
  return { source, dumpBytes: count * block.length };

  function pieceAt(at: number): Buffer {
    if (at < head.length) return head.subarray(at);
    const inBody = at - head.length;
    return inBody < count * body.length
      ? body.subarray(inBody % body.length)
      : tail.subarray(inBody - count * body.length);
  }
}

describe('bytes that change in transit', () => {
  const dumpBytes = gzipSync(
    `-- PostgreSQL database dump\n\nSET row_security = off;\n${'-- x\n'.repeat(50_000)}\n-- PostgreSQL database dump complete\n--\n`,
    {
      level: 0,
    },
  );
  const flipped = (at: number) => {
    const copy = Buffer.from(dumpBytes);
    copy[at] = (copy[at] as number) ^ 1;
    return copy;
  };
  /** The n-th read of the object from its start answers the n-th of these, and later ones the last. */
  const changing = (...reads: Buffer[]): ObjectSource => {
    let read = -1;
    const sources = reads.map(sourceOf);
    return {
      location: 'object.sql.gz',
      read: (from, to, etag, signal) => {
        if (from === 0) read += 1;
        return (sources[Math.min(read, sources.length - 1)] as ObjectSource).read(from, to, etag, signal);
      },
    };
  };
  const verify = (source: ObjectSource) => verifyBackup(source, [], null, { limits });

  it('are sound if a second read is, which is reported', async () => {
    const verified = await verify(changing(flipped(150_000), dumpBytes));
    expect(verified).toMatchObject({ changedOnItsWay: expect.stringMatching(/./), objectBytes: dumpBytes.length });
    expect((await verify(changing(dumpBytes))).changedOnItsWay).toBeUndefined();
  });

  it('give no verdict if each read differs', async () => {
    const verifying = verify(changing(flipped(150_000), flipped(160_000)));
    await expect(verifying).rejects.toBeInstanceOf(DownloadError);
    await expect(verifying).rejects.toThrow('came with different bytes when it was read twice (part 2)');
    await expect(verifying).rejects.toMatchObject({ verdict: false });
  });

  it('are distinguished from a damaged object, which reads the same each time', async () => {
    const verifying = verify(changing(flipped(150_000)));
    await expect(verifying).rejects.toBeInstanceOf(DecompressError);
    await expect(verifying).rejects.toMatchObject({ verdict: true });
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentsDigest } from '../../lib/formats/contents-digest.ts';
import { dumpContents } from '../../lib/formats/dump-contents.ts';
import { END_MARK_BYTES } from '../../lib/formats/jagad-frames.ts';
import { expected } from '../support/harness.ts';
import { FIXTURES, typed } from './typed.ts';

const KEY = { JAGAD_ENCRYPTION_KEY: expected.encryption_key };
const SHA256 = 'b954309ca4c4eb974be5f6d7b3e56de581699b7427c2f1c39839c02d874e44b1';
const { postgresEncrypted, postgresPlain, mariadbPlain, mysqlEncrypted } = FIXTURES;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A file with these bytes. */
function file(name: string, bytes: Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

function flipped(path: string, at: number): string {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 1;
  return file(`flipped-${at}`, bytes);
}

/** Without its second end mark, its first one, and further bytes. */
const cut = (path: string, bytes: number) => file(`cut-${bytes}`, readFileSync(path).subarray(0, -bytes));

describe('inspect', () => {
  it('describes an encrypted archive and its tables', async () => {
    const { code, stdout, stderr } = await typed(['inspect', postgresEncrypted], KEY);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^object: .*9b01-20261122-020000\.sql\.gz \(403705 bytes, 404 kB\)$/m);
    expect(stdout).toMatch(/^encrypted: +yes/m);
    expect(stdout).toMatch(/^dump: +PostgreSQL archive, format 1\.14$/m);
    expect(stdout).toMatch(/^server: +PostgreSQL 15\.18 /m);
    expect(stdout).toMatch(/^database: +shop$/m);
    expect(stdout).toMatch(/^entries: +51: 7 CONSTRAINT, 6 TABLE, /m);
    expect(stdout).toMatch(/^table: +sales\.orders_2024$/m);
    expect(stdout).toMatch(/^table: +Mixed Case\.Weird "quoted" table$/m);
  });

  it('recognises SQL and the dumped server, whichever tool made it', async () => {
    const { stdout } = await typed(['inspect', mysqlEncrypted], KEY);
    expect(stdout).toMatch(/^dump: +SQL of MySQL/m);
    expect(stdout).toMatch(/^dumped by: +mysqldump 9\.7\.4$/m);
    expect((await typed(['inspect', mariadbPlain])).stdout).toMatch(/^server: +MariaDB 10\.11\.19-MariaDB/m);
  });

  it('prints JSON for programs', async () => {
    const archive = JSON.parse((await typed(['inspect', '--json', postgresPlain])).stdout);
    expect(archive).toMatchObject({
      object_bytes: 356072,
      encryption_algo: null,
      dump: { kind: 'pg-archive', db_type: 'postgresql', database_name: 'shop', encoding: 'UTF8' },
    });
    expect(archive.dump.entries).toHaveLength(51);
    expect(archive.dump.entries).toContainEqual({
      kind: 'TABLE DATA',
      schema: 'sales',
      name: 'customers',
      owner: 'postgres',
      has_data: true,
    });
    const sql = JSON.parse((await typed(['inspect', mysqlEncrypted, '--json'], KEY)).stdout);
    expect(sql.dump).toMatchObject({ kind: 'sql', db_type: 'mysql', database_name: 'shop', entries: null });
    expect(sql.encryption_algo).toBe('AES-256-GCM');
  });

  it('reads the whole of a MySQL dump to list its contents', async () => {
    const { code, stdout } = await typed(['inspect', mysqlEncrypted, '--contents'], KEY);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tables: +\d+, \d+ rows, [\d.]+ MB$/m);
    expect(stdout).toMatch(/^table orders: \d+ rows, \d+ kB \(InnoDB, utf8mb4_\w+\)$/m);
    expect(stdout).toMatch(/^ {2}id bigint, not null, auto_increment$/m);
    expect(stdout).toMatch(/^ {2}primary key \(id\)$/m);
    expect(stdout).toMatch(/^ {2}foreign key fk_c \(customer_id\) to customers \(id\)$/m);
    expect(stdout).toMatch(/^triggers:$/m);
    const json = JSON.parse((await typed(['inspect', mysqlEncrypted, '--contents', '--json'], KEY)).stdout);
    expect(json).toMatchObject({ object_bytes: expect.any(Number), contents: { kind: 'mysqldump', database: 'shop' } });
    expect(contentsDigest(dumpContents.parse(json.contents))).toBe(json.contents_sha256);
  });

  it('reads the whole of a PostgreSQL archive too', async () => {
    const { code, stdout } = await typed(['inspect', postgresPlain, '--contents']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^table sales\.customers: [\d.]+ kB, of postgres$/m);
    expect(stdout).toMatch(/^ {2}foreign key orders_customer_id_fkey to sales\.customers$/m);
    expect(stdout).toMatch(/^ {2}FUNCTION sales\.audit_order\(\), of postgres$/m);
    expect((await typed(['inspect', postgresPlain, '--json'])).stdout).not.toContain('"contents"');
  });

  it('lists no contents if the backup does not verify', async () => {
    const dump = gunzipSync(readFileSync(mariadbPlain));
    const bad = Buffer.from(dump.toString('latin1').replace('UNLOCK TABLES;', 'GRANT ALL ON *.* TO x;'), 'latin1');
    const { code, stdout, stderr } = await typed(['inspect', file('bad.sql.gz', gzipSync(bad)), '--contents']);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^RESTORE ERROR: line \d+: GRANT .*: not accepted/);
  });

  it('describes other kinds of objects', async () => {
    const { code, stderr } = await typed(['inspect', file('physical', gzipSync('XBSTCK01....'))]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/physical backup \(xbstream\)/);
  });
});

it('restore --encrypted refuses an unencrypted object before it inspects the target', async () => {
  const target = ['--to', 'postgresql://nobody@127.0.0.1:1/shop'];
  const { code, stderr } = await typed(['restore', postgresPlain, '--encrypted', ...target], {
    ...KEY,
    JAGAD_TARGET_PASSWORD: 'x',
  });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^DECRYPT ERROR: .* but --encrypted was given/)]);
});

describe.each(['inspect', 'verify', 'decrypt'])('%s --encrypted', (command) => {
  it('refuses a file that is not encrypted, and accepts one that is', async () => {
    const plain = await typed([command, '--encrypted', postgresPlain], KEY);
    expect(plain).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(/^DECRYPT ERROR: .* is not encrypted, but --encrypted was given/),
    });
    expect(await typed([command, '--encrypted', postgresEncrypted], KEY)).toMatchObject({ code: 0 });
  });
});

describe('verifying an archive of Mariabackup', () => {
  const archive = fileURLToPath(new URL('../fixtures/jagad-real/objects/mariabackup-slash.tar.gz', import.meta.url));

  it('says what it is, also in JSON', async () => {
    const { stdout, code } = await typed(['verify', archive]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nARCHIVE: full backup from LSN 0 to 44878 of 10\.11\.19-MariaDB-0\+deb12u1-log\n$/);
    expect(JSON.parse((await typed(['verify', archive, '--json'])).stdout).archive).toEqual({
      ...{ backup_type: 'full', from_lsn: '0', to_lsn: '44878', server_version: '10.11.19-MariaDB-0+deb12u1-log' },
    });
  });

  it('finds damage inside a sound gzip', async () => {
    const stream = gunzipSync(readFileSync(archive));
    stream[9_000_000] = (stream[9_000_000] as number) ^ 1;
    const { code, stderr } = await typed(['verify', file('damaged.tar.gz', gzipSync(stream))]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^DECOMPRESS ERROR: the archive is damaged at byte \d+/)]);
  });
});

describe('verify', () => {
  it('proves that a backup is sound, and prints its checksum', async () => {
    const { code, stdout, stderr } = await typed(['verify', postgresEncrypted], KEY);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(1)).toEqual([
      'DECRYPT: OK (AES-256-GCM)',
      'DECOMPRESS: 356073 -> 386845 bytes',
      `CHECKSUM: none was given; the structure is sound (SHA-256 ${SHA256})`,
      '',
    ]);
  });

  it('compares the checksum with a given one', async () => {
    const right = await typed(['verify', postgresEncrypted, '--sha256', SHA256.toUpperCase()], KEY);
    expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining(`CHECKSUM: OK (SHA-256 ${SHA256})`) });
    const wrong = await typed(['verify', postgresEncrypted, '--sha256', 'ab'.repeat(32)], KEY);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CHECKSUM MISMATCH: expected abab/) });
    const none = await typed(['verify', postgresEncrypted, '--sha256', 'abc'], KEY);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('64 hexadecimal digits') });
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await typed(['verify', '--json', postgresPlain]);
    const sha256 = createHash('sha256').update(readFileSync(postgresPlain)).digest('hex');
    expect(JSON.parse(stdout)).toMatchObject({ encrypted: false, object_bytes: 356072, dump_bytes: 386845, sha256 });
  });

  it.each([
    ['a flipped byte', () => flipped(postgresEncrypted, 200_000), 'DECRYPT ERROR: frame '],
    [
      'a truncated end mark',
      () => cut(postgresEncrypted, 2 * END_MARK_BYTES),
      'DECRYPT ERROR: the object ends after frame',
    ],
    ['a flipped byte in plain gzip', () => flipped(postgresPlain, 200_001), 'DECOMPRESS ERROR: '],
    ['a truncated plain gzip', () => cut(postgresPlain, 9), 'DECOMPRESS ERROR: '],
    ['half a dump', () => file('half', gzipSync(gunzipSync(readFileSync(mariadbPlain)).subarray(0, 9999))), 'DECOMPR'],
    ["something that isn't a backup", () => file('text', Buffer.from('hello')), 'DECOMPRESS ERROR: '],
    ['an empty file', () => file('empty', Buffer.alloc(0)), 'DOWNLOAD ERROR: '],
    ['a missing file', () => join(directory, 'nowhere'), 'DOWNLOAD ERROR: there is no file '],
    ['a directory', () => directory, 'DOWNLOAD ERROR: '],
  ])('exits with 1 for %s', async (_what, path, message) => {
    const { code, stdout, stderr } = await typed(['verify', path()], KEY);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.startsWith(message), stderr).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('reports a wrong key, and asks for a missing one', async () => {
    const wrong = await typed(['verify', postgresEncrypted], { JAGAD_ENCRYPTION_KEY: 'wrong horse' });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('the encryption key does not open') });
    expect(wrong.stderr).not.toContain('wrong horse');
    for (const env of [{}, { JAGAD_ENCRYPTION_KEY: '' }]) {
      const none = await typed(['verify', postgresEncrypted], env);
      expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('Set JAGAD_ENCRYPTION_KEY') });
    }
  });
});

describe('decrypt', () => {
  it('writes the gzip data, or the dump', async () => {
    const compressed = await typed(['decrypt', postgresEncrypted], KEY);
    expect(compressed).toMatchObject({ code: 0, stderr: '' });
    expect(createHash('sha256').update(compressed.bytes).digest('hex')).toBe(SHA256);
    const dump = await typed(['decrypt', '--decompress', postgresEncrypted], KEY);
    expect(dump).toMatchObject({ code: 0, stderr: '' });
    expect(dump.bytes.equals(gunzipSync(compressed.bytes))).toBe(true);
  });

  it("passes on what isn't encrypted", async () => {
    const { bytes, code } = await typed(['decrypt', postgresPlain]);
    expect(code).toBe(0);
    expect(bytes.equals(readFileSync(postgresPlain))).toBe(true);
  });

  it('accepts what no restore tool can read, such as a physical backup', async () => {
    const physical = Buffer.from('XBSTCK01 and so on');
    const { bytes, code } = await typed(['decrypt', '--decompress', file('xb', gzipSync(physical))]);
    expect([code, bytes]).toEqual([0, physical]);
  });

  it.each([
    ['a flipped byte', () => flipped(postgresEncrypted, 200_000)],
    ['a truncated end', () => cut(postgresEncrypted, 5000)],
    [
      'a missing frame',
      () => {
        const bytes = readFileSync(postgresEncrypted);
        // salt, then the header's frame of 10 bytes, then one of 240: each with 16 bytes before and 16 behind
        return file('dropped', Buffer.concat([bytes.subarray(0, 58), bytes.subarray(58 + 272)]));
      },
    ],
  ])('exits with 1 for %s, and says whether the output can be used', async (_what, path) => {
    const sound = await typed(['decrypt', postgresEncrypted], KEY);
    const { code, bytes, stderr } = await typed(['decrypt', path()], KEY);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DECRYPT ERROR: /m);
    expect(stderr).toMatch(/^decrypt: what was written so far is authentic, but may not be the whole backup$/m);
    expect(bytes.length).toBeLessThan(sound.bytes.length);
    expect(sound.bytes.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  it('promises nothing about an unencrypted backup', async () => {
    const { code, stderr } = await typed(['decrypt', '--decompress', flipped(postgresPlain, 200_001)]);
    expect(code).toBe(1);
    expect(stderr).toContain('unverified, and');
  });

  it('refuses a terminal', async () => {
    const { code, bytes, stderr } = await typed(['decrypt', postgresEncrypted], KEY, true);
    expect([code, bytes.length]).toEqual([2, 0]);
    expect(stderr).toContain('stdout is a terminal');
  });
});

describe('usage', () => {
  it('is printed with the name and the exit code', async () => {
    expect(await typed(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes:') });
    expect(await typed([])).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: ') });
    expect(await typed(['toString', 'x'])).toMatchObject({ code: 2, stdout: '' });
    for (const command of ['inspect', 'verify', 'decrypt', 'restore']) {
      const { code, stdout } = await typed([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: npx jagad-restore ${command} OBJECT`);
      expect(stdout).toContain('Exit codes:');
    }
  });

  it.each([
    [['verify']],
    [['verify', 'a', 'b']],
    [['verify', 'x', '--key=correct-horse-battery-staple']],
    [['inspect', 'https://bucket.s3.amazonaws.com/key']],
    [['inspect', 's3://bucket/key', '--endpoint', 'minio:9000:1']],
    [['restore', 'x']],
    [['restore', 'x', '--to', 'mysql://u@h/d', '--ssl-mode', 'maybe']],
    [['restore', 'x', '--to', 'mysql://u@h/d', '--verify', 'recent']],
    [['restore', 'x', '--to', 'mysql://u@h/d', '--verify', 'skip', '--sha256', 'ab'.repeat(32)]],
    [['restore', 'x', '--to', 'mysql://u@h/d', '--ca-file', '/dev/null']],
    [['restore', 'x', '--to', 'mysql://u@h/d', '--ca-file', '/nowhere']],
  ])('refuses %j', async (args) => {
    const { code, stdout, stderr } = await typed(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).not.toContain(expected.encryption_key);
  });
});

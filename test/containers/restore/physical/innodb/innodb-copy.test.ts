/** A chain made by the real Mariabackup, assembled and recovered to points along the real server's binary logs. */
import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type BinaryLogs,
  type ChainObject,
  stageInnodbCopy,
} from '../../../../../containers/restore/physical/innodb/innodb-copy.ts';
import type { StagedServer } from '../../../../../containers/restore/physical/staged-server.ts';
import type { RecoveryTarget } from '../../../../../lib/engines/physical/recovery-target.ts';
import { fileSource } from '../../../../../lib/pipeline/download/file-source.ts';
import { XbstreamReader } from '../../../../../lib/pipeline/verification/xbstream.ts';
import { everyCase, inLongTier } from '../../../../support/every-case.ts';
import { type InnodbChain, makeInnodbChain } from '../../../../support/physical/innodb-chain.ts';
import { endOf, file, piece, remove, rename, rewritten, seek } from '../../../../support/physical/xbstream.ts';

let made: InnodbChain;
let full: ChainObject;
let first: ChainObject;
let second: ChainObject;
let staged: StagedServer | undefined;
let told: string[];
let timings: object;

beforeAll(async () => {
  made = await makeInnodbChain();
  [full, first, second] = made.objects;
});
afterEach(async () => {
  await staged?.stop();
  staged = undefined;
  expect(await processesOf(made.directory)).toEqual([]);
});
afterAll(() => made?.remove());

interface Options {
  logs?: BinaryLogs | undefined;
  signal?: AbortSignal;
  /** Makes the directory's path longer by this much. */
  within?: string;
  /** Told of each stage as it begins. */
  onStage?: (stage: string) => void;
}

/** Stages into a new directory, with all logs unless told otherwise. */
async function stage(target: RecoveryTarget, chain: ChainObject[], options: Options = {}): Promise<StagedServer> {
  told = [];
  timings = {};
  const directory = await mkdtemp(join(made.directory, options.within ?? '', 'staged-'));
  const staging = {
    chain: chain.map(({ backup }) => backup),
    target,
    directory,
    signal: options.signal ?? new AbortController().signal,
    telling: {
      log: (line: string) => told.push(line),
      warn: (line: string) => told.push(`WARNING: ${line}`),
      stage: (name: string, bytes: number) => {
        told.push(`${name} ${bytes > 0 ? 'some' : 'no'} bytes`);
        options.onStage?.(name);
      },
      progress: () => {},
    },
    took: (some: object) => Object.assign(timings, some),
  };
  staged = await stageInnodbCopy(staging, chain, 'logs' in options ? options.logs : logs());
  return staged;
}

function logs(names = made.logNames, directory = made.logsDirectory): BinaryLogs {
  return { names, source: (name) => fileSource(join(directory, name)) };
}

/** The copy of an object that a test may damage. */
async function copyOf(object: ChainObject): Promise<ChainObject & { path: string }> {
  const path = join(await mkdtemp(join(made.directory, 'damaged-')), 'archive.tar.gz');
  await copyFile(object.source.location, path);
  return { ...object, path, source: fileSource(path) };
}

async function flipByte(path: string, position: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[position] = (bytes[position] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
}

async function dumpOf(database: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (staged as StagedServer).dump(database)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** The names in shop.items, by the dump. */
async function items(): Promise<string[]> {
  const dump = await dumpOf('shop');
  const rows = /INSERT INTO `items` VALUES\s*(.*?);\n/s.exec(dump)?.[1] ?? '';
  return [...rows.matchAll(/\(\d+,'((?:[^'\\]|\\.)*)'/g)].map(([, name]) => name ?? '');
}

/** Command lines of running processes that name a directory. */
async function processesOf(directory: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(directory));
}

describe('the state that a backup holds', () => {
  // both of the next two build on it
  inLongTier(it)('is that of the full one', async () => {
    const { reached } = await stage({ kind: 'backup' }, [full], { logs: undefined });
    expect(await items()).toEqual(['full']);
    expect(reached).toBe(`the backup itself (LSN ${full.backup.to_lsn})`);
    expect(timings).toEqual({ download_ms: expect.any(Number), prepare_ms: expect.any(Number) });
  });

  it('is that of an incremental backup, encrypted, with its whole chain', async () => {
    await stage({ kind: 'backup' }, [full, first]);
    expect(await items()).toEqual(['full', 'first']);
    expect(told).toContain('DECRYPT: OK (AES-256-GCM)');
    expect(told.filter((line) => line.endsWith('bytes') && !line.includes(':'))).toEqual([
      'spooling some bytes',
      'preparing some bytes',
    ]);
  });

  it('is that of the last of three backups; the databases are listed, and dumped as Jagad does', async () => {
    const { databases, dumpBytes } = await stage({ kind: 'backup' }, [full, first, second]);
    expect((await databases()).sort()).toEqual(['archive', 'shop']);
    expect(await dumpBytes('shop')).toBeGreaterThan(0);
    expect(await dumpBytes('archive')).toBeNull();
    expect(await items()).toEqual(['full', 'first', 'second']);
    expect(await dumpOf('shop')).toMatch(/-- Dump completed on .*\s*$/);
    await expect(dumpOf('nowhere')).rejects.toThrow(/^mariadb-dump ended with 2: .*Unknown database 'nowhere'/s);
  });

  it('is recovered even in a directory too deep for a socket', async () => {
    const within = 'deep'.repeat(20);
    await mkdir(join(made.directory, within));
    const { databases } = await stage({ kind: 'backup' }, [full], { within });
    expect(await databases()).toHaveLength(2);
  });

  it('ends a dump that its reader gives up', async () => {
    const { dump } = await stage({ kind: 'backup' }, [full]);
    for await (const _ of dump('shop')) break;
    await staged?.stop();
    expect(await processesOf(made.directory)).toEqual([]);
  });
});

/** What was in shop.items before it was dropped. */
const BEFORE_DROP = ['full', 'first', 'second', 'from a temporary table', "\\0\xff\\n\\'", 'loaded', 'late'];

describe('a point after the backup', () => {
  it('is just before a table was dropped: later changes are missing', async () => {
    const { reached } = await stage({ kind: 'time', time: made.beforeDrop }, [full, first, second]);
    expect(await items()).toEqual(BEFORE_DROP);
    const archive = await dumpOf('archive');
    expect(archive).toContain('CREATE TABLE `notes`');
    expect(archive).not.toContain('after all');
    expect(await dumpOf('shop')).toContain('PROCEDURE `tidy`');
    expect(reached).toMatch(/^binlog\.000003 position \d+, 2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ, GTID 0-7-20$/);
    expect(timings).toHaveProperty('replay_ms');
    expect(told).toContain('replaying some bytes');
    expect(told.filter((line) => line.startsWith('WARNING'))).toEqual([]);
  });

  it('includes the named transaction, even if it is the last in its log and the next log is missing', async () => {
    const names = made.logNames.slice(0, -1);
    const { reached } = await stage({ kind: 'gtid', gtid: made.lateGtid }, [full], { logs: logs(names) });
    expect(await items()).toEqual(BEFORE_DROP);
    expect(await dumpOf('archive')).not.toContain('CREATE TABLE');
    expect(reached).toMatch(new RegExp(`^binlog\\.000003 position \\d+, .*, GTID ${made.lateGtid}$`));
  });

  it('is the end of the logs if it is after the last transaction, with a warning', async () => {
    const { reached } = await stage({ kind: 'time', time: '2090-01-01T00:00:00Z' }, [full, first]);
    expect(await dumpOf('archive')).toContain('after all');
    expect(await items()).toEqual([]);
    expect(reached).toMatch(/^binlog\.000004 /);
    expect(told.at(-1)).toBe(
      `WARNING: the archived binary logs end before 2090-01-01T00:00:00Z: recovered to their end, ${reached}`,
    );
  });

  it('fails if it is not a transaction in the logs, saying how far they go', async () => {
    await expect(stage({ kind: 'gtid', gtid: '0-7-4711' }, [full])).rejects.toThrow(
      /^the binary logs do not hold 4711 of domain 0: the replay reached their end, binlog\.000004 position \d+, .*, GTID 0-7-\d+$/,
    );
    expect(timings).toEqual({ download_ms: expect.any(Number), prepare_ms: expect.any(Number) });
  });

  it('is refused if it is before the end of the backup', async () => {
    await expect(stage({ kind: 'time', time: made.begin }, [full, first])).rejects.toThrow(
      /^the backup already holds changes from /,
    );
    await expect(stage({ kind: 'gtid', gtid: '0-7-1' }, [full])).rejects.toThrow(/^the backup is already past 0-7-1/);
    expect(told).not.toContain('preparing some bytes');
  });

  it('is refused without binary logs, saying what to set', async () => {
    const running = stage({ kind: 'time', time: made.beforeDrop }, [full], { logs: undefined });
    await expect(running).rejects.toMatchObject({ hint: expect.stringContaining('binlog_prefix') });
  });
});

describe('binary logs with a fault', () => {
  const target: RecoveryTarget = { kind: 'time', time: '2090-01-01T00:00:00Z' };

  it.each(everyCase([1], [0]))('is named if it is missing, at index %i', async (index) => {
    const names = made.logNames.toSpliced(index, 1);
    await expect(stage(target, [full], { logs: logs(names) })).rejects.toThrow(
      `the binary log ${made.logNames[index]} is missing from the archive`,
    );
  });

  it("is reported in the tool's words if it is damaged", async () => {
    const directory = await copyOfLogs();
    const path = join(directory, 'binlog.000002');
    await flipByte(path, (await readFile(path)).indexOf('CREATE USER') + 3);
    await expect(stage(target, [full], { logs: logs(made.logNames, directory) })).rejects.toThrow(
      /^binlog\.000002: mariadb-binlog ended with 1: .*(checksum|CRC)/is,
    );
  });

  it('is reported as archived too early if it is shorter than the backup', async () => {
    const directory = await copyOfLogs();
    await truncate(join(directory, 'binlog.000001'), 500);
    await expect(stage(target, [full], { logs: logs(made.logNames, directory) })).rejects.toThrow(
      /^binlog\.000001 has 500 bytes, but the backup ends at position \d+ in it/,
    );
  });

  it('is reported with the failing statement if it is from another server', async () => {
    const directory = await copyOfLogs();
    await copyFile(join(directory, 'binlog.000001'), join(directory, 'binlog.000002'));
    await expect(stage(target, [full], { logs: logs(made.logNames, directory) })).rejects.toThrow(
      /^a statement in binlog\.00000\d or before it cannot be replayed: ERROR 1007 .* database exists/,
    );
  });

  async function copyOfLogs(): Promise<string> {
    const directory = await mkdtemp(join(made.directory, 'logs-'));
    for (const name of made.logNames) await copyFile(join(made.logsDirectory, name), join(directory, name));
    return directory;
  }
});

describe('mbstream unpacks a stream as it is read here', () => {
  it.each([
    ['in pieces', [piece('x', 0, '12'), file('a/b', '1'), piece('x', 2, '34'), endOf('x'), file('empty', '')]],
    ['with a file written again', [file('x', 'before'), rewritten('x', 'now')]],
    [
      'with a file name outside of the backup',
      [piece('x', 0, '12345'), seek('x', 1), piece('x', 1, 'ab'), seek('x', 7), piece('x', 7, 'c'), endOf('x')],
    ],
    ['with a removed file', [file('x', '1'), file('a', '1'), remove('x'), remove('nothing')]],
    ['with a removed file that reappears', [file('x', '1'), remove('x'), file('x', '2')]],
    [
      'with renamed files',
      [file('x', '1'), file('a', '2'), rename('x', 'y'), rename('a', 'x'), rename('nothing', 'z')],
    ],
    ['with a file renamed onto another', [file('x', '1'), file('a', '2'), rename('a', 'x')]],
  ])('%s', async (_, chunks) => {
    const into = await mkdtemp(join(made.directory, 'unpacked-'));
    const stream = Buffer.concat(chunks);
    const { status, stderr } = spawnSync('mbstream', ['-x', '-C', into], { input: stream });
    expect([status, stderr.toString()]).toEqual([0, '']);
    const reader = new XbstreamReader((path) => !path.includes('/'));
    reader.push(stream);
    reader.end();
    const files = (await readdir(into, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(reader.files).toBe(files.length);
    const texts = files
      .filter(({ parentPath }) => parentPath === into)
      .map(async ({ name }) => [name, await readFile(join(into, name), 'latin1')] as const);
    const kept = [...reader.kept].map(([path, bytes]) => [path, bytes.toString('latin1')]);
    expect(kept.toSorted()).toEqual((await Promise.all(texts)).toSorted());
  });

  it('and refuses it if mbstream stops half-way with exit code 0', async () => {
    for (const [at, chunks] of [
      [file('x', '1'), file('x', '2')],
      [file('../x', '1')],
      [piece('x', 0, '1'), remove('x')],
    ].entries()) {
      const into = await mkdtemp(join(made.directory, `left-${at}-`));
      const { status, stderr } = spawnSync('mbstream', ['-x', '-C', into], { input: Buffer.concat(chunks) });
      expect([status, stderr.toString()]).toEqual([0, expect.stringMatching(/./)]);
      expect(() => new XbstreamReader(() => false).push(Buffer.concat(chunks))).toThrow('the archive is damaged');
    }
  });
});

describe('a chain with a fault is refused if', () => {
  it('a link is missing', async () => {
    await expect(stage({ kind: 'backup' }, [full, second])).rejects.toThrow(
      `from LSN ${second.backup.from_lsn} to ${second.backup.to_lsn}, and the backup before it ends at LSN ${full.backup.to_lsn}`,
    );
  });

  it('the links are in another order', async () => {
    await expect(stage({ kind: 'backup' }, [full, second, first])).rejects.toThrow(/^the chain is broken before /);
    await expect(stage({ kind: 'backup' }, [first, full])).rejects.toThrow(/the full backup before it is missing$/);
  });

  it('an archive is not the stored one', async () => {
    const other = { ...full, checksum: 'f'.repeat(64) };
    await expect(stage({ kind: 'backup' }, [other])).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it('an archive is damaged and no checksum is known, but its gzip shows it', async () => {
    const damaged = await copyOf({ ...full, checksum: null });
    await flipByte(damaged.path, 100_000);
    await expect(stage({ kind: 'backup' }, [damaged])).rejects.toMatchObject({ code: 'DECOMPRESS_ERROR' });
  });

  it('an archive was damaged before gzip, but the CRC of a chunk shows it', async () => {
    const damaged = await copyOf({ ...full, checksum: null });
    const plain = `${damaged.path}.plain`;
    await pipeline(createReadStream(damaged.path), createGunzip(), createWriteStream(plain));
    await flipByte(plain, 100_000);
    await pipeline(createReadStream(plain), createGzip(), createWriteStream(damaged.path));
    await expect(stage({ kind: 'backup' }, [damaged])).rejects.toThrow(
      /^the archive is damaged at byte \d+ of its stream/,
    );
  });

  it('its tool unpacks an archive in part without an error, but files are missing', async () => {
    const damaged = await copyOf({ ...full, checksum: null });
    // a file in place of a directory: mbstream leaves out everything that follows, and exits with 0
    const stream = Buffer.concat([file('shop', 'x'), gunzipSync(await readFile(join(made.directory, 'full.tar.gz')))]);
    await writeFile(damaged.path, gzipSync(stream));
    await expect(stage({ kind: 'backup' }, [damaged])).rejects.toThrow(
      /^only \d+ of the \d+ files of .* were unpacked$/,
    );
  });

  it('an archive has to be encrypted and is not', async () => {
    const downgraded = { ...full, mustBeEncrypted: "the backup's record says AES-256-GCM" };
    await expect(stage({ kind: 'backup' }, [downgraded])).rejects.toMatchObject({ code: 'DECRYPT_ERROR' });
  });

  it('an archive ends between two files, so that the last one is missing', async () => {
    const cut = await copyOf({ ...full, checksum: null });
    const stream = spawn('mbstream', ['-c', 'rows.txt'], { cwd: made.directory, stdio: ['ignore', 'pipe', 'ignore'] });
    await pipeline(stream.stdout, createGzip(), createWriteStream(cut.path));
    await expect(stage({ kind: 'backup' }, [cut])).rejects.toThrow(/ends half-way/);
  });

  it('the key of an encrypted link is missing', async () => {
    await expect(stage({ kind: 'backup' }, [full, { ...first, keys: [] }])).rejects.toMatchObject({
      code: 'DECRYPT_ERROR',
    });
  });

  it('its server belongs to a different series from the one here, before anything is downloaded', async () => {
    const backup = { ...full.backup, server_version: '11.8.3-MariaDB' };
    await expect(stage({ kind: 'backup' }, [{ ...full, backup }])).rejects.toMatchObject({
      message: expect.stringMatching(/^the backup is from MariaDB 11\.8, but the server here is MariaDB \d+\.\d+$/),
      hint: expect.stringContaining('Make an image with MariaDB 11.8'),
    });
    expect(told).toEqual([]);
  });
});

it.each(everyCase(['replaying'], ['spooling', 'preparing']))(
  'leaves no process if it is stopped while it is %s',
  async (name) => {
    const stopping = new AbortController();
    const onStage = (stage: string) => {
      if (stage === name) setTimeout(() => stopping.abort(new Error('stopped by hand')), 20);
    };
    const target: RecoveryTarget = { kind: 'time', time: made.beforeDrop };
    await expect(stage(target, [full, first], { signal: stopping.signal, onStage })).rejects.toThrow('stopped by hand');
  },
);

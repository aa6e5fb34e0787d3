/**
 * What an error says about the target depends on what was written, never on the kind of error: every fault of storage,
 * decryption and decompression, before the first write and after it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackup } from '../../../containers/restore/load-backup.ts';
import type { DbType } from '../../../lib/databases/names.ts';
import { TableStates } from '../../../lib/engines/table-states.ts';
import { DownloadError, toFailure } from '../../../lib/errors/errors.ts';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import { fingerprint } from '../../../lib/local/demo/fingerprint/fingerprint.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { deriveKey } from '../../../lib/pipeline/decryption/derive-key.ts';
import { endingOf } from '../../../lib/restores/end/end.ts';
import { type TargetState, targetSentence } from '../../../lib/restores/end/target-state.ts';
import { restoreStatusChange } from '../../../lib/restores/events.ts';
import { END_MARK, frames, SALT } from '../../support/jagad-stream.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { aConnection, aRestore } from '../../support/records.ts';
import { startServer } from '../../support/servers.ts';

const PASSWORD = 'the key of the fixtures';
/** In a download: later ones happen after the target has been written to. */
const PART_BYTES = 4 * 1024 * 1024;
const OUTAGE_MS = 400;

interface Fault {
  /** How its message begins. */
  says: RegExp;
  encrypted?: true;
  /** A change to the object's bytes. */
  damage?(object: Buffer, at: number): Buffer;
  /** What the storage answers from a given byte on. */
  answer?(): never;
  /** The hash that was verified. */
  sha256?: string;
}

const flip = (object: Buffer, at: number) => {
  const copy = Buffer.from(object);
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
};
const FAULTS: [string, Fault][] = [
  [
    'the storage refuses',
    {
      says: /^DOWNLOAD ERROR: the storage refused/,
      answer: () => {
        throw new DownloadError('the storage refused to read it');
      },
    },
  ],
  [
    'the object is truncated',
    { says: /^DECOMPRESS ERROR: /, damage: (object, at) => object.subarray(0, at + (at === 0 ? 12 : 1000)) },
  ],
  ['a byte is changed', { says: /^DECRYPT ERROR: /, encrypted: true, damage: (object, at) => flip(object, at + 1000) }],
];
/** Faults that only appear at a load's end, or need one. */
const LATE_FAULTS: [string, Fault][] = [
  ...FAULTS,
  [
    'the storage is unavailable',
    {
      says: /^DOWNLOAD ERROR: .* the storage has been unavailable for 0\.\d s/,
      answer: () => {
        throw new Error('connect ECONNREFUSED');
      },
    },
  ],
  ['the object differs from the verified one', { says: /^CHECKSUM MISMATCH: /, sha256: '0'.repeat(64) }],
];

describe.each([
  // for an archive, existing objects are dropped first; plain SQL is one transaction, and rolled back
  ['postgresql', 'custom', 'incomplete'],
  ['postgresql', 'plain', 'untouched'],
  ['mariadb', 'sql', 'incomplete'],
] as const)('%s, %s', (dbType, format, stateAfter) => {
  // MariaDB's load reads two parts ahead to find the rights that it needs
  const lateFrom = (dbType === 'mariadb' ? 3 : 1) * PART_BYTES;
  let server: RunningServer;
  let dump: Buffer;
  let workDirectory: string;

  beforeAll(async () => {
    workDirectory = await mkdtemp(join(tmpdir(), 'jagad-load-'));
    server = (await startServer(dbType)) as RunningServer;
    await sql(undefined, 'CREATE DATABASE source', 'CREATE DATABASE target');
    await sql('source', ...tables(dbType));
    await sql('target', 'CREATE TABLE t (a int)', 'INSERT INTO t VALUES (1)');
    const args = format === 'custom' ? ['--compress=0'] : format === 'plain' ? ['--format=p'] : [];
    dump = await buffer(openDump(server, 'source', args));
  });
  afterAll(async () => {
    await server?.stop();
    await rm(workDirectory, { recursive: true });
  });

  async function sql(database: string | undefined, ...statements: string[]): Promise<void> {
    const session = await openSession(server, database);
    for (const statement of statements) await session.rows(statement);
    await session.end();
  }

  async function load(fault: Fault, when: 'before' | 'after') {
    const at = when === 'before' ? 0 : lateFrom;
    const gz = gzipSync(dump, { level: 0 });
    const sound = fault.encrypted ? await encrypted(gz) : gz;
    const object = fault.damage?.(sound, at) ?? sound;
    const written = Promise.withResolvers<void>();
    const source = new MemorySource(object, async ({ from, to }) => {
      if (from >= lateFrom) await written.promise;
      if (from >= at) fault.answer?.();
      return { body: inOnePiece(object.subarray(from, to + 1)) };
    });
    let state: TargetState = 'untouched';
    const log: string[] = [];
    const { host, port, username, password } = server;
    const connection = aConnection({ db_type: dbType, host, port, username, trusted: true });
    const error = await loadBackup(
      {
        source,
        keys: [{ id: 'k', masterKey: PASSWORD }],
        verified: { etag: '"v1"', sha256: fault.sha256 ?? null },
        dumpBytes: dump.length,
      },
      { connection, password, database: 'target', restoreId: crypto.randomUUID(), trusted: true },
      {
        telling: { log: (line) => log.push(line), warn: (line) => log.push(line), stage: () => {}, progress: () => {} },
        workDirectory,
        signal: new AbortController().signal,
        analyze: false,
        outageMs: OUTAGE_MS,
        beforeFirstWrite: async () => {
          state = 'incomplete';
        },
        tables: new TableStates(),
        beforeNextWrite: async () => written.resolve(),
        isAsBefore: () => {
          state = 'untouched';
        },
      },
    ).catch((failure: unknown) => failure);
    return { failure: toFailure(error), state: state as TargetState, log };
  }

  async function expectTold(fault: Fault, when: 'before' | 'after', wanted: TargetState): Promise<void> {
    const before = await fingerprint(server, 'target');
    const { failure, state, log } = await load(fault, when);
    expect(failure.message, log.join('\n')).toMatch(fault.says);
    expect(state).toBe(wanted);
    const isSame = JSON.stringify([...(await fingerprint(server, 'target'))]) === JSON.stringify([...before]);
    if (wanted === 'untouched') expect(isSame).toBe(true);
    const running = aRestore({ target_state: state, error: failure });
    const ending = endingOf(running, { status: 'failed', failure }, new Date());
    const { detail } = restoreStatusChange({ ...running, ...ending }, null);
    for (const told of [ending.error, detail.error]) {
      expect(told).toMatchObject({ code: failure.code, hint: expect.stringContaining(targetSentence(wanted)) });
    }
    expect(detail).toMatchObject({ target_state: wanted });
  }

  it.each(FAULTS)('before the first write, %s: the target is unchanged', async (_, fault) => {
    await expectTold(fault, 'before', 'untouched');
  });

  it.each(LATE_FAULTS)(`after the first write, %s: the target is ${stateAfter}`, async (_, fault) => {
    await expectTold(fault, 'after', stateAfter);
  });
});

/** More than is read before the first write; for PostgreSQL, less than several jobs restore. */
function tables(dbType: DbType): string[] {
  const rows = dbType === 'postgresql' ? 6500 : 15_000;
  return dbType === 'postgresql'
    ? [`CREATE TABLE t AS SELECT n AS a, repeat('some text ', 100) AS b FROM generate_series(1, ${rows}) n`]
    : ['CREATE TABLE t (a int, b text)', `INSERT INTO t SELECT seq, REPEAT('some text ', 100) FROM seq_1_to_${rows}`];
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function encrypted(plain: Buffer): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(plain.length / 65_536) }, (_, n) =>
    plain.subarray(n * 65_536, (n + 1) * 65_536),
  );
  return Buffer.concat([SALT, ...frames(await deriveKey(PASSWORD, SALT), pieces), END_MARK]);
}

/** Real backups of a real server, from a real repository, recovered to points before, within and after its log. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stagePgBackRest } from '../../../../../containers/restore/physical/pgbackrest/pgbackrest.ts';
import type { PgBackRestRepository } from '../../../../../containers/restore/physical/pgbackrest/pgbackrest-repository.ts';
import type { StagedServer } from '../../../../../containers/restore/physical/staged-server.ts';
import type { RecoveryTarget } from '../../../../../lib/engines/physical/recovery-target.ts';
import { findPostgresBinDir } from '../../../../../lib/engines/programs/find-binaries.ts';
import { everyCase } from '../../../../support/every-case.ts';
import { LOCAL_CREDENTIALS } from '../../../../support/local-credentials.ts';
import {
  CIPHER_PASS,
  PLAIN,
  quickDirectory,
  SEALED,
  type SourceServer,
  STANZA,
  startSource,
} from '../../../../support/physical/pgbackrest-repository.ts';
import { aBackup } from '../../../../support/records.ts';
import { until } from '../../../../support/until.ts';

let source: SourceServer;
/** Labels. */
let full: string;
let first: string;
let second: string;
let sealed: string;
/** Segments of the log: the one that the first incremental backup needs, and those after the second one. */
let needed: string;
let afterDrop: string;
let later: string;
let last: string;
/** The last one that is archived. */
let end: string;
let beforeDrop: string;
let xid: string;

const directories: string[] = [];
const staged: StagedServer[] = [];
const SECRET = LOCAL_CREDENTIALS.secretAccessKey;

beforeAll(async () => {
  source = await startSource();
  await source.sql(undefined, 'CREATE DATABASE shop');
  await source.sql('shop', 'CREATE TABLE notes (note text)', 'CREATE TABLE orders (id int)');
  await source.sql('shop', 'INSERT INTO orders VALUES (4711)');
  const note = (text: string) => source.sql('shop', `INSERT INTO notes VALUES ('${text}')`);
  await note('one');
  full = (await source.backup(1, 'full')).label;
  await note('two');
  const firstInfo = await source.backup(1, 'incr');
  first = firstInfo.label;
  needed = firstInfo.archive.start;
  await note('three');
  second = (await source.backup(1, 'incr')).label;
  await note('four');
  beforeDrop = await clock();
  await source.sql('shop', 'DROP TABLE orders');
  afterDrop = await source.archiveWal();
  await note('five');
  await source.sql(undefined, "SELECT pg_create_restore_point('before the migration')");
  await note('six');
  later = await source.archiveWal();
  const [row] = await source.sql(
    'shop',
    "INSERT INTO notes VALUES ('seven') RETURNING pg_current_xact_id()::text AS xid",
  );
  xid = row?.xid as string;
  await note('eight');
  last = await source.archiveWal();
  await source.renameSuperuser();
  const sealedInfo = await source.backup(2, 'full');
  sealed = sealedInfo.label;
  end = sealedInfo.archive.stop;
});

afterEach(async () => {
  for (const server of staged.splice(0)) await server.stop();
  for (const directory of directories.splice(0)) {
    await until(async () => processesOf(directory).length === 0);
    rmSync(directory, { recursive: true });
  }
});

afterAll(() => source?.stop());

async function clock(): Promise<string> {
  const format = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
  const [row] = await source.sql(undefined, `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', ${format}) AS now`);
  return row?.now as string;
}

interface Attempt {
  label?: string;
  stanza?: string;
  path?: string;
  cipherPass?: string;
  signal?: AbortSignal;
  onStage?(stage: string, directory: string): void;
}

/** What was reported, and the server. */
async function stage(target: RecoveryTarget, attempt: Attempt = {}) {
  const directory = mkdtempSync(join(await quickDirectory(), 'jagad-stage-'));
  directories.push(directory);
  const told = {
    log: [] as string[],
    warnings: [] as string[],
    stages: [] as string[],
    timings: {},
    done: 0,
    total: 0,
  };
  const repository: PgBackRestRepository = {
    provider: source.provider,
    credentials: async () => LOCAL_CREDENTIALS,
    cipherPass: attempt.cipherPass,
  };
  const backup = aBackup({
    backup_type: 'incremental',
    engine: 'pgbackrest',
    label: attempt.label ?? second,
    stanza: attempt.stanza ?? STANZA,
    storage_path: attempt.path ?? PLAIN,
  });
  const server = await stagePgBackRest(
    {
      chain: [backup],
      target,
      directory,
      signal: attempt.signal ?? new AbortController().signal,
      telling: {
        log: (line) => told.log.push(line),
        warn: (line) => told.warnings.push(line),
        stage: (name, bytes) => {
          told.stages.push(name);
          told.done = 0;
          told.total = bytes;
          attempt.onStage?.(name, directory);
        },
        progress: (bytes) => {
          expect(bytes).toBeGreaterThanOrEqual(told.done);
          told.done = bytes;
        },
      },
      took: (timings) => Object.assign(told.timings, timings),
    },
    repository,
    target.kind === 'backup' ? undefined : { timeline: 1, last_segment: end },
  );
  staged.push(server);
  return { server, told, directory };
}

const failure = (target: RecoveryTarget, attempt?: Attempt) =>
  stage(target, attempt).then(
    () => expect.unreachable('it was staged'),
    (error: Error & { hint?: string }) => error,
  );

/** The notes that a dump holds, and whether it has the table of orders, read by pg_restore as a load does. */
async function contents(server: StagedServer): Promise<{ notes: string[]; orders: boolean }> {
  const binDir = await findPostgresBinDir();
  const script = await new Promise<string>((resolve, reject) => {
    const reader = execFile(join(binDir as string, 'pg_restore'), ['--file=-'], (error, text) =>
      error ? reject(error) : resolve(text),
    );
    (async () => {
      for await (const chunk of server.dump('shop')) reader.stdin?.write(chunk);
      reader.stdin?.end();
    })().catch(reject);
  });
  const notes = /^COPY public\.notes .*;\n([\s\S]*?)\\\.$/m.exec(script)?.[1]?.trim().split('\n') ?? [];
  return { notes, orders: /^COPY public\.orders .*;\n4711\n/m.test(script) };
}

/** The command lines and environments of processes that know a text. */
function processesOf(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}\n${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
      } catch {
        return ''; // it has ended
      }
    })
    .filter((line) => line.includes(text));
}

const END = '2090-01-01T00:00:00Z';

const OWN_STATES = everyCase<readonly [kind: string, label: () => string, notes: string[]]>(
  [['second incremental', () => second, ['one', 'two', 'three']]],
  [
    ['full', () => full, ['one']],
    ['first incremental', () => first, ['one', 'two']],
  ],
);
test.each(OWN_STATES)('the %s backup is recovered to its own state, and no further', async (_, label, notes) => {
  const { server, told } = await stage({ kind: 'backup' }, { label: label() });
  expect(await contents(server)).toEqual({ notes, orders: true });
  expect(server.reached).toMatch(new RegExp(`^the state of the backup ${label()}, consistent at 0/`));
  expect(told.stages).toEqual(['spooling', 'preparing', 'replaying']);
  expect(told.warnings).toEqual([]);
});

test('recovery stops just before a table was dropped, lists databases and sizes, and leaves no secret behind', async () => {
  let whileItRan: string[] = ['not looked'];
  const { server, told, directory } = await stage(
    { kind: 'time', time: beforeDrop },
    {
      onStage: (name, where) => {
        if (name !== 'replaying') return;
        whileItRan = processesOf(SECRET);
        const config = readdirSync(where, { recursive: true }).filter((file) =>
          String(file).endsWith('pgbackrest.conf'),
        );
        expect(config).toHaveLength(1);
        expect(readFileSync(join(where, String(config[0])), 'utf8')).toContain(SECRET);
      },
    },
  );
  expect(await contents(server)).toEqual({ notes: ['one', 'two', 'three', 'four'], orders: true });
  expect(server.reached).toMatch(
    /^timeline 1, before commit of transaction \d+, time [\dT:.-]+Z; the last transaction was committed at [\dT:.-]+Z$/,
  );
  expect(told.warnings).toEqual([]);
  expect(told.done).toBeGreaterThan(0);
  expect(told.done).toBeLessThanOrEqual(told.total);
  expect(await server.databases()).toEqual(['postgres', 'shop']);
  expect(await server.dumpBytes('shop')).toBeGreaterThan(1_000_000);
  expect(await server.dumpBytes('nothing')).toBeNull();
  expect(told.timings).toEqual({
    ...{ download_ms: expect.any(Number), prepare_ms: expect.any(Number), replay_ms: expect.any(Number) },
  });
  expect(whileItRan).toEqual([]);
  expect(processesOf(SECRET)).toEqual([]);
  expect(
    readdirSync(directory, { recursive: true }).filter((name) => /private|conf\.\d|-ca\.pem/.test(String(name))),
  ).toEqual([]);
  await expect(contents({ ...server, dump: () => server.dump('nothing') })).rejects.toThrow(
    /database "nothing" does not exist/,
  );
});

test('recovery stops at a named restore point of a backup with later ones', async () => {
  const { server } = await stage({ kind: 'name', name: 'before the migration' }, { label: first });
  expect(await contents(server)).toEqual({ notes: ['one', 'two', 'three', 'four', 'five'], orders: false });
  expect(server.reached).toMatch(/^timeline 1, at restore point "before the migration", time /);
});

test('recovery includes the named transaction', async () => {
  const { server } = await stage({ kind: 'transaction', id: xid });
  expect((await contents(server)).notes).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven']);
  expect(server.reached).toMatch(new RegExp(`^timeline 1, after commit of transaction ${xid}, time `));
});

test('recovery to a time after the last commit ends with the log, with a warning that says when that was', async () => {
  const { server, told } = await stage({ kind: 'time', time: END });
  expect((await contents(server)).notes.at(-1)).toBe('eight');
  expect(told.warnings).toEqual([
    expect.stringMatching(
      /^the requested time is after the end of the archived log; this is timeline 1, the end of the archived log: the last transaction was committed at [\dT:.-]+Z$/,
    ),
  ]);
});

test('a restore point that does not exist, and a time before the backup, report how far recovery got', async () => {
  const name = await failure({ kind: 'name', name: 'never made' });
  expect(name).toMatchObject({
    code: 'RESTORE_ERROR',
    message: expect.stringMatching(
      /^the restore point "never made" is not in the log after the backup \S+: recovery got as far as a transaction committed at [\dT:.-]+Z, the end of what is archived$/,
    ),
  });
  const time = await failure({ kind: 'time', time: '2020-01-01T00:00:00Z' });
  expect(time).toMatchObject({
    message: expect.stringMatching(
      new RegExp(
        `^2020-01-01T00:00:00Z is before the end of the backup ${second} \\([\\dT:.-]+Z\\), which holds nothing earlier$`,
      ),
    ),
    hint: 'Choose a backup that ended before it.',
  });
});

test('a segment that is missing from the archive is named, whatever the recovery target', async () => {
  await source.withoutObject(later, async () => {
    expect(await failure({ kind: 'time', time: END })).toMatchObject({
      message: expect.stringMatching(
        new RegExp(`^WAL segment ${later} is missing from the archive, which continues to ${last.slice(0, 16)}`),
      ),
    });
  });
  await source.withoutObject(needed, async () => {
    expect(await failure({ kind: 'backup' }, { label: first })).toMatchObject({
      message: expect.stringContaining(
        `WAL segment ${needed} is missing from the archive: the backup ${first} needs ${needed} to `,
      ),
    });
  });
});

test('a damaged object in the archive is not taken for its end', async () => {
  await source.withDamagedObject(afterDrop, async () => {
    expect(await failure({ kind: 'time', time: END })).toMatchObject({
      message: expect.stringMatching(new RegExp(`^pgBackRest could not fetch ${afterDrop} from the archive: `)),
    });
  });
  await source.withDamagedObject(`backup/${STANZA}/${full}/bundle/1`, async () => {
    const error = await failure({ kind: 'backup' }, { label: full });
    expect(error).toMatchObject({ code: 'RESTORE_ERROR', hint: expect.stringContaining('pgbackrest verify') });
    expect(error.message).toMatch(new RegExp(`^pgBackRest could not restore ${full}: `));
  });
});

test('a missing stanza or label is reported with the existing ones', async () => {
  expect(await failure({ kind: 'backup' }, { stanza: 'other' })).toMatchObject({
    message: `the stanza other is not in the repository backups/${PLAIN}, which has ${STANZA}`,
  });
  expect(await failure({ kind: 'backup' }, { label: '20200101-000000F' })).toMatchObject({
    message: `the backup 20200101-000000F is not in the stanza ${STANZA}, which has ${full}, ${first}, ${second}`,
  });
});

test('an encrypted repository needs only its passphrase, and may come from a server with another first superuser', async () => {
  const { server } = await stage({ kind: 'backup' }, { path: SEALED, label: sealed, cipherPass: CIPHER_PASS });
  expect((await contents(server)).notes.at(-1)).toBe('eight');
  expect(await failure({ kind: 'backup' }, { path: SEALED, label: sealed, cipherPass: 'wrong' })).toMatchObject({
    code: 'STORAGE_PROVIDER_ERROR',
    hint: expect.stringContaining('cipher_pass'),
  });
});

test.each(everyCase(['replaying'], ['spooling']))(
  'nothing is left running if it is stopped while it is %s',
  async (when) => {
    const stopper = new AbortController();
    const error = await failure(
      { kind: 'time', time: END },
      {
        signal: stopper.signal,
        onStage: (name) => name === when && setTimeout(() => stopper.abort(new Error('enough')), 300),
      },
    );
    expect(error.message).toBe('enough');
    const [directory = ''] = directories;
    expect(processesOf(directory)).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.startsWith('private'))).toEqual([]);
  },
);

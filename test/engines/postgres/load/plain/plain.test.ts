/** Plain SQL as pg_dump writes it, compared with a load by psql: both must leave the same database behind. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadDump } from '../../../../../containers/restore/load-dump.ts';
import { TableStates } from '../../../../../lib/engines/table-states.ts';
import type { RunningServer } from '../../../../../lib/local/servers/throwaway.ts';
import { everyCase } from '../../../../support/every-case.ts';
import { runSql } from '../../../../support/harness.ts';
import { aConnection } from '../../../../support/records.ts';
import { startServer } from '../../../../support/servers.ts';
import { PLAIN_SHAPES } from '../../../../support/shapes/postgres-plain-shapes.ts';
import { MANY_SHAPES } from '../../../../support/shapes/postgres-shapes.ts';
import { until } from '../../../../support/until.ts';

let server: RunningServer;
let directory: string;

function tool(name: string, args: string[], input?: string | Buffer): Buffer {
  const { host, port, username, password } = server;
  const env = { PATH: process.env.PATH ?? '', PGPASSWORD: password };
  const where = ['-h', host, '-p', String(port), '-U', username];
  const { status, stdout, stderr } = spawnSync(name, [...where, ...args], { env, input, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

interface Options {
  /** Whether the connection's superuser loads; otherwise, a temporary role does. */
  trusted?: boolean;
  size?: number;
  signal?: AbortSignal;
  chunks?: AsyncGenerator<Buffer>;
}

/** @returns the log and the warnings */
async function load(
  dump: Buffer,
  database: string,
  { size = 1 << 16, signal, chunks, trusted = true }: Options = {},
): Promise<string[]> {
  const { dbType: db_type, host, port, username, password } = server;
  const told: string[] = [];
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < dump.length; at += size) yield dump.subarray(at, at + size);
  }
  await loadDump(
    { chunks: chunks ?? pieces(), objectBytes: dump.length, dumpBytes: dump.length },
    {
      connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }),
      password,
      database,
      restoreId: crypto.randomUUID(),
      trusted,
    },
    {
      telling: { log: (line) => told.push(line), warn: (line) => told.push(line), stage: () => {}, progress: () => {} },
      workDirectory: directory,
      signal: signal ?? new AbortController().signal,
      beforeFirstWrite: async () => {},
      beforeNextWrite: async () => {},
      isAsBefore: () => {},
      analyze: false,
      tables: new TableStates(),
    },
  );
  return told.filter((line) => !/^NOTE: (the role jagad_restore_|.* is trusted: |event trigger )/.test(line));
}

/** The whole database as text. The token of \restrict differs each time. */
const textOf = (database: string) =>
  tool('pg_dump', [database])
    .toString()
    .replaceAll(/^\\(un)?restrict .*$/gm, '');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jagad-plain-'));
  server = (await startServer('postgresql')) as RunningServer;
  await runSql(server, undefined, [
    'CREATE DATABASE rich',
    'CREATE DATABASE lesser',
    'CREATE DATABASE many',
    'CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE "C"',
    'CREATE ROLE reader',
    'CREATE ROLE "own er;"',
  ]);
  tool('psql', ['-q', '-v', 'ON_ERROR_STOP=1', 'rich'], PLAIN_SHAPES);
  const lesser = PLAIN_SHAPES.split('\n').filter((line) => !FOR_SUPERUSERS.test(line));
  tool('psql', ['-q', '-v', 'ON_ERROR_STOP=1', 'lesser'], lesser.join('\n'));
  await runSql(server, 'many', MANY_SHAPES);
  await runSql(server, 'latin', [
    'CREATE TABLE "grüße" ("é" text)',
    "INSERT INTO \"grüße\" VALUES ('süß'), ('naïve; \\')",
    'COMMENT ON TABLE "grüße" IS \'ÿ\'',
    'ALTER TABLE "grüße" OWNER TO reader',
  ]);
});
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  for (const name of ['ours', 'theirs']) {
    await runSql(server, undefined, [`DROP DATABASE IF EXISTS ${name}`, `CREATE DATABASE ${name} TEMPLATE template0`]);
  }
});

/** Objects that only a superuser may create: an access method, an operator family. */
const FOR_SUPERUSERS = / am2|OPERATOR FAMILY/;

describe.each([
  ['the connection’s superuser', 'rich', true],
  ['a role made for the restore', 'lesser', false],
] as const)('is loaded as psql loads it, by %s', (_, source, trusted) => {
  const OPTIONS = [
    [],
    ['--clean', '--if-exists'],
    ['--clean'],
    ['--inserts'],
    ['--column-inserts', '--on-conflict-do-nothing'],
    ['--rows-per-insert=50'],
    ['--quote-all-identifiers', '--no-owner', '--no-acl'],
  ];
  // a superuser's load only differs in the role
  const SAMPLE = trusted ? OPTIONS.slice(0, 2) : OPTIONS;
  const TRIED = everyCase(SAMPLE, OPTIONS.slice(SAMPLE.length));
  it.each(TRIED.map((options) => [options.join(' '), options] as const))('pg_dump %s', async (_options, options) => {
    const dump = tool('pg_dump', [...options, source]);
    tool('psql', ['-q', 'theirs'], dump);
    // such a dump doesn't say whose rights the function should have
    const told =
      trusted || !options.includes('--no-owner') ? [] : [expect.stringMatching(/shop\.f1.*\(SECURITY INVOKER\)/)];
    const theirs = told.length === 0 ? textOf('theirs') : textOf('theirs').replaceAll(' SECURITY DEFINER', '');
    expect(await load(dump, 'ours', { trusted })).toEqual(told);
    expect(textOf('ours')).toBe(theirs);
    if (!options.includes('--no-owner')) expect(textOf('ours')).toBe(textOf(source));
    if (!options.includes('--clean')) return;
    // over itself
    expect(await load(dump, 'ours', { trusted })).toEqual([]);
    expect(textOf('ours')).toBe(textOf(source));
  });

  it('pg_dump --data-only --disable-triggers', async () => {
    const schema = tool('pg_dump', ['--schema-only', source]);
    for (const name of ['ours', 'theirs']) tool('psql', ['-q', name], schema);
    const dump = tool('pg_dump', ['--data-only', '--disable-triggers', source]);
    tool('psql', ['-q', '-v', 'ON_ERROR_STOP=1', 'theirs'], dump);
    expect(await load(dump, 'ours', { trusted })).toEqual([]);
    expect(textOf('ours')).toBe(textOf('theirs'));
  });
});

describe('is loaded as psql loads it', () => {
  it.each(['--create', '--create --clean'])('pg_dump %s, without the database itself', async (options) => {
    const dump = tool('pg_dump', [...options.split(' '), 'rich']);
    expect(await load(dump, 'ours')).toEqual([expect.stringMatching(/^NOTE: line \d+: .*create the database/)]);
    expect(textOf('ours')).toBe(textOf('rich'));
  });

  it('a database of many shapes, in pieces of any size', async () => {
    const dump = tool('pg_dump', ['many']);
    for (const trusted of [true, false]) {
      await runSql(server, undefined, ['DROP DATABASE ours', 'CREATE DATABASE ours TEMPLATE template0']);
      expect(await load(dump, 'ours', { size: 997, trusted })).toEqual([]);
      expect(textOf('ours')).toBe(textOf('many'));
    }
  });

  it('a dump in a single-byte encoding, with its UTF-8 unchanged', async () => {
    for (const [options, trusted] of [
      [[], true],
      [['--inserts'], true],
      [[], false],
    ] as const) {
      const dump = tool('pg_dump', [...options, 'latin']);
      expect(dump.includes(Buffer.from('süß', 'latin1'))).toBe(true);
      await runSql(server, undefined, ['DROP DATABASE IF EXISTS ours', 'CREATE DATABASE ours TEMPLATE template0']);
      expect(await load(dump, 'ours', { trusted })).toEqual([]);
      expect(
        await runSql(server, 'ours', [
          "SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'grüße'",
        ]),
      ).toEqual([{ owner: 'reader' }]);
      expect(await runSql(server, 'ours', ['SELECT "é" FROM "grüße"'])).toEqual([{ é: 'süß' }, { é: 'naïve; \\' }]);
    }
  });

  it('bytes that are not UTF-8 are an error, not other characters, if the dump declares UTF-8', async () => {
    const sql = Buffer.concat([
      Buffer.from("SET client_encoding = 'UTF8';\nCOMMENT ON SCHEMA public IS '"),
      Buffer.from([0xff]),
      Buffer.from("';\n"),
    ]);
    // the comment on a schema may fail harmlessly
    expect(await load(sql, 'ours')).toEqual([expect.stringMatching(/^line 2: invalid byte sequence/)]);
  });
});

describe('what the target lacks', () => {
  const GONE = 'app_of_elsewhere';
  const dump = `SET transaction_timeout = 0;
CREATE TABLE public.t (id integer);
ALTER TABLE public.t OWNER TO ${GONE};
GRANT SELECT ON TABLE public.t TO ${GONE};
SET SESSION AUTHORIZATION ${GONE};
GRANT SELECT ON TABLE public.t TO PUBLIC;
RESET SESSION AUTHORIZATION;
COPY public.t (id) FROM stdin;
1
\\.
`;

  it('causes only warnings for roles and settings, and the rows are loaded', async () => {
    const told = await load(Buffer.from(dump), 'ours');
    const [setting, ...roles] = told.slice(-4);
    expect(setting).toMatch(/transaction_timeout|role/);
    for (const line of roles) expect(line).toMatch(/^line \d+: role "app_of_elsewhere" does not exist \(/);
    expect(await runSql(server, 'ours', ['SELECT id FROM t'])).toEqual([{ id: 1 }]);
    expect(await runSql(server, 'ours', ["SELECT relacl::text AS acl FROM pg_class WHERE relname = 't'"])).toEqual([
      { acl: null },
    ]);
  });

  it('is an error for the owner of a SECURITY DEFINER function', async () => {
    const sql = `CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
ALTER FUNCTION public.f() OWNER TO ${GONE};
`;
    await expect(load(Buffer.from(sql), 'ours')).rejects.toThrow(`ERROR at line 2: role "${GONE}" does not exist`);
    expect(await load(Buffer.from(sql.replace(' SECURITY DEFINER', '')), 'ours')).toHaveLength(1);
  });

  it('a revoke that fails is an error', async () => {
    await expect(
      load(Buffer.from('SET lock_timeout = 0;\nREVOKE ALL ON TABLE public.none FROM PUBLIC;\n'), 'ours'),
    ).rejects.toThrow('ERROR at line 2: relation "public.none" does not exist');
  });
});

it('an error rolls everything back, and says what is left', async () => {
  const sql = Buffer.from('CREATE TABLE public.t (id integer);\nCREATE TABLE public.t (id integer);\n');
  await expect(load(sql, 'ours')).rejects.toMatchObject({
    message: 'ERROR at line 2: relation "t" already exists',
    hint: 'The whole dump was one transaction and was rolled back. Fix the error in the message, then restore again, or into a new database.',
  });
  expect(await runSql(server, 'ours', ["SELECT 1 FROM pg_class WHERE relname = 't'"])).toEqual([]);
  await runSql(server, undefined, ['DROP DATABASE IF EXISTS brand_new']);
  await expect(load(sql, 'brand_new')).rejects.toMatchObject({
    hint: expect.stringMatching(/^The whole dump was one transaction and was rolled back\./),
  });
  expect(await runSql(server, undefined, ["SELECT 1 FROM pg_database WHERE datname = 'brand_new'"])).toEqual([]);
});

it('a waiting session ends once the restore is stopped', async () => {
  await runSql(server, 'ours', ['CREATE TABLE public.t (id integer)']);
  const stop = new AbortController();
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from(`SET lock_timeout = 0;\n${'-- \n'.repeat(200)}COPY public.t (id) FROM stdin;\n`);
    for (;;) yield Buffer.from('1\n'.repeat(1000));
  }
  const loading = load(Buffer.alloc(0), 'ours', { signal: stop.signal, chunks: endless() });
  loading.catch(() => {});
  const copies = "SELECT pid FROM pg_stat_activity WHERE datname = 'ours' AND query LIKE 'COPY%'";
  await until(async () => (await runSql(server, undefined, [copies])).length === 1);
  stop.abort(new Error('stopped'));
  await expect(loading).rejects.toThrow('stopped');
  expect(await runSql(server, undefined, ["SELECT pid FROM pg_stat_activity WHERE datname = 'ours'"])).toEqual([]);
  expect(await runSql(server, 'ours', ['SELECT id FROM t'])).toEqual([]);
});

it('rows stream with bounded memory', async () => {
  await runSql(server, 'ours', ['CREATE UNLOGGED TABLE public.t (note text)']);
  const row = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(64));
  async function* many(): AsyncGenerator<Buffer> {
    yield Buffer.from(`SET lock_timeout = 0;\n${'-- \n'.repeat(200)}COPY public.t (note) FROM stdin;\n`);
    for (let count = 0; count < 2048; count++) yield row;
    yield Buffer.from('\\.\n');
  }
  const before = process.memoryUsage().rss;
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 20);
  await load(Buffer.alloc(0), 'ours', { chunks: many() });
  clearInterval(timer);
  expect(most).toBeLessThan(100 * 1024 * 1024);
  expect(await runSql(server, 'ours', ['SELECT count(*)::int AS n FROM t'])).toEqual([{ n: 131072 }]);
}, 60_000);

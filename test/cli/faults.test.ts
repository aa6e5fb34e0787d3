/** The program on a full disk, with a killed tool, and killed itself: what a shell sees, and what is left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DbType } from '../../lib/databases/names.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { everyCase } from '../support/every-case.ts';
import { answer, expected, runSql } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { type SmallDisk, smallDisk } from '../support/trouble/small-disk.ts';
import { until } from '../support/until.ts';
import { FIXTURES } from './typed.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/jagad-restore', import.meta.url));
const { PATH = '' } = process.env;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Ended {
  code: number | null;
  stderr: string;
}

/** Runs the program with its stdout in a file. */
async function into(file: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const out = openSync(file, 'w');
  const child = spawn(PROGRAM, args, {
    env: { PATH, HOME: directory, TMPDIR: directory, ...env },
    stdio: ['ignore', out, 'pipe'],
  });
  closeSync(out);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

const FULL = 'the output could not be written: the disk is full\nFree some space';

describe('output that cannot be written', () => {
  const { postgresPlain } = FIXTURES;

  it.each([
    ['inspect', [postgresPlain]],
    ['inspect', [postgresPlain, '--json']],
    ['verify', [postgresPlain]],
    ['--help', []],
  ])('makes %s %j exit with 4, and says why', async (command, args) => {
    expect(await into('/dev/full', [command, ...args])).toEqual({ code: 4, stderr: expect.stringContaining(FULL) });
  });

  it('makes decrypt do the same, and say what is left of the file', async () => {
    const { code, stderr } = await into('/dev/full', ['decrypt', postgresPlain]);
    expect([code, stderr]).toEqual([4, expect.stringContaining(FULL)]);
    expect(stderr).toMatch(/^decrypt: what was written so far .* may not be the whole backup$/m);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('is not an error if the reader has had enough', async () => {
    const script = 'set -o pipefail; "$0" inspect "$1" --json | head -c 1 > /dev/null; echo $PIPESTATUS >&2';
    const child = spawn('bash', ['-c', script, PROGRAM, postgresPlain], { env: { PATH, HOME: directory } });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await once(child, 'close');
    expect(stderr).toMatch(/^(0|141)\n$/);
  });
});

const found = smallDisk(8);
if (typeof found !== 'string') found.remove();
const why = typeof found === 'string' ? ` (${found})` : '';

it.skipIf(why !== '')(`decrypt onto a disk that gets full ends with 4 and says so${why}`, async () => {
  const disk = smallDisk(8) as SmallDisk;
  try {
    const large = join(directory, 'large');
    writeFileSync(large, gzipSync(Buffer.alloc(32 * 1024 * 1024), { level: 0 }));
    const { code, stderr } = await into(join(disk.directory, 'out'), ['decrypt', large]);
    expect([code, stderr]).toEqual([4, expect.stringContaining(FULL)]);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(statSync(join(disk.directory, 'out')).size).toBeGreaterThan(0);
  } finally {
    disk.remove();
  }
});

const ENGINES = everyCase<readonly [dbType: DbType, backup: string, row: string]>(
  [
    ['postgresql', FIXTURES.postgresPlain, expected.postgresql.row],
    ['mariadb', FIXTURES.mariadbPlain, expected['mysql and mariadb'].row],
  ],
  [['mysql', FIXTURES.mysqlEncrypted, expected['mysql and mariadb'].row]],
);

describe.each(ENGINES)('a restore into %s', (dbType, backup, row) => {
  let server: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer(dbType);
  });
  afterAll(async () => {
    await server?.stop();
  });

  const restore = ({ username, port, password }: RunningServer, database: string) => ({
    args: ['restore', backup, '--to', `${dbType}://${username}@127.0.0.1:${port}/${database}`, '--yes'],
    env: {
      PATH,
      HOME: directory,
      TMPDIR: directory,
      JAGAD_TARGET_PASSWORD: password,
      JAGAD_ENCRYPTION_KEY: expected.encryption_key,
    },
  });

  it('whose log cannot be written is carried out anyway', async (context) => {
    if (server === undefined) return context.skip(NO_MYSQL);
    const { args, env } = restore(server, 'shop');
    const { code, stderr } = await into('/dev/full', args, env);
    expect([code, stderr]).toEqual([4, expect.stringContaining(FULL)]);
    expect(await answer(server, 'shop')).toBe(row);
  });

  it('that is killed leaves no password behind, and reports a tool that was killed', async (context) => {
    if (server === undefined) return context.skip(NO_MYSQL);
    const running = server;
    for (const victim of ['tool', 'program'] as const) {
      const database = `killed_${victim}`;
      const { child, letGo } = await heldRestore(running, database, restore(running, database));
      let said = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const tool = toolOf(Number(child.pid));
      expect(filesWith(running.password)).toEqual([]);
      if (victim === 'tool') {
        process.kill(tool, 'SIGKILL');
        await letGo();
        expect((await once(child, 'close'))[0]).toBe(3);
        expect(said).toMatch(/ended with SIGKILL: it was killed, or the machine ran out of memory/);
        expect(said).not.toContain('null');
      } else {
        child.kill('SIGKILL');
        await once(child, 'exit');
        expect(filesWith(running.password)).toEqual([]);
        await letGo();
        if (isAlive(tool)) process.kill(tool, 'SIGKILL');
      }
    }
  });
});

/** A restore that waits in the middle of its load, for a lock that only `letGo` releases. */
async function heldRestore(
  server: RunningServer,
  database: string,
  { args, env }: { args: string[]; env: Record<string, string> },
): Promise<{ child: ChildProcess; letGo(): Promise<void> }> {
  const isPostgres = server.dbType === 'postgresql';
  await runSql(server, undefined, [`CREATE DATABASE ${database}`]);
  let holder = await openSession(server, isPostgres ? database : undefined);
  if (isPostgres) {
    await holder.rows(`CREATE FUNCTION public.hold() RETURNS event_trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(1); END'`);
    await holder.rows(
      `CREATE EVENT TRIGGER hold ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.hold()`,
    );
    await holder.rows('SELECT pg_advisory_lock(1)');
  } else {
    await holder.rows(`CREATE TABLE ${database}.customers (id int)`);
    await holder.rows(`LOCK TABLES ${database}.customers READ`);
  }
  const child = spawn(PROGRAM, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const waiting = isPostgres
    ? `SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'`
    : `SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for table%lock%'`;
  await until(async () => (await holder.rows(waiting)).length > 0);
  await until(async () => tools(Number(child.pid)).length > 0);
  return {
    child,
    letGo: async () => {
      await holder.end();
      holder = { ...holder, end: async () => {} };
    },
  };
}

/** The processes that a process has started, directly. */
function tools(parent: number): number[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
}

function toolOf(program: number): number {
  const [tool] = tools(program).toReversed();
  if (tool === undefined) throw new Error('no tool runs');
  return tool;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The files in the temporary directory that contain a password, or could. */
function filesWith(password: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'large')
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => /(pgpass|my\.cnf)$/.test(path) || readFileSync(path, 'latin1').includes(password));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { findMysqlBinDir } from '../../lib/engines/programs/find-binaries.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import { startMysql } from '../../lib/local/servers/mysql.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';

const TIMEOUT_MS = 180_000;

let parentDir: string;
beforeEach(async () => {
  parentDir = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  await chmod(parentDir, 0o755);
});
afterEach(() => rm(parentDir, { recursive: true, force: true }));

const engines = [
  { dbType: 'postgresql', start: startPostgres },
  { dbType: 'mariadb', start: startMariadb },
  { dbType: 'mysql', start: startMysql },
] as const;

/** What else `start` needs; skips the test if there is no MySQL. */
async function optionsFor(dbType: string, context: TestContext) {
  const binDir = dbType === 'mysql' ? await findMysqlBinDir() : '';
  if (binDir === undefined) return context.skip('no MySQL server found: set MYSQL_BIN_DIR');
  return { parentDir, binDir };
}

describe.each(engines)('$dbType', ({ dbType, start }) => {
  test('starts, requires its password, and stops without leaving anything behind', {
    timeout: TIMEOUT_MS,
  }, async (context) => {
    const lines: string[] = [];
    const server = await start({ ...(await optionsFor(dbType, context)), log: (line) => lines.push(line) });
    try {
      expect(server).toMatchObject({ dbType, host: '127.0.0.1', version: expect.stringMatching(/^\d+\.\d+/) });
      expect(lines.at(-1)).toContain(`is ready on 127.0.0.1:${server.port}`);
      const session = await openSession(server);
      expect(await session.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await session.end();
      await expect(openSession({ ...server, password: 'wrong' })).rejects.toThrow(/password|denied/);
      await expect(openSession({ ...server, password: '' })).rejects.toThrow(/password|denied/i);

      expect(processesIn(parentDir).length).toBeGreaterThan(1);
      expect(processesIn(parentDir).join('\n')).not.toContain(server.password);
      expect(filesWith(server.password, parentDir)).toEqual([]);
    } finally {
      await server.stop();
    }
    await server.stop();
    expect(processesIn(parentDir)).toEqual([]);
    expect(readdirSync(parentDir)).toEqual([]);
    expect(await answers(server.port)).toBe(false);
  });

  test('ends with a process that is killed', { timeout: TIMEOUT_MS }, async (context) => {
    const owner = startInOwnProcess(start.name, await optionsFor(dbType, context));
    const port = Number((await once(createInterface(owner.stdout), 'line'))[0]);
    expect(await answers(port)).toBe(true);

    owner.kill('SIGKILL');
    await vanished(parentDir);
    expect(await answers(port)).toBe(false);
  });
});

test('leaves nothing behind if its process is killed during setup', {
  timeout: TIMEOUT_MS,
}, async () => {
  const owner = startInOwnProcess('startPostgres', { parentDir });
  while (!processesIn(parentDir).some((line) => line.includes('initdb'))) await sleep(5);
  owner.kill('SIGKILL');
  await vanished(parentDir);
});

test('starts several times at once, in a directory too deep for a socket', { timeout: TIMEOUT_MS }, async () => {
  const deep = join(parentDir, 'a'.repeat(60), 'b'.repeat(60));
  await mkdir(deep, { recursive: true });
  const starts = [startPostgres, startPostgres, startMariadb, startMariadb];
  const servers = await Promise.all(starts.map((start) => start({ parentDir: deep })));
  await Promise.all(servers.map((server) => server.stop()));
  expect(new Set(servers.map(({ port }) => port)).size).toBe(4);
  expect(readdirSync(deep)).toEqual([]);
});

test('a server that does not start says why, with the end of its log, and leaves nothing behind', {
  timeout: TIMEOUT_MS,
}, async () => {
  const failed = startPostgres({ parentDir, extraArgs: ['-c', 'no_such_setting=1'] });
  await expect(failed).rejects.toThrow(/PostgreSQL ended before it was ready.*no_such_setting/s);
  expect(readdirSync(parentDir)).toEqual([]);
});

test('a port that is in use costs another attempt, not the start', { timeout: TIMEOUT_MS }, async () => {
  const first = await startPostgres({ parentDir });
  const lines: string[] = [];
  // The last argument wins, so this one meets the first one's port each time it tries.
  const second = startPostgres({ parentDir, extraArgs: ['-p', String(first.port)], log: (line) => lines.push(line) });
  await expect(second).rejects.toThrow('Address already in use');
  await first.stop();
  expect(lines).toEqual(Array(3).fill('PostgreSQL: its port was taken in the meantime, trying another'));
});

test('passes extra arguments to the server', { timeout: TIMEOUT_MS }, async (context) => {
  const options = await optionsFor('mysql', context);
  const extraArgs = ['--log-bin=binlog', '--gtid-mode=ON', '--enforce-gtid-consistency=ON'];
  const server = await startMysql({ ...options, extraArgs });
  try {
    const session = await openSession(server);
    await session.rows('CREATE DATABASE one');
    expect(await session.rows("SELECT @@gtid_executed <> '' AS has_gtids")).toEqual([{ has_gtids: 1 }]);
    await session.end();
  } finally {
    await server.stop();
  }
});

test('gives root an error for a directory that the server could not enter', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root gives its servers to another account');
  await chmod(parentDir, 0o700);
  await expect(startPostgres({ parentDir })).rejects.toThrow(
    `the server runs as nobody, who cannot enter ${parentDir}`,
  );
});

/** A node process that starts a server, prints its port and then just stays. */
function startInOwnProcess(start: string, options: object) {
  const file = start.replace('start', '').toLowerCase();
  const url = new URL(`../../lib/local/servers/${file}.ts`, import.meta.url).href;
  const program = `
    const { ${start}: start } = await import(${JSON.stringify(url)});
    console.log((await start(${JSON.stringify(options)})).port);
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The command lines and environments of all processes that work in a directory, or have it in their arguments. */
function processesIn(directory: string): string[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return ids.flatMap((id) => {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      const within = readlinkSync(`/proc/${id}/cwd`).startsWith(directory) || words.includes(`${directory}/`);
      return within ? [`${words} ${readFileSync(`/proc/${id}/environ`, 'utf8')}`.replaceAll('\0', ' ')] : [];
    } catch {
      // Ended while we were looking.
      return [];
    }
  });
}

function filesWith(text: string, directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name)).filter((path) => readFileSync(path).includes(text));
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const outcome = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return outcome;
}

async function vanished(directory: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  const left = () => [...processesIn(directory), ...(existsSync(directory) ? readdirSync(directory) : [])];
  while (left().length > 0 && Date.now() < deadline) await sleep(50);
  expect(left()).toEqual([]);
}

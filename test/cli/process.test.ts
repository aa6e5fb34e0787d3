/** The program itself, as a shell and a terminal see it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../lib/local/demo/session.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { answer, expected, runSql } from '../support/harness.ts';
import { until } from '../support/until.ts';
import { FIXTURES } from './typed.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/jagad-restore', import.meta.url));
/** Without the Node that runs this test. */
const PATH = '/usr/local/bin:/usr/bin:/bin';
const { postgresEncrypted, postgresPlain } = FIXTURES;

let directory: string;
let server: RunningServer;
let program: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-cli-'));
  program = join(directory, 'jagad-restore');
  symlinkSync(LAUNCHER, program); // as npm does
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A process and its output; a test can wait for it and write to it. */
class Running {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<unknown[]>;

  constructor(command: string, args: string[], env: Record<string, string> = {}) {
    this.child = spawn(command, args, { env: { PATH, HOME: directory, TMPDIR: directory, ...env }, cwd: directory });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.child, 'close');
  }

  async says(text: string): Promise<void> {
    await until(async () => `${this.stdout}${this.stderr}`.includes(text), 60_000);
  }

  async end(): Promise<Ended> {
    const [code] = (await this.#ended) as [number | null];
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

const shell = (script: string, env: Record<string, string> = {}) =>
  new Running('bash', ['-o', 'pipefail', '-c', script, 'bash', program, postgresPlain], env).end();
const target = (database: string) => `postgresql://${server.username}@127.0.0.1:${server.port}/${database}`;

describe('in a pipe', () => {
  it('the program ends before any tool that it runs', async () => {
    const script = await shell('"$1" decrypt --decompress "$2" | pg_restore --file=-');
    expect(script).toMatchObject({ code: 0, stdout: expect.stringContaining('COPY sales.customers ') });
    const written = await shell('"$1" decrypt "$2" | gzip -dc > dump && cmp dump <(gzip -dc "$2")');
    expect(written).toMatchObject({ code: 0, stderr: '' });
  });

  it('a failure fails the whole pipe', async () => {
    const faulty = join(directory, 'faulty');
    writeFileSync(faulty, readFileSync(postgresPlain).subarray(0, -9));
    const { code, stderr } = await shell('"$1" decrypt --decompress faulty | cat > /dev/null');
    expect(code).toBe(1);
    expect(stderr).toMatch(/DECOMPRESS ERROR: the gzip data ends early/);
  });

  it('the program ends when its reader does', async () => {
    const { stdout, stderr } = await shell('"$1" decrypt "$2" | head -c 3 > /dev/null; echo $PIPESTATUS');
    expect([stdout, stderr]).toEqual(['141\n', '']);
  });
});

it('a stop does not wait for a reader that stalls', async () => {
  const large = join(directory, 'large'); // more than pipes hold
  writeFileSync(large, gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 0 }));
  const child = spawn(program, ['decrypt', large], { env: { PATH }, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'readable');
  child.stdout.on('readable', () => {}); // and none of it is read
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  child.stdout.destroy();
});

describe('at a terminal', () => {
  /** Runs the program on a terminal of its own, which echoes what is typed. */
  const atTerminal = (args: string[], env: Record<string, string> = {}) => {
    const command = [program, ...args].map((word) => `'${word}'`).join(' ');
    return new Running('script', ['-q', '-e', '-E', 'always', '-c', command, '/dev/null'], env);
  };

  it('asks for the key without showing it', async () => {
    const running = atTerminal(['verify', postgresEncrypted]);
    await running.says('Encryption key: ');
    running.child.stdin.write(`${expected.encryption_key}\r`);
    const { code, stdout } = await running.end();
    expect(code).toBe(0);
    expect(stdout).toContain('CHECKSUM: none was given; the structure is sound');
    expect(stdout).not.toContain(expected.encryption_key);
  });

  it('stops on Ctrl+C at the question', async () => {
    const running = atTerminal(['verify', postgresEncrypted]);
    await running.says('Encryption key: ');
    running.child.stdin.write('\u0003');
    expect(await running.end()).toMatchObject({ code: 130, stdout: expect.stringContaining('stopped by SIGINT') });
  });

  it.each([
    ['shop', 0],
    ['shops', 2],
  ])('asks for the name of the existing database: %s', async (typed, code) => {
    await runSql(server, 'postgres', ['DROP DATABASE IF EXISTS shop', 'CREATE DATABASE shop']);
    const running = atTerminal(['restore', postgresPlain, '--to', target('shop')]);
    await running.says(`Password of ${server.username}: `);
    running.child.stdin.write(`${server.password}\r`);
    await running.says('Type shop to restore: ');
    running.child.stdin.write(`${typed}\r`);
    const ended = await running.end();
    expect(ended.code).toBe(code);
    expect(ended.stdout).not.toContain(server.password);
    expect(ended.stdout.includes('RESTORE: OK')).toBe(code === 0);
    if (code === 0) expect(await answer(server, 'shop')).toBe(expected.postgresql.row);
  });
});

it('ends the tool and its session on Ctrl+C, and says what state the target is in', async () => {
  const env = { JAGAD_TARGET_PASSWORD: server.password };
  await runSql(server, 'postgres', ['DROP DATABASE IF EXISTS busy', 'CREATE DATABASE busy']);
  const args = ['restore', postgresPlain, '--to', target('busy'), '--yes'];
  expect((await new Running(program, args, env).end()).code).toBe(0);
  const holder = await openSession(server, 'busy');
  const sessions = () =>
    runSql(server, 'postgres', [
      `SELECT wait_event_type AS waits FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %'`,
    ]);
  try {
    await holder.rows('BEGIN');
    await holder.rows('LOCK TABLE sales.customers');
    const running = new Running(program, args, env);
    await until(async () => (await sessions()).some(({ waits }) => waits === 'Lock'), 60_000);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.end();
    expect(code).toBe(130);
    const [stopped, told, incomplete] = stderr.split('\n');
    expect([stopped, told]).toEqual([
      'stopped by SIGINT',
      'The target is incomplete: restore into it again, or into another database.',
    ]);
    expect(incomplete).toMatch(/^Incomplete or missing: /);
    expect(await sessions()).toEqual([]);
  } finally {
    await holder.end();
  }
});

/** The benchmark measures every row, says what fails, and stops when it is told to: at a scale that takes seconds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMysqlBinDir } from '../../lib/programs/find-binaries.ts';
import { pageOf } from './performance-page.ts';
import type { RowReport } from './row.ts';
import { ROWS } from './rows.ts';

const PROGRAM = ['test/bench/run.ts'];
const TINY = ['--scale', '0.002', '--runs', '1'];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync('/tmp/jagad-restore-test-');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The samples go into a directory of the test's own. */
function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [...PROGRAM, ...args], {
    env: { ...process.env, TMPDIR: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(args: string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout as NodeJS.ReadableStream as never),
    text(child.stderr as NodeJS.ReadableStream as never),
  ]);
  return { code, stdout, stderr };
}

describe('the benchmark', () => {
  it('measures every row', async () => {
    const { code, stdout, stderr } = await run([...TINY, '--json']);
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RowReport);
    expect(
      reports.map(({ name }) => name),
      stderr,
    ).toEqual(ROWS.map(({ name }) => name));
    const failed = reports.filter((report) => 'error' in report);
    const hasMysql = (await findMysqlBinDir(process.env)) !== undefined;
    expect(failed.map(({ name }) => name)).toEqual(hasMysql ? [] : ['mysql 4 tables']);
    expect(code, stderr).toBe(hasMysql ? 0 : 1);
    for (const report of reports) {
      expect(report.peer).not.toBe('');
      if ('error' in report) continue;
      expect(report.least).toBeLessThanOrEqual(report.median);
      expect(report.median).toBeLessThanOrEqual(report.most);
      expect(report.most, report.name).toBeGreaterThan(0);
      expect(Object.values(report.versions).length, report.name).toBeGreaterThan(0);
    }
    const page = pageOf({ ended_at: '2026-11-30T02:00:00.000Z', machine: 'a machine', commit: 'abc', reports });
    for (const { name } of ROWS) expect(page).toContain(`| ${name} |`);
  }, 300_000);

  it('goes on after a row that fails, and ends with 1', async () => {
    // without gzip, which one of the two is held against
    const { code, stdout } = await run([...TINY, '--only', 'gunzip', '--only', 'stream'], {
      PATH: dirname(process.execPath),
    });
    expect(stdout).toMatch(/^gunzip: FAILED: .*gzip/m);
    expect(stdout).toMatch(/^stream: \d/m);
    expect(code).toBe(1);
  });

  it('prints what there is when it is interrupted', async () => {
    const child = start(['--scale', '0.02', '--runs', '1000', '--only', 'decrypt', '--only', 'gunzip']);
    const printed = text(child.stdout as NodeJS.ReadableStream as never);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    expect(await printed).toMatch(/^decrypt\+sha256: .*stopped before all 1000 runs/m);
  });

  it('names the rows when it is asked for another', async () => {
    const { code, stderr } = await run(['--only', 'nonsense']);
    expect(code).toBe(2);
    expect(stderr).toContain('no row has "nonsense" in its name');
    for (const { name } of ROWS) expect(stderr).toContain(name);
    expect((await run(['--runs', 'many'])).code).toBe(2);
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--only NAME') });
  });
});

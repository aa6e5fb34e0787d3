/** The benchmark as its command runs it, at a scale that takes seconds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { findMysqlBinDir } from '../../lib/engines/programs/find-binaries.ts';
import { pageOf } from '../bench/performance-page.ts';
import type { RowReport } from '../bench/row.ts';
import { ROWS } from '../bench/rows.ts';

export const TINY = ['--scale', '0.002', '--runs', '1'];

export class Benchmark {
  /** The samples go into a directory of the test's own. */
  readonly #directory = mkdtempSync('/tmp/jagad-restore-test-');

  start(args: string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, ['test/bench/run.ts', ...args], {
      env: { ...process.env, TMPDIR: this.#directory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async run(args: string[], env: Record<string, string> = {}) {
    const child = this.start(args, env);
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'exit') as Promise<[number | null]>,
      text(child.stdout as NodeJS.ReadableStream as never),
      text(child.stderr as NodeJS.ReadableStream as never),
    ]);
    return { code, stdout, stderr };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Runs rows, all of them if no name is given, and expects each to report what a row reports. */
export async function expectRows(benchmark: Benchmark, names: string[] = []): Promise<void> {
  const rows = ROWS.map(({ name }) => name).filter((name) => names.length === 0 || names.includes(name));
  const { code, stdout, stderr } = await benchmark.run([
    ...TINY,
    '--json',
    ...names.flatMap((name) => ['--only', name]),
  ]);
  const reports = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RowReport);
  expect(
    reports.map(({ name }) => name),
    stderr,
  ).toEqual(rows);
  const failed = reports.filter((report) => 'error' in report);
  const hasMysql = (await findMysqlBinDir(process.env)) !== undefined;
  const without = hasMysql ? [] : rows.filter((name) => name === 'mysql 4 tables');
  expect(failed.map(({ name }) => name)).toEqual(without);
  expect(code, stderr).toBe(without.length === 0 ? 0 : 1);
  for (const report of reports) {
    expect(report.peer).not.toBe('');
    if ('error' in report) continue;
    expect(report.least).toBeLessThanOrEqual(report.median);
    expect(report.median).toBeLessThanOrEqual(report.most);
    expect(report.most, report.name).toBeGreaterThan(0);
    expect(Object.values(report.versions).length, report.name).toBeGreaterThan(0);
  }
  const page = pageOf({ ended_at: '2026-11-30T02:00:00.000Z', machine: 'a machine', commit: 'abc', reports });
  for (const name of rows) expect(page).toContain(`| ${name} |`);
}

/**
 * The benchmark measures rows, reports failures, and stops when told to: at a scale that takes seconds. The long tier
 * measures every row.
 */
import { once } from 'node:events';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Benchmark, expectRows, TINY } from '../support/benchmark.ts';
import { ROWS } from './rows.ts';

/** One of each kind: in this process, against a peer, of a database server, of the whole service. */
const ONE_OF_EACH_KIND = ['decrypt+sha256', 'stream', 'mariadb 4 tables, 1 session', 'first byte postgresql'];

let benchmark: Benchmark;
beforeAll(() => {
  benchmark = new Benchmark();
});
afterAll(() => benchmark.remove());

describe('the benchmark', () => {
  it('measures a row of each kind', () => expectRows(benchmark, ONE_OF_EACH_KIND), 300_000);

  it('continues after a row that fails, and exits with 1', async () => {
    // without gzip, which one of the two is compared with
    const { code, stdout } = await benchmark.run([...TINY, '--only', 'gunzip', '--only', 'stream'], {
      PATH: dirname(process.execPath),
    });
    expect(stdout).toMatch(/^gunzip: FAILED: .*gzip/m);
    expect(stdout).toMatch(/^stream: \d/m);
    expect(code).toBe(1);
  });

  it('prints what it has when it is interrupted', async () => {
    let printed = '';
    // its first run has to end, which takes long on a slow machine
    for (const seconds of [5, 15, 45]) {
      const child = benchmark.start(['--scale', '0.02', '--runs', '1000', '--only', 'decrypt', '--only', 'gunzip']);
      const output = text(child.stdout as NodeJS.ReadableStream as never);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      expect(code).toBe(130);
      printed = await output;
      if (printed !== '') break;
    }
    expect(printed).toMatch(/^decrypt\+sha256: .*stopped before all 1000 runs/m);
  });

  it('lists the rows if it is asked for an unknown one', async () => {
    const { code, stderr } = await benchmark.run(['--only', 'nonsense']);
    expect(code).toBe(2);
    expect(stderr).toContain('no row has "nonsense" in its name');
    for (const { name } of ROWS) expect(stderr).toContain(name);
    expect((await benchmark.run(['--runs', 'many'])).code).toBe(2);
    expect(await benchmark.run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--only NAME') });
  });
});

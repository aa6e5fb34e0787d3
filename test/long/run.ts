/** `npm run test:long`: tests that run for a given time, and every case of which `npm test` runs only a sample. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Ran } from './campaign.ts';

const HELP = `Usage: npm run test:long [-- OPTIONS] [-- FILTER…]

Runs the tests in folders called long: random kills, random requests, a flood of sign-ins, dumps that chance made or
changed, every page in every look, every row of the benchmark, and the image if a Docker engine answers. Runs every case
of the files of which npm test runs a sample. Prints what it ran and how often. Seeds that failed are kept in
test/long/failed-seeds.json, and come first in the next run.

  --minutes N   about how long what is random takes (default 60); every case comes on top
  --seed N      the first seed (default: one that the time chooses; it is printed)
  --help        show this
  FILTER        only the files whose path has this in it
`;

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('--minutes takes a positive number, and --seed a whole one\n');
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-long-'));
const reportFile = join(directory, 'ran.jsonl');
const began = performance.now();
console.log(`about ${minutes} minutes, and every case, from seed ${seed}`);
const child = spawn('npx', ['vitest', 'run', '--project', 'long', ...positionals], {
  env: {
    ...process.env,
    EVERY_CASE: '1',
    LONG_MINUTES: String(minutes),
    LONG_SEED: String(seed),
    LONG_REPORT: reportFile,
  },
  stdio: 'inherit',
});
child.once('exit', (code) => {
  const lines = existsSync(reportFile) ? readFileSync(reportFile, 'utf8').trim().split('\n') : [];
  console.log(`\nran in ${((performance.now() - began) / 60_000).toFixed(1)} minutes, from seed ${seed}:`);
  for (const line of lines) {
    const { name, count, failed } = JSON.parse(line) as Ran;
    console.log(`  ${name}: ${count}${failed.length === 0 ? '' : `, FAILED with ${failed.join(', ')}`}`);
  }
  rmSync(directory, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});

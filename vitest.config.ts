import { statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './lib/local/lambda/compile-cache.ts';
import { LongestFirst } from './test/support/runner/longest-first.ts';
import { filesOf } from './test/support/runner/tiers.ts';

// for the test files' processes, and for what they start
process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;

// A DDL statement takes a fifth of the time where nothing waits for a disk: servers and services of tests keep their state
// in memory, if there is enough of it.
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4 * 1024 ** 3;
if (freeBytes(MEMORY) > ENOUGH_BYTES) process.env.TMPDIR = MEMORY;

function freeBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return 0; // there is none
  }
}

const WITH_SERVERS = [
  'test/support/runner/install.ts',
  'test/support/runner/bundle-programs.ts',
  'test/support/mysql-data.ts',
];

// test/README.md says what belongs into which tier, and how to run one file, one test or one engine
export default defineConfig({
  test: {
    projects: [
      // these start nothing: sharing the modules that they load saves minutes
      { extends: true, test: { name: 'unit', include: filesOf('unit'), isolate: false } },
      { extends: true, test: { name: 'servers', include: filesOf('servers'), globalSetup: WITH_SERVERS } },
      { extends: true, test: { name: 'long', include: filesOf('long'), globalSetup: WITH_SERVERS } },
    ],
    globalSetup: 'test/support/stack/provide-stack.ts',
    reporters: ['default', './test/support/runner/summary-reporter.ts'],
    pool: 'forks',
    // some of the time is waiting for servers, which leaves two cores room for a third; a fourth only slows the others down
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // generous: a slow machine is not the code's fault; what has to be quick says so itself
    testTimeout: 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './lib/local/compile-cache.ts';
import { LongestFirst } from './test/support/longest-first.ts';
import { filesOf } from './test/support/tiers.ts';

// for the test files' processes, and for what they start
process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;

// test/README.md says what belongs into which tier, and how to run one file, one test or one engine
export default defineConfig({
  test: {
    projects: [
      // these start nothing: sharing the modules that they load saves minutes
      { extends: true, test: { name: 'unit', include: filesOf('unit'), isolate: false } },
      { extends: true, test: { name: 'servers', include: filesOf('servers'), globalSetup: 'test/support/install.ts' } },
      { extends: true, test: { name: 'long', include: filesOf('long'), globalSetup: 'test/support/install.ts' } },
    ],
    globalSetup: 'test/support/provide-stack.ts',
    reporters: ['default', './test/support/summary-reporter.ts'],
    pool: 'forks',
    // much of the time is waiting for servers, which leaves two cores room for a third; more only slow each other down
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // generous: a slow machine is no fault of the code; what has to be quick says so itself
    testTimeout: 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
  },
});

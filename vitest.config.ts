import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './lib/local/compile-cache.ts';
import { LongestFirst } from './test/support/longest-first.ts';

// for the test files' processes, and for what they start
process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;

/** What starts nothing, and changes nothing of its process: these files share the modules that they load, which saves minutes. */
const SHARING = [
  'test/{accounts,constructs,domain,functions,workflow}/**/*.test.ts',
  'test/{openapi,deploy-guide,restore-stack*,stage-settings}.test.ts',
  'test/web/*.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: SHARING } },
    ],
    globalSetup: 'test/support/global-setup.ts',
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

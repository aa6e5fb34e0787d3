/** Functions and tasks as `bundle-programs.ts` made them, if it did. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Programs } from '../../../lib/local/service.ts';

/** The environment variable by which test files' processes, and those that they start, find them. */
export const PROGRAMS_DIRECTORY = 'JAGAD_RESTORE_TEST_PROGRAMS';

/** What a service of a test runs; undefined, thus the sources, if nothing was bundled. */
export function bundledPrograms(): Programs | undefined {
  const directory = process.env[PROGRAMS_DIRECTORY];
  if (directory === undefined) return undefined;
  return {
    handlers: { directory: pathToFileURL(join(directory, 'functions/')).href, ending: '.mjs' },
    taskFile: (program) => join(directory, 'tasks', `${program}.mjs`),
  };
}

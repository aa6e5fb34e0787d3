import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensurePackages } from '../../lib/local/packages.ts';
import { synthesise } from '../../lib/local/stack.ts';

/**
 * Installs the database servers that the tests run against, their backup tools, and the browser, where they are missing;
 * and synthesises the stack of the services that tests start.
 */
export default async function setup(project: TestProject): Promise<void> {
  try {
    await ensurePackages(
      ['postgresql', 'pgbackrest', 'mariadb-server', 'mariadb-client', 'mariadb-backup', 'browser'],
      (line) => console.log(line),
    );
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  try {
    project.provide('stack', synthesise(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

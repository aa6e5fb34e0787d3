/** The README's first command, as a person runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

async function npmStart(args: string[], env: Record<string, string> = {}) {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-demo-'));
  const child = spawn(process.execPath, ['bin/local.ts', ...args], {
    env: { ...process.env, PORT: '0', STATE_DIR: stateDirectory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  rmSync(stateDirectory, { recursive: true, force: true });
  return { stdout, stderr, code };
}

describe('npm start', () => {
  it('backs up, destroys, restores and compares a database of each engine, then stops when asked to', async () => {
    const { stdout, stderr, code } = await npmStart(['--exit']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const engine of ['PostgreSQL', 'MariaDB']) expect(stdout).toContain(`Demo ${engine} `);
    expect(stdout).toContain('backed up as Jagad does, encrypted');
    expect(stdout).toContain('backed up as Jagad does, plain');
    expect(stdout).toMatch(/destroyed: The table/);
    expect(stdout.match(/RESTORE: OK/g)?.length).toBeGreaterThanOrEqual(2);
    expect(stdout.match(/restored in .* s; all \d+ tables, views and definitions are what they were/g)?.length).toBe(
      stdout.match(/RESTORE: OK/g)?.length,
    );
  });

  it('says what it can do, and what is wrong with what it was told', async () => {
    expect((await npmStart(['--help'])).stdout).toMatch(/^Usage: npm start/);
    expect(await npmStart(['--exut'])).toMatchObject({ code: 1, stderr: expect.stringContaining("'--exut'") });
    expect(await npmStart(['--no-demo'], { PORT: 'http' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PORT must be a port number, not "http"'),
    });
  });
});

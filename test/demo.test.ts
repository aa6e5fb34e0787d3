/** The README's first command, as a person runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
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
    expect(stdout.match(/restored in .* s; all \d+ tables, views and definitions are exactly as before/g)?.length).toBe(
      stdout.match(/RESTORE: OK/g)?.length,
    );
  });

  it('prints the first administrator’s password before the demo, and how to get another if that fails', async () => {
    const binDir = mkdtempSync(join(tmpdir(), 'jagad-restore-mysql-'));
    const isVersion = '[ "$2" = --version ] && echo "mysqld  Ver 9.7.0 for Linux" && exit 0';
    writeFileSync(join(binDir, 'mysqld'), `#!/bin/sh\n${isVersion}\nexit 7\n`, { mode: 0o755 });
    const { stdout, stderr, code } = await npmStart([], { MYSQL_BIN_DIR: binDir });
    rmSync(binDir, { recursive: true });
    expect(code).toBe(1);
    expect(stdout).toMatch(/first administrator: admin, password [\w-]{20,} /);
    expect(stderr).toContain('npm run reset-admin-password gives admin a new password.\n');
    expect(stderr).toContain('MySQL ended before it was ready');
    // the port is in use, so the demo doesn't even start
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const noPort = await npmStart(['--no-demo'], { PORT: String(port) });
    taken.close();
    expect(noPort).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/reset-admin-password.*choose another port/s),
    });
  });

  it('prints its usage, and says what is wrong with its arguments', async () => {
    expect((await npmStart(['--help'])).stdout).toMatch(/^Usage: npm start/);
    expect(await npmStart(['--exut'])).toMatchObject({ code: 1, stderr: expect.stringContaining("'--exut'") });
    expect(await npmStart(['--no-demo'], { PORT: 'http' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PORT must be a port number, not "http"'),
    });
  });
});

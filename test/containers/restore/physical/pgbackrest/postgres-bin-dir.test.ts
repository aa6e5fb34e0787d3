import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresBinDir } from '../../../../../containers/restore/physical/pgbackrest/postgres-bin-dir.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'jagad-majors-'));
  for (const major of ['17', '9.6', '15']) {
    mkdirSync(join(root, major, 'bin'), { recursive: true });
    writeFileSync(join(root, major, 'bin', 'postgres'), '#!/bin/sh\n', { mode: 0o700 });
  }
  mkdirSync(join(root, '16', 'bin'), { recursive: true }); // the client alone
});
afterAll(() => rmSync(root, { recursive: true }));

test("the server of the backup's own major version is found", async () => {
  expect(await postgresBinDir('15', root)).toBe(join(root, '15', 'bin'));
});

test('a missing major version is reported with the installed ones, and with how to get it', async () => {
  await expect(postgresBinDir('16', root)).rejects.toMatchObject({
    code: 'RESTORE_ERROR',
    message: 'the backup is from PostgreSQL 16, which is not installed (installed: 9.6, 15, 17)',
    hint: expect.stringContaining('16 in its build argument POSTGRES_MAJORS'),
  });
  await expect(postgresBinDir('16', join(root, 'nowhere'))).rejects.toThrow('(installed: none)');
});

test('recovery is refused on a server that would not report a missed target', async () => {
  await expect(postgresBinDir('9.6', root)).rejects.toThrow('only 13 and later can be recovered');
});

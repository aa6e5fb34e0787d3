import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  archiveGetCommand,
  restoredShare,
} from '../../../../../containers/restore/physical/pgbackrest/pgbackrest-commands.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "jagad-it's-50%-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What PostgreSQL makes of a restore_command, given to the shell with a program in place of pgBackRest. */
function run(exitCode: number): { code: number; words: string[] } {
  const program = join(directory, 'program');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@"\nexit ${exitCode}\n`, { mode: 0o700 });
  const restoreCommand = archiveGetCommand({ command: program, configFile: '/a b.conf', stanza: "it's", env: {} });
  const replaced = restoreCommand.replace(
    /%(.)/g,
    (_, letter) => ({ f: 'SEGMENT', p: 'pg_wal/X' })[letter as string] ?? letter,
  );
  try {
    return { code: 0, words: execFileSync('sh', ['-c', replaced], { encoding: 'utf8' }).trim().split('\n') };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { code: status, words: stdout.trim().split('\n') };
  }
}

test('exit codes for found and missing files are kept; any other one makes the server give up', () => {
  expect(run(0)).toEqual({
    code: 0,
    words: [
      '--config=/a b.conf',
      "--stanza=it's",
      '--log-level-console=off',
      '--log-level-stderr=info',
      'archive-get',
      'SEGMENT',
      'pg_wal/X',
    ],
  });
  expect(run(1).code).toBe(1);
  expect(run(42).code).toBe(126);
});

test('the restored share is read from single, bundled and zeroed files', () => {
  expect(restoredShare('P01 DETAIL: restore file /w/data/base/1/1259 (8KB, 12.34%) checksum 044e')).toBeCloseTo(0.1234);
  expect(
    restoredShare('P02 DETAIL: restore file /w/data/base/5/3541 (bundle 1/2404, 24KB, 62.74%) checksum 044e'),
  ).toBeCloseTo(0.6274);
  expect(restoredShare('P00 DETAIL: restore zeroed file /w/data/base/5/1 (0B, 99.99%)')).toBeCloseTo(0.9999);
  expect(restoredShare("P00 DETAIL: sync path '/w/data/pg_xact'")).toBeUndefined();
});

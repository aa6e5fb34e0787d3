/** The decisions that the command line makes. */
import { describe, expect, it } from 'vitest';
import { thereLine } from '../../lib/cli/checks/confirm.ts';
import { checkFit, checkServer } from '../../lib/cli/checks/fit.ts';
import type { BackupLook } from '../../lib/cli/checks/look.ts';
import { readTarget } from '../../lib/cli/input/target.ts';
import { exitCodeOf } from '../../lib/cli/output/exit-codes.ts';
import { duration, progressText, size } from '../../lib/cli/output/progress.ts';
import type { DbType } from '../../lib/databases/names.ts';
import { RequestError, RestoreError } from '../../lib/errors/errors.ts';
import { errorExamples } from '../support/error-classes.ts';

describe('the target', () => {
  it.each([
    ['postgresql://app@db.example.org:5433/shop', ['postgresql', 'db.example.org', 5433, 'app', 'shop']],
    ['postgres://app@db/shop', ['postgresql', 'db', 5432, 'app', 'shop']],
    ['mysql://app@[::1]/shop', ['mysql', '::1', 3306, 'app', 'shop']],
    ['mariadb://o%40ops@10.0.0.7:3307/caf%C3%A9%2Fnew%20one', ['mariadb', '10.0.0.7', 3307, 'o@ops', 'café/new one']],
  ])('%s', (text, fields) => {
    const { dbType, host, port, username, database } = readTarget(text);
    expect([dbType, host, port, username, database]).toEqual(fields);
  });

  it.each([
    'postgresql://app:hunter2@db/shop',
    'postgresql://app:hunter2/x@db/shop',
    'mysql://app:hunter2#@db/shop',
    'mysql://:hunter2@db/shop',
  ])('refuses a password, and does not repeat it: %s', (text) => {
    expect(() => readTarget(text)).toThrow('contains a password');
    try {
      readTarget(text);
    } catch (error) {
      expect(error).toBeInstanceOf(RequestError);
      expect(JSON.stringify([(error as RequestError).message, (error as RequestError).hint])).not.toContain('hunter2');
    }
  });

  it.each([
    'shop',
    'db/shop',
    'oracle://app@db/shop',
    'postgresql://db/shop',
    'postgresql://app@db',
    'postgresql://app@db/',
    'postgresql://app@/shop',
    'postgresql://app@db:99999/shop',
    'postgresql://app@db/shop?password=hunter2',
    'postgresql://app@db/shop#x',
    'postgresql://app@db/a%00b',
    'postgresql://app@db/%',
    'postgresql://app@db/template1',
    'mysql://app@db/MySQL',
    `postgresql://app@db/${'é'.repeat(32)}`,
  ])('refuses %s', (text) => {
    expect(() => readTarget(text)).toThrow(RequestError);
    expect(() => readTarget(text)).not.toThrow('hunter2');
  });
});

describe('a backup and its target', () => {
  const head = { toc: undefined, archiveVersion: undefined, serverVersion: undefined };
  const archive: BackupLook = {
    location: '',
    objectBytes: 1,
    encrypted: false,
    codec: 'gzip',
    head: { ...head, kind: 'pg-archive' },
    origin: undefined,
  };
  const sqlOf = (dbType: DbType | undefined): BackupLook => ({
    ...archive,
    head: { ...head, kind: 'sql' },
    origin: { dbType, tool: undefined, database: undefined },
  });
  const to = (dbType: DbType) => readTarget(`${dbType}://app@db/shop`);

  it('must have the same engine', () => {
    expect(checkFit(archive, to('postgresql'))).toBeUndefined();
    expect(() => checkFit(archive, to('mysql'))).toThrow(RestoreError);
    for (const dbType of ['postgresql', 'mysql', 'mariadb'] as const) {
      expect(checkFit(sqlOf(dbType), to(dbType))).toBeUndefined();
      expect(checkFit(sqlOf(undefined), to(dbType))).toBeUndefined();
    }
    expect(() => checkFit(sqlOf('postgresql'), to('mariadb'))).toThrow('from PostgreSQL, but the target is MariaDB');
    expect(() => checkFit(sqlOf('mysql'), to('postgresql'))).toThrow('from MySQL, but the target is PostgreSQL');
    expect(checkFit(sqlOf('mysql'), to('mariadb'))).toContain('may fail');
  });

  it('the server must be the one that the target names', () => {
    const look = (serverVersion: string) => ({ serverVersion, databaseExists: false, tables: [], sessions: [] });
    expect(() => checkServer(to('mysql'), look('10.11.14-MariaDB-0+deb12u2'))).toThrow('is MariaDB 10.11.14');
    expect(() => checkServer(to('mariadb'), look('9.7.4'))).toThrow('is MySQL 9.7.4, not MariaDB');
    for (const [dbType, version] of [
      ['mysql', '9.7.4'],
      ['mariadb', '11.8.3-MariaDB'],
      ['postgresql', '17.2'],
    ] as const) {
      expect(() => checkServer(to(dbType), look(version))).not.toThrow();
    }
  });

  it('the existing data is described', () => {
    const table = { schema: null, rows: 1500, bytes: 600_000 };
    const tables = [
      { ...table, name: 'a' },
      { ...table, name: 'b' },
    ];
    const look = { serverVersion: '17.2', databaseExists: true, tables, sessions: [] };
    const line = 'database shop at db:5432 exists: 2 tables, about 3000 rows, 1.20 MB';
    expect(thereLine(to('postgresql'), look)).toBe(line);
    const sessions = [{ user: 'app', application: '', address: null }];
    expect(thereLine(to('postgresql'), { ...look, sessions })).toBe(`${line}; 1 session in it`);
  });
});

describe('progress', () => {
  it('is shown in words', () => {
    expect(progressText('verifying', 0, 0, 0)).toBe('verifying: 0 %, 0 bytes of 0 bytes');
    expect(progressText('verifying', 120e6, 480e6, 2000)).toBe(
      'verifying: 25 %, 120 MB of 480 MB, 60.0 MB/s, 6 s left',
    );
    expect(progressText('restoring', 20, 10, 1000)).toBe(
      'restoring: 100 %, 20 bytes of 20 bytes, 20 bytes/s, 0 s left',
    );
  });

  it('shows sizes and times', () => {
    expect([0, 999, 999.6, 1000, 9995, 69_620, 999_499, 999_500, 1.25e12, 4e15].map(size)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.00 kB',
      '1.00 kB',
      '10.0 kB',
      '69.6 kB',
      '999 kB',
      '1.00 MB',
      '1.25 TB',
      '4000 TB',
    ]);
    expect([0, 99, 100, 3600, 7500].map(duration)).toEqual(['0 s', '99 s', '2 min', '60 min', '2 h 5 min']);
  });
});

it('every error has one of the exit codes', () => {
  const codes = Object.fromEntries(errorExamples.map((error) => [error.name, exitCodeOf(error)]));
  expect(codes).toMatchObject({
    DownloadError: 1,
    DecryptError: 1,
    DecompressError: 1,
    ChecksumMismatch: 1,
    StorageProviderError: 2,
    MalformedRequest: 2,
    Impossible: 2,
    RestoreError: 3,
  });
  expect([exitCodeOf(new Error('x')), exitCodeOf(undefined)]).toEqual([70, 70]);
  expect(exitCodeOf(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toBe(141);
});

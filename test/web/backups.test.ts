import { describe, expect, it } from 'vitest';
import { typeText, undownloadable, unrestorable, unverifiable } from '../../web/src/pages/backups/restorable.ts';
import { percentDone, verificationAdvice } from '../../web/src/pages/backups/verification-advice.ts';
import { overwrittenWords } from '../../web/src/pages/restore-wizard/overwritten-words.ts';
import { aBackup } from '../support/records.ts';

describe('what can be done with a backup', () => {
  it.each([
    [{}, undefined, undefined, undefined],
    [{ verify_status: 'failed' }, undefined, undefined, undefined],
    [{ verify_status: 'verifying' }, undefined, 'being verified', undefined],
    [{ backup_type: 'incremental' }, 'not known what made it', 'full backup', undefined],
    [{ backup_type: 'incremental', engine: 'pgbackrest' }, undefined, 'proven', 'repository'],
    [{ engine: 'mariabackup' }, undefined, undefined, undefined],
    [{ engine: 'xtrabackup', backup_type: 'incremental' }, undefined, undefined, undefined],
    [{ status: 'running', engine: 'pgbackrest' }, 'not ended', 'complete backup', 'complete backup'],
    [{ status: 'running' }, 'not ended', 'complete backup', 'complete backup'],
    [{ status: 'failed' }, 'failed', 'complete backup', 'complete backup'],
    [{ status: 'running', backup_type: 'incremental' }, 'not ended', 'complete backup', 'complete backup'],
  ] as const)('%j', (fields, noRestore, noVerify, noDownload) => {
    const backup = aBackup(fields);
    const expectWhy = (why: string | undefined, part: string | undefined) =>
      part === undefined ? expect(why).toBeUndefined() : expect(why).toContain(part);
    expectWhy(unrestorable(backup), noRestore);
    expectWhy(unverifiable(backup), noVerify);
    expectWhy(undownloadable(backup), noDownload);
  });
});

it.each([
  [{}, 'Full dump'],
  [{ backup_type: 'incremental' }, 'Incremental'],
  [{ backup_type: 'incremental', engine: 'pgbackrest' }, 'pgBackRest incremental'],
  [{ engine: 'xtrabackup' }, 'XtraBackup full'],
] as const)('a backup of %j is called %s', (fields, words) => {
  expect(typeText(aBackup(fields))).toBe(words);
});

describe('a verification', () => {
  it.each([
    ['STORAGE PROVIDER ERROR: there is none', 'Check the storage provider'],
    ['DOWNLOAD ERROR: it is gone', 'says nothing of what is in it'],
    ['DECRYPT ERROR: no key fits', 'encryption keys'],
    ['DECRYPT ERROR: x is not encrypted, but the record says so', 'who can write to the bucket'],
    ['DECOMPRESS ERROR: it ends half-way', 'damaged'],
    ['CHECKSUM MISMATCH: other bytes', 'not those that were backed up'],
    ['the service met an unexpected error', 'Verify again'],
    [null, 'Verify again'],
  ])('that failed with %s says what to do', (error, advice) => {
    expect(verificationAdvice(error)).toContain(advice);
  });

  it.each([
    [null, undefined],
    [{ bytes_done: 0, bytes_total: 0 }, undefined],
    [{ bytes_done: 0, bytes_total: 3 }, 0],
    [{ bytes_done: 2, bytes_total: 3 }, 66],
    [{ bytes_done: 2999, bytes_total: 3000 }, 99],
    [{ bytes_done: 3, bytes_total: 3 }, 100],
    [{ bytes_done: 4, bytes_total: 3 }, 100],
  ])('of %j is %s percent done', (progress, percent) => {
    expect(percentDone(progress)).toBe(percent);
  });
});

describe('what is overwritten, in words', () => {
  const overwritten = { exact: true, tables: [], table_count: 0, rows_estimated: 0, bytes: 0 };

  it.each([
    [null, {}, 'What is in the target could not be looked at.'],
    [false, {}, 'Nothing: the database is not there yet.'],
    [true, {}, 'None of the tables that the database has.'],
    [true, { table_count: 1, rows_estimated: 2000, bytes: 1024 }, '1 table with about 2,000 rows, 1 KiB.'],
    [true, { table_count: 1200, rows_estimated: 0, bytes: 0 }, '1,200 tables with about 0 rows, 0 B.'],
  ])('database there: %s, %j', (database_exists, fields, words) => {
    expect(overwrittenWords({ database_exists, overwritten: { ...overwritten, ...fields } })).toBe(words);
  });
});

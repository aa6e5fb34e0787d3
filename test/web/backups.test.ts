import { describe, expect, it } from 'vitest';
import { verificationLook } from '../../web/src/components/status.tsx';
import { check } from '../../web/src/forms/problems.ts';
import {
  type CorrectValues,
  canBeOf,
  correctBody,
  correctSchema,
  correctValues,
} from '../../web/src/pages/backups/details/correct-form.ts';
import { serverDoubt, serverMark } from '../../web/src/pages/backups/own-server.ts';
import { typeText, undownloadable, unrestorable, unverifiable } from '../../web/src/pages/backups/restorable.ts';
import { percentDone, verificationAdvice } from '../../web/src/pages/backups/verification-advice.ts';
import { overwrittenWords } from '../../web/src/pages/restore-wizard/overwritten-words.ts';
import { aBackup, aConnection } from '../support/records.ts';

describe('the actions for a backup', () => {
  it.each([
    [{}, undefined, undefined, undefined],
    [{ verify_status: 'failed' }, undefined, undefined, undefined],
    [{ verify_status: 'verifying' }, undefined, 'being verified', undefined],
    [{ backup_type: 'incremental' }, 'tool that made it is unknown', 'full backup', undefined],
    [{ backup_type: 'incremental', engine: 'pgbackrest' }, undefined, 'checked during the restore', 'repository'],
    [{ engine: 'mariabackup' }, undefined, undefined, undefined],
    [{ engine: 'xtrabackup', backup_type: 'incremental' }, undefined, undefined, undefined],
    [{ status: 'running', engine: 'pgbackrest' }, 'still running', 'complete backup', 'complete backup'],
    [{ status: 'running' }, 'still running', 'complete backup', 'complete backup'],
    [{ status: 'failed' }, 'failed', 'complete backup', 'complete backup'],
    [{ status: 'running', backup_type: 'incremental' }, 'still running', 'complete backup', 'complete backup'],
  ] as const)('%j', (fields, noRestore, noVerify, noDownload) => {
    const backup = aBackup(fields);
    const expectWhy = (why: string | undefined, part: string | undefined) =>
      part === undefined ? expect(why).toBeUndefined() : expect(why).toContain(part);
    expectWhy(unrestorable(backup), noRestore);
    expectWhy(unverifiable(backup), noVerify);
    expectWhy(undownloadable(backup), noDownload);
  });
});

describe('the server that a backup came from', () => {
  const own = aConnection({ name: 'Shared' });
  const moved = { ...own, jagad_changed_at: '2026-11-23T00:00:00.000Z' };

  it.each([
    ["is certain from Jagad's record", 'jagad', own, undefined, undefined],
    ['is certain from a person, whatever Jagad changed', 'you', moved, undefined, undefined],
    ['is a guess from a key', 'key', own, 'Shared, is a guess from the name in its key.', 'Guessed from its key'],
    ['is a guess even before the server is read', 'key', undefined, `${own.id}, is a guess`, 'Guessed from its key'],
    ['is in doubt after a change in Jagad', 'jagad', moved, 'at 2026-11-23T00:00:00.000Z', 'Changed in Jagad since'],
  ] as const)('%s', (_, connection_source, connection, doubt, mark) => {
    const backup = aBackup({ connection_id: own.id, connection_source });
    if (doubt === undefined) expect(serverDoubt(backup, connection)).toBeUndefined();
    else expect(serverDoubt(backup, connection)).toContain(doubt);
    expect(serverMark(backup, connection)).toBe(mark);
  });
});

describe('the correction of a record', () => {
  const backup = aBackup({ storage_provider_id: null });
  const sent = (isInDoubt: boolean, change: Partial<CorrectValues>) =>
    check(correctSchema, correctBody({ ...correctValues(backup, isInDoubt), ...change }, backup, isInDoubt));

  it('sends only changes, and says if there are none', () => {
    for (const isInDoubt of [true, false]) {
      expect(sent(isInDoubt, {}).problems['']).toContain('Nothing has changed yet');
    }
    expect(sent(false, { storage_path: ' elsewhere/a ' }).body).toEqual({ storage_path: 'elsewhere/a' });
  });

  it('names an unconfirmed connection only if the user chose it', () => {
    expect(correctValues(backup, true).connection_id).toBe('');
    expect(sent(true, { connection_id: backup.connection_id }).body).toEqual({ connection_id: backup.connection_id });
    expect(sent(true, { database_name: 'crm' }).body).toEqual({ database_name: 'crm' });
  });

  it('is checked as the API does', () => {
    expect(sent(false, { database_name: '' }).problems).toEqual({ database_name: 'Enter a value.' });
  });

  it('offers the servers that the backup may have come from', () => {
    expect(canBeOf({ engine: 'pgbackrest' }, { db_type: 'postgresql' })).toBe(true);
    expect(canBeOf({ engine: 'pgbackrest' }, { db_type: 'mysql' })).toBe(false);
    expect(canBeOf({ engine: 'mariabackup' }, { db_type: 'postgresql' })).toBe(false);
    expect(canBeOf({ engine: null }, { db_type: 'mysql' })).toBe(true);
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

describe('the result of a verification', () => {
  it.each([
    ['failed', 'CHECKSUM MISMATCH: other bytes', false, 'Damaged'],
    ['failed', 'DECRYPT ERROR: no key fits', false, 'Damaged'],
    ['failed', 'DOWNLOAD ERROR: it is gone', false, 'Missing'],
    ['failed', 'CHECKSUM MISMATCH: other bytes', true, 'Damaged'],
    ['passed', null, false, 'Verified'],
    ['passed', null, true, 'Verified'],
    ['pending', null, false, 'Not verified'],
    ['pending', null, true, 'Not readable'],
  ] as const)('that %s with %s (an attempt without a verdict since: %s) is called %4$s', (...row) => {
    const [verify_status, verify_error, isUnread, text] = row;
    const error = { code: 'DOWNLOAD_ERROR', message: 'DOWNLOAD ERROR: the storage did not answer' };
    const verify_attempt = isUnread ? { at: '2026-11-22T02:00:00.000Z', error } : null;
    expect(verificationLook({ verify_status, verify_error, verify_attempt }).text).toBe(text);
  });

  it.each([
    ['DOWNLOAD ERROR: it is gone', 'an earlier version of the object'],
    ['DECRYPT ERROR: no key fits', 'encryption keys'],
    ['DECRYPT ERROR: x is not encrypted, but the record says so', 'who can write to the bucket'],
    ['DECOMPRESS ERROR: it ends half-way', 'damaged'],
    ['CHECKSUM MISMATCH: other bytes', 'changed since the backup was made'],
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
  ])('is at %j: %s percent', (progress, percent) => {
    expect(percentDone(progress)).toBe(percent);
  });
});

describe('the words for what is overwritten', () => {
  const overwritten = { exact: true, tables: [], table_count: 0, rows_estimated: 0, bytes: 0 };

  it.each([
    [null, {}, "The target's contents could not be checked."],
    [false, {}, 'Nothing: the database does not exist yet.'],
    [true, {}, 'None of the existing tables.'],
    [true, { table_count: 1, rows_estimated: 2000, bytes: 1024 }, '1 table with about 2,000 rows, 1 KiB.'],
    [true, { table_count: 1200, rows_estimated: 0, bytes: 0 }, '1,200 tables with about 0 rows, 0 B.'],
  ])('database there: %s, %j', (database_exists, fields, words) => {
    expect(overwrittenWords({ database_exists, overwritten: { ...overwritten, ...fields } })).toBe(words);
  });
});

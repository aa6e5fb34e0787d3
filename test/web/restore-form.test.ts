import { describe, expect, it } from 'vitest';
import type { Preview } from '../../lib/backups/schemas.ts';
import { restoreBody } from '../../lib/restores/request.ts';
import {
  addressOf,
  blockOf,
  formOf,
  isOriginal,
  nameProblem,
  nameToType,
  type RestoreForm,
  requestBody,
  unfit,
  withServer,
} from '../../web/src/pages/restore-wizard/form.ts';
import { aBackup } from '../support/records.ts';

const OTHER = '0f6a1f5e-1c1b-4a6e-8f0e-0000000000ff';
const backup = aBackup();
const DOUBT = 'The connection is a guess.';
const untouched: RestoreForm = { connectionId: '', database: backup.database_name, verify: 'always' };
const original: RestoreForm = { connectionId: backup.connection_id, database: backup.database_name, verify: 'always' };

describe('the form that an address leads to', () => {
  const form = (search: string, role: 'operator' | 'admin' = 'operator') =>
    formOf(new URLSearchParams(search), backup, role);

  it('has the original database, verification, and no server if the address says nothing', () => {
    expect(form('')).toEqual(untouched);
    expect(form('target_connection=&target_database=&verify=')).toEqual(untouched);
  });

  it('uses the original server only if it is certain', () => {
    expect(withServer(untouched, backup, undefined)).toEqual(original);
    expect(withServer(untouched, backup, DOUBT)).toEqual(untouched);
    expect(withServer({ ...untouched, connectionId: OTHER }, backup, DOUBT).connectionId).toBe(OTHER);
  });

  it('has what the address says', () => {
    expect(form(`target_connection=${OTHER}&target_database=shop%26copy&verify=recent`)).toEqual({
      connectionId: OTHER,
      database: 'shop&copy',
      verify: 'recent',
    });
  });

  it('lets only administrators skip the verification', () => {
    expect(form('verify=skip', 'admin').verify).toBe('skip');
    expect(form('verify=skip', 'operator').verify).toBe('always');
    expect(form('verify=never').verify).toBe('always');
  });

  it('is the same one that the address was created from', () => {
    const other: RestoreForm = { connectionId: OTHER, database: 'a b&c=d', verify: 'recent' };
    expect(form(addressOf(other).toString())).toEqual(other);
    expect(form(addressOf(untouched).toString())).toEqual(untouched);
  });
});

describe('the body that a form becomes', () => {
  it.each([
    [original, { verify: 'always' }],
    [{ ...original, verify: 'skip' as const }, { verify: 'skip' }],
    [
      { ...original, database: 'copy' },
      { target_database: 'copy', verify: 'always' },
    ],
    [
      { ...original, connectionId: OTHER },
      { target_connection: OTHER, verify: 'always' },
    ],
    [
      { connectionId: OTHER, database: 'copy', verify: 'recent' as const },
      { target_connection: OTHER, target_database: 'copy', verify: 'recent' },
    ],
  ])('%j → %j', (form, body) => {
    expect(requestBody(form, backup, undefined)).toEqual(body);
    expect(restoreBody.parse(body)).toEqual(body);
  });

  it('must name a target if the original server is uncertain', () => {
    expect(requestBody(original, backup, DOUBT)).toEqual({
      target_connection: backup.connection_id,
      verify: 'always',
    });
  });
});

describe('a target', () => {
  it('has the engine of the backup', () => {
    expect(unfit({ db_type: 'postgresql' }, { db_type: 'postgresql' })).toBeUndefined();
    expect(unfit({ db_type: 'mariadb' }, { db_type: 'mysql' })).toBe(
      'It runs a different database engine from the backup.',
    );
  });

  it.each([
    ['shop', 'postgresql', undefined],
    ['postgres', 'postgresql', undefined],
    ['', 'postgresql', 'Enter the name of the database.'],
    ['a'.repeat(65), 'mysql', 'The name may have at most 64 characters.'],
    ['a'.repeat(64), 'mysql', undefined],
    ['a\0b', 'mysql', 'The name must not contain a zero character.'],
    ['ä'.repeat(32), 'postgresql', 'The database name is longer than postgresql allows. Choose another name.'],
    ['Mysql', 'mysql', 'Mysql is a database of the server itself. Choose another name.'],
  ] as const)('may be called %j on %s: %s', (name, db_type, problem) => {
    expect(nameProblem(name, { db_type })).toBe(problem);
  });
});

const preview = (fields: Partial<Preview>) =>
  ({ obstacles: [], database_exists: true, ...fields }) as unknown as Preview;

describe('what blocks a restore', () => {
  const checked = { preview: preview({}), isChecking: false, failed: false };

  it('is nothing if a check found nothing', () => {
    expect(blockOf(checked)).toBeUndefined();
  });

  it.each([
    ['an obstacle', { preview: preview({ obstacles: ['a view is in the way'] }) }, 'is blocked'],
    ['a running check, whatever the last one found', { isChecking: true }, 'still being checked'],
    ['a failed check, whatever the last one found', { failed: true }, 'could not be checked'],
    ['a missing check', { preview: undefined }, 'could not be checked'],
  ])('%s', (_, fields, why) => {
    expect(blockOf({ ...checked, ...fields })).toContain(why);
  });
});

describe('the name to type', () => {
  const copy = { ...original, database: 'copy' };

  it.each([
    ['is that of the original database', original, true, 'shop'],
    ['is that of the original database, even if it is gone', original, false, 'shop'],
    ['is that of another existing database', copy, true, 'copy'],
    ['is that of a database with that name on another server', { ...original, connectionId: OTHER }, true, 'shop'],
    ['is that of a database that may exist', copy, null, 'copy'],
    ['is none for a new database', copy, false, undefined],
    ['is none for a new database on another server', { ...original, connectionId: OTHER }, false, undefined],
  ])('%s', (_, form, database_exists, name) => {
    expect(nameToType(form, backup, undefined, preview({ database_exists }))).toBe(name);
  });

  it('is required if nothing was checked', () => {
    expect(nameToType(copy, backup, undefined, undefined)).toBe('copy');
  });

  it('overwrites the original only if both are the original', () => {
    expect(
      [original, copy, { ...original, connectionId: OTHER }].map((form) => isOriginal(form, backup, undefined)),
    ).toEqual([true, false, false]);
    expect(isOriginal(original, backup, DOUBT)).toBe(false);
  });
});

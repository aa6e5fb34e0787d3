import { describe, expect, it } from 'vitest';
import { newBackupBody } from '../../lib/backups/schemas.ts';
import { countsOf } from '../../web/src/components/job-counts.ts';
import { check } from '../../web/src/forms/problems.ts';
import { passwordChange, passwordForm } from '../../web/src/pages/account/password-form.ts';
import { NOTHING_TYPED, registerBody } from '../../web/src/pages/storage-providers/register-form.ts';

const PROVIDER = '9a9a9a9a-0000-4000-8000-000000000001';

describe('a single object', () => {
  it('is registered with only what was typed', () => {
    const typed = { ...NOTHING_TYPED, storage_path: ' backups/a ' };
    expect(check(newBackupBody, registerBody(typed, PROVIDER)).body).toEqual({
      storage_provider_id: PROVIDER,
      storage_path: 'backups/a',
    });
    expect(registerBody({ ...typed, connection_id: PROVIDER, database_name: ' shop ' }, PROVIDER)).toMatchObject({
      connection_id: PROVIDER,
      database_name: 'shop',
    });
  });

  it('needs its path', () => {
    expect(check(newBackupBody, registerBody(NOTHING_TYPED, PROVIDER)).problems).toEqual({
      storage_path: 'Enter a value.',
    });
  });
});

describe('a new password', () => {
  const typed = { current_password: 'x', new_password: 'long enough, this', repeated: 'long enough, this' };

  it('is sent once', () => {
    const { body } = check(passwordForm, typed);
    expect(body && passwordChange(body)).toEqual({ current_password: 'x', new_password: 'long enough, this' });
  });

  it('is typed twice, and every problem is shown at once', () => {
    expect(check(passwordForm, { ...typed, repeated: 'long enough, that' }).problems).toEqual({
      repeated: 'The passwords do not match.',
    });
    expect(check(passwordForm, { ...typed, current_password: '', new_password: 'short' }).problems).toEqual({
      current_password: 'Enter a value.',
      new_password: 'Must have at least 12 characters.',
      repeated: 'The passwords do not match.',
    });
  });
});

it('the words for a job say what it has counted', () => {
  expect(countsOf({ kind: 'scan', counts: { listed: 3, registered: 2, of_tomorrow: 1 } })).toEqual([
    { label: 'Objects checked', value: 3 },
    { label: 'New backups', value: 2 },
    { label: 'of_tomorrow', value: 1 },
  ]);
});

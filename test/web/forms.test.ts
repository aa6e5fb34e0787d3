import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newUserBody } from '../../lib/accounts/schemas.ts';
import { storageProviderDraftBody } from '../../lib/connections/providers/schemas.ts';
import { connectionDraftBody } from '../../lib/connections/schemas.ts';
import { changedFields } from '../../web/src/forms/changed-fields.ts';
import { check, differs, numberOf } from '../../web/src/forms/problems.ts';

describe("the errors of a form by the API's schemas", () => {
  const whole = { name: 'db', db_type: 'mysql', host: 'db', port: 3306, username: 'u', password: 'p' };

  it('are none if a body is valid, which gets its defaults', () => {
    expect(check(connectionDraftBody, whole)).toEqual({
      problems: {},
      body: {
        ...whole,
        secret_arn: null,
        ssl_mode: 'prefer',
        ca_bundle: null,
        binlog_prefix: null,
        free_bytes: null,
        event_restore_allowed: false,
        trusted: false,
        encrypted_only: false,
      },
    });
  });

  it('are one sentence per field', () => {
    const body = { ...whole, name: ' ', host: 'a b', port: undefined, username: 'x'.repeat(129), password: '' };
    expect(check(connectionDraftBody, body)).toEqual({
      problems: {
        name: 'Enter a value.',
        host: 'Must be a host name or an IP address.',
        port: 'Enter a number.',
        username: 'Must have at most 128 characters.',
        password: 'Enter a value.',
      },
    });
  });

  it.each([
    [{ port: 0 }, { port: 'Must be 1 or more.' }],
    [{ port: 65536 }, { port: 'Must be 65535 or less.' }],
    [{ port: Number.NaN }, { port: 'Enter a number.' }],
    [{ port: 1.5 }, { port: 'Enter a number.' }],
    [{ db_type: 'oracle' }, { db_type: 'Choose one.' }],
    [{ ca_bundle: 'hello' }, { ca_bundle: 'Must start with -----BEGIN CERTIFICATE-----' }],
    [{ secret_arn: 'x' }, { secret_arn: 'Must be the ARN of a secret.' }],
  ])('for %o are %o', (fields, problems) => {
    const { password: _, ...rest } = whole;
    expect(check(connectionDraftBody, { ...rest, ...fields }).problems).toEqual(problems);
  });

  it('are about the whole form if they concern no field', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:x-AbCdEf';
    expect(check(connectionDraftBody, { ...whole, secret_arn: arn }).problems).toEqual({
      '': 'Give a password or a secret_arn, not both.',
    });
  });

  it('are about the field that another one requires', () => {
    const provider = { name: 'b', provider_type: 'minio', bucket: 'backups', access_key: 'a', secret_key: 's' };
    expect(check(storageProviderDraftBody, provider).problems).toEqual({
      endpoint: 'Is needed with provider_type minio.',
    });
    expect(check(storageProviderDraftBody, { ...provider, endpoint: 'min io' }).problems).toEqual({
      endpoint: 'Must be a URL, or host:port.',
    });
  });

  it('say how long a text must be', () => {
    expect(check(newUserBody, { username: 'a', password: 'short', role: 'viewer' }).problems).toEqual({
      password: 'Must have at least 12 characters.',
    });
  });

  it('are the first ones if there are several per field', () => {
    const schema = z.object({ a: z.string().min(2).regex(/^x/, 'must begin with x') });
    expect(check(schema, { a: 'y' }).problems).toEqual({ a: 'Must have at least 2 characters.' });
  });
});

it('a field knows whether something was typed', () => {
  const initial = { name: 'a', port: '1' };
  expect(differs(initial, { ...initial })).toBe(false);
  expect(differs(initial, { ...initial, port: '2' })).toBe(true);
});

it('a change contains only fields that differ from when the form was opened', () => {
  const opened = { id: '1', name: 'a', enabled: true, groups: [[{ database: 'shop' }]], ca_bundle: null };
  const body = { name: 'b', enabled: true, groups: [[{ database: 'shop' }]], ca_bundle: null, password: 'p' };
  expect(changedFields(body, opened)).toEqual({ name: 'b', password: 'p' });
  expect(changedFields({ groups: [[{ database: 'crm' }]], ca_bundle: 'x' }, opened)).toEqual({
    groups: [[{ database: 'crm' }]],
    ca_bundle: 'x',
  });
});

it('a number is read as it was typed', () => {
  expect([' 5432 ', '', '  '].map(numberOf)).toEqual([5432, undefined, undefined]);
  expect(numberOf('x')).toBeNaN();
});

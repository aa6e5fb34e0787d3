import { describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/connections/model.ts';
import { connectionDraftBody, connectionUpdateBody, newConnectionBody } from '../../lib/connections/schemas.ts';
import { check } from '../../web/src/forms/problems.ts';
import {
  type ConnectionDraft,
  connectionDraft,
  connectionUpdate,
  connectionValues,
  needsArnAgain,
  needsPasswordAgain,
  newConnection,
  withDbType,
} from '../../web/src/pages/connections/connection-form.ts';
import { hostAndPort } from '../../web/src/pages/connections/host-and-port.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:rds!db-4f1d-AbCdEf';
const stored: Connection = {
  id: '0f6a1f5e-1c1b-4a6e-8f0e-000000000001',
  ...{ name: 'Production PG', db_type: 'postgresql', host: 'db', port: 5433, username: 'restorer' },
  ...{
    secret_arn: null,
    ssl_mode: 'require',
    ca_bundle: null,
    event_restore_allowed: true,
    trusted: false,
    binlog_prefix: null,
    free_bytes: null,
  },
  ...{ jagad_changed_at: null, jagad_address: null },
  encrypted_only: true,
  ...{ created_at: '2026-11-22T00:00:00.000Z', updated_at: '2026-11-22T00:00:00.000Z' },
};
const typed = { ...connectionValues(), name: 'New', host: ' db ', username: 'u', password: 'p' };
const draftOf = (values: Parameters<typeof connectionDraft>[0], of?: Connection) =>
  check(connectionDraftBody, connectionDraft(values, of));

describe('a new connection', () => {
  it('is sent as the API takes it', () => {
    const { body, problems } = draftOf(typed);
    expect(problems).toEqual({});
    expect(newConnectionBody.parse(newConnection(body as ConnectionDraft))).toEqual({
      ...{ name: 'New', db_type: 'postgresql', host: 'db', port: 5432, username: 'u', password: 'p' },
      ...{
        secret_arn: null,
        ssl_mode: 'prefer',
        ca_bundle: null,
        binlog_prefix: null,
        free_bytes: null,
        event_restore_allowed: false,
        trusted: false,
      },
      encrypted_only: false,
    });
  });

  it('sends its free space in bytes', () => {
    expect(draftOf({ ...typed, free_bytes: ' 1.5 ' }).body).toMatchObject({ free_bytes: 1.5 * 1024 ** 3 });
    expect(draftOf({ ...typed, free_bytes: 'much' }).problems).toHaveProperty('free_bytes');
    expect(connectionValues({ ...stored, free_bytes: 3 * 1024 ** 3 })).toMatchObject({ free_bytes: '3' });
  });

  it('needs a password or an ARN', () => {
    expect(draftOf({ ...typed, password: '' }).problems).toEqual({ password: 'Enter a value.' });
    expect(draftOf({ ...typed, login: 'secret_arn' }).problems).toEqual({ secret_arn: 'Must be the ARN of a secret.' });
    // values for the other option are not sent
    expect(draftOf({ ...typed, login: 'secret_arn', secret_arn: ` ${ARN} ` }).body).toMatchObject({ secret_arn: ARN });
  });

  it('has the port of its type, unless another one was typed', () => {
    expect(withDbType(typed, 'mysql')).toEqual({ db_type: 'mysql', port: '3306' });
    expect(withDbType({ ...typed, port: '' }, 'mariadb')).toEqual({ db_type: 'mariadb', port: '3306' });
    expect(withDbType({ ...typed, port: '6432' }, 'mysql')).toEqual({ db_type: 'mysql' });
  });

  it('has the fields of its engine, and nothing that was typed for another one', () => {
    const both = { ...typed, binlog_prefix: ' binlogs/shop ', cipher_pass: 'secret' };
    expect(draftOf(both)).toMatchObject({ problems: {}, body: { binlog_prefix: null, cipher_pass: 'secret' } });
    const { body, problems } = draftOf({ ...both, db_type: 'mariadb' });
    expect({ body, problems }).toMatchObject({ problems: {}, body: { binlog_prefix: 'binlogs/shop' } });
    expect(body).not.toHaveProperty('cipher_pass');
    expect(newConnectionBody.safeParse(newConnection(body as ConnectionDraft)).success).toBe(true);
  });

  it('accepts a bundle with white space around it', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expect(draftOf({ ...typed, ca_bundle: `\n ${pem}\n\n` }).body).toMatchObject({ ca_bundle: pem });
  });
});

describe('a stored connection', () => {
  it('that is unchanged is sent without its type and its password', () => {
    const { body } = draftOf(connectionValues(stored), stored);
    expect(body).toMatchObject({ id: stored.id, db_type: 'postgresql' });
    const { id: _, db_type: __, created_at, updated_at, jagad_changed_at, jagad_address, ...fields } = stored;
    expect(connectionUpdateBody.parse(connectionUpdate(body as ConnectionDraft))).toEqual(fields);
  });

  it('keeps, changes or removes the passphrase of its repository', () => {
    const sent = (fields: object) => {
      const { body } = draftOf({ ...connectionValues(stored), ...fields }, stored);
      return connectionUpdateBody.parse(connectionUpdate(body as ConnectionDraft)).cipher_pass;
    };
    expect([sent({}), sent({ cipher_pass: 'new' })]).toEqual([undefined, 'new']);
    expect(sent({ cipher_pass: 'new', without_cipher_pass: true })).toBeNull();
  });

  it('keeps the location of its binary logs until that is cleared', () => {
    const mysql: Connection = { ...stored, db_type: 'mysql', binlog_prefix: 'binlogs/shop' };
    expect(draftOf(connectionValues(mysql), mysql).body).toMatchObject({ binlog_prefix: 'binlogs/shop' });
    const cleared = { ...connectionValues(mysql), binlog_prefix: ' ' };
    expect(draftOf(cleared, mysql).body).toMatchObject({ binlog_prefix: null });
  });

  it('gets a new password only if one was typed', () => {
    expect(draftOf({ ...connectionValues(stored), password: 'new' }, stored).body).toMatchObject({ password: 'new' });
  });

  it('needs its password again if it would be sent elsewhere', () => {
    for (const fields of [{ host: 'other' }, { port: '1' }, { username: 'x' }, { ssl_mode: 'prefer' as const }]) {
      const values = { ...connectionValues(stored), ...fields };
      expect([fields, needsPasswordAgain(values, stored)]).toEqual([fields, true]);
      expect(draftOf(values, stored).problems).toEqual({ password: 'Enter a value.' });
      const again = { ...values, password: 'again' };
      expect(draftOf(again, stored)).toMatchObject({ problems: {}, body: { password: 'again' } });
      expect(needsPasswordAgain(again, stored)).toBe(false);
    }
    const stricter = { ...connectionValues(stored), name: 'Renamed', ssl_mode: 'verify-full' as const };
    expect(draftOf(stricter, stored).problems).toEqual({});
  });

  it('uses the secret of its ARN for changed settings only if the user says so', () => {
    const byArn = { ...stored, secret_arn: ARN };
    const values = { ...connectionValues(byArn), host: 'other' };
    expect(needsArnAgain(values, byArn)).toBe(true);
    expect(draftOf(values, byArn).problems).toEqual({ secret_arn: 'Must be the ARN of a secret.' });
    expect(draftOf({ ...values, same_secret: true }, byArn).body).toMatchObject({ host: 'other', secret_arn: ARN });
    const another = { ...values, secret_arn: `${ARN}x` };
    expect([needsArnAgain(another, byArn), draftOf(another, byArn).problems]).toEqual([false, {}]);
    expect(needsArnAgain(connectionValues(byArn), byArn)).toBe(false);
  });

  it('that had an ARN needs a password to remove it', () => {
    const byArn = { ...stored, secret_arn: ARN };
    expect(connectionValues(byArn)).toMatchObject({ login: 'secret_arn', secret_arn: ARN });
    expect(draftOf({ ...connectionValues(byArn), login: 'password' }, byArn).problems).toEqual({
      password: 'Enter a value.',
    });
  });
});

it('is shown with host and port', () => {
  expect(hostAndPort({ host: 'db', port: 1 })).toBe('db:1');
  expect(hostAndPort({ host: '::1', port: 1 })).toBe('[::1]:1');
});

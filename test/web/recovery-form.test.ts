import { describe, expect, it } from 'vitest';
import type { Preview } from '../../lib/backups/schemas.ts';
import { restoreBody } from '../../lib/restores/request.ts';
import {
  addressOf,
  confirmationOf,
  formOf,
  listProblem,
  overwritesOriginal,
  type RecoveryForm,
  renamed,
  requestBody,
  rowProblems,
} from '../../web/src/pages/restore-wizard/recovery/form.ts';
import { aBackup } from '../support/records.ts';

const OTHER = '0f6a1f5e-1c1b-4a6e-8f0e-0000000000ff';
const DOUBT = 'The connection is a guess.';
const backup = aBackup({ engine: 'mariabackup', db_type: 'mariadb', database_name: 'shop' });
const form: RecoveryForm = {
  connectionId: backup.connection_id,
  databases: [{ from: 'shop', to: 'shop_restored' }],
  kind: 'backup',
  texts: { backup: '' },
  timeline: null,
};
const rows = (...names: [string, string][]) => names.map(([from, to]) => ({ from, to }));

describe('the form of a recovery', () => {
  it('uses the only database that the backup names, and none for a whole server', () => {
    expect(formOf(new URLSearchParams(), backup)).toEqual({ ...form, connectionId: '' });
    const server = aBackup({ engine: 'pgbackrest', database_name: 'main', stanza: 'main' });
    expect(formOf(new URLSearchParams(), server).databases).toEqual(rows(['', '']));
  });

  it('is the same one that its address was created from', () => {
    const typed: RecoveryForm = {
      ...{ connectionId: OTHER, kind: 'gtid', texts: { gtid: '0-1-1' } },
      databases: rows(['a&b', 'c'], ['d', '']),
      timeline: 3,
    };
    expect(formOf(new URLSearchParams(addressOf(typed).toString()), backup)).toEqual(typed);
    const untouched = { ...typed, connectionId: '' };
    expect(formOf(new URLSearchParams(addressOf(untouched).toString()), backup)).toEqual(untouched);
  });

  it.each([
    [form, { databases: rows(['shop', 'shop_restored']) }],
    [
      { ...form, connectionId: OTHER, kind: 'time' as const, texts: { time: '2026-11-21T02:00:00Z', gtid: '0-1-1' } },
      {
        ...{ target_connection: OTHER, databases: rows(['shop', 'shop_restored']) },
        point_in_time: '2026-11-21T02:00:00Z',
      },
    ],
    [
      { ...form, kind: 'gtid' as const, texts: { gtid: '0-1-1' } },
      { databases: rows(['shop', 'shop_restored']), gtid: '0-1-1' },
    ],
    [
      { ...form, kind: 'transaction' as const, texts: { transaction: '742' }, timeline: 2 },
      { databases: rows(['shop', 'shop_restored']), transaction_id: '742', timeline: 2 },
    ],
    // the state that the backup itself holds is on no other
    [{ ...form, timeline: 2 }, { databases: rows(['shop', 'shop_restored']) }],
  ])('%j is sent as %j', (typed, body) => {
    expect(requestBody(typed, backup, undefined)).toStrictEqual(body);
    expect(restoreBody.parse(body)).toMatchObject(body);
  });

  it('must name a target if the original server is uncertain', () => {
    expect(requestBody(form, backup, DOUBT)).toMatchObject({ target_connection: backup.connection_id });
  });
});

describe('a database that is restored', () => {
  it('has the name of its source, unless it was given another one', () => {
    expect(renamed({ from: '', to: '' }, 's')).toEqual({ from: 's', to: 's_restored' });
    expect(renamed({ from: 's', to: 's_restored' }, 'sh')).toEqual({ from: 'sh', to: 'sh_restored' });
    expect(renamed({ from: 's', to: 's_restored' }, '')).toEqual({ from: '', to: '' });
    expect(renamed({ from: 's', to: 'copy' }, 'sh')).toEqual({ from: 'sh', to: 'copy' });
  });

  it('has a unique name that the server accepts', () => {
    expect(rowProblems(rows(['shop', 'a'], ['crm', 'b'], ['mysql', 'c']), backup)).toEqual(
      [1, 2, 3].map(() => ({ from: undefined, to: undefined })),
    );
    expect(rowProblems(rows(['', ''], ['a', 'Copy'], ['b', 'copy'], ['c', 'mysql']), backup)).toEqual([
      { from: 'Enter the name of the database.', to: 'Enter the name of the database.' },
      { from: undefined, to: undefined },
      { from: undefined, to: 'Two databases have the target name copy. Give each a different name.' },
      { from: undefined, to: 'Mysql is a database of the server itself. Choose another name.' },
    ]);
    expect(rowProblems(rows(['a', 'Copy'], ['b', 'copy']), { db_type: 'postgresql' })[1]?.to).toBeUndefined();
  });

  it('is one of between one and fifty', () => {
    const many = Array.from({ length: 51 }, (_, index) => ({ from: 'a', to: `a${index}` }));
    expect(listProblem(many)).toBe('At most 50 databases at once.');
    expect(listProblem(many.slice(1))).toBeUndefined();
    expect(listProblem(rows(['', '']))).toBeUndefined();
    expect(listProblem([])).toBe('Add a database.');
  });
});

describe('the text to type', () => {
  const there = (database_exists: boolean | null) => ({ database_exists }) as unknown as Preview;
  const two = { ...form, databases: rows(['a', 'b'], ['c', 'd']) };
  const same = { ...form, databases: rows(['shop', 'shop']) };

  it.each([
    ['the name of an existing database', form, there(true), { of: 'database', name: 'shop_restored' }],
    ['the same if that is unknown', form, there(null), { of: 'database', name: 'shop_restored' }],
    ['the same before the target is inspected', form, undefined, { of: 'database', name: 'shop_restored' }],
    ['nothing if it is new', form, there(false), undefined],
    ['nothing if all are created', two, there(false), undefined],
    ['the server if there are several', two, there(true), { of: 'server', name: 'Production' }],
    ['the original, even if it is gone', same, there(false), { of: 'database', name: 'shop' }],
    ['nothing for the same name elsewhere', { ...same, connectionId: OTHER }, there(false), undefined],
  ])('is %s', (_, of, preview, confirmation) => {
    expect(confirmationOf(of, backup, undefined, preview, 'Production')).toEqual(confirmation);
  });

  it('overwrites an original only if it is restored to its own server', () => {
    expect(overwritesOriginal(same, backup, undefined)).toBe(true);
    expect(overwritesOriginal(form, backup, undefined)).toBe(false);
    expect(overwritesOriginal({ ...same, connectionId: OTHER }, backup, undefined)).toBe(false);
    expect(overwritesOriginal(same, backup, DOUBT)).toBe(false);
  });
});

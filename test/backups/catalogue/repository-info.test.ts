/** Both lists that pgBackRest keeps of a repository, as it wrote them itself. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pgbackrestRecords } from '../../../lib/backups/catalogue/pgbackrest-records.ts';
import { backupsOfInfo, pgbackrestInfo, readBackupInfo } from '../../../lib/backups/catalogue/repository-info.ts';
import { backup } from '../../../lib/backups/model.ts';
import { aConnection } from '../../support/records.ts';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/pgbackrest/${name}`, import.meta.url), 'utf8');
const INFO = JSON.parse(fixture('info.json'))[0];
const listed = () => {
  const read = readBackupInfo(fixture('backup.info'));
  if ('problem' in read) throw new Error(read.problem);
  return read;
};

describe("the backups in a repository's info", () => {
  it('are the same in both lists', () => {
    expect(listed()).toEqual(backupsOfInfo(pgbackrestInfo.parse(INFO)));
  });

  it('are refused if the stanza has a name that no configuration may contain', () => {
    expect(pgbackrestInfo.safeParse({ ...INFO, name: 'main]\n[global]\ncmd-ssh=/bin/sh' }).success).toBe(false);
  });

  it('have the fields that pgBackRest reports', () => {
    const [full, , , last, ...others] = listed();
    expect(others).toEqual([]);
    expect(full).toMatchObject({
      label: '20261122-211621F',
      isFull: true,
      prior: null,
      hasErrors: false,
      version: '15',
    });
    expect(last).toEqual({
      label: '20261122-211621F_20261122-211628I',
      isFull: false,
      prior: '20261122-211621F_20261122-211626D',
      hasErrors: false,
      walStart: '000000010000000000000008',
      walStop: '000000010000000000000008',
      lsnStart: '0/8000028',
      lsnStop: '0/8000100',
      startedAt: new Date(1795382188_000),
      completedAt: new Date(1795382190_000),
      repositoryBytes: 13660,
      serverBytes: 30603448,
      version: '15',
    });
  });

  it('become records with their chain', () => {
    const repository = {
      ...{
        connection: aConnection(),
        connectionSource: 'key' as const,
        providerId: crypto.randomUUID(),
        path: 'pgbackrest/Production PG/main',
      },
      stanza: 'main',
    };
    const ids = new Map(listed().map(({ label }) => [label, crypto.randomUUID() as string]));
    const records = pgbackrestRecords(repository, listed(), (label) => ids.get(label) ?? label);
    expect(records.map((record) => backup.parse(record))).toEqual(records);
    expect(records.map(({ backup_type }) => backup_type)).toEqual(['full', ...Array(3).fill('incremental')]);
    expect(records.map(({ parent_id }) => records.findIndex(({ id }) => id === parent_id))).toEqual([-1, 0, 0, 2]);
    expect(records[3]).toMatchObject({
      ...{ engine: 'pgbackrest', database_name: 'main', stanza: 'main', storage_path: 'pgbackrest/Production PG/main' },
      ...{ from_lsn: '0/8000028', to_lsn: '0/8000100', wal_start: '000000010000000000000008', server_version: '15' },
      ...{ status: 'success', object_bytes: 13660, size_bytes: 30603448, completed_at: '2026-11-22T21:16:30.000Z' },
    });
    const faulty = listed().map((one) => ({ ...one, hasErrors: true }));
    expect(pgbackrestRecords(repository, faulty, () => crypto.randomUUID())[0]).toMatchObject({ status: 'failed' });
  });
});

describe('a list from pgBackRest', () => {
  it('has neither WAL nor positions for a server that was stopped', () => {
    const [entry] = INFO.backup;
    const stopped = { ...entry, archive: { start: null, stop: null }, lsn: undefined, error: null };
    const [one] = backupsOfInfo(pgbackrestInfo.parse({ ...INFO, backup: [stopped] }));
    expect(one).toMatchObject({ walStart: null, walStop: null, lsnStart: null, hasErrors: false });
  });

  it('uses the cluster that a backup came from', () => {
    const db = [
      { id: 1, 'repo-key': 1, version: '14' },
      { id: 2, 'repo-key': 1, version: '15' },
    ];
    const entry = { ...INFO.backup[0], database: { id: 2, 'repo-key': 1 } };
    expect(backupsOfInfo(pgbackrestInfo.parse({ ...INFO, db, backup: [entry] }))[0]?.version).toBe('15');
  });

  it.each([
    ['an invalid label', { backup: [{ ...INFO.backup[0], label: '../x' }] }],
    ['no list of backups', { backup: undefined }],
    ['an invalid time', { backup: [{ ...INFO.backup[0], timestamp: { start: -1, stop: 'x' } }] }],
  ])('is refused with %s', (_, fields) => {
    expect(pgbackrestInfo.safeParse({ ...INFO, ...fields }).success).toBe(false);
  });

  it('may come from an encrypted repository, or one with another format', () => {
    expect(readBackupInfo('Salted__\u0001\u0002')).toEqual({
      problem: expect.stringMatching(/encrypted: import the output/),
    });
    const other = fixture('backup.info').replace('"backup-type":"full"', '"backup-type":"whole"');
    expect(readBackupInfo(other)).toEqual({
      problem: expect.stringContaining('20261122-211621F that is not understood'),
    });
    expect(readBackupInfo(fixture('backup.info').replace('F={', 'F={{'))).toHaveProperty('problem');
    expect(readBackupInfo('')).toEqual([]);
  });
});

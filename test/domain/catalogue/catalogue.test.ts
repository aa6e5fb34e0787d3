import { describe, expect, it } from 'vitest';
import { innodbCopyTakenAt, jagadId, physicalKey, repositoryOf } from '../../../lib/domain/catalogue/backup-key.ts';
import { connectionByName } from '../../../lib/domain/catalogue/connection-by-name.ts';
import { filling, importedBackup, type JagadBackup } from '../../../lib/domain/catalogue/imported-backup.ts';
import { importedConnection, type JagadConnection } from '../../../lib/domain/catalogue/imported-connection.ts';
import { awaitsVerification } from '../../../lib/domain/catalogue/new-backup.ts';
import { providerOfBucket } from '../../../lib/domain/catalogue/provider-of-bucket.ts';
import { refusePhysical, registeredObject } from '../../../lib/domain/catalogue/registered-object.ts';
import { missingFromScan, scannedObject, withSkipped } from '../../../lib/domain/catalogue/scanned-object.ts';
import {
  backup,
  type Connection,
  connection,
  type StorageProvider,
  storageProvider,
} from '../../../lib/domain/records.ts';
import { jagadBackup, jagadConnection } from '../../../lib/domain/requests/backups.ts';
import { aBackup, aConnection } from '../../support/records.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const ID = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const PROVIDER = '9a9a9a9a-0000-4000-8000-000000000001';
const KEY = `backups/Production PG/shop/${ID}-20261122-020000.sql.gz`;
const TAKEN = '2026-11-22T02:00:00.000Z';
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const GZIP = Buffer.from('1f8b0800000000000000000000000000', 'hex');
const ENCRYPTED = Buffer.concat([
  Buffer.alloc(16, 7),
  Buffer.from('0000000000000001' + '00000000' + '00000100', 'hex'),
]);

describe('what a key tells', () => {
  it.each([
    [KEY, ID],
    [`backups/a/b/c/shop/${ID}-20261122-020000.sql.gz`, ID],
    [`mariabackup/Shop/shop/${ID}-20261122-020000.tar.gz`, ID],
    [KEY.replace(ID, ID.toUpperCase()), ID],
    ['backups/myserver/mydb/abc123-20250101-020000.sql.gz', undefined],
    [`${KEY}.old`, undefined],
    [`backups/a/b/x${ID}-20261122-020000.sql.gz`, undefined],
    ['', undefined],
  ])('%s: the id %s', (key, id) => expect(jagadId(key)).toBe(id));

  it.each([
    ['pgbackrest/Production PG/main/backup/main/latest', ['pgbackrest', 'Production PG', 'main']],
    ['pgbackrest/Production PG/main', ['pgbackrest', 'Production PG', 'main']],
    ['mariabackup/Shop/shop/x.tar.gz', ['mariabackup', 'Shop', 'shop']],
    ['xtrabackup/Shop/x.tar.gz', ['xtrabackup', 'Shop', undefined]],
    [KEY, undefined],
    ['pgbackrest/Production PG', undefined],
    ['pgbackrest/Production PG/', undefined],
    ['tarbackup/Shop/shop/x.tar.gz', undefined],
  ])('%s: physical, %j', (key, found) => {
    const told = physicalKey(key);
    expect(told && [told.engine, told.connectionName, told.database]).toEqual(found);
  });

  it.each([
    ['pgbackrest/Production PG/main/backup/main/latest', 'pgbackrest/Production PG/main'],
    ['pgbackrest/Production PG/main', 'pgbackrest/Production PG/main'],
    ['mariabackup/Shop/shop/x.tar.gz', undefined],
  ])('%s: the repository %s', (key, path) => expect(repositoryOf(key)).toBe(path));

  it.each([
    [`mariabackup/Shop/shop/${ID}-20261122-020000.tar.gz`, TAKEN],
    [`xtrabackup/Shop/${ID}-20261122-020000.tar.gz`, TAKEN],
    [`mariabackup/Shop/shop/${ID}-20261322-020000.tar.gz`, undefined],
    [`mariabackup/Shop/shop/${ID}-20261122-020000.sql.gz`, undefined],
    [`pgbackrest/Shop/shop/${ID}-20261122-020000.tar.gz`, undefined],
  ])('%s: a copy of %s', (key, time) => expect(innodbCopyTakenAt(key)?.toISOString()).toBe(time));
});

describe('the connection that a key names', () => {
  const named = connectionByName([
    aConnection({ name: 'one' }),
    aConnection({ name: 'two' }),
    aConnection({ name: 'two' }),
  ]);
  it('is the one of that name', () => expect(named('one')).toMatchObject({ connection: { name: 'one' } }));
  it('is none where no connection has it', () =>
    expect(named('One')).toEqual({ problem: 'no connection has this name' }));
  it('is none where two have it', () => expect(named('two')).toEqual({ problem: '2 connections have this name' }));
});

describe('the provider of a bucket that AWS tells of', () => {
  const provider = (name: string, bucket: string, endpoint: string | null): StorageProvider =>
    storageProvider.parse({
      ...{ id: crypto.randomUUID(), name, provider_type: 's3', bucket, endpoint, created_at: TAKEN },
    });
  const minio = provider('minio', 'backups', 'https://minio.example.com');
  const notAws = provider('evil', 'backups', 'https://amazonaws.com.example.com');
  const lookalike = provider('lookalike', 'backups', 'https://notamazonaws.com');
  const aws = provider('aws', 'backups', null);
  const named = provider('aws by name', 'backups', 'https://s3.eu-west-1.amazonaws.com');
  it.each([
    ['on AWS first', [minio, aws], aws],
    ['on AWS, by its address', [minio, notAws, named], named],
    ['on AWS, not at an address that ends like it', [lookalike, named], named],
    ['elsewhere, where there is no other', [minio], minio],
    ['none', [provider('other', 'others', null)], undefined],
  ])('%s', (_, providers, found) => expect(providerOfBucket(providers, 'backups')).toBe(found));
});

describe('an imported connection', () => {
  const entry = (fields: Record<string, unknown> = {}): JagadConnection =>
    jagadConnection.parse({
      ...{ id: ID, name: 'Shop', db_type: 'mysql', host: 'db', port: 3306, username: 'root', ssl_mode: 'require' },
      ...{ password: 'never', databases: null, ...fields },
    });

  it('is a connection of ours without a password', () => {
    const imported = importedConnection(entry(), NOW);
    expect(connection.parse(imported)).toEqual(imported);
    expect(imported).toMatchObject({ id: ID, ssl_mode: 'require', event_restore_allowed: false, secret_arn: null });
    expect(JSON.stringify(imported)).not.toContain('never');
  });
  it.each([['preferred'], [''], [null], [undefined]])('with the ssl_mode %o prefers TLS', (ssl_mode) => {
    expect(importedConnection(entry({ ssl_mode }), NOW).ssl_mode).toBe('prefer');
  });
});

describe('an imported backup', () => {
  const server = aConnection({ name: 'Production PG' });
  const names = new Map([['1d0d1a00-0000-4000-8000-000000000001', 'by id']]);
  const entry = (fields: Record<string, unknown> = {}): JagadBackup =>
    jagadBackup.parse({
      ...{ id: ID, connection_id: server.id, database_id: '1D0D1A00-0000-4000-8000-000000000001' },
      ...{ backup_type: 'full', status: 'success', storage_path: KEY, size_bytes: 5, checksum: A },
      ...{ encryption_key_id: null, log_output: 'BACKUP: OK\n', started_at: '2026-11-22T03:00:00.123456789+02:00' },
      ...{ completed_at: '2026-11-22T01:05:00Z', created_at: '2026-11-22T01:00:00Z', ...fields },
    });
  const imported = (fields?: Record<string, unknown>, of: Connection | undefined = server) =>
    importedBackup(entry(fields), of, names, PROVIDER, NOW);

  it('is a record of ours', () => {
    const record = imported();
    expect(backup.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      ...{ id: ID, connection_id: server.id, database_name: 'by id', db_type: 'postgresql', checksum: A },
      ...{ storage_provider_id: PROVIDER, verify_status: 'pending', object_bytes: null, log_output: 'BACKUP: OK\n' },
      ...{ started_at: '2026-11-22T01:00:00.123Z', created_at: '2026-11-22T01:00:00.000Z', encryption_algo: null },
    });
  });

  it.each([
    ['no checksum is an empty one', { checksum: '' }, { checksum: null }],
    ['no key is an empty one', { encryption_key_id: '' }, { encryption_key_id: null }],
    ['the database is the key’s where nothing else tells', { database_id: null }, { database_name: 'shop' }],
    ['an unknown database_id counts for nothing', { database_id: PROVIDER }, { database_name: 'shop' }],
    ['Go’s zero time is none', { started_at: '0001-01-01T00:00:00Z' }, { started_at: null }],
    ['a year of five digits, as UTC, is none', { started_at: '9999-12-31T23:59:59-01:00' }, { started_at: null }],
    ['created when it began', { created_at: null }, { created_at: '2026-11-22T01:00:00.123Z' }],
    ['created when its key says', { created_at: null, started_at: null, completed_at: null }, { created_at: TAKEN }],
    [
      'an incremental one, with its stanza for a database',
      { backup_type: 'incremental', database_id: null, storage_path: 'pgbackrest/Production PG/main' },
      { backup_type: 'incremental', database_name: 'main', engine: 'pgbackrest', stanza: 'main', label: null },
    ],
    [
      'a full one of pgBackRest, by what Jagad tells',
      {
        ...{ storage_path: 'pgbackrest/Production PG/main/', engine: 'pgbackrest', stanza: 'other', label: 'L' },
        ...{ from_lsn: '0/2000028', to_lsn: '0/2000100', server_version: '15', checksum: '' },
      },
      {
        ...{ backup_type: 'full', engine: 'pgbackrest', stanza: 'other', label: 'L', database_name: 'other' },
        ...{ from_lsn: '0/2000028', to_lsn: '0/2000100', server_version: '15' },
        storage_path: 'pgbackrest/Production PG/main',
      },
    ],
    ['a dump has no engine', { engine: '', parent_id: '', label: '' }, { engine: null, parent_id: null, label: null }],
    ['a parent, as parent_id', { parent_id: PROVIDER.toUpperCase() }, { parent_id: PROVIDER }],
    ['a parent, as parent_backup_id', { parent_id: '', parent_backup_id: PROVIDER }, { parent_id: PROVIDER }],
  ])('%s', (_, fields, expected) => expect(imported(fields)).toMatchObject(expected));

  it('keeps the two ends of a log that no record has room for', () => {
    const record = imported({ log_output: `begin${'x'.repeat(1_000_000)}end` });
    expect(record).toMatchObject({ log_output: expect.stringMatching(/^begin.*cut here.*end$/s) });
    expect(JSON.stringify(record).length).toBeLessThan(110_000);
  });

  it('is of the engine that its key says', () => {
    const maria = aConnection({ name: 'Shop', db_type: 'mariadb' });
    const storage_path = `mariabackup/Shop/${ID}-20261122-020000.tar.gz`;
    expect(imported({ storage_path, database_id: null, connection_id: maria.id }, maria)).toMatchObject({
      ...{ engine: 'mariabackup', database_name: 'Shop', stanza: null, storage_path },
    });
  });
  it.each([
    [{ engine: 'mariabackup' }, server],
    [{ storage_path: 'xtrabackup/Production PG/shop/x.tar.gz' }, server],
    [{ engine: 'pgbackrest' }, aConnection({ db_type: 'mysql' })],
  ])('is skipped where it is none of its connection’s type: %j', (fields, of) => {
    expect(imported(fields, of)).toEqual({ skipped: expect.stringContaining(`is of type ${of.db_type}`) });
  });

  it('is skipped where no stanza has the name that its key says', () => {
    const fields = { storage_path: 'pgbackrest/Production PG/ma]\nin', database_id: null };
    expect(imported(fields)).toEqual({ skipped: expect.stringContaining('cannot be the name of a stanza') });
    expect(() => imported({ engine: 'pgbackrest', stanza: 'main]\ncmd-ssh=x' })).toThrow('stanza');
  });

  it('is skipped where its connection is not known', () => {
    expect(importedBackup(entry(), undefined, names, PROVIDER, NOW)).toEqual({
      skipped: `its connection ${server.id} is not known: import the connections too`,
    });
  });
  it('is skipped where nothing tells its database', () => {
    expect(imported({ database_id: null, storage_path: '' })).toEqual({
      skipped: 'neither its database_id nor its storage_path tells which database it is of',
    });
  });
});

describe('what an import adds to a record that is there', () => {
  const jagads = aBackup({
    checksum: A,
    size_bytes: 5,
    log_output: 'log',
    completed_at: TAKEN,
    storage_provider_id: PROVIDER,
  });
  const bare = {
    ...jagads,
    checksum: null,
    size_bytes: null,
    log_output: '',
    completed_at: null,
    storage_provider_id: null,
  };
  /** As a scan registers it. */
  const bareCopy = aBackup({ engine: 'mariabackup', backup_type: 'incremental' });

  it.each([
    ['nothing, where it is all there', jagads, jagads, {}],
    [
      'what is missing',
      bare,
      jagads,
      { checksum: A, size_bytes: 5, log_output: 'log', completed_at: TAKEN, storage_provider_id: PROVIDER },
    ],
    ['nothing that Jagad does not know either', bare, bare, {}],
    [
      'not another size, name or place',
      { ...jagads, size_bytes: 9, database_name: 'mine', storage_path: 'x' },
      jagads,
      {},
    ],
    [
      'no verdict',
      {
        ...jagads,
        verify_status: 'passed',
        verified_at: TAKEN,
        encryption_algo: 'AES-256-GCM',
        object_bytes: 7,
      } as const,
      jagads,
      {},
    ],
    ['that it has ended', { ...jagads, status: 'running' } as const, jagads, { status: 'success' }],
    [
      'that it has failed',
      { ...jagads, status: 'running' } as const,
      { ...jagads, status: 'failed' } as const,
      { status: 'failed' },
    ],
    [
      'what a physical one is',
      bareCopy,
      { ...bareCopy, backup_type: 'full', to_lsn: '9', server_version: '10.11' } as const,
      { backup_type: 'full', to_lsn: '9', server_version: '10.11' },
    ],
    [
      'not that an increment is full',
      { ...bareCopy, parent_id: PROVIDER },
      { ...bareCopy, backup_type: 'full' } as const,
      {},
    ],
    ['not that it failed after all', jagads, { ...jagads, status: 'failed' } as const, {}],
    ['the size, though it was 0', { ...jagads, size_bytes: 0 }, jagads, {}],
  ])('%s', (_, known, imported, fields) => expect(filling(known, imported)).toEqual({ fields }));

  it('is not another checksum: it is told', () => {
    const { fields, contradiction } = filling({ ...jagads, checksum: B, verify_status: 'passed' }, jagads);
    expect(fields).toEqual({});
    expect(contradiction).toContain(`Jagad's checksum ${A} is not the record's ${B}`);
  });
});

describe('a scanned object', () => {
  const server = aConnection({ name: 'Production PG' });
  const maria = aConnection({ name: 'Shop MariaDB', db_type: 'mariadb' });
  const scan = (key: string) =>
    scannedObject({ key, bytes: 9 }, { id: PROVIDER }, connectionByName([server, maria]), () => ID);

  it.each([
    [`mariabackup/Shop MariaDB/shop/${ID}-20261122-020000.tar.gz`, 'shop'],
    [`mariabackup/Shop MariaDB/${ID}-20261122-020000.tar.gz`, 'Shop MariaDB'],
  ])('may be a copy of InnoDB’s files, of which nobody knows whether it is full: %s', (key, database_name) => {
    const scanned = scan(key);
    if (scanned.kind !== 'backup') throw new Error(scanned.kind);
    expect(backup.parse(scanned.backup)).toEqual(scanned.backup);
    expect(scanned.backup).toMatchObject({
      ...{ connection_id: maria.id, database_name, db_type: 'mariadb', storage_path: key, completed_at: TAKEN },
      ...{ engine: 'mariabackup', backup_type: 'incremental', parent_id: null, object_bytes: 9 },
    });
  });
  it('is skipped where its connection is of another type', () => {
    const key = `xtrabackup/Production PG/shop/${ID}-20261122-020000.tar.gz`;
    expect(scan(key)).toMatchObject({ kind: 'skipped', reason: expect.stringContaining('xtrabackup') });
  });

  it('is a backup, as far as its key tells', () => {
    const scanned = scan(KEY);
    if (scanned.kind !== 'backup') throw new Error(scanned.kind);
    expect(backup.parse(scanned.backup)).toEqual(scanned.backup);
    expect(scanned.backup).toMatchObject({
      ...{ id: ID, connection_id: server.id, database_name: 'shop', db_type: 'postgresql', storage_path: KEY },
      ...{ status: 'success', object_bytes: 9, completed_at: TAKEN, created_at: TAKEN, encryption_algo: null },
    });
  });
  it.each([
    ['backups/readme.txt'],
    ['backups/Production PG/shop/'],
    ['backups/a/b/shop/x-20261122-020000.sql.gz'],
    ['mariabackup/Shop MariaDB/shop/readme.txt'],
    ['pgbackrest/Production PG/main/archive/main/archive.info'],
    [''],
  ])('is foreign: %s', (key) => expect(scan(key)).toEqual({ kind: 'foreign' }));
  it('is skipped where no connection has the name', () => {
    expect(scan(KEY.replace('Production PG', 'Old PG'))).toEqual({
      kind: 'skipped',
      connectionName: 'Old PG',
      reason: 'no connection has this name',
    });
  });

  const known = aBackup({ storage_path: KEY });
  const scanned = { ...known, object_bytes: 9 };
  it.each([
    ['its size', known, { object_bytes: 9 }],
    ['nothing where the size is known', { ...known, object_bytes: 8 }, {}],
    ['nothing of a copy elsewhere', { ...known, storage_path: 'elsewhere' }, {}],
  ])('fills %s', (_, record, missing) => expect(missingFromScan(record, scanned)).toEqual(missing));

  it('that is skipped is counted by name, of the first fifty names', () => {
    let skipped: ReturnType<typeof withSkipped> = [];
    for (let n = 0; n < 60; n++) skipped = withSkipped(skipped, `server ${n}`, 'why');
    expect(skipped).toHaveLength(50);
    expect(withSkipped(skipped, 'server 3', 'why')[3]).toEqual({
      connection_name: 'server 3',
      reason: 'why',
      objects: 2,
    });
  });
});

describe('a registered object', () => {
  const server = aConnection({ name: 'Production PG' });
  const register = (request: object, object: object = {}) =>
    registeredObject(
      ID,
      { storage_path: KEY, ...request },
      server,
      { id: PROVIDER },
      { bytes: 9, head: GZIP, storedAt: new Date('2026-11-22T04:00:00Z'), ...object },
      NOW,
    );
  const OWN = { storage_path: 'mine/dump.gz', database_name: 'mine' };

  it('is a record of ours', () => {
    const record = register({ checksum: A, size_bytes: 5, encryption_key_id: 'k' });
    expect(backup.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      database_name: 'shop',
      object_bytes: 9,
      checksum: A,
      size_bytes: 5,
      created_at: TAKEN,
    });
  });
  it.each([
    ['plain', {}, {}, { encryption_algo: null }],
    ['encrypted, by its bytes', {}, { head: ENCRYPTED }, { encryption_algo: 'AES-256-GCM' }],
    ['of the database that is given', { database_name: 'other' }, {}, { database_name: 'other' }],
    [
      'of the time that is given',
      { completed_at: '2026-11-22T05:00:00+02:00' },
      {},
      { completed_at: '2026-11-22T03:00:00.000Z' },
    ],
    ['of the time that it was stored', OWN, {}, { created_at: '2026-11-22T04:00:00.000Z' }],
    ['of now, where nothing tells', OWN, { storedAt: undefined }, { created_at: NOW.toISOString() }],
  ])('%s', (_, request, object, expected) => expect(register(request, object)).toMatchObject(expected));

  it.each([
    ['no backup', {}, { head: Buffer.from('hello, I am a text file of some length') }, 'is no Jagad backup'],
    ['an empty one', {}, { head: Buffer.alloc(0) }, 'is no Jagad backup'],
    ['of no database', { storage_path: 'mine/dump.gz' }, {}, 'does not tell which database'],
  ])('is refused: %s', (_, request, object, message) => expect(() => register(request, object)).toThrow(message));
  it('is refused where it is physical', () => {
    expect(() => refusePhysical('mariabackup/Shop/shop/x.tar.gz')).toThrow('physical backup, made with mariabackup');
    refusePhysical(KEY);
  });
});

describe('what is verified as it enters', () => {
  it.each([
    [{}, true],
    [{ status: 'failed' }, false],
    [{ status: 'running' }, false],
    [{ backup_type: 'incremental' }, false],
    [{ engine: 'pgbackrest' }, false],
    [{ engine: 'mariabackup' }, true],
    [{ engine: 'xtrabackup', backup_type: 'incremental' }, true],
    [{ engine: 'mariabackup', verify_status: 'passed' }, false],
    [{ verify_status: 'passed' }, false],
    [{ verify_status: 'verifying' }, false],
  ] as const)('%o: %s', (fields, awaits) => expect(awaitsVerification(aBackup(fields))).toBe(awaits));
});

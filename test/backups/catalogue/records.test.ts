import { describe, expect, it } from 'vitest';
import {
  engineOfKey,
  jagadId,
  readKey,
  repositoryAt,
  repositoryOfObject,
  repositoryOfRecord,
} from '../../../lib/backups/catalogue/backup-key.ts';
import { connectionOfKey } from '../../../lib/backups/catalogue/connection-of-key.ts';
import { type Corrected, filling } from '../../../lib/backups/catalogue/filling.ts';
import { awaitsVerification } from '../../../lib/backups/catalogue/new-backup.ts';
import { importedBackup } from '../../../lib/backups/import/imported-backup.ts';
import { importedConnection } from '../../../lib/backups/import/imported-connection.ts';
import {
  type JagadBackup,
  type JagadConnection,
  jagadBackup,
  jagadConnection,
} from '../../../lib/backups/jagad/records.ts';
import { backup } from '../../../lib/backups/model.ts';
import { providerOfBucket } from '../../../lib/backups/scan/register-created.ts';
import { refuseRepository, registeredObject } from '../../../lib/backups/scan/registered-object.ts';
import { missingFromScan, scannedObject, withSkipped } from '../../../lib/backups/scan/scanned-object.ts';
import { type Connection, connection } from '../../../lib/connections/model.ts';
import { type StorageProvider, storageProvider } from '../../../lib/connections/providers/model.ts';
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

describe('a key contains', () => {
  it.each([
    [KEY, ID],
    [`backups/a/b/c/shop/${ID}-20261122-020000.sql.gz`, ID],
    [`mariabackup/Shop/shop/${ID}-20261122-020000.tar.gz`, ID],
    [`mariabackup/EU/Prod/full/${ID}/${ID}.tar.gz`, ID],
    [`mariabackup/Shop/full/${PROVIDER}/${ID}.tar.gz`, undefined],
    [KEY.replace(ID, ID.toUpperCase()), ID],
    ['backups/myserver/mydb/abc123-20250101-020000.sql.gz', undefined],
    [`${KEY}.old`, undefined],
    [`backups/a/b/x${ID}-20261122-020000.sql.gz`, undefined],
    ['', undefined],
  ])('%s: the id %s', (key, id) => expect(jagadId(key)).toBe(id));

  const one = (connectionName: string, database: string | undefined) => ({ connectionName, database });
  it.each([
    [KEY, null, [one('Production PG', 'shop')]],
    [`backups/EU/Prod/app/${ID}-20261122-020000.sql.gz`, null, [one('EU', 'Prod/app'), one('EU/Prod', 'app')]],
    ['backups/myserver/mydb/abc123-20250101-020000.sql.gz', null, [one('myserver', 'mydb')]],
    [`mariabackup/EU/Prod/full/${ID}/${ID}.tar.gz`, 'mariabackup', [one('EU/Prod', undefined)]],
    [`xtrabackup/Shop/incr/${ID}/${ID}.tar.gz`, 'xtrabackup', [one('Shop', undefined)]],
    [
      `mariabackup/Shop/shop/${ID}-20261122-020000.tar.gz`,
      'mariabackup',
      [one('Shop', 'shop'), one('Shop/shop', undefined)],
    ],
    [`xtrabackup/Shop/${ID}-20261122-020000.tar.gz`, 'xtrabackup', [one('Shop', undefined)]],
  ])('%s: made with %s, of %j', (key, engine, readings) => expect(readKey(key)).toMatchObject({ engine, readings }));

  it('the time of a dump or a dated copy, if it is in the key', () => {
    expect(readKey(KEY)?.takenAt?.toISOString()).toBe(TAKEN);
    expect(readKey(`mariabackup/Shop/full/${ID}/${ID}.tar.gz`)?.takenAt).toBeUndefined();
  });

  it.each([
    ['in another folder', `dumps/server/shop/${ID}-20261122-020304.sql.gz`],
    ['in a pgBackRest repository', `pgbackrest/server/shop/${ID}-20261122-020304.tar.gz`],
    ['one folder short', `backups/shop/${ID}-20261122-020304.sql.gz`],
    ['in a folder without a name', `backups/server//shop/${ID}-20261122-020304.sql.gz`],
    ['a file with another suffix', `backups/server/shop/${ID}-20261122-020304.tar.gz`],
    ['a name without an id', 'backups/server/shop/-20261122-020304.sql.gz'],
    ['a name with an impossible date', `backups/server/shop/${ID}-20260231-020304.sql.gz`],
    ['a name with an impossible time', `mariabackup/server/shop/${ID}-20261122-250304.tar.gz`],
    ['a name with something after the suffix', `${KEY}.bak`],
    ["a copy in another copy's folder", `mariabackup/Shop/full/${PROVIDER}/${ID}.tar.gz`],
    ['a copy in neither full nor incr', `mariabackup/Shop/other/${ID}/${ID}.tar.gz`],
    ['a copy without a connection', `mariabackup/full/${ID}/${ID}.tar.gz`],
    ['nothing', ''],
  ])('nothing if it is %s', (_, key) => expect(readKey(key)).toBeUndefined());

  it.each([
    ['pgbackrest/Production PG/main/backup/main/latest', 'pgbackrest'],
    ['mariabackup/x.tar.gz', 'mariabackup'],
    ['xtrabackup/', undefined],
    ['tarbackup/Shop/shop/x.tar.gz', undefined],
    [KEY, undefined],
  ])('%s: made by %s', (key, engine) => expect(engineOfKey(key)).toBe(engine));

  const repository = (connectionName: string, stanza: string) => ({
    ...{ path: `pgbackrest/${connectionName}/${stanza}`, connectionName, stanza },
  });
  it.each([
    ['pgbackrest/Production PG/main/backup/main/latest', repository('Production PG', 'main')],
    ['pgbackrest/EU/Prod/EU-Prod/archive/EU-Prod/archive.info', repository('EU/Prod', 'EU-Prod')],
    ['pgbackrest/Production PG/main', undefined],
    ['pgbackrest/Production PG/main/backup/other/latest', undefined],
    ['mariabackup/Shop/shop/backup/shop/x.tar.gz', undefined],
  ])('%s: the repository of an object, %j', (key, found) => expect(repositoryOfObject(key)).toEqual(found));

  it.each([
    ['pgbackrest/Production PG/main/', repository('Production PG', 'main')],
    ['pgbackrest/EU/Prod/main', repository('EU/Prod', 'main')],
    ['pgbackrest/Production PG/main/backup/main/latest', repository('Production PG', 'main')],
    ['pgbackrest/main', undefined],
    [KEY, undefined],
  ])('%s: the repository at a path, %j', (path, found) => expect(repositoryAt(path)).toEqual(found));

  it.each([
    [`incremental/Production PG/${ID}`, repository('Production PG', 'Production-PG')],
    [`incremental/EU/Prod main/${ID}`, repository('EU/Prod main', 'EU/Prod-main')],
    [`incremental/${ID}`, undefined],
    [KEY, undefined],
  ])('%s: the repository of a record from Jagad, %j', (path, found) => expect(repositoryOfRecord(path)).toEqual(found));
});

describe('the connection that a key names', () => {
  const find = connectionOfKey([
    aConnection({ name: 'one' }),
    aConnection({ name: 'two' }),
    aConnection({ name: 'two' }),
    aConnection({ name: 'EU' }),
    aConnection({ name: 'EU/Prod' }),
    aConnection({ name: 'Asia/Prod' }),
  ]);
  const found = (folders: string) => {
    const read = readKey(`backups/${folders}/${ID}-20261122-020000.sql.gz`);
    return read && find(read.readings);
  };
  it('is the one with that name', () =>
    expect(found('one/shop')).toMatchObject({ connection: { name: 'one' }, database: 'shop' }));
  it('may have a slash in its name', () =>
    expect(found('Asia/Prod/app')).toMatchObject({ connection: { name: 'Asia/Prod' }, database: 'app' }));
  it('may be of a database with a slash in its name', () =>
    expect(found('one/a/b')).toMatchObject({ connection: { name: 'one' }, database: 'a/b' }));
  it.each([
    ['One/shop', 'One', 'no connection has this name'],
    ['two/shop', 'two', '2 connections have this name'],
    ['EU/Prod/app', 'EU', 'the key may belong to any of the connections EU, EU/Prod'],
  ])('does not exist for %s', (folders, connectionName, problem) =>
    expect(found(folders)).toEqual({ connectionName, problem }),
  );
});

describe("the storage provider of an AWS event's bucket", () => {
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
    ['prefers the one on AWS', [minio, aws], aws],
    ['recognises AWS by its address', [minio, notAws, named], named],
    ["does not take an address that only ends like AWS's", [lookalike, named], named],
    ['falls back to one elsewhere', [minio], minio],
    ['none', [provider('other', 'others', null)], undefined],
  ])('%s', (_, providers, found) => expect(providerOfBucket(providers, 'backups')).toBe(found));
});

describe('an imported connection', () => {
  const entry = (fields: Record<string, unknown> = {}): JagadConnection =>
    jagadConnection.parse({
      ...{ id: ID, name: 'Shop', db_type: 'mysql', host: 'db', port: 3306, username: 'root', ssl_mode: 'require' },
      ...{ password: 'never', databases: null, ...fields },
    });

  it('is one of our connections, without a password', () => {
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
  const read = (imported: ReturnType<typeof importedBackup>) => ('skipped' in imported ? imported : imported.backup);
  const imported = (fields?: Record<string, unknown>, of: Connection | undefined = server) =>
    read(importedBackup(entry(fields), of, names, PROVIDER, NOW));

  it('is one of our records', () => {
    const record = imported();
    expect(backup.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      ...{ id: ID, connection_id: server.id, database_name: 'by id', db_type: 'postgresql', checksum: A },
      ...{ storage_provider_id: PROVIDER, verify_status: 'pending', object_bytes: null, log_output: 'BACKUP: OK\n' },
      ...{ started_at: '2026-11-22T01:00:00.123Z', created_at: '2026-11-22T01:00:00.000Z', connection_source: 'jagad' },
    });
  });

  it.each([
    ['takes an empty checksum as none', { checksum: '' }, { checksum: null }],
    ['takes an empty key as none', { encryption_key_id: '' }, { encryption_key_id: null }],
    ['takes the database from the key if nothing else says it', { database_id: null }, { database_name: 'shop' }],
    ['ignores an unknown database_id', { database_id: PROVIDER }, { database_name: 'shop' }],
    ["takes Go's zero time as none", { started_at: '0001-01-01T00:00:00Z' }, { started_at: null }],
    [
      'takes a time whose year has five digits in UTC as none',
      { started_at: '9999-12-31T23:59:59-01:00' },
      { started_at: null },
    ],
    ['uses the start as its creation time', { created_at: null }, { created_at: '2026-11-22T01:00:00.123Z' }],
    [
      'uses the time in its key as its creation time',
      { created_at: null, started_at: null, completed_at: null },
      { created_at: TAKEN },
    ],
    [
      'of a pgBackRest increment has the stanza as its database',
      { backup_type: 'incremental', database_id: null, storage_path: 'pgbackrest/Production PG/main' },
      { backup_type: 'incremental', database_name: 'main', engine: 'pgbackrest', stanza: 'main', label: null },
    ],
    [
      'of a full pgBackRest backup has what Jagad reports',
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
    [
      'of pgBackRest is read as Jagad records it',
      { backup_type: 'incremental', storage_path: `incremental/Production PG/${ID}`, checksum: undefined },
      {
        ...{ engine: 'pgbackrest', stanza: 'Production-PG', database_name: 'Production-PG', label: null },
        storage_path: 'pgbackrest/Production PG/Production-PG',
      },
    ],
    ['is encrypted if it has a checksum', {}, { encryption_algo: 'AES-256-GCM' }],
    ["isn't encrypted if it has no checksum", { checksum: '' }, { encryption_algo: null }],
    ["isn't encrypted if it says so", { encryption_algo: null }, { encryption_algo: null }],
    [
      'is encrypted if it says so',
      { checksum: null, encryption_algo: 'AES-256-GCM' },
      { encryption_algo: 'AES-256-GCM' },
    ],
    [
      "finds the database in a key with slashes by the connection's name",
      { database_id: null, storage_path: `backups/Production PG/a/b/${ID}-20261122-020000.sql.gz` },
      { database_name: 'a/b' },
    ],
    [
      'of a dump has no engine',
      { engine: '', parent_id: '', label: '' },
      { engine: null, parent_id: null, label: null },
    ],
    ['reads the parent from parent_id', { parent_id: PROVIDER.toUpperCase() }, { parent_id: PROVIDER }],
    ['reads the parent from parent_backup_id', { parent_id: '', parent_backup_id: PROVIDER }, { parent_id: PROVIDER }],
  ])('%s', (_, fields, expected) => expect(imported(fields)).toMatchObject(expected));

  it('keeps the beginning and the end of a log that is too long for a record', () => {
    const record = imported({ log_output: `begin${'x'.repeat(1_000_000)}end` });
    expect(record).toMatchObject({ log_output: expect.stringMatching(/^begin.*cut here.*end$/s) });
    expect(JSON.stringify(record).length).toBeLessThan(110_000);
  });

  it('has the engine from its key', () => {
    const maria = aConnection({ name: 'Shop', db_type: 'mariadb' });
    const storage_path = `mariabackup/Shop/${ID}-20261122-020000.tar.gz`;
    expect(imported({ storage_path, database_id: null, connection_id: maria.id }, maria)).toMatchObject({
      ...{ engine: 'mariabackup', database_name: 'Shop', stanza: null, storage_path },
    });
    const jagads = `mariabackup/Old name/full/${ID}/${ID}.tar.gz`;
    expect(imported({ storage_path: jagads, backup_type: 'incremental', checksum: undefined }, maria)).toMatchObject({
      ...{ engine: 'mariabackup', database_name: 'by id', storage_path: jagads, encryption_algo: null },
    });
  });
  it('reports what Jagad itself says about it', () => {
    const told = (fields?: Record<string, unknown>) => {
      const found = importedBackup(entry(fields), server, names, PROVIDER, NOW);
      return 'skipped' in found ? [] : found.told.toSorted();
    };
    const always = ['completed_at', 'connection_id', 'started_at', 'status', 'storage_path'];
    expect(told()).toEqual([...always, 'created_at', 'database_name'].sort());
    expect(told({ database_id: null, created_at: null, storage_provider_id: PROVIDER })).toEqual(
      [...always, 'storage_provider_id'].sort(),
    );
  });
  it('is skipped if its key could mean several databases', () => {
    const storage_path = `backups/New/name/shop/${ID}-20261122-020000.sql.gz`;
    expect(imported({ database_id: null, storage_path })).toMatchObject({ skipped: expect.any(String) });
  });
  it.each([
    [{ engine: 'mariabackup' }, server],
    [{ storage_path: 'xtrabackup/Production PG/shop/x.tar.gz' }, server],
    [{ engine: 'pgbackrest' }, aConnection({ db_type: 'mysql' })],
  ])('is skipped if it does not match the type of its connection: %j', (fields, of) => {
    expect(imported(fields, of)).toEqual({ skipped: expect.stringContaining(`is of type ${of.db_type}`) });
  });

  it('is skipped if no stanza has the name from its key', () => {
    const fields = { storage_path: 'pgbackrest/Production PG/ma]\nin', database_id: null };
    expect(imported(fields)).toEqual({ skipped: expect.stringContaining('cannot be the name of a stanza') });
    expect(() => imported({ engine: 'pgbackrest', stanza: 'main]\ncmd-ssh=x' })).toThrow('stanza');
  });

  it('is skipped if its connection is unknown', () => {
    expect(importedBackup(entry(), undefined, names, PROVIDER, NOW)).toEqual({
      skipped: `its connection ${server.id} is not known: import the connections too`,
    });
  });
  it('is skipped if its database is unknown', () => {
    expect(imported({ database_id: null, storage_path: '' })).toEqual({
      skipped: 'neither its database_id nor its storage_path says which database it belongs to',
    });
  });
});

describe('what an import adds to an existing record', () => {
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
    ['nothing if the record is complete', jagads, jagads, {}],
    [
      'whatever is missing',
      bare,
      jagads,
      { checksum: A, size_bytes: 5, log_output: 'log', completed_at: TAKEN, storage_provider_id: PROVIDER },
    ],
    ['nothing that Jagad does not know', bare, bare, {}],
    [
      'no different size, name or location',
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
    ['the end of the backup', { ...jagads, status: 'running' } as const, jagads, { status: 'success' }],
    [
      'the failure of the backup',
      { ...jagads, status: 'running' } as const,
      { ...jagads, status: 'failed' } as const,
      { status: 'failed' },
    ],
    [
      'what kind of physical backup it is',
      bareCopy,
      { ...bareCopy, backup_type: 'full', to_lsn: '9', server_version: '10.11' } as const,
      { backup_type: 'full', to_lsn: '9', server_version: '10.11' },
    ],
    [
      'never that an increment is a full backup',
      { ...bareCopy, parent_id: PROVIDER },
      { ...bareCopy, backup_type: 'full' } as const,
      {},
    ],
    ['not a failure after a success', jagads, { ...jagads, status: 'failed' } as const, {}],
    ['the size if it was 0', { ...jagads, size_bytes: 0 }, jagads, {}],
  ])('%s', (_, known, imported, fields) => expect(filling(known, imported).fields).toEqual(fields));

  it('never a different checksum: that is reported', () => {
    const { fields, contradictions } = filling({ ...jagads, checksum: B, verify_status: 'passed' }, jagads);
    expect(fields).toEqual({});
    expect(contradictions).toEqual([expect.stringContaining(`Jagad's checksum ${A} differs from the record's ${B}`)]);
  });
});

describe('what an import corrects in an existing record', () => {
  const OTHER = '9a9a9a9a-0000-4000-8000-000000000002';
  const told: Corrected[] = [
    ...(['connection_id', 'database_name', 'status', 'storage_provider_id', 'storage_path'] as const),
    ...(['started_at', 'completed_at', 'created_at'] as const),
  ];
  const jagads = aBackup({
    id: ID,
    connection_source: 'jagad',
    storage_path: KEY,
    completed_at: TAKEN,
    created_at: TAKEN,
  });
  /** As a scan has found it. */
  const scanned = { ...jagads, connection_source: 'key' as const };
  const passed = { verify_status: 'passed', verified_at: TAKEN, verified_etag: 'e' } as const;
  const unverified = {
    verify_status: 'pending',
    verified_at: null,
    verified_etag: null,
    verify_error: null,
    verify_attempt: null,
    contents: null,
    contents_state: null,
  };

  it.each([
    ['marks a guess as confirmed', scanned, jagads, { connection_source: 'jagad' }],
    [
      'replaces a guessed connection and its type',
      { ...scanned, connection_id: OTHER, db_type: 'mysql' },
      jagads,
      { connection_source: 'jagad', connection_id: jagads.connection_id, db_type: 'postgresql' },
    ],
    [
      'replaces the database',
      { ...scanned, database_name: 'Prod/app' },
      jagads,
      { connection_source: 'jagad', database_name: 'shop' },
    ],
    [
      'replaces the times from a scan',
      { ...scanned, created_at: NOW.toISOString(), completed_at: NOW.toISOString() },
      jagads,
      { connection_source: 'jagad', created_at: TAKEN, completed_at: TAKEN },
    ],
    ['records that the backup failed after all', jagads, { ...jagads, status: 'failed' }, { status: 'failed' }],
    ['records that the backup has not ended', jagads, { ...jagads, status: 'running' }, { status: 'running' }],
    ['keeps a verified backup as ended', { ...jagads, ...passed }, { ...jagads, status: 'running' }, {}],
    [
      "replaces the object's location",
      { ...jagads, storage_provider_id: PROVIDER, object_bytes: 5 },
      { ...jagads, storage_provider_id: OTHER },
      { storage_provider_id: OTHER, object_bytes: null, ...unverified },
    ],
    [
      'records that the backup is encrypted and needs another verification',
      { ...jagads, ...passed },
      { ...jagads, encryption_algo: 'AES-256-GCM' },
      { encryption_algo: 'AES-256-GCM', ...unverified },
    ],
    [
      'replaces a different connection that Jagad itself gave',
      { ...jagads, connection_id: OTHER },
      jagads,
      {
        connection_id: jagads.connection_id,
        db_type: 'postgresql',
      },
    ],
  ] as const)('%s', (_, known, found, fields) => {
    const filled = filling(known as typeof jagads, found as typeof jagads, told);
    expect(filled.fields).toEqual(fields);
    expect(filled.contradictions).toEqual([]);
  });

  it('reports what was different', () => {
    expect(filling({ ...scanned, connection_id: OTHER }, jagads, told).corrections).toEqual([
      { field: 'connection_id', from: OTHER, to: jagads.connection_id },
    ]);
    expect(filling(scanned, jagads, told).corrections).toEqual([]);
  });

  it.each([
    ['connection_id', { connection_source: 'you', connection_id: OTHER }, {}],
    ['database_name', { connection_source: 'you', database_name: 'mine' }, {}],
    ['storage_provider_id', { ...passed, storage_provider_id: OTHER }, { storage_provider_id: PROVIDER }],
    ['storage_path', { ...passed, storage_path: 'elsewhere' }, {}],
  ] as const)('keeps %s if a person set it or it was verified, and reports the difference', (field, known, found) => {
    const filled = filling({ ...jagads, ...known }, { ...jagads, ...found }, told);
    expect(filled.fields).toEqual({});
    expect(filled.contradictions).toMatchObject([{ field }]);
  });

  it('corrects nothing that Jagad does not report', () => {
    const found = { ...jagads, connection_id: OTHER, database_name: 'x', status: 'failed' as const };
    expect(filling(scanned, found)).toEqual({ fields: {}, corrections: [], contradictions: [] });
  });
});

describe('a scanned object', () => {
  const server = aConnection({ name: 'Production PG' });
  const maria = aConnection({ name: 'Shop MariaDB', db_type: 'mariadb' });
  const scan = (key: string) =>
    scannedObject({ key, bytes: 9, storedAt: new Date(TAKEN) }, { id: PROVIDER }, connectionOfKey([server, maria]), ID);

  it.each([
    [`mariabackup/Shop MariaDB/shop/${ID}-20261122-020000.tar.gz`, 'shop'],
    [`mariabackup/Shop MariaDB/${ID}-20261122-020000.tar.gz`, 'Shop MariaDB'],
    [`mariabackup/Shop MariaDB/full/${ID}/${ID}.tar.gz`, 'Shop MariaDB'],
  ])('may be a copy of InnoDB’s files, full or not: %s', (key, database_name) => {
    const scanned = scan(key);
    if (scanned.kind !== 'backup') throw new Error(scanned.kind);
    expect(backup.parse(scanned.backup)).toEqual(scanned.backup);
    expect(scanned.backup).toMatchObject({
      ...{ connection_id: maria.id, database_name, db_type: 'mariadb', storage_path: key, completed_at: TAKEN },
      ...{ engine: 'mariabackup', backup_type: 'incremental', parent_id: null, object_bytes: 9 },
    });
  });
  it('is skipped if its connection has a different type', () => {
    const key = `xtrabackup/Production PG/shop/${ID}-20261122-020000.tar.gz`;
    expect(scan(key)).toMatchObject({ kind: 'skipped', reason: expect.stringContaining('xtrabackup') });
  });

  it('is a backup with everything that its key contains', () => {
    const scanned = scan(KEY.replace('20261122', '20261125'));
    if (scanned.kind !== 'backup') throw new Error(scanned.kind);
    expect(backup.parse(scanned.backup)).toEqual(scanned.backup);
    expect(scanned.backup).toMatchObject({
      ...{ id: ID, connection_id: server.id, database_name: 'shop', db_type: 'postgresql', connection_source: 'key' },
      ...{ status: 'success', object_bytes: 9, completed_at: TAKEN, created_at: TAKEN, encryption_algo: null },
    });
  });
  it.each([
    ['backups/readme.txt'],
    ['backups/Production PG/shop/'],
    ['mariabackup/Shop MariaDB/full/x/x.tar.gz'],
    ['mariabackup/Shop MariaDB/shop/readme.txt'],
    ['pgbackrest/Production PG/main/archive/main/archive.info'],
    [''],
  ])('is ignored: %s', (key) => expect(scan(key)).toEqual({ kind: 'foreign' }));
  it('is skipped if no connection has the name in its key', () => {
    expect(scan(KEY.replace('Production PG', 'Old PG'))).toEqual({
      kind: 'skipped',
      connectionName: 'Old PG',
      reason: 'no connection has this name',
    });
  });

  const known = aBackup({ storage_path: KEY, storage_provider_id: PROVIDER });
  it.each([
    ['the size', known, { object_bytes: 9 }],
    ['the provider', { ...known, storage_provider_id: null, object_bytes: 8 }, { storage_provider_id: PROVIDER }],
    ['nothing if the size is already known', { ...known, object_bytes: 8 }, {}],
    ['nothing for a copy elsewhere', { ...known, storage_path: 'elsewhere' }, {}],
    ['nothing for another provider', { ...known, storage_provider_id: ID }, {}],
  ])('fills in %s', (_, record, missing) =>
    expect(missingFromScan(record, { key: KEY, bytes: 9 }, { id: PROVIDER })).toEqual(missing),
  );

  it('is counted by name if skipped, for the first fifty names', () => {
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
  const register = (request: object, object: object = {}, of = server) =>
    registeredObject(
      ID,
      { storage_path: KEY, ...request },
      { connection: of, source: 'key', database: readKey(KEY)?.readings[0].database },
      { id: PROVIDER },
      { bytes: 9, head: GZIP, storedAt: new Date('2026-11-22T04:00:00Z'), ...object },
      NOW,
    );
  const OWN = { storage_path: 'mine/dump.gz', database_name: 'mine' };

  it('is one of our records', () => {
    const record = register({ checksum: A, size_bytes: 5, encryption_key_id: 'k' });
    expect(backup.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      database_name: 'shop',
      object_bytes: 9,
      checksum: A,
      size_bytes: 5,
      connection_source: 'key',
      created_at: '2026-11-22T04:00:00.000Z',
    });
  });
  it.each([
    ['plain', {}, {}, { encryption_algo: null }],
    ['is encrypted if its bytes are', {}, { head: ENCRYPTED }, { encryption_algo: 'AES-256-GCM' }],
    ['has the database that was given', { database_name: 'other' }, {}, { database_name: 'other' }],
    [
      'has the time that was given',
      { completed_at: '2026-11-22T05:00:00+02:00' },
      {},
      { completed_at: '2026-11-22T03:00:00.000Z' },
    ],
    ['has the time at which it was stored', OWN, {}, { created_at: '2026-11-22T04:00:00.000Z' }],
    ['has the current time if nothing else is known', OWN, { storedAt: undefined }, { created_at: NOW.toISOString() }],
  ])('%s', (_, request, object, expected) => expect(register(request, object)).toMatchObject(expected));

  it.each([
    ['not a backup', {}, { head: Buffer.from('hello, I am a text file of some length') }, 'is not a Jagad backup'],
    ['empty', {}, { head: Buffer.alloc(0) }, 'is not a Jagad backup'],
  ])('is refused if it is %s', (_, request, object, message) =>
    expect(() => register(request, object)).toThrow(message),
  );
  it('is refused if its database is unknown', () => {
    const object = { bytes: 9, head: GZIP, storedAt: undefined };
    const given = { connection: server, source: 'you' as const, database: undefined };
    expect(() => registeredObject(ID, { storage_path: 'mine/dump.gz' }, given, { id: PROVIDER }, object, NOW)).toThrow(
      'does not say which database',
    );
  });
  it('may be a copy of a whole server', () => {
    const maria = aConnection({ name: 'Shop', db_type: 'mariadb' });
    const storage_path = `mariabackup/Shop/full/${ID}/${ID}.tar.gz`;
    expect(register({ storage_path }, {}, maria)).toMatchObject({ engine: 'mariabackup', backup_type: 'incremental' });
    expect(() => register({ storage_path })).toThrow('its connection is of type postgresql');
  });
  it('is refused if it is in a pgBackRest repository', () => {
    expect(() => refuseRepository('pgbackrest/Shop/main/backup/main/latest')).toThrow('many objects');
    refuseRepository(KEY);
  });
});

describe('a new record awaits verification', () => {
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

import { describe, expect, it } from 'vitest';
import { incrementalKey, jagadId } from '../../../lib/domain/catalogue/backup-key.ts';
import { connectionByName } from '../../../lib/domain/catalogue/connection-by-name.ts';
import { filling, importedBackup, type JagadBackup } from '../../../lib/domain/catalogue/imported-backup.ts';
import { importedConnection, type JagadConnection } from '../../../lib/domain/catalogue/imported-connection.ts';
import { awaitsVerification } from '../../../lib/domain/catalogue/new-backup.ts';
import { providerOfBucket } from '../../../lib/domain/catalogue/provider-of-bucket.ts';
import { refuseIncremental, registeredObject } from '../../../lib/domain/catalogue/registered-object.ts';
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
    [KEY.replace(ID, ID.toUpperCase()), ID],
    ['backups/myserver/mydb/abc123-20250101-020000.sql.gz', undefined],
    [`${KEY}.old`, undefined],
    [`backups/a/b/x${ID}-20261122-020000.sql.gz`, undefined],
    ['', undefined],
  ])('%s: the id %s', (key, id) => expect(jagadId(key)).toBe(id));

  it.each([
    ['pgbackrest/Production PG/main/backup/main/latest', { tool: 'pgbackrest', database: 'main' }],
    ['mariabackup/Shop/shop/x.tar.gz', { tool: 'mariabackup', database: 'shop' }],
    ['xtrabackup/Shop/shop', { tool: 'xtrabackup', database: 'shop' }],
    [KEY, undefined],
    ['pgbackrest/Production PG', undefined],
  ])('%s: incremental %o', (key, found) => expect(incrementalKey(key)).toEqual(found));
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
    ['created when it began', { created_at: null }, { created_at: '2026-11-22T01:00:00.123Z' }],
    ['created when its key says', { created_at: null, started_at: null, completed_at: null }, { created_at: TAKEN }],
    [
      'an incremental one, with its stanza for a database',
      { backup_type: 'incremental', database_id: null, storage_path: 'pgbackrest/Production PG/main' },
      { backup_type: 'incremental', database_name: 'main' },
    ],
  ])('%s', (_, fields, expected) => expect(imported(fields)).toMatchObject(expected));

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
  const scan = (key: string) =>
    scannedObject({ key, bytes: 9 }, { id: PROVIDER }, connectionByName([server]), () => ID);

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
  it('is refused where it is incremental', () => {
    expect(() => refuseIncremental('mariabackup/Shop/shop/x.tar.gz')).toThrow(
      'incremental backup, made with mariabackup',
    );
    refuseIncremental(KEY);
  });
});

describe('what is verified as it enters', () => {
  it.each([
    [{}, true],
    [{ status: 'failed' }, false],
    [{ status: 'running' }, false],
    [{ backup_type: 'incremental' }, false],
    [{ verify_status: 'passed' }, false],
    [{ verify_status: 'verifying' }, false],
  ] as const)('%o: %s', (fields, awaits) => expect(awaitsVerification(aBackup(fields))).toBe(awaits));
});

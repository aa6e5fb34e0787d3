/**
 * The whole way from a real, recorded Jagad: import its lists, scan its buckets, verify and restore its backups, each
 * into the server that Jagad's record names.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { concurrently } from '../../lib/backups/scan/concurrently.ts';
import type { Job } from '../../lib/backups/scan/job.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { startS3 } from '../../lib/local/aws/s3.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { LocalService } from '../../lib/local/service.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { EVERY_CASE } from '../support/every-case.ts';
import { runSql } from '../support/harness.ts';
import { type JagadServer, recordedState, startJagad } from '../support/jagad-server.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { adminClient, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

const FIXTURES = new URL('../fixtures/jagad-real/', import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'));
const MASTER_KEY = 'test-master-key-for-fixtures';

interface StoredObject {
  file: string;
  bucket: string;
  key: string;
  backup: { id: string } | null;
}
const OBJECTS = json('objects.json') as StoredObject[];
const situations = json('situations.json') as {
  connections: Record<string, string>;
  single_backups: Record<string, string>;
  orphan_key: string;
};
const { connections: ID, single_backups: SINGLE } = situations as never as {
  connections: Record<'prod' | 'shared' | 'shared2' | 'moved' | 'twin1' | 'twin2' | 'euprod' | 'eu', string>;
  single_backups: Record<string, string>;
};
/** Each engine, each kind of name, and each way in which Jagad's records point to another server. */
const SAMPLE =
  /(plain-postgresql(-non-ascii)?|encrypted-mariadb|plain-mariadb-slash|plain-mysql-signs|shared-second|after-rename|moved-before|twin-2|jakarta-encrypted|eu-prod-app)\.sql/;
/** Jagad's ports, and the letter that the names of a server's customers begin with. */
const LETTERS: Record<number, string> = { 23501: 'A', 23502: 'B', 23503: 'M', 23504: 'Y' };

let directory: string;
/** By letter; without a MySQL on this machine there is no Y. */
let servers: Record<string, RunningServer | undefined>;
let certificates: TestCertificates;
let s3: Awaited<ReturnType<typeof startS3>>;
let jagad: JagadServer;
let service: LocalService;
let api: ApiClient;

const call = async <T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => {
  const answer = await api.call(method, path, body);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
};
const backup = (id: string) => call<Backup>('GET', `/api/backups/${id}`);
const importAll = () =>
  call<{
    backups: Record<string, number>;
    connections: Record<string, number>;
    storage_providers: Record<string, number>;
    skipped: { id: string; reason: string }[];
    warnings: { id: string; reason: string }[];
    notes: string[];
    read: Record<string, number>;
  }>('POST', '/api/backups/import-from-jagad', {
    ...{ url: jagad.url, username: jagad.username, password: jagad.password },
  });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-t-'));
  const started = await Promise.all(
    (['postgresql', 'postgresql', 'mariadb', 'mysql'] as const).map((type) => startServer(type)),
  );
  servers = Object.fromEntries(started.map((server, index) => ['ABMY'[index], server]));
  if (servers.Y === undefined) console.warn(NO_MYSQL);
  certificates = await makeCertificates('IP:127.0.0.1');
  s3 = await startS3(join(directory, 's3'), ['jagad-primary', 'jagad-archive'], {
    credentials: LOCAL_CREDENTIALS,
    certificate: certificates,
  });
  const state = recordedState();
  const endpoint = new URL(s3.url).host;
  state.storage_providers = state.storage_providers.map((one) => ({
    ...one,
    endpoint,
    access_key: LOCAL_CREDENTIALS.accessKeyId,
  }));
  state.connections = state.connections.map((one) => {
    const server = servers[LETTERS[one.port] ?? ''];
    return server === undefined ? one : { ...one, host: server.host, port: server.port };
  });
  jagad = await startJagad({ state });
  const client = new S3Client({
    ...{ endpoint: s3.url.replace('https:', 'https:'), region: 'us-east-1', forcePathStyle: true },
    credentials: LOCAL_CREDENTIALS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { httpsAgent: { ca: certificates.ca } },
  });
  await concurrently(OBJECTS, 5, async ({ file, bucket, key }) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: readFileSync(new URL(file, FIXTURES)) }));
  });
  client.destroy();
  service = await startService({ stateDirectory: join(directory, 'state') });
  api = adminClient(service);
  await call('PUT', '/api/settings', { verify_new_backups: false });
  await call('POST', '/api/encryption-keys', { id: 'jagad', value: MASTER_KEY, is_default: true });
}, 120_000);

afterAll(async () => {
  await service?.stop();
  await jagad?.stop();
  await s3?.close();
  await certificates?.remove();
  await Promise.all(Object.values(servers ?? {}).map((server) => server?.stop()));
  rmSync(directory, { recursive: true, force: true });
});

describe('the import', () => {
  it('understands every record, and reports what needs attention', async () => {
    const answer = await importAll();
    expect(answer.read).toEqual({ storage_providers: 2, connections: 11, backups: 130 });
    expect(answer.storage_providers).toEqual({ created: 2, known: 0 });
    expect(answer.connections).toEqual({ created: 11, known: 0 });
    expect(answer.backups).toEqual({ created: 130, corrected: 0, filled: 0, known: 0, left: 0 });
    expect([answer.skipped, answer.notes]).toEqual([[], []]);
    const told = (id: string) => answer.warnings.filter((one) => one.id === id).map(({ reason }) => reason);
    expect(told(ID.moved)).toEqual([expect.stringContaining('Jagad changed Moved PG')]);
    expect(told(ID.shared)).toEqual([expect.stringContaining('Jagad changed Shared old')]);
    expect(told(SINGLE['moved-before'] ?? '')).toEqual([expect.stringContaining('must name its target_connection')]);
    expect(told(SINGLE['moved-after'] ?? '')).toEqual([]);
    expect(told(SINGLE.pgbackrest ?? '')).toEqual([expect.stringContaining('a scan of the storage provider')]);
  });

  it('assigns each backup its server, its database and its provider', async () => {
    const names = Object.values(jagad.state.databases).flat();
    for (const raw of jagad.state.backups) {
      const record = await service.records.backups.get(raw.id);
      const physical = raw.backup_type === 'incremental' && raw.storage_path.startsWith('incremental/');
      expect(record).toMatchObject({
        ...{ connection_id: raw.connection_id, connection_source: 'jagad', status: raw.status },
        ...{ storage_provider_id: raw.storage_provider_id ?? null },
        encryption_algo: raw.checksum ? 'AES-256-GCM' : null,
        database_name: physical ? 'Production-PG' : names.find(({ id }) => id === raw.database_id)?.db_name,
        created_at: new Date(raw.created_at).toISOString(),
      });
    }
  });

  it('changes nothing the second time', async () => {
    const before = await records();
    const { backups, connections, storage_providers } = await importAll();
    expect(backups).toEqual({ created: 0, corrected: 0, filled: 0, known: 130, left: 0 });
    expect([connections, storage_providers]).toEqual([
      { created: 0, known: 11 },
      { created: 0, known: 2 },
    ]);
    expect(await records()).toEqual(before);
  });
});

describe('the scan', () => {
  it('recognises what was imported, whatever its key says, and finds the orphan', async () => {
    for (const { id } of jagad.state.storage_providers) {
      const answer = await call<{ ok?: boolean }>('PUT', `/api/storage-providers/${id}`, {
        ...{ secret_key: LOCAL_CREDENTIALS.secretAccessKey, ca_bundle: certificates.ca },
      });
      expect(answer).toMatchObject({ endpoint: s3.url, secret_key_set: true });
      const { id: jobId } = await call<Job>('POST', `/api/storage-providers/${id}/scan`);
      const job = async () => call<Job>('GET', `/api/jobs/${jobId}`);
      await until(async () => (await job()).status !== 'running');
      expect(await job()).toMatchObject({ status: 'success', skipped: [], counts: { foreign: 0, skipped: 0 } });
    }
    const orphan = OBJECTS.find(({ key }) => key === situations.orphan_key);
    const id = orphan?.key.split('/').at(-1)?.slice(0, 36) ?? '';
    expect(await backup(id)).toMatchObject({ connection_id: ID.prod, connection_source: 'key' });
    expect(await api.call('POST', `/api/backups/${id}/restore`, { target_database: 'guess' })).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('is a guess') },
    });
  });

  it('creates one record for a pgBackRest backup: Jagad’s own record is for the set', async () => {
    const sets = (await records()).filter(({ engine }) => engine === 'pgbackrest');
    const jagads = jagad.state.backups.filter(({ storage_path }) => storage_path.startsWith('incremental/'));
    expect(sets.map(({ id }) => id).sort()).toEqual(jagads.map(({ id }) => id).sort());
    for (const { label, storage_path, connection_source } of sets) {
      expect(label).toMatch(/^\d{8}-\d{6}F/);
      expect([storage_path, connection_source]).toEqual(['pgbackrest/Production PG/Production-PG', 'jagad']);
    }
    // a scan first, and then the import
    const [first] = sets as [Backup];
    await service.records.backups.put({ ...first, id: crypto.randomUUID(), connection_source: 'key' });
    await service.records.backups.delete(first.id);
    expect((await importAll()).backups).toMatchObject({ created: 0, filled: 1, known: 129 });
    expect((await records()).filter(({ engine }) => engine === 'pgbackrest')).toHaveLength(sets.length);
  });
});

describe('a backup in the buckets', () => {
  const dumps = OBJECTS.flatMap(({ file, backup }) =>
    backup !== null && file.endsWith('.sql.gz') && !file.includes('failed') ? [{ file, id: backup.id }] : [],
  );

  it('is verified', async () => {
    await concurrently(dumps, 6, async ({ id }) => {
      await call('POST', `/api/backups/${id}/verify`);
      await until(async () => ['passed', 'failed'].includes((await backup(id)).verify_status));
    });
    const verified = await Promise.all(dumps.map(({ id }) => backup(id)));
    expect(verified.map(({ verify_status, verify_error }) => verify_error ?? verify_status)).toEqual(
      dumps.map(() => 'passed'),
    );
  });

  it('is restored to the server in Jagad’s record, with its rows', async () => {
    for (const { id } of jagad.state.connections) {
      const { db_type } = await call<Connection>('GET', `/api/connections/${id}`);
      const server = serverOf(id);
      if (server === undefined) continue;
      expect(server.dbType).toBe(db_type);
      await call('PUT', `/api/connections/${id}`, { username: server.username, password: server.password });
    }
    // in the pairs with awkward names, the verification read the encrypted one: it decrypts and judges as a restore
    // does
    const chosen = dumps.filter(({ file }) => !/encrypted-.*-(?:slash|app|non-ascii|signs)\./.test(file));
    expect(chosen).toHaveLength(22);
    const tried = chosen.filter(({ file }) => EVERY_CASE || SAMPLE.test(file));
    const wrong: string[] = [];
    let restored = 0;
    await concurrently([...tried.entries()], 3, async ([index, { file, id }]) => {
      const raw = jagad.state.backups.find((one) => one.id === id);
      const connectionId = raw?.connection_id as string;
      const database = `r${index}`;
      // Jagad changed some connections after the backup was made
      const changed = jagad.state.connections.find((one) => one.id === connectionId)?.updated_at;
      const isMoved = Date.parse(changed) > Date.parse(raw?.created_at);
      const target = isMoved ? { target_connection: connectionId } : {};
      const server = serverOf(connectionId);
      if (server === undefined) return;
      restored++;
      const ended = await restore(id, { target_database: database, ...target });
      const table = server.dbType === 'postgresql' ? 'sales.customer' : 'customer';
      const rows = ended.status === 'success' ? await runSql(server, database, [`SELECT name FROM ${table}`]) : [];
      // one customer of M has another name
      const letters = [...new Set(rows.map(({ name }) => String(name)[0]).filter((letter) => letter !== 'a'))].join();
      const expected = file.includes('moved-before') ? 'A' : letterOf(connectionId);
      if (rows.length < 40 || letters !== expected)
        wrong.push(`${file}: ${ended.error?.message} ${rows.length} ${letters}`);
    });
    expect(wrong).toEqual([]);
    const ofMysql = tried.filter(({ file }) => file.includes('mysql')).length;
    expect(restored).toBe(servers.Y === undefined ? tried.length - ofMysql : tried.length);
  });

  it('may be a copy of a whole server, restored as what its archive says it is', async () => {
    const archives = OBJECTS.flatMap(({ file, backup }) =>
      backup !== null && file.endsWith('.tar.gz') ? [{ file, id: backup.id }] : [],
    );
    expect(archives).toHaveLength(4);
    const [unread, ...others] = archives as [(typeof archives)[0], ...typeof archives];
    await concurrently(others, 3, async ({ id }) => {
      await call('POST', `/api/backups/${id}/verify`);
      await until(async () => ['passed', 'failed'].includes((await backup(id)).verify_status));
      expect(await backup(id)).toMatchObject({ verify_status: 'passed', backup_type: 'full', verify_error: null });
    });
    expect(await backup(unread.id)).toMatchObject({ verify_status: 'pending', backup_type: 'incremental' });
    const names = ['of_unread', 'of_second'];
    for (const [index, { id }] of [unread, ...others].slice(0, 2).entries()) {
      const to = names[index] as string;
      const ended = await restore(id, { databases: [{ from: 'app', to }] });
      expect(ended).toMatchObject({ status: 'success', error: null });
      const [row] = await runSql(servers.M as RunningServer, to, ['SELECT COUNT(*) AS n FROM customer']);
      expect(Number(row?.n)).toBe(40 + index); // one was added between the two
    }
    expect(await backup(unread.id)).toMatchObject({ verify_status: 'passed', backup_type: 'full' });
  });

  it('is unchanged when Jagad is imported again', async () => {
    const before = await records();
    expect((await importAll()).backups).toMatchObject({ created: 0, corrected: 0, filled: 0, known: 130 });
    expect(await records()).toEqual(before);
  });

  it('needs a target if its connection was changed', async () => {
    expect(await api.call('POST', `/api/backups/${SINGLE['moved-before']}/restore`, {})).toMatchObject({
      status: 422,
      body: {
        error: expect.stringContaining('Jagad changed the connection Moved PG'),
        hint: expect.stringContaining('target_connection'),
      },
    });
  });
});

async function restore(id: string, body: object): Promise<Restore> {
  const { id: restoreId } = await call<Restore>('POST', `/api/backups/${id}/restore`, body);
  return api.follow(restoreId);
}

async function records(): Promise<Backup[]> {
  const all: Backup[] = [];
  for await (const one of service.records.backups.all()) all.push(one);
  return all;
}

/** The letter of the server that a connection leads to in Jagad now. */
function letterOf(connectionId: string): string {
  const original = recordedState().connections.find(({ id }) => id === connectionId);
  return LETTERS[original?.port] ?? '';
}

function serverOf(connectionId: string): RunningServer | undefined {
  return servers[letterOf(connectionId)];
}

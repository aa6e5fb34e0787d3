/** What the entry points of a restore read from the tables: each record once. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newToken, tokenHash } from '../../lib/accounts/sessions/session-tokens.ts';
import { secretNames } from '../../lib/connections/secret-names.ts';
import { EventBus, serveEventBus } from '../../lib/local/aws/event-bus.ts';
import { type ListeningServer, serveJsonService } from '../../lib/local/aws/json-service.ts';
import { startS3 } from '../../lib/local/aws/s3.ts';
import { s3ClientFor } from '../../lib/storage/objects/s3-source.ts';
import { anApiEvent } from '../support/api-event.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { aBackup, aConnection, aStorageProvider } from '../support/records.ts';
import { startTables, type TestTables } from '../support/tables.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Restore';
const ARCHIVE = 'mariabackup/Shop/full.tar.gz';
const PREFIX = 'jagad-restore/test';
const token = newToken();

let tables: TestTables;
let directory: string;
const servers: ListeningServer[] = [];
/** The items read, each as often as it was. */
let reads: string[] = [];

const own = aConnection({
  db_type: 'mariadb',
  name: 'Shop',
  binlog_prefix: 'binlogs/shop',
  host: '127.0.0.1',
  port: 1,
});
const target = aConnection({
  db_type: 'mariadb',
  name: 'Standby',
  host: '127.0.0.1',
  port: 2,
  event_restore_allowed: true,
});
const provider = aStorageProvider({ path_style: true, access_key: LOCAL_CREDENTIALS.accessKeyId, is_default: true });
const dump = aBackup({ db_type: 'mariadb', connection_id: own.id, object_bytes: 1000 });
const archive = aBackup({
  ...{ engine: 'mariabackup', db_type: 'mariadb', connection_id: own.id, storage_path: ARCHIVE, to_lsn: '1000' },
  ...{ size_bytes: 1000, completed_at: '2026-11-21T02:00:00.000Z' },
});

beforeAll(async () => {
  tables = await startTables();
  directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  const s3 = await startS3(directory, [provider.bucket], { credentials: LOCAL_CREDENTIALS });
  provider.endpoint = s3.url;
  const names = secretNames(PREFIX);
  const secrets: Record<string, string> = {
    [names.connection(own.id)]: '{"password":"p"}',
    [names.connection(target.id)]: '{"password":"p"}',
    [names.storageProvider(provider.id)]: JSON.stringify({ secret_key: LOCAL_CREDENTIALS.secretAccessKey }),
    [names.encryptionKeys]: '[]',
  };
  const states = await serveJsonService(
    { StartExecution: ({ name }: { name: string }) => ({ executionArn: `${MACHINE}:${name}`, startDate: 0 }) },
    { service: 'states', credentials: LOCAL_CREDENTIALS },
  );
  const secretStore = await serveJsonService(
    { GetSecretValue: ({ SecretId }: { SecretId: string }) => ({ SecretString: secrets[SecretId] ?? '{}' }) },
    { service: 'secretsmanager', credentials: LOCAL_CREDENTIALS },
  );
  const bus = await serveEventBus(new EventBus([], async () => undefined), LOCAL_CREDENTIALS);
  servers.push(s3, states, secretStore, bus);
  const settings = {
    ...tables.names,
    AWS_ENDPOINT_URL_DYNAMODB: String(tables.config.endpoint),
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    AWS_ENDPOINT_URL_SFN: states.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretStore.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    EVENT_BUS_NAME: 'ours',
    RESTORE_STATE_MACHINE_ARN: MACHINE,
    VERIFICATION_STATE_MACHINE_ARN: MACHINE,
    SECRETS_PREFIX: PREFIX,
    ENCRYPTION_KEYS_SECRET: names.encryptionKeys,
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);

  const { records } = tables;
  await Promise.all([
    records.connections.put(own),
    records.connections.put(target),
    records.backups.put(dump),
    records.backups.put(archive),
    records.storageProviders.put(provider),
    records.sessions.put({
      ...{ id: tokenHash(token), user_id: randomUUID(), username: 'night.shift', role: 'operator' },
      created_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  ]);
  const client = s3ClientFor(provider, LOCAL_CREDENTIALS.secretAccessKey);
  await client.send(new PutObjectCommand({ Bucket: provider.bucket, Key: ARCHIVE, Body: 'an archive' }));
  client.destroy();

  const run = tables.store.run.bind(tables.store);
  vi.spyOn(tables.store, 'run').mockImplementation((name, input) => {
    const { TableName, Key } = input as { TableName?: string; Key?: Record<string, { S: string }> };
    if (name === 'GetItem') reads.push(`${TableName} ${Object.values(Key ?? {}).map(({ S }) => S)}`);
    return run(name, input);
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all([tables.stop(), ...servers.map((server) => server.close())]);
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  reads = [];
});

async function handle<Answer>(entry: string, event: unknown): Promise<Answer> {
  const { handler } = await import(`../../functions/${entry}.ts`);
  return handler(event, { functionName: entry, awsRequestId: randomUUID() });
}
const post = async (entry: string, path: string, body: object, headers: Record<string, string> = {}) => {
  const event = anApiEvent({
    ...{ method: 'POST', path, body: JSON.stringify(body) },
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });
  const { statusCode, body: text } = await handle<{ statusCode: number; body: string }>(entry, event);
  return { statusCode, answer: JSON.parse(text) };
};
const item = (table: keyof TestTables['names'], id: string) => `${tables.names[table]} ${id}`;
/** Everything read except restores. */
const ofOthers = () => reads.filter((read) => !read.startsWith(String(tables.names.RESTORES_TABLE)));
const sorted = (lines: string[]) => lines.toSorted();
const TAKEN_OUT = () => ({ databases: [{ from: 'shop', to: `shop_${randomUUID().slice(0, 8)}` }] });

describe('each record is read once by', () => {
  it('a call that restores a dump to its own server', async () => {
    const { statusCode, answer } = await post('backups', `/api/backups/${dump.id}/restore`, { target_database: 'one' });
    expect([statusCode, answer]).toEqual([201, expect.objectContaining({ status: 'running' })]);
    expect(sorted(reads)).toEqual(
      sorted([
        item('SESSIONS_TABLE', tokenHash(token)),
        // whether the id belongs to a restore that was requested before
        item('RESTORES_TABLE', answer.id),
        item('BACKUPS_TABLE', dump.id),
        item('CONNECTIONS_TABLE', own.id),
      ]),
    );
  });

  it('a call that takes databases from an archive, and inspects its storage and binary logs', async () => {
    const { statusCode, answer } = await post('backups', `/api/backups/${archive.id}/restore`, TAKEN_OUT());
    expect([statusCode, answer]).toEqual([201, expect.objectContaining({ status: 'running' })]);
    expect(sorted(reads)).toEqual(
      sorted([
        item('SESSIONS_TABLE', tokenHash(token)),
        item('RESTORES_TABLE', answer.id),
        item('BACKUPS_TABLE', archive.id),
        item('CONNECTIONS_TABLE', own.id),
        // which provider is the default one, and that one
        item('STORAGE_PROVIDERS_TABLE', 'default'),
        item('STORAGE_PROVIDERS_TABLE', provider.id),
      ]),
    );
  });

  it('a call that is refused', async () => {
    const missing = randomUUID();
    const { statusCode } = await post('backups', `/api/backups/${missing}/restore`, {});
    expect([statusCode, reads.filter((read) => read.endsWith(missing))]).toEqual([
      404,
      [item('BACKUPS_TABLE', missing)],
    ]);
  });

  it('an event', async () => {
    const detail = { backup_id: dump.id, target_connection: target.id, target_database: 'two' };
    const event = { id: randomUUID(), account: '000000000000', time: new Date().toISOString() };
    const source = { source: 'jagad-restore.requests', 'detail-type': 'Restore Requested' };
    await handle('restore-requested', { ...event, ...source, detail });
    expect(reads).toEqual([
      expect.stringContaining(String(tables.names.RESTORES_TABLE)),
      item('BACKUPS_TABLE', dump.id),
      item('CONNECTIONS_TABLE', target.id),
    ]);
  });

  it('a refused event, whose restore is recorded as failed', async () => {
    const detail = { backup_id: dump.id, target_connection: own.id };
    const event = { id: randomUUID(), account: '000000000000', time: new Date().toISOString() };
    const source = { source: 'jagad-restore.requests', 'detail-type': 'Restore Requested' };
    await handle('restore-requested', { ...event, ...source, detail });
    expect(ofOthers()).toEqual([item('BACKUPS_TABLE', dump.id), item('CONNECTIONS_TABLE', own.id)]);
  });

  it('an execution’s first state', async () => {
    const restore_id = randomUUID();
    const request = { backup_id: archive.id, ...TAKEN_OUT() };
    const output = await handle('validate-request', { restore_id, execution_arn: `${MACHINE}:1`, request });
    expect(output).toMatchObject({ restore_id, kind: 'unread' });
    const ofTheLock = String(tables.names.LOCKS_TABLE);
    // what the call that took the target found out
    expect(ofOthers().filter((read) => read.startsWith(ofTheLock))).toHaveLength(1);
    expect(sorted(ofOthers().filter((read) => !read.startsWith(ofTheLock)))).toEqual(
      sorted([
        item('BACKUPS_TABLE', archive.id),
        item('CONNECTIONS_TABLE', own.id),
        item('STORAGE_PROVIDERS_TABLE', 'default'),
        item('STORAGE_PROVIDERS_TABLE', provider.id),
      ]),
    );
  });

  it('an execution’s first state, which doesn’t repeat the listing of the call before it', async () => {
    const whole = { ...archive, id: randomUUID(), verify_status: 'passed' as const, verified_etag: 'an-etag' };
    await tables.records.backups.put(whole);
    const request = TAKEN_OUT();
    const { answer } = await post('backups', `/api/backups/${whole.id}/restore`, request);
    expect(reads).toContain(item('STORAGE_PROVIDERS_TABLE', provider.id));
    reads = [];
    const event = { restore_id: answer.id, execution_arn: `${MACHINE}:${answer.id}` };
    const output = await handle('validate-request', { ...event, request: { backup_id: whole.id, ...request } });
    expect(output).toMatchObject({ restore_id: answer.id, kind: 'physical' });
    expect(ofOthers()).toEqual([
      item('BACKUPS_TABLE', whole.id),
      item('CONNECTIONS_TABLE', own.id),
      expect.stringContaining(String(tables.names.LOCKS_TABLE)),
    ]);
  });

  it('a preview, which inspects window, object and target', async () => {
    const { statusCode, answer } = await post('preview', `/api/backups/${archive.id}/restore/preview`, TAKEN_OUT());
    expect([statusCode, answer]).toEqual([200, expect.objectContaining({ backup_id: archive.id })]);
    expect(reads.length).toBeGreaterThan(3);
    expect(reads.filter((read, index) => reads.indexOf(read) < index)).toEqual([]);
  });
});

/**
 * A fleet of databases with a dump each, all in tables and a bucket of a test's own: for code that works through all of
 * them.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { vi } from 'vitest';
import { keepContents } from '../../lib/backups/contents/kept-contents.ts';
import { secretNames } from '../../lib/connections/secret-names.ts';
import type { DumpContents } from '../../lib/formats/dump-contents.ts';
import { serveJsonService } from '../../lib/local/aws/json-service.ts';
import { startS3 } from '../../lib/local/aws/s3.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Checker } from '../../lib/restores/standing-check/check-part.ts';
import { openOwnBucket } from '../../lib/storage/objects/own-bucket.ts';
import { s3ClientFor } from '../../lib/storage/objects/s3-source.ts';
import { LOCAL_CREDENTIALS } from './local-credentials.ts';
import { aBackup, aConnection, aStorageProvider } from './records.ts';
import { startTables, type TestTables } from './tables.ts';

const OWN_BUCKET = 'own';
const PREFIX = 'jagad-restore/test';

interface FleetOptions {
  server: Pick<RunningServer, 'dbType' | 'host' | 'port' | 'username' | 'password'>;
  connections: number;
  /** Of each connection. They are named `db_<connection>_<number>`. */
  databases: number;
  /** The dump that each of them has. */
  dump: Buffer;
  contents?: DumpContents;
}

export interface Fleet {
  tables: TestTables;
  checker: Checker;
  /** Requests to each service. */
  requests: { tables: Record<string, number>; secrets: number };
  stop(): Promise<void>;
}

export async function startFleet({ server, connections, databases, dump, contents }: FleetOptions): Promise<Fleet> {
  const tables = await startTables();
  const directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  const provider = aStorageProvider({ path_style: true, access_key: LOCAL_CREDENTIALS.accessKeyId, is_default: true });
  const s3 = await startS3(directory, [provider.bucket, OWN_BUCKET], { credentials: LOCAL_CREDENTIALS });
  provider.endpoint = s3.url;
  const requests: Fleet['requests'] = { tables: {}, secrets: 0 };
  const names = secretNames(PREFIX);
  const secretOf = (name: string): string => {
    requests.secrets++;
    if (name === names.encryptionKeys) return '[]';
    if (name.includes('storage-providers')) return JSON.stringify({ secret_key: LOCAL_CREDENTIALS.secretAccessKey });
    return JSON.stringify({ password: server.password });
  };
  const secretStore = await serveJsonService(
    { GetSecretValue: ({ SecretId }: { SecretId: string }) => ({ SecretString: secretOf(SecretId) }) },
    { service: 'secretsmanager', credentials: LOCAL_CREDENTIALS },
  );
  // the own bucket is in the region that a function runs in
  vi.stubEnv('AWS_REGION', 'us-east-1');
  const own = openOwnBucket({
    ...{ SERVICE_BUCKET: OWN_BUCKET, SERVICE_BUCKET_ENDPOINT: s3.url },
    SERVICE_BUCKET_ACCESS_KEY: LOCAL_CREDENTIALS.accessKeyId,
    SERVICE_BUCKET_SECRET_KEY: LOCAL_CREDENTIALS.secretAccessKey,
  });
  const { records } = tables;
  await records.storageProviders.put(provider);
  const client = s3ClientFor(provider, LOCAL_CREDENTIALS.secretAccessKey);
  const Key = 'backups/fleet/dump.sql.gz';
  const Body = gzipSync(dump);
  await client.send(new PutObjectCommand({ Bucket: provider.bucket, Key, Body }));
  client.destroy();
  for (let number = 0; number < connections; number++) {
    const connection = aConnection({
      ...{ db_type: server.dbType, name: `Server ${number}`, host: server.host, port: server.port },
      ...{ username: server.username, ssl_mode: 'prefer' },
    });
    await records.connections.put(connection);
    for (let other = 0; other < databases; other++) {
      const backup = aBackup({
        ...{ id: randomUUID(), connection_id: connection.id, connection_source: 'jagad', db_type: server.dbType },
        ...{
          database_name: `db_${number}_${other}`,
          storage_path: Key,
          verify_status: 'passed',
          encryption_algo: null,
        },
        ...{ object_bytes: Body.length, size_bytes: dump.length },
      });
      await records.backups.put(backup);
      if (contents === undefined) continue;
      const kept = await keepContents({ records, own }, backup, contents, new Date());
      await records.backups.update(backup.id, kept);
    }
  }
  const run = tables.store.run.bind(tables.store);
  tables.store.run = ((name: string, input: never) => {
    requests.tables[name] = (requests.tables[name] ?? 0) + 1;
    return run(name as never, input);
  }) as typeof tables.store.run;
  const stores = {
    secrets: {
      client: new SecretsManagerClient({
        endpoint: secretStore.url,
        region: 'us-east-1',
        credentials: LOCAL_CREDENTIALS,
      }),
      names,
    },
    own,
  };
  return {
    ...{ tables, requests, checker: { records, stores, events: tables.events as never } },
    stop: async () => {
      vi.unstubAllEnvs();
      await Promise.all([tables.stop(), s3.close(), secretStore.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

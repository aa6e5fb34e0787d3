import type { Connection } from '../../connections/model.ts';
import type { StorageProvider } from '../../connections/providers/model.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { Conflict, Impossible, StepError } from '../../errors/errors.ts';
import { orNotFound } from '../../errors/not-found.ts';
import { s3Source } from '../../storage/objects/s3-source.ts';
import { openProvider } from '../backup-object.ts';
import { backupId } from '../catalogue/backup-id.ts';
import { readKey } from '../catalogue/backup-key.ts';
import { connectionOfKey } from '../catalogue/connection-of-key.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import {
  type FoundObject,
  type RegisteredConnection,
  type RegisterRequest,
  refuseRepository,
  registeredObject,
} from './registered-object.ts';

/** Enough bytes to recognise a Jagad frame, and gzip. */
const HEAD_BYTES = 32;
/** A call answers within 20 s. */
const STORE_TIMEOUT_MS = 10_000;

/**
 * Registers an object as a backup.
 * @throws NotFound, Conflict if it is already registered, Impossible if it isn't a backup or doesn't exist.
 */
export async function registerObject(
  records: BackupTables,
  secrets: Secrets,
  request: RegisterRequest,
  now: Date,
): Promise<Backup> {
  refuseRepository(request.storage_path);
  const provider = await providerOf(records, request);
  const connection = await connectionOf(records, request);
  const object = await lookAt(secrets, provider, request.storage_path);
  const id = backupId(provider.id, request.storage_path);
  const backup = registeredObject(id, request, connection, provider, object, now);
  if (await records.backups.insert(backup)) return backup;
  const known = await records.backups.get(id);
  const where = known && known.storage_path !== request.storage_path ? `, from ${known.storage_path}` : '';
  throw new Conflict(`the object is already registered, as backup ${id}${where}`, {
    hint: `See GET /api/backups/${id}.`,
  });
}

async function providerOf(records: BackupTables, { storage_provider_id }: RegisterRequest): Promise<StorageProvider> {
  if (storage_provider_id) {
    return orNotFound(await records.storageProviders.get(storage_provider_id), 'storage provider');
  }
  const provider = await records.storageProviders.default();
  if (provider !== undefined) return provider;
  throw new Impossible('there is no default storage provider', {
    hint: 'Give storage_provider_id, or set a default.',
  });
}

async function connectionOf(records: BackupTables, request: RegisterRequest): Promise<RegisteredConnection> {
  const readings = readKey(request.storage_path)?.readings;
  if (request.connection_id !== undefined) {
    const connection = orNotFound(await records.connections.get(request.connection_id), 'connection');
    const own = readings?.find(({ connectionName }) => connectionName === connection.name) ?? readings?.[0];
    return { connection, source: 'you', database: own?.database };
  }
  const hint = 'Give connection_id.';
  if (readings === undefined) {
    throw new Impossible(`${request.storage_path} does not say which connection it belongs to`, { hint });
  }
  const connections: Connection[] = [];
  for await (const connection of records.connections.all()) connections.push(connection);
  const found = connectionOfKey(connections)(readings);
  if ('connection' in found) return { ...found, source: 'key' };
  throw new Impossible(`the key names the connection ${found.connectionName}: ${found.problem}`, { hint });
}

/** @throws Impossible with the store's message. */
async function lookAt(secrets: Secrets, provider: StorageProvider, key: string): Promise<FoundObject> {
  try {
    const client = await openProvider(secrets, provider);
    const signal = AbortSignal.timeout(STORE_TIMEOUT_MS);
    const { totalBytes, storedAt, body } = await s3Source(client, provider.bucket, key).read(
      0,
      HEAD_BYTES - 1,
      undefined,
      signal,
    );
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= HEAD_BYTES) break; // a store that ignores ranges sends the whole object
    }
    return { bytes: totalBytes, head: Buffer.concat(chunks).subarray(0, HEAD_BYTES), storedAt };
  } catch (error) {
    if (error instanceof StepError) {
      throw new Impossible(error.message, {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
    throw new Impossible(`the storage provider ${provider.name} cannot be read: ${(error as Error).name}`, {
      hint: 'Run POST /api/storage-providers/{id}/test to find out what is wrong with it.',
      cause: error,
    });
  }
}

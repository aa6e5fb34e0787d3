import type { StorageProvider } from '../../connections/providers/model.ts';
import { backupId } from '../catalogue/backup-id.ts';
import { connectionOfKey } from '../catalogue/connection-of-key.ts';
import type { BackupTables } from '../tables.ts';
import type { VerificationStarter } from '../verify/start-verification.ts';
import { fillOne } from './register-scanned.ts';
import { missingFromScan, scannedObject } from './scanned-object.ts';
import { verifyAsItEnters } from './verify-one.ts';

/**
 * The part of EventBridge's `Object Created` event of S3 that is used here. Its key isn't encoded, unlike the key in
 * S3's own notifications. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export interface ObjectCreated {
  source: 'aws.s3';
  'detail-type': 'Object Created';
  /** When the object was stored, ISO 8601. */
  time: string;
  detail: { bucket: { name: string }; object: { key: string; size?: number } };
}

type Starter = VerificationStarter & {
  records: Pick<BackupTables, 'backups' | 'connections' | 'storageProviders' | 'settings'>;
};

/**
 * Registers a new object if it is a backup, and starts its verification. The same event may be delivered twice.
 * @returns what was done, in words.
 */
export async function registerCreated(starter: Starter, { time, detail }: ObjectCreated): Promise<string> {
  const { records } = starter;
  const { bucket, object } = detail;
  const provider = providerOfBucket(await everyOne(records.storageProviders), bucket.name);
  if (provider === undefined) return 'skipped: no storage provider has this bucket';
  const stored = { key: object.key, bytes: object.size ?? 0, storedAt: new Date(time) };
  const id = backupId(provider.id, object.key);
  let backup = await records.backups.get(id);
  const isKnown = backup !== undefined;
  if (backup === undefined) {
    const findConnection = connectionOfKey(await everyOne(records.connections));
    const scanned = scannedObject(stored, provider, findConnection, id);
    if (scanned.kind === 'foreign') return 'skipped: it is not a Jagad backup';
    if (scanned.kind === 'skipped') return `skipped: ${scanned.connectionName}: ${scanned.reason}`;
    backup = (await records.backups.insert(scanned.backup)) ? scanned.backup : await records.backups.get(id);
    if (backup === undefined) throw new Error('the backup was removed as it was registered');
  }
  await fillOne(records, { record: backup, fields: missingFromScan(backup, stored, provider) });
  // also for an existing record: a previous delivery of this event may have failed before this line
  await verifyAsItEnters(starter, backup);
  return isKnown ? 'already known' : 'registered';
}

async function everyOne<T>(table: { all(): AsyncGenerator<T> }): Promise<T[]> {
  const found: T[] = [];
  for await (const one of table.all()) found.push(one);
  return found;
}

/**
 * The storage provider for a bucket in an event from AWS. Another store may have a bucket with the same name, so
 * providers on AWS come first.
 */
export function providerOfBucket(providers: readonly StorageProvider[], bucket: string): StorageProvider | undefined {
  const named = providers.filter((provider) => provider.bucket === bucket);
  return named.find(isOnAws) ?? named[0];
}

function isOnAws({ endpoint }: StorageProvider): boolean {
  return endpoint === null || /(^|\.)amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

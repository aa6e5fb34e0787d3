import type { Records } from '../aws/services.ts';
import { connectionByName } from '../domain/catalogue/connection-by-name.ts';
import { providerOfBucket } from '../domain/catalogue/provider-of-bucket.ts';
import { missingFromScan, scannedObject } from '../domain/catalogue/scanned-object.ts';
import type { VerificationStarter } from '../restores/start-verification.ts';
import { backupId } from './backup-id.ts';
import { verifyAsItEnters } from './verify-one.ts';

/**
 * EventBridge's `Object Created` of S3, as far as it is read here. Its key is as it stands in the bucket, not encoded as
 * in S3's own notifications.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export interface ObjectCreated {
  source: 'aws.s3';
  'detail-type': 'Object Created';
  detail: { bucket: { name: string }; object: { key: string; size?: number } };
}

type Starter = VerificationStarter & {
  records: Pick<Records, 'backups' | 'connections' | 'storageProviders' | 'settings'>;
};

/**
 * Registers the backup that has landed, if it is one, and has it verified. The same event may come twice.
 * @returns what was done, in words.
 */
export async function registerCreated(starter: Starter, { detail }: ObjectCreated): Promise<string> {
  const { records } = starter;
  const { bucket, object } = detail;
  const provider = providerOfBucket(await everyOne(records.storageProviders), bucket.name);
  if (provider === undefined) return 'skipped: no storage provider has this bucket';
  const connectionNamed = connectionByName(await everyOne(records.connections));
  const stored = { key: object.key, bytes: object.size ?? 0 };
  const scanned = scannedObject(stored, provider, connectionNamed, (key) => backupId(provider.id, key));
  if (scanned.kind === 'foreign') return 'skipped: it is no full backup of Jagad';
  if (scanned.kind === 'skipped') return `skipped: ${scanned.connectionName}: ${scanned.reason}`;

  const isNew = await records.backups.insert(scanned.backup);
  const backup = isNew ? scanned.backup : await records.backups.get(scanned.backup.id);
  if (backup === undefined) throw new Error('the backup was removed as it was registered');
  if (!isNew) {
    const missing = missingFromScan(backup, scanned.backup);
    if (Object.keys(missing).length > 0) await records.backups.update(backup.id, missing, { object_bytes: null });
  }
  // also of one that is there: the event that registered it may have died before this
  await verifyAsItEnters(starter, backup);
  return isNew ? 'registered' : 'known already';
}

async function everyOne<T>(table: { all(): AsyncGenerator<T> }): Promise<T[]> {
  const found: T[] = [];
  for await (const one of table.all()) found.push(one);
  return found;
}

import type { StorageProvider } from '../../connections/providers/model.ts';
import type { StoredObject } from '../../storage/objects/list-objects.ts';
import { backupId } from '../catalogue/backup-id.ts';
import type { ConnectionFinder } from '../catalogue/connection-of-key.ts';
import { awaitsVerification } from '../catalogue/new-backup.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import { concurrently, WRITES_AT_ONCE } from './concurrently.ts';
import type { Job } from './job.ts';
import type { ScanCounts } from './job-states.ts';
import { missingFromScan, scannedObject, withSkipped } from './scanned-object.ts';

export const NOTHING_COUNTED: ScanCounts = { listed: 0, registered: 0, filled: 0, known: 0, foreign: 0, skipped: 0 };

export interface ScanTally {
  counts: ScanCounts;
  skipped: Job['skipped'];
}

export interface Registered {
  tally: ScanTally;
  /**
   * Whether there are backups to verify. Known ones count too: when an import added them, the store may not have been
   * readable yet.
   */
  awaitVerification: boolean;
}

/**
 * Registers the objects of a bucket that are backups and aren't in the catalogue yet, and counts every object by its
 * result. Existing records are looked up before a key is interpreted: a record knows its connection, and the key may
 * name another one.
 */
export async function registerScanned(
  records: Pick<BackupTables, 'backups'>,
  provider: StorageProvider,
  findConnection: ConnectionFinder,
  objects: readonly StoredObject[],
  before: ScanTally = { counts: NOTHING_COUNTED, skipped: [] },
): Promise<Registered> {
  const counts = { ...before.counts, listed: before.counts.listed + objects.length };
  let { skipped } = before;
  const idOf = new Map(objects.map((object) => [object, backupId(provider.id, object.key)]));
  const known = await records.backups.getMany(idOf.values());
  const found: Backup[] = [];
  const missing: Missing[] = [];
  for (const [object, id] of idOf) {
    const record = known.get(id);
    if (record !== undefined) {
      missing.push({ record, fields: missingFromScan(record, object, provider) });
      continue;
    }
    const scanned = scannedObject(object, provider, findConnection, id);
    if (scanned.kind === 'backup') {
      found.push(scanned.backup);
    } else if (scanned.kind === 'skipped') {
      counts.skipped++;
      skipped = withSkipped(skipped, scanned.connectionName, scanned.reason);
    } else {
      counts.foreign++;
    }
  }
  const isNewToVerify = await registerNew(records, found, counts);
  await fill(records, missing, counts);
  const isLeft = missing.some(({ record }) => record.storage_provider_id === provider.id && awaitsVerification(record));
  return { tally: { counts, skipped }, awaitVerification: isNewToVerify || isLeft };
}

/**
 * Registers new backups, and counts them.
 * @returns whether any of them has to be verified.
 */
export async function registerNew(
  records: Pick<BackupTables, 'backups'>,
  backups: readonly Backup[],
  counts: ScanCounts,
): Promise<boolean> {
  let awaitVerification = false;
  await concurrently(backups, WRITES_AT_ONCE, async (backup) => {
    // false: it was registered in the meantime, or another key of this page has the same id
    const isNew = await records.backups.insert(backup);
    counts[isNew ? 'registered' : 'known']++;
    if (isNew && awaitsVerification(backup)) awaitVerification = true;
  });
  return awaitVerification;
}

export interface Missing {
  record: Backup;
  /** The fields that the record lacks; empty if it is complete. */
  fields: Partial<Backup>;
}

/** Completes records, unless they have changed since they were read, and counts them. */
export async function fill(
  records: Pick<BackupTables, 'backups'>,
  missing: readonly Missing[],
  counts: ScanCounts,
): Promise<void> {
  await concurrently(missing, WRITES_AT_ONCE, async (one) => {
    counts[(await fillOne(records, one)) ? 'filled' : 'known']++;
  });
}

/** @returns false if nothing is missing, or if the record has changed since it was read. */
export async function fillOne(records: Pick<BackupTables, 'backups'>, { record, fields }: Missing): Promise<boolean> {
  const lacking = Object.fromEntries(Object.keys(fields).map((field) => [field, record[field as keyof Backup]]));
  return Object.keys(fields).length > 0 && records.backups.update(record.id, fields, lacking);
}

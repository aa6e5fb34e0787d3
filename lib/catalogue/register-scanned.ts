import type { Records } from '../aws/services.ts';
import type { NamedConnection } from '../domain/catalogue/connection-by-name.ts';
import { awaitsVerification } from '../domain/catalogue/new-backup.ts';
import { missingFromScan, type StoredObject, scannedObject, withSkipped } from '../domain/catalogue/scanned-object.ts';
import type { Backup, Job, StorageProvider } from '../domain/records.ts';
import type { ScanCounts } from '../workflow/job-states.ts';
import { backupId } from './backup-id.ts';
import { concurrently, WRITES_AT_ONCE } from './concurrently.ts';

export const NOTHING_COUNTED: ScanCounts = { listed: 0, registered: 0, filled: 0, known: 0, foreign: 0, skipped: 0 };

export interface ScanTally {
  counts: ScanCounts;
  skipped: Job['skipped'];
}

export interface Registered {
  tally: ScanTally;
  /** Whether there are backups to verify among what is new. */
  awaitVerification: boolean;
}

/** Registers those of a bucket's objects that are backups and not in the catalogue yet, and counts what they were. */
export async function registerScanned(
  records: Pick<Records, 'backups'>,
  provider: StorageProvider,
  connectionNamed: (name: string) => NamedConnection,
  objects: readonly StoredObject[],
  before: ScanTally = { counts: NOTHING_COUNTED, skipped: [] },
): Promise<Registered> {
  const counts = { ...before.counts, listed: before.counts.listed + objects.length };
  let { skipped } = before;
  const backups: Backup[] = [];
  for (const object of objects) {
    const scanned = scannedObject(object, provider, connectionNamed, (key) => backupId(provider.id, key));
    if (scanned.kind === 'backup') {
      backups.push(scanned.backup);
    } else if (scanned.kind === 'skipped') {
      counts.skipped++;
      skipped = withSkipped(skipped, scanned.connectionName, scanned.reason);
    } else {
      counts.foreign++;
    }
  }
  const awaitVerification = await registerFound(records, backups, missingFromScan, counts);
  return { tally: { counts, skipped }, awaitVerification };
}

/**
 * Registers the backups that are new, gives others what they lack, and counts them.
 * @returns whether there are some to verify among what is new.
 */
export async function registerFound(
  records: Pick<Records, 'backups'>,
  backups: readonly Backup[],
  missingOf: (known: Backup, found: Backup) => Partial<Backup>,
  counts: ScanCounts,
): Promise<boolean> {
  let awaitVerification = false;
  const known = await records.backups.getMany(backups.map(({ id }) => id));
  await concurrently(backups, WRITES_AT_ONCE, async (backup) => {
    const record = known.get(backup.id);
    if (record === undefined) {
      // false: somebody was faster, or another key of this page has the same id
      const isNew = await records.backups.insert(backup);
      counts[isNew ? 'registered' : 'known']++;
      if (isNew && awaitsVerification(backup)) awaitVerification = true;
      return;
    }
    const missing = missingOf(record, backup);
    const lacking = Object.fromEntries(Object.keys(missing).map((field) => [field, record[field as keyof Backup]]));
    const isFilled = Object.keys(missing).length > 0 && (await records.backups.update(record.id, missing, lacking));
    counts[isFilled ? 'filled' : 'known']++;
  });
  return awaitVerification;
}

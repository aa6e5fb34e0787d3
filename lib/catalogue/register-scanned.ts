import type { Records } from '../aws/services.ts';
import type { NamedConnection } from '../domain/catalogue/connection-by-name.ts';
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

/** Registers those of a bucket's objects that are backups and not in the catalogue yet, and counts what they were. */
export async function registerScanned(
  records: Pick<Records, 'backups'>,
  provider: StorageProvider,
  connectionNamed: (name: string) => NamedConnection,
  objects: readonly StoredObject[],
  before: ScanTally = { counts: NOTHING_COUNTED, skipped: [] },
): Promise<ScanTally> {
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
  const known = await records.backups.getMany(backups.map(({ id }) => id));
  await concurrently(backups, WRITES_AT_ONCE, async (backup) => {
    const record = known.get(backup.id);
    if (record === undefined) {
      // false: somebody was faster, or another key of this page has the same id
      counts[(await records.backups.insert(backup)) ? 'registered' : 'known']++;
      return;
    }
    const missing = missingFromScan(record, backup);
    const isFilled =
      Object.keys(missing).length > 0 && (await records.backups.update(record.id, missing, { object_bytes: null }));
    counts[isFilled ? 'filled' : 'known']++;
  });
  return { counts, skipped };
}

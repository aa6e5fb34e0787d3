/** The newest restorable backup of each database. Pure. */
import { type Backup, madeAt, unrestorable } from '../backups/restorable.ts';

/** One day, plus two hours for a nightly backup that took longer than the previous one. */
export const OLD_AFTER_MS = 26 * 3_600_000;

/** @returns the oldest first, because that is the one to worry about. */
export function newestPerDatabase(backups: readonly Backup[]): Backup[] {
  const newest = new Map<string, Backup>();
  for (const backup of backups) {
    if (unrestorable(backup) !== undefined) continue;
    const database = `${backup.connection_id}/${backup.database_name}`;
    const known = newest.get(database);
    if (known === undefined || timeOf(backup) > timeOf(known)) newest.set(database, backup);
  }
  return [...newest.values()].sort((a, b) => timeOf(a) - timeOf(b));
}

export function isOld(backup: Backup, now: number): boolean {
  return now - timeOf(backup) > OLD_AFTER_MS;
}

function timeOf(backup: Backup): number {
  return Date.parse(madeAt(backup));
}

/**
 * The key that Jagad gives a full backup: `backups/<connection>/<database>/<backup id>-YYYYMMDD-HHMMSS.sql.gz`, with
 * the same suffix even if it is encrypted or isn't SQL. lib/backups/catalogue/backup-key.ts reads such keys.
 */

/** The prefix that Jagad gives full backups. */
export const BACKUPS_PREFIX = 'backups/';

/** The object's key. A name with a slash is used unchanged, as Jagad does. */
export function backupKey(connectionName: string, database: string, backupId: string, at: Date): string {
  const time = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${BACKUPS_PREFIX}${connectionName}/${database}/${backupId}-${time}.sql.gz`;
}

const TIME = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})$/;

/** The time in a name as `YYYYMMDD-HHMMSS`; undefined if there is none, or if it is impossible. */
export function timeOfName(name: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = TIME.exec(name) ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = new Date(text);
  // Date accepts the 31st of February, as the 3rd of March.
  return Number.isNaN(at.getTime()) || at.toISOString() !== text ? undefined : at;
}

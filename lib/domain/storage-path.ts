/**
 * Where Jagad puts a full backup: `backups/<connection>/<database>/<backup id>-YYYYMMDD-HHMMSS.sql.gz`, with the same
 * suffix when it is encrypted and when it is no SQL. Built and read here alone.
 */

/** Where Jagad puts full backups. */
export const BACKUPS_PREFIX = 'backups/';

export interface StoragePath {
  connectionName: string;
  database: string;
  /** As it stands in the name; Jagad's own are UUIDs. */
  backupId: string;
  /** To the second, read as UTC. */
  takenAt: Date;
}

/** The object's key. A name with a slash in it is put there as it is, as Jagad does; such a key cannot be parsed. */
export function backupKey(connectionName: string, database: string, backupId: string, at: Date): string {
  const time = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${BACKUPS_PREFIX}${connectionName}/${database}/${backupId}-${time}.sql.gz`;
}

const KEY = /^backups\/([^/]+)\/([^/]+)\/([^/]+)-(\d{8}-\d{6})\.sql\.gz$/;
const TIME = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})$/;

/** What a key says of its backup, or undefined where it is not one of a full backup, or names no possible time. */
export function parseStoragePath(path: string): StoragePath | undefined {
  const [, connectionName, database, backupId, time] = KEY.exec(path) ?? [];
  if (connectionName === undefined || database === undefined || backupId === undefined) return undefined;
  const takenAt = timeOfName(time ?? '');
  return takenAt && { connectionName, database, backupId, takenAt };
}

/** The time that stands in a name as `YYYYMMDD-HHMMSS`, or undefined where there is none that is possible. */
export function timeOfName(name: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = TIME.exec(name) ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = new Date(text);
  // Date takes the 31st of February for the 3rd of March.
  return Number.isNaN(at.getTime()) || at.toISOString() !== text ? undefined : at;
}

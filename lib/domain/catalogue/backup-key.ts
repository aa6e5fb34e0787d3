/** What a backup's key says of it, beyond what lib/domain/storage-path.ts reads. */
import { id } from '../records.ts';

/** The last part of a full backup's key, whatever stands before it: names with a slash in them are there too. */
const FILE = /(?:^|\/)([0-9a-f-]{36})-\d{8}-\d{6}\.sql\.gz$/i;
/** Where Jagad puts incremental backups, each with what makes them. */
const INCREMENTAL = /^(pgbackrest|mariabackup|xtrabackup)\/[^/]+\/([^/]+)/;

/** The id that Jagad gave the backup, or undefined where the key has none. */
export function jagadId(key: string): string | undefined {
  const [, found = ''] = FILE.exec(key) ?? [];
  return id.safeParse(found).success ? found.toLowerCase() : undefined;
}

/** Of an incremental backup's key: its tool, and its database or stanza. */
export function incrementalKey(key: string): { tool: string; database: string } | undefined {
  const [, tool, database] = INCREMENTAL.exec(key) ?? [];
  return tool === undefined || database === undefined ? undefined : { tool, database };
}

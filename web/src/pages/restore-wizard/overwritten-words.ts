import type { Preview } from '../../../../lib/backups/schemas.ts';
import { formatBytes } from '../../format/bytes.ts';

/** What a restore would overwrite, in one sentence. */
export function overwrittenWords({ overwritten, database_exists }: Pick<Preview, 'overwritten' | 'database_exists'>) {
  const { table_count, rows_estimated, bytes } = overwritten;
  if (database_exists === null) return "The target's contents could not be checked.";
  if (!database_exists) return 'Nothing: the database does not exist yet.';
  if (table_count === 0) return 'None of the existing tables.';
  const tables = `${table_count.toLocaleString('en')} ${table_count === 1 ? 'table' : 'tables'}`;
  return `${tables} with about ${rows_estimated.toLocaleString('en')} rows, ${formatBytes(bytes)}.`;
}

/** Once an hour, measures how old the newest verified backup of each database is. */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { backupAges, measuredAges, WATCHED_DAYS } from '../lib/backups/backup-ages.ts';
import { emit } from '../lib/telemetry/emit.ts';
import { logger } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

const DAY_MS = 24 * 3_600_000;
/** A log line has room for this many. */
const MOST_NAMED = 100;

const env = readEnvironment([...RECORD_SETTINGS, 'MAX_BACKUP_AGE_HOURS']);
const records = openRecords(env);

export const handler = logged<unknown, void>(
  () => ({}),
  async () => {
    const now = new Date();
    const since = new Date(now.getTime() - WATCHED_DAYS * DAY_MS).toISOString();
    const backups = records.backups.all({ status: 'success' }, { since });
    const ages = await backupAges(backups, env.MAX_BACKUP_AGE_HOURS, now);
    emit(measuredAges(ages));
    if (ages.stale.length > 0) {
      logger.warn('databases without a recent verified backup', { databases: ages.stale.slice(0, MOST_NAMED) });
    }
  },
);

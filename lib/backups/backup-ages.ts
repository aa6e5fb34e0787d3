import type { Measurement } from '../telemetry/metrics.ts';
import type { Backup } from './model.ts';
import { lastVerdict } from './verify/model.ts';

/** How old the newest verified backup of each database is, and which databases have none that is recent enough. */
const HOUR_MS = 3_600_000;

/**
 * A database counts if it has a full backup that is at most this many days old. If a database is no longer backed up, it is
 * reported for that long; after that, an abandoned database drops out by itself.
 */
export const WATCHED_DAYS = 30;

export interface StaleDatabase {
  connection_id: string;
  database_name: string;
  /** Null if none of its backups has passed verification. */
  newest_verified_at: string | null;
  age_hours: number;
}

export interface BackupAges {
  databases: number;
  /** The age for the worst database; null if there are no databases. */
  maxAgeMs: number | null;
  /** The worst first. */
  stale: StaleDatabase[];
}

type Seen = Pick<
  Backup,
  | 'connection_id'
  | 'database_name'
  | 'backup_type'
  | 'engine'
  | 'verify_status'
  | 'verify_error'
  | 'verified_at'
  | 'created_at'
>;

/**
 * @param backups that succeeded, in any order.
 * @param maxAgeHours how old a database's newest verified backup may be.
 */
export async function backupAges(
  backups: AsyncIterable<Seen> | Iterable<Seen>,
  maxAgeHours: number,
  now: Date,
): Promise<BackupAges> {
  const databases = new Map<string, { of: Seen; verified: number | undefined; oldest: number }>();
  for await (const backup of backups) {
    // a physical backup contains a whole server, whatever database its record names
    if (backup.backup_type !== 'full' || backup.engine !== null) continue;
    const key = `${backup.connection_id}#${backup.database_name}`;
    const at = Date.parse(backup.created_at);
    const known = databases.get(key) ?? { of: backup, verified: undefined, oldest: at };
    known.oldest = Math.min(known.oldest, at);
    if (lastVerdict(backup) === 'passed') known.verified = Math.max(known.verified ?? at, at);
    databases.set(key, known);
  }
  const aged = [...databases.values()]
    // a database without a verified backup counts from its first backup, so that a new one has time to be verified
    .map(({ of, verified, oldest }) => ({ of, verified, ageMs: Math.max(0, now.getTime() - (verified ?? oldest)) }))
    .sort((one, other) => other.ageMs - one.ageMs);
  return {
    databases: aged.length,
    maxAgeMs: aged[0]?.ageMs ?? null,
    stale: aged
      .filter(({ ageMs }) => ageMs > maxAgeHours * HOUR_MS)
      .map(({ of, verified, ageMs }) => ({
        connection_id: of.connection_id,
        database_name: of.database_name,
        newest_verified_at: verified === undefined ? null : new Date(verified).toISOString(),
        age_hours: Math.floor(ageMs / HOUR_MS),
      })),
  };
}

export function measuredAges({ databases, maxAgeMs, stale }: BackupAges): Measurement<'backups'> {
  return {
    kind: 'backups',
    values: {
      DatabasesBackedUp: databases,
      DatabasesWithoutRecentBackup: stale.length,
      ...(maxAgeMs === null ? {} : { NewestVerifiedBackupAge: Math.round(maxAgeMs / 1000) }),
    },
    dimensions: {},
    about: {},
  };
}

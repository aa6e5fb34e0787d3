/**
 * What the service measures about itself: the metrics and their dimensions. Declared once: the code that emits them,
 * the alarms and the dashboard use this. CloudWatch charges for each combination of values as a separate metric, so no
 * metric has a dimension for the database, backup or restore: those are in the log line next to the metrics.
 */
import type { DbType } from '../databases/names.ts';

export const METRIC_NAMESPACE = 'JagadRestore';

/** The service's name, which every metric has: `jagad-restore-prod`. Log lines have it in the field `service`. */
export const SERVICE_DIMENSION = 'service';
export function serviceName(stage: string): string {
  return `jagad-restore-${stage}`;
}

type Unit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes' | 'Bytes/Second';
type Dimension = 'outcome' | 'engine';

interface MeasuredKind {
  metrics: Record<string, Unit>;
  /** The sets of dimensions, in addition to the service. */
  countedBy: readonly (readonly Dimension[])[];
}

/** The metrics that are measured together, in one log line. */
export const MEASURED = {
  /**
   * Measured when a restore ends. Bytes and rate only exist for a successful one. The bytes are those of the dump
   * before gzip.
   */
  restore: {
    metrics: {
      RestoresEnded: 'Count',
      RestoreDuration: 'Milliseconds',
      RestoredBytes: 'Bytes',
      RestoreRate: 'Bytes/Second',
      /** 1 if Fargate never started its task. */
      TasksNotStarted: 'Count',
    },
    countedBy: [['outcome'], ['outcome', 'engine']],
  },
  /** Measured when a verification ends. */
  verification: { metrics: { VerificationsEnded: 'Count' }, countedBy: [['outcome'], ['outcome', 'engine']] },
  /** Measured every hour, over all databases; see backup-ages.ts. */
  backups: {
    metrics: { DatabasesBackedUp: 'Count', DatabasesWithoutRecentBackup: 'Count', NewestVerifiedBackupAge: 'Seconds' },
    countedBy: [[]],
  },
  /** Measured when a standing check ends, over all databases. */
  standing_check: { metrics: { DatabasesChecked: 'Count', DatabasesNotRestorable: 'Count' }, countedBy: [[]] },
} as const satisfies Record<string, MeasuredKind>;

export type MeasuredKindName = keyof typeof MEASURED;
export type MetricOf<K extends MeasuredKindName> = keyof (typeof MEASURED)[K]['metrics'];
export type MetricName = { [K in MeasuredKindName]: MetricOf<K> }[MeasuredKindName];

/** One measurement, which becomes one log line. */
export interface Measurement<K extends MeasuredKindName = MeasuredKindName> {
  kind: K;
  values: Partial<Record<MetricOf<K>, number>>;
  dimensions: Partial<Record<Dimension, string>>;
  /** Other fields of the log line. They aren't dimensions, so they may be anything. */
  about: Record<string, string>;
}

/** `unread`: it could not be determined whether its bytes are sound. */
export const VERIFICATION_OUTCOMES = ['passed', 'failed', 'unread'] as const;
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number];

export function measuredVerification(
  backup: { id: string; db_type: DbType },
  outcome: VerificationOutcome,
): Measurement<'verification'> {
  return {
    kind: 'verification',
    values: { VerificationsEnded: 1 },
    dimensions: { outcome, engine: backup.db_type },
    about: { backup_id: backup.id },
  };
}

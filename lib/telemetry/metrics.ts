/**
 * What the service measures of itself: the metrics, and by what they are counted. Declared once: the code that emits
 * them, the alarms and the dashboard read this. Each combination of values is a metric of its own that CloudWatch asks
 * money for, so none is by database, backup or restore: those stand beside the metrics, in the log line.
 */
import type { DbType } from '../databases/names.ts';

export const METRIC_NAMESPACE = 'JagadRestore';

/** Whose they are, on every metric: `jagad-restore-prod`. Also what the log lines' `service` says. */
export const SERVICE_DIMENSION = 'service';
export function serviceName(stage: string): string {
  return `jagad-restore-${stage}`;
}

type Unit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes' | 'Bytes/Second';
type Dimension = 'outcome' | 'engine';

interface MeasuredKind {
  metrics: Record<string, Unit>;
  /** Sets of dimensions, beside the service. */
  countedBy: readonly (readonly Dimension[])[];
}

/** What is measured together, in one line of the log. */
export const MEASURED = {
  /** As a restore ends; bytes and rate only for a successful one. The bytes are those of the dump before gzip. */
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
  /** As a verification ends. */
  verification: { metrics: { VerificationsEnded: 'Count' }, countedBy: [['outcome'], ['outcome', 'engine']] },
  /** Every hour, over all databases; see backup-ages.ts. */
  backups: {
    metrics: { DatabasesBackedUp: 'Count', DatabasesWithoutRecentBackup: 'Count', NewestVerifiedBackupAge: 'Seconds' },
    countedBy: [[]],
  },
} as const satisfies Record<string, MeasuredKind>;

export type MeasuredKindName = keyof typeof MEASURED;
export type MetricOf<K extends MeasuredKindName> = keyof (typeof MEASURED)[K]['metrics'];
export type MetricName = { [K in MeasuredKindName]: MetricOf<K> }[MeasuredKindName];

/** One measurement: becomes one line. */
export interface Measurement<K extends MeasuredKindName = MeasuredKindName> {
  kind: K;
  values: Partial<Record<MetricOf<K>, number>>;
  dimensions: Partial<Record<Dimension, string>>;
  /** What the line says besides; no dimension, so it may be anything. */
  about: Record<string, string>;
}

/** `unread`: whether its bytes are sound could not be found out. */
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

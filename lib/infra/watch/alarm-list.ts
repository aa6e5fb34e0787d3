/**
 * The alarms, declared once. The stack creates them from this list, docs/runbook.md has a section for each, and tests
 * compare the list with both and with the metrics that the code emits.
 */
import type { MetricName } from '../../telemetry/metrics.ts';

/** Metrics of AWS itself, each over all of its resources in the stack. */
export type AwsMetricName =
  | 'apiServerErrors'
  | 'executionsLost'
  | 'jobsFailed'
  | 'deadLetters'
  /** Only used for tables. */
  | 'throttles';

export interface Alarm {
  /** What has happened, in one sentence. */
  says: string;
  watches: { metric: MetricName; outcome?: 'failed' } | AwsMetricName;
  statistic: 'Sum' | 'Maximum';
  periodMinutes: number;
  /** How many periods in a row the threshold has to be reached; 1 by default. */
  periods?: number;
  /** The alarm goes off at this value. */
  threshold: number;
  /** What it means if there was no measurement. */
  missing: 'fine' | 'breach';
}

/** Each key is also the anchor of the alarm's section in docs/runbook.md. */
export const ALARMS = {
  'restore-failed': {
    says: 'A restore failed: its database has not been restored.',
    watches: { metric: 'RestoresEnded', outcome: 'failed' },
    statistic: 'Sum',
    periodMinutes: 5,
    threshold: 1,
    missing: 'fine', // no restore has run
  },
  'task-not-started': {
    says: "Fargate failed three times in a row to start a restore's task: the next restore will probably fail too.",
    watches: { metric: 'TasksNotStarted', outcome: 'failed' },
    statistic: 'Sum',
    periodMinutes: 5,
    threshold: 1,
    missing: 'fine',
  },
  'verification-failed': {
    says: 'A backup failed its verification: it cannot be restored as it is.',
    watches: { metric: 'VerificationsEnded', outcome: 'failed' },
    statistic: 'Sum',
    periodMinutes: 5,
    threshold: 1,
    missing: 'fine', // nothing is verified
  },
  'no-recent-backup': {
    says: 'A database has no recent verified backup, or the check for one has not run for two hours.',
    watches: { metric: 'DatabasesWithoutRecentBackup' },
    statistic: 'Maximum',
    periodMinutes: 120, // it is measured once an hour
    threshold: 1,
    missing: 'breach',
  },
  'would-not-restore': {
    says: 'A restore of the newest backup of a database into its own server would be refused.',
    watches: { metric: 'DatabasesNotRestorable' },
    statistic: 'Maximum',
    periodMinutes: 24 * 60, // it is measured once a night
    threshold: 1,
    missing: 'fine', // an administrator may switch it off
  },
  'api-errors': {
    says: 'The API answered several calls with a server error (5xx).',
    watches: 'apiServerErrors',
    statistic: 'Sum',
    periodMinutes: 5,
    threshold: 3, // the pages call every few seconds: an outage gets here at once, a single fault is in the log
    missing: 'fine', // no calls
  },
  'execution-lost': {
    says: 'The execution of a restore or a verification timed out.',
    watches: 'executionsLost',
    statistic: 'Sum',
    periodMinutes: 5,
    threshold: 1,
    missing: 'fine',
  },
  'job-failed': {
    says: 'A job stopped with an error: a scan, the verification of new backups, a standing check or the run of a recovery plan.',
    watches: 'jobsFailed',
    statistic: 'Sum',
    periodMinutes: 5,
    threshold: 1,
    missing: 'fine',
  },
  'dead-letters': {
    says: 'An event failed after all retries: a record may be out of date.',
    watches: 'deadLetters',
    statistic: 'Maximum',
    periodMinutes: 5,
    threshold: 1,
    missing: 'fine', // an empty queue is not measured after some hours
  },
  'table-throttled': {
    says: 'DynamoDB throttled requests for ten minutes: calls and restores are slow, or they fail.',
    watches: 'throttles',
    statistic: 'Sum',
    periodMinutes: 5,
    periods: 2, // retries handle a moment of it
    threshold: 10,
    missing: 'fine', // not measured if there are no throttles
  },
} as const satisfies Record<string, Alarm>;

export type AlarmName = keyof typeof ALARMS;

export const RUNBOOK = 'docs/runbook.md';

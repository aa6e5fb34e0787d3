import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DB_TYPES } from '../../databases/names.ts';
import { RESTORE_STATUSES } from '../../restores/model.ts';
import { VERIFICATION_OUTCOMES } from '../../telemetry/metrics.ts';
import type { ServiceFunction } from '../functions/service-function.ts';
import type { RestoreTask } from '../workflows/restore-task.ts';
import { RUNBOOK } from './alarm-list.ts';
import { awsMetric, ownMetric, type Watched } from './service-metrics.ts';

export interface ServiceDashboardProps {
  watched: Watched;
  alarms: Alarm[];
  functions: ServiceFunction[];
  task: RestoreTask;
}

const WIDTH = 8;
const OUTCOMES = RESTORE_STATUSES.filter((status) => status !== 'running');
const FIVE_MINUTES = { period: Duration.minutes(5) };
const SUM = { statistic: 'Sum', ...FIVE_MINUTES };
const AN_HOUR = { statistic: 'Sum', period: Duration.hours(1) };

/** The service at a glance: whether it is healthy, what was restored, and what blocks restores. */
export class ServiceDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: ServiceDashboardProps) {
    const { watched, alarms } = props;
    super(scope, id, { dashboardName: watched.service, defaultInterval: Duration.days(1) });
    this.addWidgets(
      new TextWidget({
        markdown: `# ${watched.service}\nWhat each alarm means, what to look at and what to do: \`${RUNBOOK}\`.`,
        width: 24,
        height: 2,
      }),
    );
    this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 3 }));
    this.addWidgets(...restores(watched));
    this.addWidgets(...backups(watched));
    this.addWidgets(...calls(props));
    this.addWidgets(...platform(props));
  }
}

function graph(title: string, left: IMetric[], right: IMetric[] = []): IWidget {
  return new GraphWidget({ title, left, right, width: WIDTH, height: 6 });
}

function restores(watched: Watched): IWidget[] {
  const good = (name: 'RestoreDuration' | 'RestoredBytes' | 'RestoreRate', statistic: string) =>
    DB_TYPES.map((engine) =>
      ownMetric(watched, name, { outcome: 'success', engine }, { statistic, label: engine, period: Duration.hours(1) }),
    );
  return [
    graph(
      'Restores by outcome',
      OUTCOMES.map((outcome) => ownMetric(watched, 'RestoresEnded', { outcome }, { ...AN_HOUR, label: outcome })),
    ),
    graph('Duration of successful restores (ms, longest)', good('RestoreDuration', 'Maximum')),
    graph('Restored bytes, and bytes per second (right)', good('RestoredBytes', 'Sum'), good('RestoreRate', 'Average')),
  ];
}

function backups(watched: Watched): IWidget[] {
  const measured = { statistic: 'Maximum', period: Duration.hours(1) };
  return [
    graph(
      'Verifications by outcome',
      VERIFICATION_OUTCOMES.map((outcome) =>
        ownMetric(watched, 'VerificationsEnded', { outcome }, { ...AN_HOUR, label: outcome }),
      ),
    ),
    graph('Age of the newest verified backup (s, worst database)', [
      ownMetric(watched, 'NewestVerifiedBackupAge', {}, measured),
    ]),
    graph('Databases, and those without a recent verified backup', [
      ownMetric(watched, 'DatabasesBackedUp', {}, measured),
      ownMetric(watched, 'DatabasesWithoutRecentBackup', {}, measured),
    ]),
    graph('Databases in the nightly check, and those whose restore would be refused', [
      ownMetric(watched, 'DatabasesChecked', {}, measured),
      ownMetric(watched, 'DatabasesNotRestorable', {}, measured),
    ]),
  ];
}

function calls({ watched, functions }: ServiceDashboardProps): IWidget[] {
  const { api } = watched;
  return [
    graph('API: calls, 4xx, 5xx', [api.metricCount(SUM)], [api.metricClientError(SUM), api.metricServerError(SUM)]),
    graph(
      'API: latency (ms)',
      ['p50', 'p95', 'p99'].map((statistic) => api.metricLatency({ statistic, label: statistic, ...FIVE_MINUTES })),
    ),
    graph(
      'Lambda: errors, and throttles (right)',
      functions.map((fn) => fn.metricErrors({ ...SUM, label: fn.node.id })),
      functions.map((fn) => fn.metricThrottles({ ...SUM, label: fn.node.id })),
    ),
  ];
}

function platform({ watched, task }: ServiceDashboardProps): IWidget[] {
  const { restores, verifications, jobs } = watched;
  const ofTask = (metricName: string) =>
    new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName,
      dimensionsMap: { ClusterName: task.cluster.clusterName, TaskDefinitionFamily: task.definition.family },
      statistic: 'Maximum',
      ...FIVE_MINUTES,
    });
  return [
    graph(
      'Executions that failed, and those that timed out (right)',
      [restores, verifications, ...jobs].map((machine) => machine.metricFailed({ ...SUM, label: machine.node.path })),
      [restores, verifications, ...jobs].map((machine) => machine.metricTimedOut({ ...SUM, label: machine.node.path })),
    ),
    graph(
      'Restore task: CPU, and memory (MiB, right)',
      [ofTask('CpuUtilized'), ofTask('CpuReserved')],
      [ofTask('MemoryUtilized'), ofTask('MemoryReserved')],
    ),
    graph(
      'DynamoDB throttles, and failed events (right)',
      [awsMetric('throttles', watched, { ...SUM, label: 'throttles' })],
      [awsMetric('deadLetters', watched, { statistic: 'Maximum', ...FIVE_MINUTES })],
    ),
  ];
}

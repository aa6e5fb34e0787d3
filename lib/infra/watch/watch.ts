import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { serviceName } from '../../telemetry/metrics.ts';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction } from '../functions/service-function.ts';
import type { StageSettings } from '../stage-settings.ts';
import { deadLetters, EventTarget } from '../workflows/event-target.ts';
import type { RestoreTask } from '../workflows/restore-task.ts';
import { Alarms } from './alarms.ts';
import { ServiceDashboard } from './service-dashboard.ts';

export interface WatchProps {
  settings: StageSettings;
  data: ServiceData;
  task: RestoreTask;
  api: HttpApi;
  restores: StateMachine;
  verifications: StateMachine;
  jobs: StateMachine[];
  /** Where alarms go. */
  topic: ITopic;
}

/** The tables that every restore, verification and call uses. */
const BUSY_TABLES = ['Backups', 'Restores', 'Locks', 'Sessions', 'Jobs'];
/** The variable from which Powertools takes the service's name for all log lines and metrics of the stack. */
const SERVICE_NAME = 'POWERTOOLS_SERVICE_NAME';

/** The encrypted topic that alarms go to, and its subscribed addresses. Each must confirm its subscription. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, emails: readonly string[]) {
    super(scope, id, { displayName: 'Jagad Restore' });
    for (const email of emails) this.addSubscription(new EmailSubscription(email));
  }
}

/**
 * Names the service in its logs and metrics, measures the age of backups, and creates the alarms and the dashboard. It
 * must be created last, so that it finds all other constructs.
 */
export class Watch extends Construct {
  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { data, settings, task, api, restores, verifications, jobs, topic } = props;
    this.#measureBackups(props);
    const service = serviceName(settings.stage);
    const functions = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof ServiceFunction);
    for (const fn of functions) fn.addEnvironment(SERVICE_NAME, service);
    task.container.addEnvironment(SERVICE_NAME, service);
    const tables = BUSY_TABLES.map((name) => data.records.node.findChild(name) as Table);
    const watched = { service, api, restores, verifications, jobs, tables, deadLetters: deadLetters(this) };
    const alarms = new Alarms(this, 'Alarms', { topic, watched });
    new ServiceDashboard(this, 'Dashboard', { watched, alarms: alarms.all, functions, task });
  }

  #measureBackups({ data, settings }: WatchProps): void {
    const fn = new ServiceFunction(this, 'measure-backups', {
      entry: 'measure-backups',
      description: 'Measures how old the newest verified backup of each database is',
      data,
      environment: { MAX_BACKUP_AGE_HOURS: String(settings.maxBackupAgeHours) },
      timeout: Duration.minutes(5),
    });
    new Rule(this, 'EveryHour', {
      description: 'Measures the age of backups',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new EventTarget(fn)],
    });
  }
}

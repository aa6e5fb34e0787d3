import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { serviceName } from '../domain/metrics.ts';
import type { StageSettings } from '../stage-settings.ts';
import { EventTarget } from './event-target.ts';
import type { RestoreTask } from './restore-task.ts';
import type { ServiceData } from './service-data.ts';
import { ServiceFunction } from './service-function.ts';

export interface WatchProps {
  settings: StageSettings;
  data: ServiceData;
  task: RestoreTask;
}

/** Where Powertools finds the service's name: for the log lines and the metrics of all that the stack runs. */
const SERVICE_NAME = 'POWERTOOLS_SERVICE_NAME';

/** Names the service in all that it says, and measures what no restore shows. Comes last. */
export class Watch extends Construct {
  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { settings, task } = props;
    this.#measureBackups(props);
    const service = serviceName(settings.stage);
    const functions = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof ServiceFunction);
    for (const fn of functions) fn.addEnvironment(SERVICE_NAME, service);
    task.container.addEnvironment(SERVICE_NAME, service);
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

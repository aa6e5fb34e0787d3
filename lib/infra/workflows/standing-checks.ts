import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { STANDING_CHECK_STATES } from '../../restores/standing-check/states.ts';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction } from '../functions/service-function.ts';
import { JOB_TIMEOUTS, jobMachine } from '../machines/job-machine.ts';
import { EventTarget } from './event-target.ts';
import { ExecutionEnded } from './execution-ended.ts';
import type { Network } from './network.ts';
import { ServiceMachine } from './service-machine.ts';

interface StandingChecksProps {
  data: ServiceData;
  /** The network in which the databases can be reached. */
  network: Network;
  /** Ends jobs as failed. */
  jobEnd: ServiceFunction;
}

/** Compares the newest dump of each database with the database's own server, every night. */
export class StandingChecks extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { data, network, jobEnd }: StandingChecksProps) {
    super(scope, id);
    const part = new ServiceFunction(this, 'check-databases', {
      entry: 'check-databases',
      description: 'Compares the newest dumps of some databases with their servers',
      ...{ data, network, timeout: JOB_TIMEOUTS.part },
    });
    this.machine = new ServiceMachine(this, 'Machine', {
      comment: 'Compares the newest dump of each database with its server',
      definition: jobMachine(this, STANDING_CHECK_STATES, { part, end: jobEnd }),
      timeout: JOB_TIMEOUTS.execution,
    });
    const start = new ServiceFunction(this, 'start-standing-check', {
      entry: 'start-standing-check',
      description: 'Starts the nightly check, unless the settings switch it off',
      ...{ data, timeout: JOB_TIMEOUTS.record },
      environment: { STANDING_CHECK_STATE_MACHINE_ARN: this.machine.stateMachineArn },
    });
    this.machine.grantStartExecution(start);
    new Rule(this, 'Nightly', {
      description: 'Every night, after most backups have run and before most people start work',
      schedule: Schedule.expression('cron(40 4 * * ? *)'),
      targets: [new EventTarget(start)],
    });
    new ExecutionEnded(this, {
      machines: [this.machine],
      description: 'Standing checks whose execution was stopped, timed out, or failed without reaching a Catch',
      target: jobEnd,
    });
  }
}

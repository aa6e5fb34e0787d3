import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { REQUEST_SOURCE, RESTORE_REQUESTED } from '../../restores/events.ts';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction } from '../functions/service-function.ts';
import { EventTarget } from './event-target.ts';

interface RestoreRequestsProps {
  data: ServiceData;
  restores: StateMachine;
}

/** Starts the restores that others request with an event, on the service's own bus or the default one. */
export class RestoreEvents extends Construct {
  constructor(scope: Construct, id: string, { data, restores }: RestoreRequestsProps) {
    super(scope, id);
    const fn = new ServiceFunction(this, 'restore-requested', {
      entry: 'restore-requested',
      description: 'Starts the restore that an event requests',
      data,
      environment: { RESTORE_STATE_MACHINE_ARN: restores.stateMachineArn },
      timeout: Duration.seconds(60),
    });
    restores.grantStartExecution(fn);
    for (const [name, eventBus] of Object.entries({ OnOwnBus: data.events.bus, OnDefaultBus: undefined })) {
      new Rule(this, name, {
        description: 'Events that request a restore',
        eventBus,
        // requests have a source of their own, so that none of our own events can match
        eventPattern: { source: [REQUEST_SOURCE], detailType: [RESTORE_REQUESTED] },
        targets: [new EventTarget(fn)],
      });
    }
  }
}

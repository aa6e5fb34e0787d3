import { Rule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENDED_STATUSES } from '../workflow/ended-execution.ts';
import { STATE_TIMEOUTS } from '../workflow/restore-machine.ts';
import { verificationMachine } from '../workflow/verification-machine.ts';
import { EventTarget } from './event-target.ts';
import type { FunctionName } from './needs.ts';
import type { RestoreTask } from './restore-task.ts';
import type { ServiceData } from './service-data.ts';
import { ServiceFunction, VERIFY_MEMORY_MIB } from './service-function.ts';
import { ServiceMachine } from './service-machine.ts';

interface VerificationWorkflowProps {
  data: ServiceData;
  task: RestoreTask;
}

/** The verification state machine, its functions, and the rule on its executions' ends. */
export class VerificationWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { data, task }: VerificationWorkflowProps) {
    super(scope, id);
    const verify = new ServiceFunction(this, 'verify-backup', {
      entry: 'verify-backup',
      description: 'Verifies a backup outside of a restore',
      data,
      timeout: STATE_TIMEOUTS.verify,
      memoryMiB: VERIFY_MEMORY_MIB,
    });
    const recording = (entry: FunctionName, description: string) =>
      new ServiceFunction(this, entry, { entry, description, data, timeout: STATE_TIMEOUTS.lambda });
    const failure = recording('record-failed-verification', 'Records why a verification failed');
    const ended = recording(
      'record-ended-verification',
      'Records the end of a verification whose execution ended without recording it',
    );

    this.machine = new ServiceMachine(this, 'Machine', {
      comment: 'Verifies one backup',
      definition: verificationMachine(this, { verify, failure }, task),
      timeout: STATE_TIMEOUTS.execution,
    });
    new Rule(this, 'ExecutionEnded', {
      description: 'Verifications that were stopped, timed out, or failed outside every Catch',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [this.machine.stateMachineArn], status: [...ENDED_STATUSES] },
      },
      targets: [new EventTarget(ended)],
    });
  }
}

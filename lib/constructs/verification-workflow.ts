import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENDED_STATUSES } from '../workflow/ended-execution.ts';
import { STATE_TIMEOUTS } from '../workflow/restore-machine.ts';
import { verificationMachine } from '../workflow/verification-machine.ts';
import type { Records } from './records.ts';
import type { RestoreTask } from './restore-task.ts';
import { ServiceFunction, VERIFY_MEMORY_MIB } from './service-function.ts';
import type { ServiceSecrets } from './service-secrets.ts';

interface VerificationWorkflowProps {
  records: Records;
  secrets: ServiceSecrets;
  task: RestoreTask;
  backups: IBucket;
}

/** The verification state machine, its functions, and the rule on its executions' ends. */
export class VerificationWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { records, secrets, task, backups }: VerificationWorkflowProps) {
    super(scope, id);
    const verify = new ServiceFunction(this, 'verify-backup', {
      entry: 'verify-backup',
      description: 'Verifies a backup that nobody restores now',
      environment: { ...records.environment, ...secrets.environment },
      timeout: STATE_TIMEOUTS.verify,
      memoryMiB: VERIFY_MEMORY_MIB,
    });
    secrets.grantRead(verify);
    backups.grantRead(verify);
    const recording = (entry: string, description: string) =>
      new ServiceFunction(this, entry, {
        entry,
        description,
        environment: records.environment,
        timeout: STATE_TIMEOUTS.lambda,
      });
    const failure = recording('record-failed-verification', 'Records why a verification failed');
    const ended = recording('record-ended-verification', 'Ends a verification whose execution ended without saying so');
    for (const writer of [verify, failure, ended]) records.grantReadWrite(writer);

    this.machine = new StateMachine(this, 'Machine', {
      comment: 'Verifies one backup',
      definitionBody: DefinitionBody.fromChainable(verificationMachine(this, { verify, failure }, task)),
      timeout: STATE_TIMEOUTS.execution,
      tracingEnabled: true,
    });
    new Rule(this, 'ExecutionEnded', {
      description: 'Verifications that were stopped, timed out, or failed where no Catch sees it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [this.machine.stateMachineArn], status: [...ENDED_STATUSES] },
      },
      targets: [new LambdaFunction(ended, { retryAttempts: 10 })],
    });
  }
}

import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction, VERIFY_MEMORY_MIB } from '../functions/service-function.ts';
import { STATE_TIMEOUTS } from '../machines/restore-machine.ts';
import { verificationMachine } from '../machines/verification-machine.ts';
import { ExecutionEnded } from './execution-ended.ts';
import type { RestoreTask } from './restore-task.ts';
import { ServiceMachine } from './service-machine.ts';

interface VerificationWorkflowProps {
  data: ServiceData;
  task: RestoreTask;
}

/** The verification state machine, its functions, and the rule for executions that end without recording it. */
export class VerificationWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { data, task }: VerificationWorkflowProps) {
    super(scope, id);
    const verify = new ServiceFunction(this, 'verify-backup', {
      entry: 'verify-backup',
      description: 'Verifies a backup without restoring it',
      data,
      timeout: STATE_TIMEOUTS.verify,
      memoryMiB: VERIFY_MEMORY_MIB,
    });
    const end = new ServiceFunction(this, 'record-verification-end', {
      entry: 'record-verification-end',
      description: 'Ends a verification that did not record its own end',
      data,
      timeout: STATE_TIMEOUTS.lambda,
    });

    this.machine = new ServiceMachine(this, 'Machine', {
      comment: 'Verifies one backup',
      definition: verificationMachine(this, { verify, end }, task),
      timeout: STATE_TIMEOUTS.execution,
    });
    new ExecutionEnded(this, {
      machines: [this.machine],
      description: 'Verifications whose execution was stopped, timed out, or failed without reaching a Catch',
      target: end,
    });
  }
}

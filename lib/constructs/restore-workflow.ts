import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENDED_STATUSES } from '../workflow/ended-execution.ts';
import { type RestoreMachineFunctions, restoreMachine, STATE_TIMEOUTS } from '../workflow/restore-machine.ts';
import type { Records } from './records.ts';
import type { RestoreTask } from './restore-task.ts';
import { ServiceFunction, VERIFY_MEMORY_MIB } from './service-function.ts';
import type { ServiceSecrets } from './service-secrets.ts';

interface RestoreWorkflowProps {
  records: Records;
  secrets: ServiceSecrets;
  task: RestoreTask;
  backups: IBucket;
}

/** The restore state machine, the functions of its states, and the rule on its executions' ends. */
export class RestoreWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { records, secrets, task, backups }: RestoreWorkflowProps) {
    super(scope, id);
    const recordFunction = (entry: string, description: string) => {
      const fn = new ServiceFunction(this, entry, {
        entry,
        description,
        environment: records.environment,
        timeout: STATE_TIMEOUTS.lambda,
      });
      records.grantReadWrite(fn);
      return fn;
    };
    const verify = new ServiceFunction(this, 'verify-checksum', {
      entry: 'verify-checksum',
      description: 'Proves a backup sound before the target is touched',
      environment: { ...records.environment, ...secrets.environment },
      timeout: STATE_TIMEOUTS.verify,
      memoryMiB: VERIFY_MEMORY_MIB,
    });
    records.grantReadWrite(verify);
    secrets.grantRead(verify);
    for (const reader of [verify, task.definition.taskRole]) backups.grantRead(reader);

    const functions: RestoreMachineFunctions = {
      validate: recordFunction('validate-request', 'Checks a restore request and takes its target'),
      verify,
      success: recordFunction('record-success', 'Ends a restore as success'),
      failure: recordFunction('record-failure', 'Ends a restore as failed'),
    };
    this.machine = new StateMachine(this, 'Machine', {
      comment: 'Restores one backup into one database',
      definitionBody: DefinitionBody.fromChainable(restoreMachine(this, functions, task)),
      timeout: STATE_TIMEOUTS.execution,
      tracingEnabled: true,
    });

    this.#recordEnds(recordFunction, task);
  }

  /** The rules on what the state machine does not see: its execution's end, and its task's after that. */
  #recordEnds(recordFunction: (entry: string, description: string) => ServiceFunction, task: RestoreTask): void {
    const ended = recordFunction('record-ended-execution', 'Ends a restore whose execution ended without saying so');
    new Rule(this, 'ExecutionEnded', {
      description: 'Executions that were stopped, timed out, or failed where no Catch sees it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [this.machine.stateMachineArn], status: [...ENDED_STATUSES] },
      },
      targets: [new LambdaFunction(ended, { retryAttempts: 10 })],
    });

    const stopped = recordFunction('record-stopped-task', 'Ends a stopped restore when nobody writes any more');
    this.machine.grantExecution(stopped, 'states:DescribeExecution');
    new Rule(this, 'TaskStopped', {
      description: 'Restore tasks that have stopped',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: { clusterArn: [task.cluster.clusterArn], lastStatus: ['STOPPED'] },
      },
      targets: [new LambdaFunction(stopped, { retryAttempts: 10 })],
    });
  }
}

import { Rule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENDED_STATUSES } from '../workflow/ended-execution.ts';
import { type RestoreMachineFunctions, restoreMachine, STATE_TIMEOUTS } from '../workflow/restore-machine.ts';
import { EventTarget } from './event-target.ts';
import type { FunctionName } from './needs.ts';
import type { RestoreTask } from './restore-task.ts';
import type { ServiceData } from './service-data.ts';
import { ServiceFunction, VERIFY_MEMORY_MIB } from './service-function.ts';
import { ServiceMachine } from './service-machine.ts';

interface RestoreWorkflowProps {
  data: ServiceData;
  task: RestoreTask;
  recoveryTask: RestoreTask;
}

/** The restore state machine, the functions of its states, and the rule on its executions' ends. */
export class RestoreWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { data, task, recoveryTask }: RestoreWorkflowProps) {
    super(scope, id);
    const recordFunction = (entry: FunctionName, description: string) =>
      new ServiceFunction(this, entry, { entry, description, data, timeout: STATE_TIMEOUTS.lambda });
    const verify = new ServiceFunction(this, 'verify-checksum', {
      entry: 'verify-checksum',
      description: 'Verifies a backup before the target is touched',
      data,
      timeout: STATE_TIMEOUTS.verify,
      memoryMiB: VERIFY_MEMORY_MIB,
    });

    const functions: RestoreMachineFunctions = {
      validate: recordFunction('validate-request', 'Checks a restore request and locks its target'),
      verify,
      success: recordFunction('record-success', 'Ends a restore as success'),
      failure: recordFunction('record-failure', 'Ends a restore as failed'),
    };
    this.machine = new ServiceMachine(this, 'Machine', {
      comment: 'Restores one backup: a dump into one database, or databases out of a physical one',
      definition: restoreMachine(this, functions, { task, recoveryTask }),
      timeout: STATE_TIMEOUTS.execution,
    });

    this.#recordEnds(recordFunction, task);
  }

  /** The rules on what the state machine does not see: its execution's end, and its task's after that. */
  #recordEnds(recordFunction: (entry: FunctionName, description: string) => ServiceFunction, task: RestoreTask): void {
    const ended = recordFunction(
      'record-ended-execution',
      'Records the end of a restore whose execution ended without recording it',
    );
    new Rule(this, 'ExecutionEnded', {
      description: 'Executions that were stopped, timed out, or failed outside every Catch',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [this.machine.stateMachineArn], status: [...ENDED_STATUSES] },
      },
      targets: [new EventTarget(ended)],
    });

    const stopped = recordFunction('record-stopped-task', 'Ends a stopped restore once nothing writes any more');
    this.machine.grantExecution(stopped, 'states:DescribeExecution');
    new Rule(this, 'TaskStopped', {
      description: 'Restore tasks that have stopped',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: { clusterArn: [task.cluster.clusterArn], lastStatus: ['STOPPED'] },
      },
      targets: [new EventTarget(stopped)],
    });
  }
}

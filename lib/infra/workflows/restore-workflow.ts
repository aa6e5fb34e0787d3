import { Rule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction, VERIFY_MEMORY_MIB } from '../functions/service-function.ts';
import { restoreMachine, STATE_TIMEOUTS } from '../machines/restore-machine.ts';
import { EventTarget } from './event-target.ts';
import { ExecutionEnded } from './execution-ended.ts';
import type { RestoreTask } from './restore-task.ts';
import { ServiceMachine } from './service-machine.ts';

interface RestoreWorkflowProps {
  data: ServiceData;
  task: RestoreTask;
  recoveryTask: RestoreTask;
}

/**
 * The restore state machine, the functions of its states, and the rule for executions that end without recording it.
 */
export class RestoreWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { data, task, recoveryTask }: RestoreWorkflowProps) {
    super(scope, id);
    const recordFunction = (entry: string, description: string) =>
      new ServiceFunction(this, entry, { entry, description, data, timeout: STATE_TIMEOUTS.lambda });
    const verify = new ServiceFunction(this, 'verify-checksum', {
      entry: 'verify-checksum',
      description: 'Verifies a backup before the target is touched',
      data,
      timeout: STATE_TIMEOUTS.verify,
      memoryMiB: VERIFY_MEMORY_MIB,
    });

    const functions = {
      validate: recordFunction('validate-request', 'Checks a restore request and takes its target'),
      verify,
      end: recordFunction(
        'record-restore-end',
        'Records the end of a restore that its state machine or its execution reports',
      ),
    };
    this.machine = new ServiceMachine(this, 'Machine', {
      comment: 'Restores one backup: a dump into one database, or databases from a physical backup',
      definition: restoreMachine(this, functions, { task, recoveryTask }),
      timeout: STATE_TIMEOUTS.execution,
    });

    new ExecutionEnded(this, {
      machines: [this.machine],
      description: 'Executions that were stopped, timed out, or failed without reaching a Catch',
      target: functions.end,
    });
    this.#recordStops(recordFunction, task);
  }

  /**
   * The rule for something that neither the state machine nor its execution reports: that a task which was asked to
   * stop has stopped.
   */
  #recordStops(recordFunction: (entry: string, description: string) => ServiceFunction, task: RestoreTask): void {
    const stopped = recordFunction(
      'record-stopped-task',
      'Ends a stopped restore once its task has stopped writing to the target',
    );
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

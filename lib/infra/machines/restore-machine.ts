import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { EcsRunTask, LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { TooLargeForLambda } from '../../errors/errors.ts';
import { MAX_TASK_STARTS, RESTORE_STATES } from '../../restores/execution/states.ts';
import type { RestoreTask } from '../workflows/restore-task.ts';
import { lambdaState } from './lambda-state.ts';
import { ANY_ERROR, TASK_NEVER_STARTED } from './service-errors.ts';
import { taskState } from './task-state.ts';

/** How long each state may take. The verification may take as long as a Lambda can run. */
export const STATE_TIMEOUTS = {
  lambda: Duration.seconds(60),
  verify: Duration.minutes(15),
  verifyInTask: Duration.hours(24),
  pipeline: Duration.hours(72),
  execution: Duration.hours(97),
};

export interface RestoreMachineFunctions {
  validate: IFunction;
  verify: IFunction;
  end: IFunction;
}

export interface RestoreMachineTasks {
  task: RestoreTask;
  /** The same task, in the image that also contains the database servers. */
  recoveryTask: RestoreTask;
}

/** The restore as a state machine: few states, named as the console shows them. */
export function restoreMachine(
  scope: Construct,
  functions: RestoreMachineFunctions,
  { task, recoveryTask }: RestoreMachineTasks,
): IChainable {
  const validate = lambdaState(scope, RESTORE_STATES.validate, functions.validate, {
    payload: {
      restore_id: JsonPath.executionName,
      execution_arn: JsonPath.executionId,
      // taken from the execution, because this state runs again after a verification
      request: JsonPath.objectAt('$$.Execution.Input'),
    },
    timeout: STATE_TIMEOUTS.lambda,
  });
  const verify = lambdaState(scope, RESTORE_STATES.verify, functions.verify, {
    payload: { restore_id: JsonPath.stringAt('$.restore_id'), verify: JsonPath.stringAt('$.verify') },
    resultPath: '$.verified',
    timeout: STATE_TIMEOUTS.verify,
  });
  const environment = [{ name: 'RESTORE_ID' as const, value: JsonPath.stringAt('$.restore_id') }];
  const verifyInTask = taskState(scope, RESTORE_STATES.verifyInTask, task, {
    program: 'verify-for-restore',
    environment,
    timeout: STATE_TIMEOUTS.verifyInTask,
  });
  const pipeline = taskState(scope, RESTORE_STATES.pipeline, task, {
    program: 'main',
    environment,
    sizeAt: '$.size',
    timeout: STATE_TIMEOUTS.pipeline,
  });
  const recovery = taskState(scope, RESTORE_STATES.recovery, recoveryTask, {
    program: 'recover',
    environment,
    sizeAt: '$.size',
    timeout: STATE_TIMEOUTS.pipeline,
  });
  const success = lambdaState(scope, RESTORE_STATES.success, functions.end, {
    payload: { end: 'success', restore_id: JsonPath.stringAt('$.restore_id') },
    timeout: STATE_TIMEOUTS.lambda,
  });
  const failure = lambdaState(scope, RESTORE_STATES.failure, functions.end, {
    payload: { end: 'failure', restore_id: JsonPath.executionName, error: JsonPath.objectAt('$.error') },
    timeout: STATE_TIMEOUTS.lambda,
  });
  failure.next(
    new Fail(scope, RESTORE_STATES.failed, {
      errorPath: JsonPath.stringAt('$.code'),
      causePath: JsonPath.stringAt('$.message'),
    }),
  );

  const toFailure = { errors: [ANY_ERROR], resultPath: '$.error' };
  validate.addCatch(failure, toFailure);
  verify.addCatch(verifyInTask, { errors: [TooLargeForLambda.name], resultPath: JsonPath.DISCARD });
  verify.addCatch(failure, toFailure);
  verifyInTask.addCatch(failure, toFailure);
  success.addCatch(failure, toFailure);
  const again = startAgain(scope, { pipeline, recovery, failure });
  for (const state of [pipeline, recovery]) {
    state.addCatch(again, { errors: [Errors.TASKS_FAILED], resultPath: '$.error' });
    state.addCatch(failure, toFailure);
    state.next(success);
  }
  const isPlanned = new Choice(scope, RESTORE_STATES.isPlanned)
    .when(Condition.stringEquals('$.kind', 'unread'), validate)
    .otherwise(pipeline);
  verify.next(isPlanned);
  verifyInTask.next(isPlanned);
  const isRead = new Choice(scope, RESTORE_STATES.isRead)
    .when(Condition.stringEquals('$.kind', 'physical'), recovery)
    .otherwise(verify);
  return validate.next(isRead);
}

/** If a task failed, continue with `failure`; but if it never started, request it again, up to a few times. */
function startAgain(
  scope: Construct,
  { pipeline, recovery, failure }: { pipeline: EcsRunTask; recovery: EcsRunTask; failure: LambdaInvoke },
): IChainable {
  const count = new Pass(scope, RESTORE_STATES.countStart, {
    parameters: { 'starts.$': 'States.MathAdd($.task.starts, 1)' },
    resultPath: '$.task',
  });
  const which = new Choice(scope, RESTORE_STATES.startAgain)
    .when(Condition.stringEquals('$.kind', 'physical'), recovery)
    .otherwise(pipeline);
  count
    .next(new Wait(scope, RESTORE_STATES.waitForPlace, { time: WaitTime.duration(Duration.seconds(30)) }))
    .next(which);
  return new Choice(scope, RESTORE_STATES.didTaskStart)
    .when(
      Condition.and(
        Condition.stringMatches('$.error.Cause', TASK_NEVER_STARTED),
        Condition.numberLessThan('$.task.starts', MAX_TASK_STARTS),
      ),
      count,
    )
    .otherwise(failure);
}

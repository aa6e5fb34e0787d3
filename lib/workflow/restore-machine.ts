import { Duration } from 'aws-cdk-lib';
import { FargatePlatformVersion } from 'aws-cdk-lib/aws-ecs';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Pass,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { EcsFargateLaunchTarget, EcsRunTask, LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { RestoreTask } from '../constructs/restore-task.ts';
import { ANY_ERROR, ECS_UNAVAILABLE, LAMBDA_UNAVAILABLE, TASK_NEVER_STARTED } from './service-errors.ts';
import { MAX_TASK_STARTS, RESTORE_STATES } from './states.ts';

/** How long each state may take. The verification's is all that a Lambda has. */
export const STATE_TIMEOUTS = {
  lambda: Duration.seconds(60),
  verify: Duration.minutes(15),
  pipeline: Duration.hours(23),
  execution: Duration.hours(24),
};

export interface RestoreMachineFunctions {
  validate: IFunction;
  verify: IFunction;
  success: IFunction;
  failure: IFunction;
}

/** The restore as a state machine: few states, named as the console shows them. */
export function restoreMachine(scope: Construct, functions: RestoreMachineFunctions, task: RestoreTask): IChainable {
  const validate = lambdaState(scope, RESTORE_STATES.validate, functions.validate, {
    payload: {
      restore_id: JsonPath.executionName,
      execution_arn: JsonPath.executionId,
      request: JsonPath.objectAt('$'),
    },
    timeout: STATE_TIMEOUTS.lambda,
  });
  const verify = lambdaState(scope, RESTORE_STATES.verify, functions.verify, {
    payload: { restore_id: JsonPath.stringAt('$.restore_id') },
    resultPath: '$.verified',
    timeout: STATE_TIMEOUTS.verify,
  });
  const pipeline = pipelineState(scope, task);
  const success = lambdaState(scope, RESTORE_STATES.success, functions.success, {
    payload: { restore_id: JsonPath.stringAt('$.restore_id') },
    timeout: STATE_TIMEOUTS.lambda,
  });
  const failure = lambdaState(scope, RESTORE_STATES.failure, functions.failure, {
    payload: { restore_id: JsonPath.executionName, error: JsonPath.objectAt('$.error') },
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
  verify.addCatch(failure, toFailure);
  success.addCatch(failure, toFailure);
  pipeline.addCatch(startAgain(scope, pipeline, failure), { errors: [Errors.TASKS_FAILED], resultPath: '$.error' });
  pipeline.addCatch(failure, toFailure);
  return validate.next(verify).next(pipeline).next(success);
}

interface LambdaStateProps {
  payload: Record<string, unknown>;
  resultPath?: string;
  timeout: Duration;
}

function lambdaState(scope: Construct, name: string, lambdaFunction: IFunction, props: LambdaStateProps): LambdaInvoke {
  const state = new LambdaInvoke(scope, name, {
    lambdaFunction,
    payload: TaskInput.fromObject(props.payload),
    payloadResponseOnly: true,
    // its list is not ours: see service-errors.ts
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(props.timeout),
    ...(props.resultPath === undefined ? {} : { resultPath: props.resultPath }),
  });
  state.addRetry({ errors: LAMBDA_UNAVAILABLE, interval: Duration.seconds(2), maxAttempts: 4, backoffRate: 2 });
  return state;
}

function pipelineState(scope: Construct, task: RestoreTask): EcsRunTask {
  const state = new EcsRunTask(scope, RESTORE_STATES.pipeline, {
    integrationPattern: IntegrationPattern.RUN_JOB,
    cluster: task.cluster,
    taskDefinition: task.definition,
    securityGroups: [task.securityGroup],
    launchTarget: new EcsFargateLaunchTarget({ platformVersion: FargatePlatformVersion.LATEST }),
    containerOverrides: [
      {
        containerDefinition: task.container,
        environment: [
          { name: 'RESTORE_ID', value: JsonPath.stringAt('$.restore_id') },
          { name: 'VERIFIED_ETAG', value: JsonPath.stringAt('$.verified.etag') },
          { name: 'VERIFIED_SHA256', value: JsonPath.stringAt('$.verified.sha256') },
        ],
      },
    ],
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(STATE_TIMEOUTS.pipeline),
  });
  // the call that starts the task; what becomes of a task that was started is never tried again blindly
  state.addRetry({ errors: ECS_UNAVAILABLE, interval: Duration.seconds(5), maxAttempts: 3, backoffRate: 2 });
  return state;
}

/** A failed task goes to `failure`, unless it never started: that one is asked for again, a few times. */
function startAgain(scope: Construct, pipeline: EcsRunTask, failure: LambdaInvoke): IChainable {
  const count = new Pass(scope, RESTORE_STATES.countStart, {
    parameters: { 'starts.$': 'States.MathAdd($.task.starts, 1)' },
    resultPath: '$.task',
  });
  count
    .next(new Wait(scope, RESTORE_STATES.waitForPlace, { time: WaitTime.duration(Duration.seconds(30)) }))
    .next(pipeline);
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

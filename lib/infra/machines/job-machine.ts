import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, Fail, type IChainable, JsonPath, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { JobStates } from '../../backups/scan/job-states.ts';
import { lambdaState } from './lambda-state.ts';
import { ANY_ERROR } from './service-errors.ts';

/** How long each state of a job may take. A part stops well before its limit, and passes on what is left. */
export const JOB_TIMEOUTS = {
  part: Duration.minutes(10),
  record: Duration.seconds(60),
  /** Verifying a hundred thousand backups in the background may take days. */
  execution: Duration.days(20),
};

/** A job that works part by part until a part says that it was the last one. */
export function jobMachine(
  scope: Construct,
  states: JobStates,
  functions: { part: IFunction; end: IFunction },
): IChainable {
  const part = lambdaState(scope, states.part, functions.part, {
    payload: { job_id: JsonPath.executionName, part: JsonPath.objectAt('$') },
    timeout: JOB_TIMEOUTS.part,
  });
  const failure = lambdaState(scope, states.failure, functions.end, {
    payload: { end: 'failure', job_id: JsonPath.executionName, error: JsonPath.objectAt('$.error') },
    timeout: JOB_TIMEOUTS.record,
  });
  failure.next(
    new Fail(scope, states.failed, {
      errorPath: JsonPath.stringAt('$.code'),
      causePath: JsonPath.stringAt('$.message'),
    }),
  );
  part.addCatch(failure, { errors: [ANY_ERROR], resultPath: '$.error' });
  return part.next(
    new Choice(scope, states.isThereMore)
      .when(Condition.booleanEquals('$.more', true), part)
      .otherwise(new Succeed(scope, states.done)),
  );
}

import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Fail, type IChainable, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { VERIFICATION_STATES } from '../../backups/verify/states.ts';
import { TooLargeForLambda } from '../../errors/errors.ts';
import type { RestoreTask } from '../workflows/restore-task.ts';
import { lambdaState } from './lambda-state.ts';
import { STATE_TIMEOUTS } from './restore-machine.ts';
import { ANY_ERROR } from './service-errors.ts';
import { taskState } from './task-state.ts';

export interface VerificationMachineFunctions {
  verify: IFunction;
  end: IFunction;
}

/** A verification that no restore asked for. Its result is stored in the backup's record. */
export function verificationMachine(
  scope: Construct,
  functions: VerificationMachineFunctions,
  task: RestoreTask,
): IChainable {
  const backupId = JsonPath.stringAt('$.backup_id');
  const executionArn = JsonPath.executionId;
  const verify = lambdaState(scope, VERIFICATION_STATES.verify, functions.verify, {
    payload: { backup_id: backupId, execution_arn: executionArn },
    timeout: STATE_TIMEOUTS.verify,
  });
  const inTask = taskState(scope, VERIFICATION_STATES.verifyInTask, task, {
    program: 'verify-backup',
    environment: [
      { name: 'BACKUP_ID', value: backupId },
      { name: 'EXECUTION_ARN', value: executionArn },
    ],
    timeout: STATE_TIMEOUTS.verifyInTask,
  });
  const failure = lambdaState(scope, VERIFICATION_STATES.failure, functions.end, {
    payload: { end: 'failure', backup_id: backupId, execution_arn: executionArn, error: JsonPath.objectAt('$.error') },
    timeout: STATE_TIMEOUTS.lambda,
  });
  failure.next(
    new Fail(scope, VERIFICATION_STATES.failed, {
      errorPath: JsonPath.stringAt('$.code'),
      causePath: JsonPath.stringAt('$.message'),
    }),
  );
  const toFailure = { errors: [ANY_ERROR], resultPath: '$.error' };
  verify.addCatch(inTask, { errors: [TooLargeForLambda.name], resultPath: JsonPath.DISCARD });
  verify.addCatch(failure, toFailure);
  inTask.addCatch(failure, toFailure);
  return verify;
}

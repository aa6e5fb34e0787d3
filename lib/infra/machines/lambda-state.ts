import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { LAMBDA_UNAVAILABLE } from './service-errors.ts';

export interface LambdaStateProps {
  payload: Record<string, unknown>;
  resultPath?: string;
  timeout: Duration;
}

/** A state that calls a Lambda, and retries if Lambda itself fails. */
export function lambdaState(
  scope: Construct,
  name: string,
  lambdaFunction: IFunction,
  props: LambdaStateProps,
): LambdaInvoke {
  const state = new LambdaInvoke(scope, name, {
    lambdaFunction,
    payload: TaskInput.fromObject(props.payload),
    payloadResponseOnly: true,
    // the CDK's own list differs from ours: see service-errors.ts
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(props.timeout),
    ...(props.resultPath === undefined ? {} : { resultPath: props.resultPath }),
  });
  state.addRetry({ errors: LAMBDA_UNAVAILABLE, interval: Duration.seconds(2), maxAttempts: 4, backoffRate: 2 });
  return state;
}

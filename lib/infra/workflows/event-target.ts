import { Duration, Stack } from 'aws-cdk-lib';
import type { RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { explain } from '../functions/nag-reasons.ts';

const DEAD_LETTERS = 'DeadLetters';
const ASYNC_INVOKE = 'EventInvokeConfig';

/**
 * A Lambda that a rule calls. Events that can't be delivered, or that still fail after all retries, are kept: see
 * deadLetters.
 */
export class EventTarget extends LambdaFunction {
  /** @param input what the Lambda gets instead of the whole event. */
  constructor(fn: Lambda, input?: RuleTargetInput) {
    const queue = deadLetters(fn);
    super(fn, { retryAttempts: 10, deadLetterQueue: queue, ...(input === undefined ? {} : { event: input }) });
    // several rules may call one Lambda
    if (fn.node.tryFindChild(ASYNC_INVOKE) === undefined) {
      // the CDK's own destination grants more than Lambda needs
      fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
      fn.configureAsyncInvoke({ retryAttempts: 2, onFailure: { bind: () => ({ destination: queue.queueArn }) } });
    }
  }
}

/** The stack's one dead-letter queue. Its events contain ids, object names and errors, but no data. */
export function deadLetters(scope: Construct): Queue {
  const stack = Stack.of(scope);
  const known = stack.node.tryFindChild(DEAD_LETTERS) as Queue | undefined;
  if (known !== undefined) return known;
  const queue = new Queue(stack, DEAD_LETTERS, {
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
  explain(queue, { 'AwsSolutions-SQS3': 'It is the dead-letter queue itself, and an alarm watches it.' });
  return queue;
}

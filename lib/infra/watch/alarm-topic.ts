import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/** Where alarms go: an encrypted topic and its subscribed addresses. Each must confirm its subscription. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, emails: readonly string[]) {
    super(scope, id, { displayName: 'Jagad Restore' });
    for (const email of emails) this.addSubscription(new EmailSubscription(email));
  }
}

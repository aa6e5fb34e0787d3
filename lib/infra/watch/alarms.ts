import { Duration, Stack } from 'aws-cdk-lib';
import { ComparisonOperator, Alarm as MetricAlarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ALARMS, type Alarm, type AlarmName, RUNBOOK } from './alarm-list.ts';
import { awsMetric, ownMetric, type Watched } from './service-metrics.ts';

const MISSING = { fine: TreatMissingData.NOT_BREACHING, breach: TreatMissingData.BREACHING };

/** The alarms of lib/infra/watch/alarm-list.ts; each notifies the topic when it goes off and when it clears. */
export class Alarms extends Construct {
  readonly all: MetricAlarm[];

  constructor(scope: Construct, id: string, { topic, watched }: { topic: ITopic; watched: Watched }) {
    super(scope, id);
    // a topic that gets its own policy loses the default one, which lets the account's alarms publish
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const action = new SnsAction(topic);
    this.all = Object.entries(ALARMS).map(([name, alarm]) => {
      const made = this.#alarm(name as AlarmName, alarm, watched);
      made.addAlarmAction(action);
      made.addOkAction(action);
      return made;
    });
  }

  #alarm(name: AlarmName, alarm: Alarm, watched: Watched): MetricAlarm {
    const { says, watches, statistic, periodMinutes, periods = 1, threshold, missing } = alarm;
    const options = { statistic, period: Duration.minutes(periodMinutes) };
    const metric =
      typeof watches === 'string'
        ? awsMetric(watches, watched, options)
        : ownMetric(watched, watches.metric, watches.outcome && { outcome: watches.outcome }, options);
    return new MetricAlarm(this, name, {
      alarmName: `${watched.service}-${name}`,
      alarmDescription: `${says} What to do: ${RUNBOOK}#${name}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: MISSING[missing],
    });
  }
}

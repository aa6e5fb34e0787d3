import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { METRIC_NAMESPACE, type MetricName, SERVICE_DIMENSION } from '../../telemetry/metrics.ts';
import type { AwsMetricName } from './alarm-list.ts';

export interface Watched {
  /** The service's name, as in lib/telemetry/metrics.ts. */
  service: string;
  api: HttpApi;
  /** Machines that record for themselves how their work ended: only their time-outs are watched. */
  restores: StateMachine;
  verifications: StateMachine;
  /**
   * Machines whose failures are measured nowhere else. At most five, because an alarm can sum up at most ten metrics.
   */
  jobs: StateMachine[];
  /** The tables that everything depends on. At most five, for the same reason. */
  tables: Table[];
  deadLetters: IQueue;
}

/** A metric that the code emits. */
export function ownMetric(
  { service }: Pick<Watched, 'service'>,
  metricName: MetricName,
  dimensions: { outcome?: string; engine?: string } = {},
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [SERVICE_DIMENSION]: service, ...dimensions },
    ...options,
  });
}

/** One of AWS's own metrics, summed over the stack's resources. */
export function awsMetric(name: AwsMetricName, watched: Watched, options: MetricOptions): IMetric {
  const { api, restores, verifications, jobs, tables, deadLetters } = watched;
  switch (name) {
    case 'apiServerErrors':
      return api.metricServerError(options);
    case 'deadLetters':
      return deadLetters.metricApproximateNumberOfMessagesVisible(options);
    case 'executionsLost':
      return sum(
        [restores, verifications].map((one) => one.metricTimedOut(options)),
        options,
      );
    case 'jobsFailed':
      return sum(
        jobs.flatMap((one) => [one.metricFailed(options), one.metricTimedOut(options)]),
        options,
      );
    case 'throttles':
      return sum(
        tables.flatMap((table) =>
          ['ReadThrottleEvents', 'WriteThrottleEvents'].map((event) => table.metric(event, options)),
        ),
        options,
      );
  }
}

function sum(metrics: Metric[], { period, label }: MetricOptions): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  // a metric without data counts as zero; if none has data, the sum has none either
  return new MathExpression({
    expression: 'SUM(METRICS())',
    usingMetrics,
    ...(period && { period }),
    ...(label && { label }),
  });
}

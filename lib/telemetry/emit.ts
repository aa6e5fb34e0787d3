import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger } from './log.ts';
import { MEASURED, METRIC_NAMESPACE, type Measurement } from './metrics.ts';

const UNITS = {
  Count: MetricUnit.Count,
  Milliseconds: MetricUnit.Milliseconds,
  Seconds: MetricUnit.Seconds,
  Bytes: MetricUnit.Bytes,
  'Bytes/Second': MetricUnit.BytesPerSecond,
} as const;

/** Metrics with the same name in several dimension sets are intended, but Powertools would warn at each measurement. */
const SEVERAL_SETS = /both a dimension set and dimension set/;
const warnings = {
  debug: () => {},
  info: () => {},
  warn: (text: string) => {
    if (!SEVERAL_SETS.test(text)) logger.warn(text);
  },
  error: (text: string) => logger.error(text),
};

/**
 * Writes a measurement to the log as one line in CloudWatch's embedded metric format, which CloudWatch turns into
 * metrics. Never throws, because the measured event has already happened.
 */
export function emit({ kind, values, dimensions, about }: Measurement): void {
  try {
    const metrics = new Metrics({ namespace: METRIC_NAMESPACE, logger: warnings });
    const given: Partial<Record<string, number>> = values;
    for (const [name, unit] of Object.entries(MEASURED[kind].metrics)) {
      const value = given[name];
      if (value !== undefined) metrics.addMetric(name, UNITS[unit], value);
    }
    for (const names of MEASURED[kind].countedBy) {
      const set = Object.fromEntries(names.map((name) => [name, dimensions[name] ?? '']));
      if (names.length > 0) metrics.addDimensions(set);
    }
    for (const [name, value] of Object.entries(about)) metrics.addMetadata(name, value);
    metrics.publishStoredMetrics();
  } catch (error) {
    logger.error('a measurement was not written', error as Error);
  }
}

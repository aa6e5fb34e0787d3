/**
 * How much space is free on a server's disk. The database itself doesn't report this, but RDS measures it. For other
 * servers, a person may have entered it.
 */
import { CloudWatchClient, type CloudWatchClientConfig, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { logger } from '../telemetry/log.ts';
import type { Connection } from './model.ts';

export interface FreeSpace {
  /** Null if it isn't known, or has no limit. */
  bytes: number | null;
  /**
   * `rds`: the last value that RDS measured. `connection`: the value in the connection's record. `grows`: an Aurora
   * cluster, whose storage grows by itself.
   */
  source: 'rds' | 'connection' | 'grows' | 'unknown';
}

/**
 * The endpoint of a DB instance consists of its identifier, a part that is the same for its account and region, and the
 * region.
 */
const INSTANCE = /^([a-z][a-z0-9-]*)\.([a-z0-9-]+)\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?\.?$/i;
/** How old a measurement may be: RDS measures once a minute. */
const PERIOD_S = 60;
const LOOK_BACK_MS = 15 * 60_000;
/** How long to wait: this figure is useful, but must not delay a check. */
const PATIENCE = { maxAttempts: 2, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } };

/** Never throws. @param config if CloudWatch isn't the region's own */
export async function freeSpaceOf(
  { name, host, free_bytes }: Pick<Connection, 'name' | 'host' | 'free_bytes'>,
  config: CloudWatchClientConfig = {},
  now: Date = new Date(),
): Promise<FreeSpace> {
  const [, instance = '', shared = '', region = ''] = INSTANCE.exec(host) ?? [];
  if (/^cluster-/i.test(shared)) return { bytes: null, source: 'grows' };
  if (instance !== '') {
    const bytes = await measured(instance, { ...PATIENCE, region, ...config }, now).catch((error: Error) => {
      logger.warn('the free storage of a server could not be read', { connection: name, cause: error });
      return undefined;
    });
    if (bytes !== undefined) return { bytes, source: 'rds' };
  }
  return free_bytes === null ? { bytes: null, source: 'unknown' } : { bytes: free_bytes, source: 'connection' };
}

/** `FreeStorageSpace`, in bytes (Amazon RDS User Guide, "Amazon CloudWatch metrics for Amazon RDS"). Aurora has none. */
async function measured(instance: string, config: CloudWatchClientConfig, now: Date): Promise<number | undefined> {
  const client = new CloudWatchClient(config);
  try {
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - LOOK_BACK_MS),
        EndTime: now,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          {
            Id: 'free',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/RDS',
                MetricName: 'FreeStorageSpace',
                Dimensions: [{ Name: 'DBInstanceIdentifier', Value: instance.toLowerCase() }],
              },
              Period: PERIOD_S,
              Stat: 'Minimum',
            },
          },
        ],
      }),
    );
    return MetricDataResults[0]?.Values?.[0];
  } finally {
    client.destroy();
  }
}

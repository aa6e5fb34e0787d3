import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeSpaceOf } from '../../lib/connections/free-space.ts';
import { type ListeningServer, serveJsonService } from '../../lib/local/aws/json-service.ts';
import { ServiceFault } from '../../lib/local/aws/service-fault.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';

const GIB = 1024 ** 3;
const NOW = new Date('2026-11-22T02:00:00.000Z');

interface Query {
  StartTime: number;
  EndTime: number;
  MetricDataQueries: { MetricStat: { Metric: { MetricName: string; Dimensions: { Value: string }[] } } }[];
}

let server: ListeningServer;
let asked: Query[] = [];
let answer: () => object;
beforeAll(async () => {
  server = await serveJsonService(
    {
      GetMetricData: (query: Query) => {
        asked.push(query);
        return answer();
      },
    },
    { service: 'monitoring', credentials: LOCAL_CREDENTIALS },
  );
});
afterAll(() => server.close());

const measured = (...values: number[]) => ({ MetricDataResults: [{ Id: 'free', Values: values }], Messages: [] });
const freeOf = (host: string, free_bytes: number | null = null) => {
  asked = [];
  const config = { endpoint: server.url, credentials: LOCAL_CREDENTIALS, maxAttempts: 1 };
  return freeSpaceOf({ name: 'Production', host, free_bytes }, config, NOW);
};
const INSTANCE = 'Shop-1.abc123.eu-central-1.rds.amazonaws.com';

describe('the free space of a server', () => {
  it('is what RDS measured last for its instance, whatever the connection says', async () => {
    answer = () => measured(7 * GIB, 8 * GIB);
    expect(await freeOf(INSTANCE, 1)).toEqual({ bytes: 7 * GIB, source: 'rds' });
    const [{ StartTime, EndTime, MetricDataQueries } = {} as Query] = asked;
    const [{ MetricStat } = {} as Query['MetricDataQueries'][number]] = MetricDataQueries;
    expect(MetricStat.Metric).toMatchObject({
      MetricName: 'FreeStorageSpace',
      Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'shop-1' }],
    });
    expect([EndTime, EndTime - StartTime]).toEqual([NOW.getTime() / 1000, 15 * 60]);
  });

  it.each([
    ['an instance without figures, such as one of Aurora', () => measured()],
    ['a CloudWatch that refuses', () => Promise.reject(new ServiceFault('AccessDeniedException', 'no'))],
  ])('is what the connection says, for %s', async (_, next) => {
    answer = next as () => object;
    expect(await freeOf(INSTANCE, 5 * GIB)).toEqual({ bytes: 5 * GIB, source: 'connection' });
    expect(await freeOf(INSTANCE)).toEqual({ bytes: null, source: 'unknown' });
  });

  it('has no limit for an Aurora cluster', async () => {
    expect(await freeOf('shop.cluster-abc123.eu-central-1.rds.amazonaws.com', 1)).toEqual({
      ...{ bytes: null, source: 'grows' },
    });
    expect(asked).toEqual([]);
  });

  it('is what the connection says of any other server, which CloudWatch is not asked about', async () => {
    expect(await freeOf('db.example.com', 3)).toEqual({ bytes: 3, source: 'connection' });
    expect(await freeOf('10.0.0.5')).toEqual({ bytes: null, source: 'unknown' });
    expect(asked).toEqual([]);
  });
});

/** The alarms, their runbook, and the metrics that they watch all match. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backupAges, measuredAges } from '../../../lib/backups/backup-ages.ts';
import { DB_TYPES } from '../../../lib/databases/names.ts';
import { ALARMS, type Alarm, RUNBOOK } from '../../../lib/infra/watch/alarm-list.ts';
import { measuredRestore } from '../../../lib/restores/end/measured-restore.ts';
import { measuredCheck } from '../../../lib/restores/standing-check/verdict.ts';
import { emit } from '../../../lib/telemetry/emit.ts';
import {
  MEASURED,
  METRIC_NAMESPACE,
  measuredVerification,
  VERIFICATION_OUTCOMES,
} from '../../../lib/telemetry/metrics.ts';
import { logLinesOf, metricKey, metricsIn } from '../../support/log-lines.ts';
import { aBackup, aRestore } from '../../support/records.ts';
import { all, functions, json, local, properties, sorted } from '../../support/stack/stack.ts';

const SERVICE = 'jagad-restore-test';

/** What AWS documents of the services whose metrics are watched: the names, and the resource that each is by. */
const OF_AWS: Record<string, { names: string[]; by: Record<string, string> }> = {
  'AWS/ApiGateway': { names: ['5xx', '4xx', 'Count', 'Latency'], by: { ApiId: 'AWS::ApiGatewayV2::Api' } },
  'AWS/States': {
    names: ['ExecutionsFailed', 'ExecutionsTimedOut'],
    by: { StateMachineArn: 'AWS::StepFunctions::StateMachine' },
  },
  'AWS/SQS': { names: ['ApproximateNumberOfMessagesVisible'], by: { QueueName: 'AWS::SQS::Queue' } },
  'AWS/DynamoDB': { names: ['ReadThrottleEvents', 'WriteThrottleEvents'], by: { TableName: 'AWS::DynamoDB::Table' } },
  'AWS/Lambda': { names: ['Errors', 'Throttles'], by: { FunctionName: 'AWS::Lambda::Function' } },
};

interface MetricJson {
  Namespace: string;
  MetricName: string;
  Dimensions?: { Name: string; Value: unknown }[];
}
interface AlarmJson extends Partial<MetricJson> {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions: unknown[];
  TreatMissingData: string;
  Metrics?: { MetricStat?: { Metric: MetricJson } }[];
}
const alarms = properties('AWS::CloudWatch::Alarm') as AlarmJson[];
const watchedBy = ({ Metrics, ...single }: AlarmJson): MetricJson[] =>
  Metrics === undefined
    ? [single as MetricJson]
    : Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
const watched = alarms.flatMap(watchedBy);

/** The possible values of dimensions, according to the code. */
const OUTCOMES = { restore: ['success', 'failed', 'cancelled'], verification: VERIFICATION_OUTCOMES } as const;

/** Every metric that the code can emit, found by emitting it. */
let emitted: string[] = [];
beforeAll(async () => {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', SERVICE);
  const lines = await logLinesOf(async () => {
    for (const db_type of DB_TYPES) {
      const backup = aBackup({ db_type, size_bytes: 1000 });
      for (const status of OUTCOMES.restore) emit(measuredRestore(aRestore({ status, duration_ms: 10 }), backup));
      for (const outcome of OUTCOMES.verification) emit(measuredVerification(backup, outcome));
    }
    const counts = { checked: 2, yes: 1, with_warnings: 0, no: 1, unknown: 0, without_password: 0 };
    emit(measuredCheck(counts));
    emit(measuredAges(await backupAges([aBackup()], 26, new Date())));
  });
  emitted = metricsIn(lines);
});
afterAll(() => vi.unstubAllEnvs());

describe('every alarm', () => {
  it('is deployed, and notifies the topic', () => {
    expect(sorted(alarms.map(({ AlarmName }) => AlarmName))).toEqual(
      sorted(Object.keys(ALARMS).map((name) => `${SERVICE}-${name}`)),
    );
    const [topic] = Object.keys(all('AWS::SNS::Topic'));
    for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([{ Ref: topic }]);
  });

  it.each(Object.entries<Alarm>(ALARMS))('%s says what has happened, and where to read more', (name, { says }) => {
    const [alarm] = alarms.filter(({ AlarmName }) => AlarmName === `${SERVICE}-${name}`);
    expect(says).toMatch(/^[A-Z].*\.$/);
    expect(alarm?.AlarmDescription).toBe(`${says} What to do: docs/runbook.md#${name}`);
  });

  it('may publish: the topic accepts alarms of this account from CloudWatch', () => {
    const statements = properties('AWS::SNS::TopicPolicy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  it('treats missing data as good, except for the alarm on the hourly metric', () => {
    const alarming = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(alarming).toMatchObject([{ AlarmName: `${SERVICE}-no-recent-backup`, TreatMissingData: 'breaching' }]);
  });

  it('combines no more metrics than CloudWatch allows', () => {
    for (const alarm of alarms) expect(watchedBy(alarm).length).toBeLessThanOrEqual(10);
  });
});

describe('the runbook', () => {
  const text = readFileSync(new URL(`../../../${RUNBOOK}`, import.meta.url), 'utf8');
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] as string, section]),
  );
  const ofAlarms = [...sections.keys()].filter((heading) => /^[a-z-]+$/.test(heading));

  it('has a section for each alarm, and no others', () => {
    expect(sorted(ofAlarms)).toEqual(sorted(Object.keys(ALARMS)));
  });

  it.each(Object.keys(ALARMS))('says what %s means, what to look at, and what to do', (name) => {
    const section = sections.get(name) ?? '';
    for (const part of ['**What it means.**', '**Look at**', '**Do']) expect(section).toContain(part);
  });

  it('counts the metrics that the alarms watch, and so does the table of prices', () => {
    const deploy = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`alarms watch ${watched.length} metrics`);
    expect(deploy).toContain(`| ${watched.length} × 0.10*`);
  });

  it('names only existing metrics, functions, tables and states', () => {
    const names = [...text.matchAll(/`([A-Z][A-Za-z]+(?:Ended|Started|Backup|Age|BackedUp|Duration|Bytes|Rate))`/g)];
    const own: string[] = Object.values(MEASURED).flatMap(({ metrics }) => Object.keys(metrics));
    expect(names.length).toBeGreaterThan(3);
    expect(names.map(([, name]) => name).filter((name) => !own.includes(name ?? ''))).toEqual([]);
    const entries = functions.map(({ entry }) => entry);
    const called = [...text.matchAll(/`((?:record|measure|object|scan|verify|restore)-[a-z-]+)`/g)].map(
      ([, name]) => name,
    );
    const known = [...entries, ...Object.keys(ALARMS), ...local.secrets.map(({ name }) => name)];
    expect(called.filter((name) => !known.includes(name ?? ''))).toEqual([]);
  });
});

describe('every metric of our own', () => {
  it('is emitted without a warning', () => {
    const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    emit(measuredVerification(aBackup({ size_bytes: 1000 }), 'passed'));
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });

  it('that an alarm watches is emitted by the code with these dimensions', () => {
    const own = watched.filter(({ Namespace }) => Namespace === METRIC_NAMESPACE).map(keyOf);
    expect(own.length).toBeGreaterThan(3);
    expect(own.filter((key) => !emitted.includes(key))).toEqual([]);
  });

  it('that the dashboard shows is emitted by the code with these dimensions', () => {
    const shown = dashboardMetrics().filter(([namespace]) => namespace === METRIC_NAMESPACE);
    const keys = shown.map(([namespace, name, ...rest]) => metricKey(namespace, name, pairs(rest)));
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !emitted.includes(key))).toEqual([]);
  });

  it('that the code emits is on the dashboard or has an alarm', () => {
    const names = new Set([
      ...watched.map(({ MetricName }) => MetricName),
      ...dashboardMetrics().map(([, name]) => name),
    ]);
    const own = Object.values(MEASURED).flatMap(({ metrics }) => Object.keys(metrics));
    expect(own.filter((name) => !names.has(name))).toEqual([]);
  });

  it('has so few dimension values that it stays cheap', () => {
    expect(new Set(emitted).size).toBeLessThan(80);
  });
});

describe('every AWS metric', () => {
  it('that an alarm watches is documented, and belongs to a resource of the stack', () => {
    const theirs = watched.filter(({ Namespace }) => Namespace !== METRIC_NAMESPACE);
    expect(theirs.length).toBeGreaterThan(10);
    for (const { Namespace, MetricName, Dimensions = [] } of theirs) {
      const known = OF_AWS[Namespace];
      expect(known?.names).toContain(MetricName);
      const types = Dimensions.map(({ Name, Value }) => [Name, json.Resources[referred(Value)]?.Type]);
      expect(types).toEqual(Object.entries(known?.by ?? {}));
    }
  });

  it('that the dashboard shows is documented', () => {
    const theirs = dashboardMetrics().filter(([namespace]) => namespace.startsWith('AWS/'));
    const unknown = theirs.filter(([namespace, name]) => !OF_AWS[namespace]?.names.includes(name));
    expect(theirs.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });
});

describe('events that failed after all retries', () => {
  const [queue] = Object.keys(all('AWS::SQS::Queue'));
  const arn = { 'Fn::GetAtt': [queue, 'Arn'] };

  it('are kept, whichever rule failed to deliver them', () => {
    const targets = properties('AWS::Events::Rule').flatMap(({ Targets }) => Targets);
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) expect(target.DeadLetterConfig).toEqual({ Arn: arn });
  });

  it('are kept, whichever Lambda failed to handle them', () => {
    const called = properties('AWS::Events::Rule').flatMap(({ Targets }) =>
      Targets.map(({ Arn }: { Arn: { 'Fn::GetAtt': string[] } }) => Arn['Fn::GetAtt'][0]),
    );
    const kept = properties('AWS::Lambda::EventInvokeConfig');
    for (const { DestinationConfig } of kept) expect(DestinationConfig).toEqual({ OnFailure: { Destination: arn } });
    expect(sorted(kept.map(({ FunctionName }) => FunctionName.Ref))).toEqual(sorted(new Set(called)));
  });
});

it("every Lambda is traced, and each of its log lines names it, as does the task's", () => {
  for (const { TracingConfig, Environment } of functions) {
    expect(TracingConfig).toEqual({ Mode: 'Active' });
    expect(Environment.Variables.POWERTOOLS_SERVICE_NAME).toBe(SERVICE);
  }
  expect(local.taskEnvironment.POWERTOOLS_SERVICE_NAME).toBe(SERVICE);
  for (const { TracingConfiguration } of properties('AWS::StepFunctions::StateMachine')) {
    expect(TracingConfiguration).toEqual({ Enabled: true });
  }
});

function keyOf({ Namespace, MetricName, Dimensions = [] }: MetricJson): string {
  return metricKey(
    Namespace,
    MetricName,
    Dimensions.map(({ Name, Value }) => [Name, String(Value)]),
  );
}

/** The logical id that a dimension's value is made from. */
function referred(value: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return Ref ?? attribute?.[0] ?? '';
}

function dashboardMetrics(): [namespace: string, name: string, ...rest: unknown[]][] {
  const [{ DashboardBody }] = properties('AWS::CloudWatch::Dashboard') as [
    { DashboardBody: { 'Fn::Join': [string, unknown[]] } },
  ];
  const body = DashboardBody['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'token')).join('');
  const { widgets } = JSON.parse(body) as { widgets: { properties: { metrics?: unknown[][] } }[] };
  return widgets
    .flatMap(({ properties: { metrics = [] } }) => metrics)
    .filter(([namespace]) => typeof namespace === 'string') as ReturnType<typeof dashboardMetrics>;
}

/** The dimensions of a dashboard's metric, which are in the same array as its options. */
function pairs(row: unknown[]): [string, string][] {
  const texts = row.filter((part) => typeof part === 'string');
  return texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? ''] as [string, string]] : []));
}

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it, vi } from 'vitest';
import { type BusEvent, DEFAULT_BUS, EventBus, serveEventBus } from '../../../lib/local/aws/event-bus.ts';
import { executionEnded } from '../../../lib/local/executions/state-machines.ts';
import { LOCAL_CREDENTIALS } from '../../support/local-credentials.ts';
import { knownStack } from '../../support/stack/known-stack.ts';

describe('the bus', () => {
  const event: BusEvent = { source: 'a', 'detail-type': 't', detail: { n: 1 } };
  const bus = DEFAULT_BUS;

  it('sends an event to every target of every matching rule, and to no others', async () => {
    const told: unknown[] = [];
    const rules = [
      { bus, pattern: { source: ['a'] }, targetArns: ['one', 'two'] },
      { bus, pattern: { source: ['b'] }, targetArns: ['three'] },
      { bus: 'another', pattern: { source: ['a'] }, targetArns: ['four'] },
      { bus, pattern: { 'detail-type': ['t'] }, targetArns: ['five'] },
    ];
    const events = new EventBus(rules, async (target, what) => told.push([target, what]));
    await events.put(event);
    const delivered = { ...event, id: expect.any(String), account: expect.any(String), time: expect.any(String) };
    expect(told.splice(0)).toEqual([
      ['one', delivered],
      ['two', delivered],
      ['five', delivered],
    ]);
    await events.put(event, 'another');
    expect(told).toEqual([['four', delivered]]);
  });

  it('gives a target the input that its rule makes of the event: the JSON of each value, whatever it contains', async () => {
    const told: unknown[] = [];
    const input = {
      paths: { detail: '$.detail', who: '$.source' },
      template: '{"end":"execution","detail":<detail>,"by":<who>}',
    };
    const rules = [{ bus, pattern: {}, targetArns: ['one', 'two'], inputs: { two: input } }];
    const detail = { input: JSON.stringify({ quoted: '"a <who>"' }), cause: null };
    await new EventBus(rules, async (target, what) => told.push([target, what])).put({ ...event, detail });
    expect(told).toEqual([
      ['one', expect.objectContaining({ source: 'a', detail })],
      ['two', { end: 'execution', detail, by: 'a' }],
    ]);
  });

  it('gives each event its own id, unless it has one', async () => {
    const ids: string[] = [];
    const events = new EventBus([{ bus, pattern: {}, targetArns: ['one'] }], async (_, { id }) => ids.push(id));
    for (const id of [undefined, undefined, 'mine', 'mine'])
      await events.put(id === undefined ? event : { ...event, id });
    expect(new Set(ids.slice(0, 3)).size).toBe(3);
    expect(ids.slice(2)).toEqual(['mine', 'mine']);
  });

  it('waits for the targets, and reports one that fails without stopping the others', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const told: string[] = [];
    const rules = [{ bus, pattern: {}, targetArns: ['slow', 'bad', 'last'] }];
    await new EventBus(rules, async (target) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (target === 'bad') throw new Error('no');
      told.push(target);
    }).put(event);
    expect(told).toEqual(['slow', 'last']);
    expect(reported).toHaveBeenCalledExactlyOnceWith('the target bad failed:', new Error('no'));
    reported.mockRestore();
  });

  it('sends events to listeners until they have had enough', async () => {
    const heard: unknown[] = [];
    const events = new EventBus([], async () => {});
    const end = events.subscribe((on, { detail }) => heard.push([on, detail]));
    await events.put(event, 'another');
    end();
    await events.put(event);
    expect(heard).toEqual([['another', { n: 1 }]]);
  });

  it('calls the targets of a schedule in the minutes when it is due', async () => {
    const told: unknown[] = [];
    const rules = [{ bus, schedule: 'cron(0/2 * * * ? *)', targetArns: ['one'] }];
    const events = new EventBus(rules, async (target, { time }) => told.push([target, time]));
    for (const time of ['02:00:59', '02:01:00', '02:02:30']) await events.tick(new Date(`2026-11-22T${time}Z`));
    await events.put(event);
    expect(told).toEqual([
      ['one', '2026-11-22T02:00:00.000Z'],
      ['one', '2026-11-22T02:02:00.000Z'],
    ]);
  });

  it('accepts events from the SDK, and says which ones it refuses', async () => {
    const told: unknown[] = [];
    const events = new EventBus([{ bus: 'ours', pattern: { source: ['a'] }, targetArns: ['one'] }], async (_, what) =>
      told.push(what),
    );
    const server = await serveEventBus(events, LOCAL_CREDENTIALS);
    const credentials = LOCAL_CREDENTIALS;
    const client = new EventBridgeClient({ endpoint: server.url, region: 'us-east-1', credentials });
    const entry = { Source: 'a', DetailType: 't', Detail: '{"n":1}' };
    const { Entries, FailedEntryCount } = await client.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, EventBusName: 'ours' },
          { ...entry, EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/ours' },
          entry,
          { ...entry, Detail: 'no JSON' },
        ],
      }),
    );
    await events.stop();
    await server.close();
    client.destroy();
    expect(FailedEntryCount).toBe(1);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, undefined, undefined, 'MalformedDetail']);
    expect(told).toMatchObject([0, 1].map((index) => ({ ...event, id: Entries?.[index]?.EventId })));
  });
});

describe('the stack’s rules', () => {
  const { rules, functions, stateMachines, taskEnvironment } = knownStack();
  const OWN_BUS = taskEnvironment.EVENT_BUS_NAME;
  const told = async (event: BusEvent, bus = DEFAULT_BUS) => {
    const entries: (string | undefined)[] = [];
    await new EventBus(rules, async (target) => {
      entries.push(functions.find(({ arn }) => arn === target)?.entry);
    }).put(event, bus);
    return entries;
  };
  const machineWith = (state: string) => stateMachines.find(({ definition }) => state in definition.States);
  const ended = (state: string, status: string) =>
    told(executionEnded({ stateMachineArn: machineWith(state)?.arn, status }));

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'])("send an execution's end with %s to its own handler", async (status) => {
    expect(await ended('Run restore pipeline', status)).toEqual(['record-restore-end']);
    expect(await ended('Record failed verification', status)).toEqual(['record-verification-end']);
    expect(await ended('Scan a part', status)).toEqual(['record-job-end']);
    expect(await ended('Take the next group', status)).toEqual(['record-plan-run-end']);
    expect(await ended('Verify some new backups', status)).toEqual(['record-job-end']);
  });

  it.each(['SUCCEEDED', 'RUNNING'])('send an execution that %s to no handler', async (status) => {
    expect(await ended('Run restore pipeline', status)).toEqual([]);
    expect(await ended('Record failed verification', status)).toEqual([]);
  });

  it('send the end of another machine’s execution to no handler', async () => {
    expect(await told(executionEnded({ stateMachineArn: 'arn:another', status: 'FAILED' }))).toEqual([]);
  });

  it('deliver requests of others from both buses, and their events from our own', async () => {
    const asked = { source: 'jagad-restore.requests', 'detail-type': 'Restore Requested', detail: {} };
    for (const bus of [DEFAULT_BUS, OWN_BUS]) expect(await told(asked, bus)).toEqual(['restore-requested']);
    const event = { source: 'com.example.monitor', 'detail-type': 'Region Lost', detail: {} };
    expect(await told(event, OWN_BUS)).toEqual(['start-plans']);
    expect(await told(event)).toEqual([]);
    const alarm = { source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', detail: {} };
    expect(await told(alarm)).toEqual(['start-plans']);
  });

  it.each([
    'Restore Status Change',
    'Backup Verification Status Change',
    'Recovery Plan Run Status Change',
    'Restore Requested',
  ])('send our own %s to no handler', async (type) => {
    const event = { source: 'jagad-restore', 'detail-type': type, detail: {} };
    for (const bus of [DEFAULT_BUS, OWN_BUS]) expect(await told(event, bus)).toEqual([]);
  });

  it('call the function that starts plans every minute', async () => {
    const entries: unknown[] = [];
    const events = new EventBus(rules, async (target) => {
      entries.push(functions.find(({ arn }) => arn === target)?.entry);
    });
    for (const minute of [0, 1]) await events.tick(new Date(Date.UTC(2026, 10, 22, 2, minute)));
    expect(entries).toEqual(['start-plans', 'start-plans']);
  });

  it('report a stopped task of this cluster', async () => {
    const parameters = machineWith('Run restore pipeline')?.definition.States['Run restore pipeline']?.Parameters;
    const { Cluster: clusterArn } = parameters as { Cluster: string };
    const event = (detail: Record<string, unknown>) => ({
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      detail: { clusterArn, lastStatus: 'STOPPED', ...detail },
    });
    expect(await told(event({}))).toEqual(['record-stopped-task']);
    expect(await told(event({ lastStatus: 'DEPROVISIONING' }))).toEqual([]);
    expect(await told(event({ clusterArn: 'arn:another' }))).toEqual([]);
  });
});

/** The local Step Functions, by itself and through the SDK. The stack's own machines are tested in test/workflow. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BusEvent, EventBus } from '../../../lib/local/aws/event-bus.ts';
import type { ListeningServer } from '../../../lib/local/aws/json-service.ts';
import { StateMachines, serveStateMachines, type TaskRunner } from '../../../lib/local/executions/state-machines.ts';
import { LOCAL_CREDENTIALS } from '../../support/local-credentials.ts';

const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:Test';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:Test:one';
const TASK = { Type: 'Task', Resource: 'arn:task', TimeoutSeconds: 60, End: true };

/** Tasks that end when a test says so. */
let tasks: { signal: AbortSignal; resolve(value: unknown): void; reject(error: Error): void }[] = [];
let told: BusEvent[] = [];
const runTask: TaskRunner = (_, __, { signal }) =>
  new Promise((resolve, reject) => tasks.push({ signal, resolve, reject }));
const machinesOf = (state: Record<string, unknown> = TASK) =>
  new StateMachines({
    machines: [{ arn: ARN, definition: { StartAt: 'Work', States: { Work: state as typeof TASK } } }],
    events: new EventBus([{ bus: 'default', pattern: {}, targetArns: ['arn:target'] }], async (_, event) =>
      told.push(event),
    ),
    runTask,
  });
/** The next task that is called. */
async function nextTask() {
  for (;;) {
    const task = tasks.shift();
    if (task !== undefined) return task;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
beforeEach(() => {
  [tasks, told] = [[], []];
});

describe('an execution', () => {
  it('that is started again while it runs is the same one', async () => {
    const machines = machinesOf();
    const first = machines.start(ARN, 'one', '{"a":1}');
    expect(machines.start(ARN, 'one', '{"a":1}')).toBe(first);
    expect(() => machines.start(ARN, 'one', '{"a":2}')).toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
    (await nextTask()).resolve({});
    await first.ended;
    expect(tasks).toEqual([]);
    expect(() => machines.start(ARN, 'one', '{"a":1}')).toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
  });

  it('with a different name is a different one', async () => {
    const machines = machinesOf();
    const both = [machines.start(ARN, 'one', '{}'), machines.start(ARN, 'two', '{}')];
    for (const _ of both) (await nextTask()).resolve({});
    await Promise.all(both.map(({ ended }) => ended));
    expect(told.map(({ detail }) => detail.name).sort()).toEqual(['one', 'two']);
  });

  it('that has ended can be queried until two hundred others have ended', async () => {
    const machines = machinesOf();
    for (let n = 0; n < 202; n++) {
      const execution = machines.start(ARN, `number ${n}`, '{}');
      (await nextTask()).resolve({});
      await execution.ended;
    }
    const running = machines.start(ARN, 'running', '{}');
    expect(machines.all().map(({ name }) => name)).toEqual([
      ...Array.from({ length: 200 }, (_, n) => `number ${n + 2}`),
      'running',
    ]);
    expect(() => machines.get(EXECUTION.replace('one', 'number 0'))).toThrow(
      expect.objectContaining({ name: 'ExecutionDoesNotExist' }),
    );
    expect(machines.get(running.arn)).toBe(running);
    (await nextTask()).resolve({});
    await running.ended;
  });

  it('that is stopped is stopped at once, and reports the end of its task', async () => {
    const machines = machinesOf();
    const execution = machines.start(ARN, 'one', '{}');
    const task = await nextTask();
    execution.stop('Cancelled', 'why not');
    expect(execution).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'why not' });
    expect(task.signal.aborted).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told).toEqual([]);
    task.reject(new Error('stopped'));
    await execution.ended;
    expect(told).toMatchObject([{ detail: { status: 'ABORTED', error: 'Cancelled', cause: 'why not' } }]);
  });

  it.each([
    ['succeeds', (task: (typeof tasks)[number]) => task.resolve({})],
    ['fails', (task: (typeof tasks)[number]) => task.reject(new Error('no'))],
  ])('that is stopped as its task %s stays stopped', async (_, end) => {
    const execution = machinesOf().start(ARN, 'one', '{}');
    const task = await nextTask();
    end(task);
    execution.stop('Cancelled');
    await execution.ended;
    expect(execution).toMatchObject({ status: 'ABORTED', error: 'Cancelled' });
    expect(told).toMatchObject([{ detail: { status: 'ABORTED', error: 'Cancelled' } }]);
  });

  it('that has ended can no longer be stopped', async () => {
    const execution = machinesOf().start(ARN, 'one', '{}');
    (await nextTask()).resolve({ found: 1 });
    await execution.ended;
    execution.stop('Cancelled');
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '{"found":1}' });
    expect(told).toHaveLength(1);
  });

  it("fails if a state gives its task no time-out, because the library's default is a minute", async () => {
    const { TimeoutSeconds: _, ...untimed } = TASK;
    const execution = machinesOf(untimed).start(ARN, 'one', '{}');
    await execution.ended;
    expect(execution).toMatchObject({ status: 'FAILED', cause: 'the state Work has no TimeoutSeconds' });
  });

  it('ends with the service', async () => {
    const machines = machinesOf();
    const execution = machines.start(ARN, 'one', '{}');
    const task = await nextTask();
    const stopping = machines.stop('bye');
    task.reject(new Error('stopped'));
    await stopping;
    expect(execution).toMatchObject({ status: 'ABORTED', error: 'ServiceStopped', cause: 'bye' });
    expect(told).toHaveLength(1);
  });
});

describe('through the SDK', () => {
  let server: ListeningServer;
  let client: SFNClient;
  beforeEach(async () => {
    server = await serveStateMachines(machinesOf(), LOCAL_CREDENTIALS);
    const credentials = LOCAL_CREDENTIALS;
    client = new SFNClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  });
  afterEach(async () => {
    client.destroy();
    await server.close();
  });
  const start = (input = '{}', name = 'one', stateMachineArn = ARN) =>
    client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  const describeExecution = (executionArn = EXECUTION) => client.send(new DescribeExecutionCommand({ executionArn }));

  it('starts, describes and stops an execution', async () => {
    const { executionArn, startDate } = await start('{"a":1}');
    expect(executionArn).toBe(EXECUTION);
    expect(startDate?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(await describeExecution()).toMatchObject({
      status: 'RUNNING',
      stateMachineArn: ARN,
      name: 'one',
      input: '{"a":1}',
    });
    const task = await nextTask();
    await client.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: 'c' }));
    expect(await describeExecution()).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'c' });
    task.reject(new Error('stopped'));
  });

  it('says why an execution failed', async () => {
    await start();
    (await nextTask()).reject(Object.assign(new Error('the cause'), { name: 'TheError' }));
    await expect.poll(async () => (await describeExecution()).status).toBe('FAILED');
    expect(await describeExecution()).toMatchObject({
      error: 'TheError',
      cause: 'the cause',
      stopDate: expect.any(Date),
    });
  });

  it('throws the SDK’s own errors', async () => {
    await start();
    await expect(start('{"other":1}')).rejects.toBeInstanceOf(ExecutionAlreadyExists);
    await expect(start('{}', 'one', 'arn:another')).rejects.toBeInstanceOf(StateMachineDoesNotExist);
    await expect(describeExecution('arn:another')).rejects.toBeInstanceOf(ExecutionDoesNotExist);
    const unknown = client.send(new StopExecutionCommand({ executionArn: 'arn:another' }));
    await expect(unknown).rejects.toBeInstanceOf(ExecutionDoesNotExist);
  });
});

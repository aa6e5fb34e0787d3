/** The synthesised state machine, run: each task failing in turn with each error that can reach it. */
import { describe, expect, it } from 'vitest';
import { type EndedExecution, failureOfExecution } from '../../lib/workflow/ended-execution.ts';
import { ECS_UNAVAILABLE, LAMBDA_UNAVAILABLE } from '../../lib/workflow/service-errors.ts';
import { RESTORE_STATES, type RecordFailureInput } from '../../lib/workflow/states.ts';
import { failureOf } from '../../lib/workflow/task-failure.ts';
import { errorExamples } from '../support/error-classes.ts';
import {
  answers,
  definition,
  fails,
  hangs,
  machineArn,
  RESTORE_ID,
  type Run,
  runExecution,
  type Script,
  STOPPING_SECONDS,
  type Step,
} from './run-execution.ts';
import { EXITED_1, NEVER_STARTED, OUT_OF_MEMORY, refused, thrown } from './told-errors.ts';

const EXECUTION_ARN = `${machineArn.replace(':stateMachine:', ':execution:')}:${RESTORE_ID}`;
const GOOD = {
  validate: [answers({ restore_id: RESTORE_ID, backup_id: 'b', summary: 'b to database d', task: { starts: 1 } })],
  verify: [answers({ etag: '"e"', sha256: 'f'.repeat(64), object_bytes: 9 })],
  pipeline: [answers({ Containers: [{ ExitCode: 0 }] })],
  success: [answers(null)],
} satisfies Script;
type LambdaState = 'validate' | 'verify' | 'success';
const LAMBDA_STATES: LambdaState[] = ['validate', 'verify', 'success'];
const ORDER = ['validate', 'verify', 'pipeline', 'success'] as const;

/** Records nothing, and answers as the function does where nothing was recorded before. */
const failureRecorded: Step = async ({ input }) => {
  const { code, message } = failureOf((input as RecordFailureInput).error);
  return { code, message };
};
/** All good up to a state, which does these steps, and nothing after it. */
const upTo = (state: (typeof ORDER)[number], ...steps: Step[]): Script => ({
  ...Object.fromEntries(ORDER.slice(0, ORDER.indexOf(state)).map((name) => [name, GOOD[name]])),
  [state]: steps,
});
const pathTo = (state: (typeof ORDER)[number], ...seconds: number[]) => [
  ...ORDER.slice(0, ORDER.indexOf(state)).map((name) => `${RESTORE_STATES[name]} @ 0`),
  ...seconds.map((at) => `${RESTORE_STATES[state]} @ ${at}`),
];
const restFrom = (state: (typeof ORDER)[number], second: number) =>
  ORDER.slice(ORDER.indexOf(state) + 1).map((name) => `${RESTORE_STATES[name]} @ ${second}`);

/** Ended by `Record failure`, which was told of this error; so was the rule. */
function expectRecorded({ inputs, execution, told }: Run, error: { name: string; message?: string }, code?: string) {
  const caught = { Error: error.name, Cause: error.message ?? expect.any(String) };
  expect(inputs.failure).toEqual({ restore_id: RESTORE_ID, error: caught });
  const failure = failureOf((inputs.failure as RecordFailureInput).error);
  if (code !== undefined) expect(failure.code).toBe(code);
  expect(execution).toMatchObject({ status: 'FAILED', error: failure.code, cause: failure.message });
  expectTold(told, { status: 'FAILED', error: failure.code, cause: failure.message });
}

function expectTold(told: Run['told'], detail: Partial<EndedExecution['detail']>) {
  const event = {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn: EXECUTION_ARN, stateMachineArn: machineArn, name: RESTORE_ID, ...detail },
  };
  expect(told).toMatchObject([{ entry: 'record-ended-execution', event }]);
}

describe('a good restore', () => {
  it('goes from state to state with small inputs, and tells no rule', async () => {
    const request = { backup_id: 'b', target_database: 'd' };
    const { path, inputs, execution, told } = await runExecution(GOOD, { input: request });
    expect(path).toEqual(pathTo('success', 0));
    expect(inputs).toEqual({
      validate: { restore_id: RESTORE_ID, execution_arn: EXECUTION_ARN, request },
      verify: { restore_id: RESTORE_ID },
      pipeline: expect.objectContaining({
        LaunchType: 'FARGATE',
        Overrides: {
          ContainerOverrides: [
            {
              Name: 'restore',
              Environment: [
                { Name: 'RESTORE_ID', Value: RESTORE_ID },
                { Name: 'VERIFIED_ETAG', Value: '"e"' },
                { Name: 'VERIFIED_SHA256', Value: 'f'.repeat(64) },
              ],
            },
          ],
        },
      }),
      success: { restore_id: RESTORE_ID },
    });
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect(told).toEqual([]);
  });
});

describe.each(LAMBDA_STATES)('a failing state: %s', (state) => {
  it.each([...errorExamples.map(({ name }) => name), 'TypeError', 'Sandbox.Timedout', 'Runtime.ExitError'])(
    '%s is recorded',
    async (name) => {
      const error = thrown(name);
      const run = await runExecution({ ...upTo(state, fails(error)), failure: [failureRecorded] });
      expect(run.path).toEqual([...pathTo(state, 0), 'Record failure @ 0']);
      expectRecorded(run, error);
    },
  );

  it.each(LAMBDA_UNAVAILABLE)('%s is tried again', async (name) => {
    const run = await runExecution({ ...GOOD, [state]: [fails(refused(name)), ...GOOD[state]] });
    expect(run.path).toEqual([...pathTo(state, 0, 2), ...restFrom(state, 2)]);
    expect(run.execution.status).toBe('SUCCEEDED');
  });

  it('is recorded once Lambda has refused too often', async () => {
    const error = refused('Lambda.TooManyRequestsException');
    const run = await runExecution({ ...upTo(state, ...Array(5).fill(fails(error))), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo(state, 0, 2, 6, 14, 30), 'Record failure @ 30']);
    expectRecorded(run, error, 'LAMBDA_TOO_MANY_REQUESTS_EXCEPTION');
  });

  it('is recorded when it takes longer than it may', async () => {
    const after = definition.States[RESTORE_STATES[state]]?.TimeoutSeconds;
    const run = await runExecution({ ...upTo(state, hangs), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo(state, 0), `Record failure @ ${after}`]);
    expectRecorded(run, { name: 'States.Timeout' }, 'TIMED_OUT');
  });
});

describe('a failing task', () => {
  it.each([
    ['exit code 1', EXITED_1, 'TASK_FAILED'],
    ['out of memory', OUT_OF_MEMORY, 'OUT_OF_MEMORY'],
    ['a call that ECS refuses', refused('ECS.ClusterNotFoundException'), 'ECS_CLUSTER_NOT_FOUND_EXCEPTION'],
  ])('%s is recorded, and not tried again', async (_, error, code) => {
    const run = await runExecution({ ...upTo('pipeline', fails(error, 60)), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo('pipeline', 0), 'Record failure @ 60']);
    expectRecorded(run, error, code);
  });

  it('is recorded when it takes longer than it may, and is told so', async () => {
    const run = await runExecution({ ...upTo('pipeline', hangs), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo('pipeline', 0), `Record failure @ ${23 * 3600}`]);
    expectRecorded(run, { name: 'States.Timeout' }, 'TIMED_OUT');
    expect(run.told[0]?.atSeconds).toBe(23 * 3600 + STOPPING_SECONDS);
  });

  it('is started three times while it never starts, then recorded', async () => {
    const steps = Array(3).fill(fails(NEVER_STARTED));
    const run = await runExecution({ ...upTo('pipeline', ...steps), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo('pipeline', 0, 30, 60), 'Record failure @ 60']);
    expectRecorded(run, NEVER_STARTED, 'TASK_FAILED_TO_START');
  });

  it('that starts the second time makes a good restore', async () => {
    const run = await runExecution({ ...GOOD, pipeline: [fails(NEVER_STARTED), ...GOOD.pipeline] });
    expect(run.path).toEqual([...pathTo('pipeline', 0, 30), 'Record success @ 30']);
    expect(run.execution.status).toBe('SUCCEEDED');
    expect(run.told).toEqual([]);
  });

  it('is not started again once it ran', async () => {
    const steps = [fails(NEVER_STARTED), fails(EXITED_1)];
    const run = await runExecution({ ...upTo('pipeline', ...steps), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo('pipeline', 0, 30), 'Record failure @ 30']);
    expectRecorded(run, EXITED_1, 'TASK_FAILED');
  });

  it.each(ECS_UNAVAILABLE)('is asked for again after %s', async (name) => {
    const run = await runExecution({ ...GOOD, pipeline: [fails(refused(name)), ...GOOD.pipeline] });
    expect(run.path).toEqual([...pathTo('pipeline', 0, 5), 'Record success @ 5']);
    expect(run.execution.status).toBe('SUCCEEDED');
  });

  it('is recorded once ECS has refused too often', async () => {
    const error = refused('ECS.ThrottlingException');
    const run = await runExecution({ ...upTo('pipeline', ...Array(4).fill(fails(error))), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo('pipeline', 0, 5, 15, 35), 'Record failure @ 35']);
    expectRecorded(run, error, 'ECS_THROTTLING_EXCEPTION');
  });
});

describe('a failing record of the failure', () => {
  it.each(LAMBDA_UNAVAILABLE)('is tried again after %s', async (name) => {
    const error = thrown('ChecksumMismatch');
    const failure = [fails(refused(name)), failureRecorded];
    const run = await runExecution({ ...upTo('verify', fails(error)), failure });
    expect(run.path).toEqual([...pathTo('verify', 0), 'Record failure @ 0', 'Record failure @ 2']);
    expectRecorded(run, error, 'CHECKSUM_MISMATCH');
  });

  it.each([
    ['throws', fails(thrown('TypeError')), 'TypeError', 0],
    ['hangs', hangs, 'States.Timeout', 60 + STOPPING_SECONDS],
  ])('leaves it to the rule when it %s', async (_, step, error, atSeconds) => {
    const run = await runExecution({ ...upTo('verify', fails(thrown('DownloadError'))), failure: [step] });
    expect(run.execution).toMatchObject({ status: 'FAILED', error });
    expectTold(run.told, { status: 'FAILED', error });
    expect(run.told[0]?.atSeconds).toBe(atSeconds);
  });
});

describe('an execution that ends from outside', () => {
  const toldFailures = ({ told }: Run) => told.map(({ event }) => failureOfExecution((event as EndedExecution).detail));

  it.each(ORDER)('stops at once in %s, and the rule is told once the task has stopped', async (state) => {
    const run = await runExecution(upTo(state, hangs), { stopAtSeconds: 20 });
    expect(run.path).toEqual(pathTo(state, 0));
    expect(run.execution).toMatchObject({ status: 'ABORTED', error: 'Tester', cause: 'enough' });
    expectTold(run.told, { status: 'ABORTED', error: 'Tester', cause: 'enough' });
    expect(run.told[0]?.atSeconds).toBe(20 + STOPPING_SECONDS);
    expect(toldFailures(run)).toMatchObject([{ code: 'STOPPED', message: expect.stringContaining('Tester: enough') }]);
  });

  it.each([
    ['waits to call Lambda again', upTo('verify', fails(refused('Lambda.ServiceException'))), 1],
    ['waits to call ECS again', upTo('pipeline', fails(refused('ECS.ServerException'))), 4],
    ['waits for a place', upTo('pipeline', fails(NEVER_STARTED)), 20],
  ])('calls nothing any more when it is stopped while it %s', async (_, script, stopAtSeconds) => {
    const run = await runExecution(script, { stopAtSeconds });
    expect(run.execution.status).toBe('ABORTED');
    expectTold(run.told, { status: 'ABORTED' });
    expect(run.told[0]?.atSeconds).toBe(stopAtSeconds);
  });

  it('has taken longer than the whole may: the task is stopped, and the rule is told', async () => {
    // each state in its time, but all of them together are not
    const busy = fails(refused('Lambda.TooManyRequestsException'), 899);
    const verify = [busy, busy, busy, busy, answers({ etag: '"e"', sha256: 'f', object_bytes: 9 }, 899)];
    const run = await runExecution({ ...GOOD, verify, pipeline: [hangs], success: [] });
    expect(run.path.at(-1)).toBe(`Run restore pipeline @ ${5 * 899 + 30}`);
    expect(run.execution.status).toBe('TIMED_OUT');
    expectTold(run.told, { status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(run.told[0]?.atSeconds).toBe(24 * 3600 + STOPPING_SECONDS);
    expect(toldFailures(run)).toMatchObject([{ code: 'TIMED_OUT' }]);
  });
});

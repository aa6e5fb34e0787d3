/** The synthesised state machine, run: each task failing in turn with each error that can reach it. */
import { describe, expect, it } from 'vitest';
import { ECS_UNAVAILABLE, LAMBDA_UNAVAILABLE } from '../../../lib/infra/machines/service-errors.ts';
import { type EndOfExecution, failureOfExecution } from '../../../lib/restores/execution/ended-execution.ts';
import { type FailureEnd, RESTORE_STATES } from '../../../lib/restores/execution/states.ts';
import { failureOf } from '../../../lib/restores/execution/task-failure.ts';
import { errorExamples } from '../../support/error-classes.ts';
import {
  answers,
  EXECUTION_NAME,
  fails,
  hangs,
  machineOf,
  type Run as RunOf,
  type Script as ScriptOf,
  STOPPING_SECONDS,
  type Step,
} from './run-execution.ts';
import { EXITED_1, NEVER_STARTED, OUT_OF_MEMORY, refused, thrown } from './told-errors.ts';

type Run = RunOf<keyof typeof RESTORE_STATES>;
type Script = ScriptOf<keyof typeof RESTORE_STATES>;

const machine = machineOf(RESTORE_STATES);
const runExecution = machine.run;
const RESTORE_ID = EXECUTION_NAME;
const PLANNED = { restore_id: RESTORE_ID, backup_id: 'b', summary: 'b to database d', verify: 'recent', kind: 'dump' };
const SIZE = { cpu: '2048', memory: '4096', disk_gib: 60 };
const GOOD = {
  validate: [answers({ ...PLANNED, task: { starts: 1 }, size: SIZE })],
  verify: [answers({ etag: '"e"', sha256: 'f'.repeat(64), object_bytes: 9 })],
  pipeline: [answers({ Containers: [{ ExitCode: 0 }] })],
  success: [answers(null)],
} satisfies Script;
const GOOD_RECOVERY = {
  validate: [answers({ ...PLANNED, kind: 'physical', task: { starts: 1 }, size: SIZE })],
  recovery: [answers({ Containers: [{ ExitCode: 0 }] })],
  success: [answers(null)],
} satisfies Script;
/** Of a backup whose archive was never read: it is verified, then the plan is made again. */
const UNREAD = { ...PLANNED, kind: 'unread', task: { starts: 1 }, size: SIZE };
const GOOD_UNREAD = { ...GOOD_RECOVERY, validate: [answers(UNREAD), ...GOOD_RECOVERY.validate], verify: GOOD.verify };
type LambdaState = 'validate' | 'verify' | 'success';
const LAMBDA_STATES: LambdaState[] = ['validate', 'verify', 'success'];
const ORDER = ['validate', 'verify', 'pipeline', 'success'] as const;

/** What `Verify checksum` says of a backup that it leaves to the task. */
const TOO_LARGE = thrown('TooLargeForLambda');

/** Records nothing, and answers as the function does where nothing was recorded before. */
const failureRecorded: Step = async ({ input }) => {
  const { code, message } = failureOf((input as FailureEnd<object>).error);
  return { code, message };
};
/** Everything succeeds up to a state, which does these steps; nothing runs after it. */
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

/** Ended by `Record failure`, which got this error, as did the rule. */
function expectRecorded({ inputs, execution, told }: Run, error: { name: string; message?: string }, code?: string) {
  const caught = { Error: error.name, Cause: error.message ?? expect.any(String) };
  expect(inputs.failure).toEqual({ end: 'failure', restore_id: RESTORE_ID, error: caught });
  const failure = failureOf((inputs.failure as FailureEnd<object>).error);
  if (code !== undefined) expect(failure.code).toBe(code);
  expect(execution).toMatchObject({ status: 'FAILED', error: failure.code, cause: failure.message });
  expectTold(told, { status: 'FAILED', error: failure.code, cause: failure.message });
}

function expectTold(told: Run['told'], detail: Partial<EndOfExecution['detail']>) {
  const event = {
    end: 'execution',
    detail: { executionArn: machine.executionArn, stateMachineArn: machine.arn, name: RESTORE_ID, ...detail },
  };
  expect(told).toMatchObject([{ entry: 'record-restore-end', event }]);
}

/** As RunTask takes it. */
const SIZED = { Cpu: '2048', Memory: '4096', EphemeralStorage: { SizeInGiB: 60 } };

/** The task is told what to run, and which restore it is about; all else is in the records. */
const runsTask = (program: string, size: object) =>
  expect.objectContaining({
    LaunchType: 'FARGATE',
    Overrides: {
      ...size,
      ContainerOverrides: [
        {
          Name: 'restore',
          Command: [`/app/${program}.mjs`],
          Environment: [{ Name: 'RESTORE_ID', Value: RESTORE_ID }],
        },
      ],
    },
  });

describe('a successful restore', () => {
  it('goes from state to state with small inputs, and triggers no rule', async () => {
    const request = { backup_id: 'b', target_database: 'd' };
    const { path, inputs, execution, told } = await runExecution(GOOD, { input: request });
    expect(path).toEqual(pathTo('success', 0));
    expect(inputs).toEqual({
      validate: { restore_id: RESTORE_ID, execution_arn: machine.executionArn, request },
      verify: { restore_id: RESTORE_ID, verify: 'recent' },
      pipeline: runsTask('main', SIZED),
      success: { end: 'success', restore_id: RESTORE_ID },
    });
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect(told).toEqual([]);
  });
});

describe('a successful recovery from a physical backup', () => {
  it('goes to the task that has the servers, without an earlier verification', async () => {
    const { path, inputs, execution } = await runExecution(GOOD_RECOVERY);
    expect(path).toEqual([...pathTo('verify'), 'Run recovery pipeline @ 0', 'Record success @ 0']);
    expect(inputs.recovery).toEqual(runsTask('recover', SIZED));
    const { TaskDefinition } = inputs.recovery as { TaskDefinition: string };
    expect(TaskDefinition).toContain('RecoveryTask');
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('a recovery from unread archives', () => {
  const request = { backup_id: 'b', databases: [{ from: 'd', to: 'e' }] };
  const [validate, verify, inTask, recovery, success] = (
    ['validate', 'verify', 'verifyInTask', 'recovery', 'success'] as const
  ).map((state) => `${RESTORE_STATES[state]} @ 0`);

  it('verifies one after another, and updates the plan after each', async () => {
    const script = { ...GOOD_UNREAD, verify: [...GOOD.verify, ...GOOD.verify] };
    script.validate = [answers(UNREAD), ...GOOD_UNREAD.validate];
    const { path, inputs, execution } = await runExecution(script, { input: request });
    expect(path).toEqual([validate, verify, validate, verify, validate, recovery, success]);
    expect(inputs.validate).toEqual({ restore_id: RESTORE_ID, execution_arn: machine.executionArn, request });
    expect(inputs.verify).toEqual({ restore_id: RESTORE_ID, verify: 'recent' });
    expect(inputs.recovery).toEqual(runsTask('recover', SIZED));
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('verifies a large one in a task', async () => {
    const script = { ...GOOD_UNREAD, verify: [fails(TOO_LARGE)], verifyInTask: [answers({})] };
    const { path, inputs } = await runExecution(script, { input: request });
    expect(path).toEqual([validate, verify, inTask, validate, recovery, success]);
    expect(inputs.validate).toMatchObject({ request });
    expect(inputs.verifyInTask).toEqual(runsTask('verify-for-restore', {}));
  });

  it('ends with the fault of an archive, or of the plan once it was read', async () => {
    const damaged = { ...GOOD_UNREAD, validate: [answers(UNREAD)], verify: [fails(thrown('DecompressError'))] };
    const none = { recovery: [], success: [], failure: [failureRecorded] };
    const found = await runExecution({ ...damaged, ...none });
    expect(found.path).toEqual([validate, verify, 'Record failure @ 0']);
    expectRecorded(found, thrown('DecompressError'));
    const impossible = [answers(UNREAD), fails(thrown('Impossible'))];
    const refused = await runExecution({ ...GOOD_UNREAD, validate: impossible, ...none });
    expect(refused.path).toEqual([validate, verify, validate, 'Record failure @ 0']);
    expectRecorded(refused, thrown('Impossible'));
  });
});

describe.each(LAMBDA_STATES)('a failing state: %s', (state) => {
  // which of the errors of ours leads elsewhere is below
  const ours = errorExamples.map(({ name }) => name).filter((name) => state !== 'verify' || name !== TOO_LARGE.name);

  it.each([...ours, 'TypeError', 'Sandbox.Timedout', 'Runtime.ExitError'])('%s is recorded', async (name) => {
    const error = thrown(name);
    const run = await runExecution({ ...upTo(state, fails(error)), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo(state, 0), 'Record failure @ 0']);
    expectRecorded(run, error);
  });

  it.each(LAMBDA_UNAVAILABLE)('%s is retried', async (name) => {
    const run = await runExecution({ ...GOOD, [state]: [fails(refused(name)), ...GOOD[state]] });
    expect(run.path).toEqual([...pathTo(state, 0, 2), ...restFrom(state, 2)]);
    expect(run.execution.status).toBe('SUCCEEDED');
  });

  it('is recorded after Lambda has refused too often', async () => {
    const error = refused('Lambda.TooManyRequestsException');
    const run = await runExecution({ ...upTo(state, ...Array(5).fill(fails(error))), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo(state, 0, 2, 6, 14, 30), 'Record failure @ 30']);
    expectRecorded(run, error, 'LAMBDA_TOO_MANY_REQUESTS_EXCEPTION');
  });

  it('is recorded when it times out', async () => {
    const after = machine.definition.States[RESTORE_STATES[state]]?.TimeoutSeconds;
    const run = await runExecution({ ...upTo(state, hangs), failure: [failureRecorded] });
    expect(run.path).toEqual([...pathTo(state, 0), `Record failure @ ${after}`]);
    expectRecorded(run, { name: 'States.Timeout' }, 'TIMED_OUT');
  });
});

describe('a backup that is too large for a Lambda', () => {
  const TO_TASK = [...pathTo('verify', 0), 'Verify checksum in a task @ 0'];
  const inTask = (...steps: Step[]): Script => ({ ...upTo('verify', fails(TOO_LARGE)), verifyInTask: steps });

  it('is verified in a task, and then restored', async () => {
    const run = await runExecution({ ...GOOD, ...inTask(answers({ Containers: [{ ExitCode: 0 }] }, 5000)) });
    expect(run.path).toEqual([...TO_TASK, 'Run restore pipeline @ 5000', 'Record success @ 5000']);
    expect(run.inputs.verifyInTask).toEqual(runsTask('verify-for-restore', {}));
    expect(run.inputs.pipeline).toEqual(runsTask('main', SIZED));
    expect(run.execution.status).toBe('SUCCEEDED');
    expect(run.told).toEqual([]);
  });

  it.each([
    ['exit code 1', EXITED_1, 'TASK_FAILED'],
    ['out of memory', OUT_OF_MEMORY, 'OUT_OF_MEMORY'],
    ['a task that never started', NEVER_STARTED, 'TASK_FAILED_TO_START'],
    ['a call that ECS refuses', refused('ECS.ClusterNotFoundException'), 'ECS_CLUSTER_NOT_FOUND_EXCEPTION'],
  ])('%s is recorded, and nothing is restored', async (_, error, code) => {
    const run = await runExecution({ ...inTask(fails(error, 60)), failure: [failureRecorded] });
    expect(run.path).toEqual([...TO_TASK, 'Record failure @ 60']);
    expectRecorded(run, error, code);
  });

  it('is recorded if the task times out', async () => {
    const run = await runExecution({ ...inTask(hangs), failure: [failureRecorded] });
    expect(run.path).toEqual([...TO_TASK, `Record failure @ ${24 * 3600}`]);
    expectRecorded(run, { name: 'States.Timeout' }, 'TIMED_OUT');
  });

  it.each(ECS_UNAVAILABLE)('has its task requested again after %s', async (name) => {
    const run = await runExecution({ ...GOOD, ...inTask(fails(refused(name)), answers({})) });
    expect(run.path.slice(-3, -1)).toEqual(['Verify checksum in a task @ 5', 'Run restore pipeline @ 5']);
    expect(run.execution.status).toBe('SUCCEEDED');
  });

  it('is no longer verified when the restore is stopped', async () => {
    const run = await runExecution(inTask(hangs), { stopAtSeconds: 20 });
    expect(run.path).toEqual(TO_TASK);
    expect(run.statusWhenStopped).toBe('ABORTED');
    expectTold(run.told, { status: 'ABORTED', error: 'Tester', cause: 'enough' });
    expect(run.told[0]?.atSeconds).toBe(20 + STOPPING_SECONDS);
  });
});

describe.each([
  ['pipeline', GOOD, 'Run restore pipeline', pathTo('pipeline')],
  ['recovery', GOOD_RECOVERY, 'Run recovery pipeline', pathTo('verify')],
] as const)('a failing task: %s', (state, good, name, before) => {
  const failing = (...steps: Step[]): Script => ({ ...good, [state]: steps, success: [] });
  const steps = (...seconds: number[]) => [...before, ...seconds.map((at) => `${name} @ ${at}`)];
  const onceGood = answers({ Containers: [{ ExitCode: 0 }] });

  it.each([
    ['exit code 1', EXITED_1, 'TASK_FAILED'],
    ['out of memory', OUT_OF_MEMORY, 'OUT_OF_MEMORY'],
    ['a call that ECS refuses', refused('ECS.ClusterNotFoundException'), 'ECS_CLUSTER_NOT_FOUND_EXCEPTION'],
  ])('%s is recorded, and not retried', async (_, error, code) => {
    const run = await runExecution({ ...failing(fails(error, 60)), failure: [failureRecorded] });
    expect(run.path).toEqual([...steps(0), 'Record failure @ 60']);
    expectRecorded(run, error, code);
  });

  it('is recorded and told to stop if it times out', async () => {
    const run = await runExecution({ ...failing(hangs), failure: [failureRecorded] });
    expect(run.path).toEqual([...steps(0), `Record failure @ ${72 * 3600}`]);
    expectRecorded(run, { name: 'States.Timeout' }, 'TIMED_OUT');
    expect(run.told[0]?.atSeconds).toBe(72 * 3600 + STOPPING_SECONDS);
  });

  it('is started three times if it never runs, then recorded', async () => {
    const never = Array(3).fill(fails(NEVER_STARTED));
    const run = await runExecution({ ...failing(...never), failure: [failureRecorded] });
    expect(run.path).toEqual([...steps(0, 30, 60), 'Record failure @ 60']);
    expectRecorded(run, NEVER_STARTED, 'TASK_FAILED_TO_START');
  });

  it('that runs the second time completes the restore', async () => {
    const run = await runExecution({ ...good, [state]: [fails(NEVER_STARTED), onceGood] });
    expect(run.path).toEqual([...steps(0, 30), 'Record success @ 30']);
    expect(run.execution.status).toBe('SUCCEEDED');
    expect(run.told).toEqual([]);
  });

  it('is not started again once it has run', async () => {
    const run = await runExecution({ ...failing(fails(NEVER_STARTED), fails(EXITED_1)), failure: [failureRecorded] });
    expect(run.path).toEqual([...steps(0, 30), 'Record failure @ 30']);
    expectRecorded(run, EXITED_1, 'TASK_FAILED');
  });

  it.each(ECS_UNAVAILABLE)('is requested again after %s', async (unavailable) => {
    const run = await runExecution({ ...good, [state]: [fails(refused(unavailable)), onceGood] });
    expect(run.path).toEqual([...steps(0, 5), 'Record success @ 5']);
    expect(run.execution.status).toBe('SUCCEEDED');
  });

  it('is recorded after ECS has refused too often', async () => {
    const error = refused('ECS.ThrottlingException');
    const run = await runExecution({ ...failing(...Array(4).fill(fails(error))), failure: [failureRecorded] });
    expect(run.path).toEqual([...steps(0, 5, 15, 35), 'Record failure @ 35']);
    expectRecorded(run, error, 'ECS_THROTTLING_EXCEPTION');
  });
});

describe('a failure to record the failure', () => {
  it.each(LAMBDA_UNAVAILABLE)('is retried after %s', async (name) => {
    const error = thrown('ChecksumMismatch');
    const failure = [fails(refused(name)), failureRecorded];
    const run = await runExecution({ ...upTo('verify', fails(error)), failure });
    expect(run.path).toEqual([...pathTo('verify', 0), 'Record failure @ 0', 'Record failure @ 2']);
    expectRecorded(run, error, 'CHECKSUM_MISMATCH');
  });

  it.each([
    ['throws', fails(thrown('TypeError')), 'TypeError', 0],
    ['hangs', hangs, 'States.Timeout', 60 + STOPPING_SECONDS],
  ])('is left to the rule if it %s', async (_, step, error, atSeconds) => {
    const run = await runExecution({ ...upTo('verify', fails(thrown('DownloadError'))), failure: [step] });
    expect(run.execution).toMatchObject({ status: 'FAILED', error });
    expectTold(run.told, { status: 'FAILED', error });
    expect(run.told[0]?.atSeconds).toBe(atSeconds);
  });
});

describe('an execution that is ended from outside', () => {
  const toldFailures = ({ told }: Run) => told.map(({ event }) => failureOfExecution((event as EndOfExecution).detail));

  it.each(ORDER)('stops at once in %s, and triggers the rule once the task has stopped', async (state) => {
    const run = await runExecution(upTo(state, hangs), { stopAtSeconds: 20 });
    expect(run.path).toEqual(pathTo(state, 0));
    expect(run.statusWhenStopped).toBe('ABORTED');
    expect(run.execution).toMatchObject({ status: 'ABORTED', error: 'Tester', cause: 'enough' });
    expectTold(run.told, { status: 'ABORTED', error: 'Tester', cause: 'enough' });
    expect(run.told[0]?.atSeconds).toBe(20 + STOPPING_SECONDS);
    expect(toldFailures(run)).toMatchObject([{ code: 'STOPPED', message: expect.stringContaining('Tester: enough') }]);
  });

  it.each([
    ['waits to call Lambda again', upTo('verify', fails(refused('Lambda.ServiceException'))), 1],
    ['waits to call ECS again', upTo('pipeline', fails(refused('ECS.ServerException'))), 4],
    ['waits for capacity', upTo('pipeline', fails(NEVER_STARTED)), 20],
  ])('makes no more calls when it is stopped while it %s', async (_, script, stopAtSeconds) => {
    const run = await runExecution(script, { stopAtSeconds });
    expect(run.execution.status).toBe('ABORTED');
    expectTold(run.told, { status: 'ABORTED' });
    expect(run.told[0]?.atSeconds).toBe(stopAtSeconds);
  });

  it('that exceeds the total time limit stops its task and triggers the rule', async () => {
    // each state in its time, but all of them together are not
    const busy = fails(refused('Lambda.TooManyRequestsException'), 899);
    const verify = [busy, busy, busy, busy, fails(TOO_LARGE, 899)];
    const verifyInTask = [answers({}, 24 * 3600 - 1)];
    const run = await runExecution({ ...GOOD, verify, verifyInTask, pipeline: [hangs], success: [] });
    expect(run.path.at(-1)).toBe(`Run restore pipeline @ ${5 * 899 + 30 + 24 * 3600 - 1}`);
    expect(run.execution.status).toBe('TIMED_OUT');
    expectTold(run.told, { status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(run.told[0]?.atSeconds).toBe(97 * 3600 + STOPPING_SECONDS);
    expect(toldFailures(run)).toMatchObject([{ code: 'TIMED_OUT' }]);
  });
});

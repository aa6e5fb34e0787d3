/** The synthesised verification machine, run: what becomes of sound backups, faulty ones, large ones and stopped ones. */
import { describe, expect, it } from 'vitest';
import { VERIFICATION_STATES } from '../../../lib/backups/verify/states.ts';
import { ECS_UNAVAILABLE, LAMBDA_UNAVAILABLE } from '../../../lib/infra/machines/service-errors.ts';
import { type EndOfExecution, failureOfExecution } from '../../../lib/restores/execution/ended-execution.ts';
import type { CaughtError } from '../../../lib/restores/execution/states.ts';
import { failureOf } from '../../../lib/restores/execution/task-failure.ts';
import { errorExamples } from '../../support/error-classes.ts';
import { answers, fails, hangs, machineOf, type Run as RunOf, STOPPING_SECONDS, type Step } from './run-execution.ts';
import { EXITED_1, NEVER_STARTED, OUT_OF_MEMORY, refused, thrown } from './told-errors.ts';

type Run = RunOf<keyof typeof VERIFICATION_STATES>;

const BACKUP_ID = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const input = { backup_id: BACKUP_ID };
const machine = machineOf(VERIFICATION_STATES);
/** What each Lambda is given. */
const given = { ...input, execution_arn: machine.executionArn };
const IN_LAMBDA = 'Verify checksum @ 0';
const TOO_LARGE = fails(thrown('TooLargeForLambda'));
const TO_TASK = [IN_LAMBDA, 'Verify checksum in a task @ 0'];
const run = (script: Parameters<typeof machine.run>[0], stopAtSeconds?: number) =>
  machine.run(script, { input, ...(stopAtSeconds === undefined ? {} : { stopAtSeconds }) });

/** Records nothing, and answers as the function does where nothing was recorded before. */
const failureRecorded: Step = async (call) => {
  const { code, message } = failureOf((call.input as { error: CaughtError }).error);
  return { code, message };
};

/** Ended by `Record failed verification`, which got this error, as did the rule, with the input. */
function expectRecorded({ inputs, execution, told }: Run, error: { name: string; message?: string }, code?: string) {
  const caught = { Error: error.name, Cause: error.message ?? expect.any(String) };
  expect(inputs.failure).toEqual({ end: 'failure', ...given, error: caught });
  const failure = failureOf((inputs.failure as { error: CaughtError }).error);
  if (code !== undefined) expect(failure.code).toBe(code);
  expect(execution).toMatchObject({ status: 'FAILED', error: failure.code, cause: failure.message });
  expectTold(told, { status: 'FAILED', error: failure.code, cause: failure.message });
}

function expectTold(told: Run['told'], detail: Partial<EndOfExecution['detail']>): EndOfExecution {
  const event = {
    end: 'execution',
    // the backup is known by the execution's input alone
    detail: {
      executionArn: machine.executionArn,
      stateMachineArn: machine.arn,
      input: JSON.stringify(input),
      ...detail,
    },
  };
  expect(told).toMatchObject([{ entry: 'record-verification-end', event }]);
  return told[0]?.event as EndOfExecution;
}

it('a sound backup is verified in one state, and triggers no rule', async () => {
  const found = { backup_id: BACKUP_ID, sha256: 'f'.repeat(64) };
  const { path, inputs, execution, told } = await run({ verify: [answers(found, 300)] });
  expect(path).toEqual([IN_LAMBDA]);
  expect(inputs).toEqual({ verify: given });
  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: JSON.stringify(found) });
  expect(told).toEqual([]);
});

describe('a backup that is not sound', () => {
  const ours = errorExamples.map(({ name }) => name).filter((name) => name !== 'TooLargeForLambda');

  it.each([...ours, 'TypeError', 'Sandbox.Timedout', 'Runtime.ExitError'])('%s is recorded', async (name) => {
    const error = thrown(name);
    const failed = await run({ verify: [fails(error)], failure: [failureRecorded] });
    expect(failed.path).toEqual([IN_LAMBDA, 'Record failed verification @ 0']);
    expectRecorded(failed, error);
  });

  it("is recorded with the record's own error if that is more precise", async () => {
    const told = { code: 'CHECKSUM_MISMATCH', message: 'CHECKSUM MISMATCH: other bytes' };
    const { execution } = await run({ verify: [fails(thrown('ChecksumMismatch'))], failure: [answers(told)] });
    expect(execution).toMatchObject({ status: 'FAILED', error: told.code, cause: told.message });
  });
});

describe('a Lambda that cannot', () => {
  it.each(LAMBDA_UNAVAILABLE)('be called is retried: %s', async (name) => {
    const { path, execution } = await run({ verify: [fails(refused(name)), answers({})] });
    expect(path).toEqual([IN_LAMBDA, 'Verify checksum @ 2']);
    expect(execution.status).toBe('SUCCEEDED');
  });

  it('read the object in time is recorded', async () => {
    const failed = await run({ verify: [hangs], failure: [failureRecorded] });
    expect(failed.path).toEqual([IN_LAMBDA, `Record failed verification @ ${15 * 60}`]);
    expectRecorded(failed, { name: 'States.Timeout' }, 'TIMED_OUT');
  });

  it('record the failure leaves it to the rule', async () => {
    const failed = await run({ verify: [fails(thrown('DecryptError'))], failure: [fails(thrown('TypeError'))] });
    expect(failed.execution).toMatchObject({ status: 'FAILED', error: 'TypeError' });
    expectTold(failed.told, { status: 'FAILED', error: 'TypeError' });
  });
});

describe('a backup that is too large for a Lambda', () => {
  it('is verified in a task, which gets only its id and the execution', async () => {
    const { path, inputs, execution, told } = await run({ verify: [TOO_LARGE], verifyInTask: [answers({}, 5000)] });
    expect(path).toEqual(TO_TASK);
    expect(inputs.verifyInTask).toMatchObject({
      LaunchType: 'FARGATE',
      Overrides: {
        ContainerOverrides: [
          {
            Command: ['/app/verify-backup.mjs'],
            Environment: [
              { Name: 'BACKUP_ID', Value: BACKUP_ID },
              { Name: 'EXECUTION_ARN', Value: machine.executionArn },
            ],
          },
        ],
      },
    });
    expect(execution.status).toBe('SUCCEEDED');
    expect(told).toEqual([]);
  });

  it.each([
    ['exit code 1', EXITED_1, 'TASK_FAILED'],
    ['out of memory', OUT_OF_MEMORY, 'OUT_OF_MEMORY'],
    ['a task that never started', NEVER_STARTED, 'TASK_FAILED_TO_START'],
    ['a call that ECS refuses', refused('ECS.ClusterNotFoundException'), 'ECS_CLUSTER_NOT_FOUND_EXCEPTION'],
  ])('%s is recorded', async (_, error, code) => {
    const failed = await run({ verify: [TOO_LARGE], verifyInTask: [fails(error, 60)], failure: [failureRecorded] });
    expect(failed.path).toEqual([...TO_TASK, 'Record failed verification @ 60']);
    expectRecorded(failed, error, code);
  });

  it.each(ECS_UNAVAILABLE)('has its task requested again after %s', async (name) => {
    const { path, execution } = await run({ verify: [TOO_LARGE], verifyInTask: [fails(refused(name)), answers({})] });
    expect(path).toEqual([...TO_TASK, 'Verify checksum in a task @ 5']);
    expect(execution.status).toBe('SUCCEEDED');
  });
});

describe('a verification that is stopped', () => {
  it.each([
    ['in a Lambda', { verify: [hangs] }, [IN_LAMBDA], STOPPING_SECONDS],
    ['in a task', { verify: [TOO_LARGE], verifyInTask: [hangs] }, TO_TASK, STOPPING_SECONDS],
    ['before it calls Lambda again', { verify: [fails(refused('Lambda.ServiceException'))] }, [IN_LAMBDA], 0],
  ])('%s ends at once, and triggers the rule once nothing runs', async (_, script, path, stoppingSeconds) => {
    const stopAtSeconds = stoppingSeconds === 0 ? 1 : 20;
    const stopped = await run(script, stopAtSeconds);
    expect(stopped.path).toEqual(path);
    expect(stopped.statusWhenStopped).toBe('ABORTED');
    const { detail } = expectTold(stopped.told, { status: 'ABORTED', error: 'Tester', cause: 'enough' });
    expect(stopped.told[0]?.atSeconds).toBe(stopAtSeconds + stoppingSeconds);
    expect(failureOfExecution(detail)).toMatchObject({ code: 'STOPPED' });
  });
});

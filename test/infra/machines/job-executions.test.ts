/** The synthesised machines of jobs, run: part after part, until there is no more. */
import { describe, expect, it } from 'vitest';
import { NEW_BACKUPS_STATES, SCAN_STATES } from '../../../lib/backups/scan/job-states.ts';
import { failureOf } from '../../../lib/restores/execution/task-failure.ts';
import { answers, EXECUTION_NAME, fails, hangs, machineOf } from './run-execution.ts';
import { refused, thrown } from './told-errors.ts';

const SUBJECT = { subject_id: '9a9a9a9a-0000-4000-8000-000000000001' };
const JOBS = [
  { name: 'a scan', states: SCAN_STATES },
  { name: 'the verification of new backups', states: NEW_BACKUPS_STATES },
];

describe.each(JOBS)('$name', ({ states }) => {
  const machine = machineOf<string>({ ...states });
  const part = (more: boolean, after: string) => answers({ ...SUBJECT, after, more }, 400);

  it('continues where the previous part stopped, and ends with the last one', async () => {
    const parts = [part(true, 'a'), part(true, 'b'), part(false, 'c')];
    const { path, inputs, execution, told } = await machine.run({ part: parts }, { input: SUBJECT });
    expect(path).toEqual([0, 400, 800].map((at) => `${states.part} @ ${at}`));
    expect(inputs.part).toEqual({ job_id: EXECUTION_NAME, part: { ...SUBJECT, after: 'b', more: true } });
    expect(execution.status).toBe('SUCCEEDED');
    expect(told).toEqual([]);
  });

  it('gets its input for the first part', async () => {
    const { inputs } = await machine.run({ part: [part(false, 'a')] }, { input: SUBJECT });
    expect(inputs.part).toEqual({ job_id: EXECUTION_NAME, part: SUBJECT });
  });

  it('is recorded as failed with the error of the failed part', async () => {
    const error = thrown('StorageProviderError', 'no such bucket');
    const told = { code: 'STORAGE_PROVIDER_ERROR', message: 'no such bucket' };
    const run = await machine.run(
      { part: [part(true, 'a'), fails(error)], failure: [answers(told)] },
      { input: SUBJECT },
    );
    expect(run.path.at(-1)).toBe(`${states.failure} @ 400`);
    const caught = { Error: error.name, Cause: error.message };
    expect(run.inputs.failure).toEqual({ end: 'failure', job_id: EXECUTION_NAME, error: caught });
    expect(failureOf(caught)).toMatchObject(told);
    expect(run.execution).toMatchObject({ status: 'FAILED', error: told.code, cause: told.message });
    expect(run.told).toMatchObject([{ entry: 'record-job-end', event: { end: 'execution' } }]);
  });

  it('calls a part again if Lambda was not available', async () => {
    const parts = [fails(refused('Lambda.ServiceException')), part(false, 'a')];
    const { path, execution } = await machine.run({ part: parts }, { input: SUBJECT });
    expect(path).toEqual([`${states.part} @ 0`, `${states.part} @ 2`]);
    expect(execution.status).toBe('SUCCEEDED');
  });

  it('triggers the rule when it is stopped', async () => {
    const run = await machine.run({ part: [hangs] }, { input: SUBJECT, stopAtSeconds: 5 });
    const detail = { stateMachineArn: machine.arn, name: EXECUTION_NAME, status: 'ABORTED' };
    expect(run.told).toMatchObject([{ entry: 'record-job-end', event: { end: 'execution', detail } }]);
  });
});

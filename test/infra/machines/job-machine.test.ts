/** Rules on the synthesised definitions of the jobs' machines. */
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { NEW_BACKUPS_STATES, SCAN_STATES } from '../../../lib/backups/scan/job-states.ts';
import { LAMBDA_UNAVAILABLE } from '../../../lib/infra/machines/service-errors.ts';
import { knownStack } from '../../support/stack/known-stack.ts';

const { functions, stateMachines } = knownStack();

describe.each([
  { title: 'the scan', names: SCAN_STATES, entry: 'scan-part' },
  { title: 'the verification of new backups', names: NEW_BACKUPS_STATES, entry: 'verify-new-backups' },
])('$title', ({ names, entry }) => {
  const definition = stateMachines.find((machine) => machine.definition.StartAt === names.part)?.definition;
  if (definition === undefined) throw new Error(`no machine starts with ${names.part}`);
  const state = (name: string) => definition.States[name] as Record<string, unknown>;
  const arnOf = (file: string) => functions.find((fn) => fn.entry === file)?.arn;

  it('is valid Amazon States Language, with exactly the states of its table', () => {
    expect(validate(structuredClone(definition)).errorsText()).toBe('');
    expect(Object.keys(definition.States).sort()).toEqual(Object.values<string>({ ...names }).sort());
  });

  it('calls its own function repeatedly while there is more', () => {
    expect(state(names.part)).toMatchObject({ Resource: arnOf(entry), Next: names.isThereMore });
    expect(state(names.isThereMore)).toMatchObject({
      Choices: [{ Variable: '$.more', BooleanEquals: true, Next: names.part }],
      Default: names.done,
    });
  });

  it('gives each part the job’s id and the result of the previous part', () => {
    expect(state(names.part).Parameters).toEqual({ 'job_id.$': '$$.Execution.Name', 'part.$': '$' });
  });

  it('records every failure, and retries only if Lambda was not available', () => {
    expect(state(names.part)).toMatchObject({
      Retry: [{ ErrorEquals: LAMBDA_UNAVAILABLE }],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: names.failure }],
    });
    expect(state(names.failure)).toMatchObject({ Resource: arnOf('record-job-end'), Next: names.failed });
    expect(state(names.failed)).toMatchObject({ Type: 'Fail', ErrorPath: '$.code', CausePath: '$.message' });
  });

  it('gives each function its time limit, and the whole one that the local Step Functions can represent', () => {
    for (const name of [names.part, names.failure]) {
      const { Resource, TimeoutSeconds } = state(name) as { Resource: string; TimeoutSeconds: number };
      expect(TimeoutSeconds * 1000).toBeLessThanOrEqual(functions.find(({ arn }) => arn === Resource)?.timeoutMs ?? 0);
    }
    expect((definition.TimeoutSeconds ?? 0) * 1000).toBeLessThan(2 ** 31);
  });
});

/** Rules on the synthesised definitions themselves. */
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { CONTENTS_STATES, NEW_BACKUPS_STATES, SCAN_STATES } from '../../../lib/backups/scan/job-states.ts';
import { VERIFICATION_STATES } from '../../../lib/backups/verify/states.ts';
import * as serviceErrors from '../../../lib/infra/machines/service-errors.ts';
import { allStates } from '../../../lib/local/stack/template.ts';
import { ENTRY_STATES, PLAN_STATES } from '../../../lib/plans/plan-states.ts';
import { RESTORE_STATES } from '../../../lib/restores/execution/states.ts';
import { STANDING_CHECK_STATES } from '../../../lib/restores/standing-check/states.ts';
import { errorExamples } from '../../support/error-classes.ts';
import { machineOf, stack } from './run-execution.ts';

/** What a state can meet by the Amazon States Language itself; `States.Runtime` cannot be caught. */
const STATES_ERRORS = [
  'States.ALL',
  'States.DataLimitExceeded',
  'States.HeartbeatTimeout',
  'States.IntrinsicFailure',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.ResultPathMatchFailure',
  'States.TaskFailed',
  'States.Timeout',
];

interface Handler {
  ErrorEquals: string[];
}
/** Each machine with the names of its states, as the files of lib/workflow list them. */
const MACHINES = [
  { name: 'restore', names: RESTORE_STATES },
  { name: 'verification', names: VERIFICATION_STATES },
  { name: 'scan', names: SCAN_STATES },
  { name: 'verification of new backups', names: NEW_BACKUPS_STATES },
  { name: 'contents', names: CONTENTS_STATES },
  { name: 'standing check', names: STANDING_CHECK_STATES },
  { name: 'plan', names: { ...PLAN_STATES, ...ENTRY_STATES } },
].map(({ name, names }) => ({ name, failure: names.failure, ...machineOf<string>({ ...names }) }));

const handlersOf = (state: Record<string, unknown>) => ({
  retries: (state.Retry ?? []) as Handler[],
  catches: (state.Catch ?? []) as Handler[],
});
const statesOf = ({ definition }: { definition: (typeof MACHINES)[number]['definition'] }) =>
  allStates(definition).map(([name, state]) => ({ name, ...state }));
/**
 * Where the errors of a plan's entry lead: the state that records its outcome, which fails only together with the run.
 */
const failureOfState = (name: string, failure: string) =>
  Object.values<string>(ENTRY_STATES).includes(name) ? ENTRY_STATES.outcome : failure;

it('every state machine of the stack is listed here', () => {
  expect(MACHINES.map(({ arn }) => arn).sort()).toEqual(stack.stateMachines.map(({ arn }) => arn).sort());
});

describe.each(MACHINES)('the $name machine', ({ definition, failure }) => {
  const tasks = statesOf({ definition }).filter(({ Type }) => Type === 'Task');

  it('is valid Amazon States Language', () => {
    expect(validate(structuredClone(definition)).errorsText()).toBe('');
  });

  it.each(tasks)('gives $name a time limit below that of the whole', ({ TimeoutSeconds }) => {
    expect(TimeoutSeconds).toBeGreaterThan(0);
    expect(TimeoutSeconds).toBeLessThan(definition.TimeoutSeconds ?? 0);
    // longer ones end at once on the local Step Functions
    expect((definition.TimeoutSeconds ?? 0) * 1000).toBeLessThan(2 ** 31);
  });

  const caught = tasks.filter(({ name }) => name !== failureOfState(name, failure));
  it.each(caught)('catches every error of $name', (state) => {
    const last = handlersOf(state).catches.at(-1) as (Handler & { Next: string }) | undefined;
    expect(last).toMatchObject({ ErrorEquals: ['States.ALL'], Next: failureOfState(state.name, failure) });
  });

  it('gives a Lambda the time limit of its function', () => {
    for (const { name, Resource, TimeoutSeconds = 0 } of tasks) {
      const fn = stack.functions.find(({ arn }) => arn === Resource);
      if (fn !== undefined) expect([name, TimeoutSeconds * 1000]).toEqual([name, fn.timeoutMs]);
      else expect(Resource).toMatch(/:(ecs:runTask\.sync|states:startExecution\.sync:2)$/);
    }
  });
});

describe('the errors that they name', () => {
  const tasks = MACHINES.flatMap(statesOf).filter(({ Type }) => Type === 'Task');
  const handlers = tasks.flatMap((state) => Object.values(handlersOf(state)).flat());
  const handled = new Set(handlers.flatMap(({ ErrorEquals }) => ErrorEquals));

  it('are our classes, those of the services, or those of the language, and each one is thrown', () => {
    const known = [
      ...errorExamples.map(({ name }) => name),
      ...serviceErrors.LAMBDA_UNAVAILABLE,
      ...serviceErrors.ECS_UNAVAILABLE,
      ...serviceErrors.STEP_FUNCTIONS_UNAVAILABLE,
      ...STATES_ERRORS,
    ];
    expect([...handled].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('include everything in lib/infra/machines/service-errors.ts', () => {
    const text = JSON.stringify(MACHINES.map(({ definition }) => definition));
    const listed = Object.values(serviceErrors).flat();
    expect(listed.filter((name) => !text.includes(JSON.stringify(name)))).toEqual([]);
  });

  it('belong to a service only in states that call it', () => {
    for (const state of tasks) {
      const [, called = ''] = /:(lambda|ecs|states):(?!::)/.exec(state.Resource ?? '') ?? [];
      const service = { lambda: /^Lambda\./, ecs: /^(Amazon)?ECS\./, states: /^StepFunctions\./ }[called] ?? /^$/;
      const { retries } = handlersOf(state);
      expect(retries.flatMap(({ ErrorEquals }) => ErrorEquals).filter((name) => !service.test(name))).toEqual([]);
    }
  });

  it('are retried by one rule each, so that the number of attempts is as stated', () => {
    for (const state of tasks) {
      const names = handlersOf(state).retries.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(names).toEqual([...new Set(names)]);
    }
  });
});

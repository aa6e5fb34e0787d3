/** Rules on the synthesised definition itself. */
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import * as serviceErrors from '../../lib/workflow/service-errors.ts';
import { RESTORE_STATES } from '../../lib/workflow/states.ts';
import { errorExamples } from '../support/error-classes.ts';
import { definition } from './run-execution.ts';

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
const states = Object.entries(definition.States).map(([name, state]) => ({ name, ...state }));
const tasks = states.filter(({ Type }) => Type === 'Task');
const handlersOf = (state: Record<string, unknown>) => ({
  retries: (state.Retry ?? []) as Handler[],
  catches: (state.Catch ?? []) as Handler[],
});
const handlers = states.flatMap((state) => Object.values(handlersOf(state)).flat());
const handled = new Set(handlers.flatMap(({ ErrorEquals }) => ErrorEquals));

describe('the definition', () => {
  it('is valid Amazon States Language', () => {
    expect(validate(structuredClone(definition)).errorsText()).toBe('');
  });

  it('has the states of lib/workflow/states.ts, and no other', () => {
    expect(states.map(({ name }) => name).sort()).toEqual(Object.values<string>(RESTORE_STATES).sort());
  });

  it.each(tasks)('gives $name a time, shorter than the whole may take', ({ TimeoutSeconds }) => {
    expect(TimeoutSeconds).toBeGreaterThan(0);
    expect(TimeoutSeconds).toBeLessThan(definition.TimeoutSeconds ?? 0);
    // longer ones end at once on the local Step Functions
    expect((definition.TimeoutSeconds ?? 0) * 1000).toBeLessThan(2 ** 31);
  });

  it.each(tasks.filter(({ name }) => name !== RESTORE_STATES.failure))('catches every error of $name', (state) => {
    expect(handlersOf(state).catches.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
  });
});

describe('the errors that it names', () => {
  it('are classes of ours, the services’ own, or the language’s: each one that somebody throws', () => {
    const known = [
      ...errorExamples.map(({ name }) => name),
      ...serviceErrors.LAMBDA_UNAVAILABLE,
      ...serviceErrors.ECS_UNAVAILABLE,
      ...STATES_ERRORS,
    ];
    expect([...handled].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('use up lib/workflow/service-errors.ts', () => {
    const text = JSON.stringify(definition);
    const listed = Object.values(serviceErrors).flat();
    expect(listed.filter((name) => !text.includes(JSON.stringify(name)))).toEqual([]);
  });

  it('are a service’s own only where that service is called', () => {
    for (const state of tasks) {
      const service = state.Resource?.includes(':lambda:') ? /^Lambda\./ : /^(Amazon)?ECS\./;
      const { retries } = handlersOf(state);
      expect(retries.flatMap(({ ErrorEquals }) => ErrorEquals).filter((name) => !service.test(name))).toEqual([]);
    }
  });

  it('are tried again by one rule each, so that the attempts are as many as it says', () => {
    for (const state of tasks) {
      const names = handlersOf(state).retries.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(names).toEqual([...new Set(names)]);
    }
  });
});

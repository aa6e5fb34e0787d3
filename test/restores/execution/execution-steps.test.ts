import { describe, expect, it } from 'vitest';
import { consoleUrl } from '../../../lib/restores/execution/execution-arn.ts';
import { executionSteps } from '../../../lib/restores/execution/execution-steps.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 3, 0, second));
const history = (...events: (string | [string, string])[]) =>
  executionSteps(
    events.map((event, second) => {
      const [type, name] = [event].flat();
      return { type, timestamp: at(second), ...(name === undefined ? {} : { stateEnteredEventDetails: { name } }) };
    }),
  ).map(({ name, status, started_at, ended_at }) => [
    name,
    status,
    Date.parse(started_at) - at(0).getTime(),
    ended_at === null ? null : Date.parse(ended_at) - at(0).getTime(),
  ]);

describe('the steps of an execution', () => {
  it('are its states in order, with their times', () => {
    expect(
      history(
        'ExecutionStarted',
        ['TaskStateEntered', 'Validate request'],
        'TaskScheduled',
        'TaskSucceeded',
        'TaskStateExited',
        ['ChoiceStateEntered', 'Is it big?'],
        'ChoiceStateExited',
        ['TaskStateEntered', 'Verify checksum'],
        'TaskScheduled',
      ),
    ).toEqual([
      ['Validate request', 'success', 1000, 4000],
      ['Is it big?', 'success', 5000, 6000],
      ['Verify checksum', 'running', 7000, null],
    ]);
  });

  it('are failed if the failure was caught', () => {
    expect(
      history(['TaskStateEntered', 'Verify'], 'TaskScheduled', 'TaskFailed', 'TaskStateExited', [
        'TaskStateEntered',
        'Record failure',
      ]),
    ).toEqual([
      ['Verify', 'failed', 0, 3000],
      ['Record failure', 'running', 4000, null],
    ]);
  });

  it('are not failed if a second attempt succeeded', () => {
    expect(
      history(
        ['TaskStateEntered', 'Verify'],
        'TaskScheduled',
        'TaskTimedOut',
        'TaskScheduled',
        'TaskSucceeded',
        'TaskStateExited',
      ),
    ).toEqual([['Verify', 'success', 0, 5000]]);
  });

  it.each([
    ['ExecutionFailed', 'failed'],
    ['ExecutionTimedOut', 'failed'],
    ['ExecutionAborted', 'cancelled'],
  ])('end with the execution: %s', (type, status) => {
    expect(history(['FailStateEntered', 'Restore failed'], type)).toEqual([['Restore failed', status, 0, 1000]]);
  });

  it('are empty for an empty history', () => {
    expect(history()).toEqual([]);
  });
});

describe('the link to an execution in the console', () => {
  it('has the region and the partition of the ARN', () => {
    const arn = 'arn:aws:states:eu-west-1:123456789012:execution:Restore:0b5f';
    expect(consoleUrl(arn)).toBe(
      'https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn%3Aaws%3Astates%3Aeu-west-1%3A123456789012%3Aexecution%3ARestore%3A0b5f',
    );
    expect(consoleUrl(arn.replace('arn:aws:', 'arn:aws-cn:'))).toContain('https://eu-west-1.console.amazonaws.cn/');
  });

  it('does not exist for one machine', () => {
    expect(consoleUrl('arn:aws:states:us-east-1:000000000000:execution:Restore:0b5f')).toBeNull();
  });
});

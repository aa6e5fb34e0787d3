import { describe, expect, it, vi } from 'vitest';
import { ENTRY_METADATA } from '../../lib/constructs/service-function.ts';
import { type BusEvent, EventBus, matches } from '../../lib/local/event-bus.ts';
import { executionEnded } from '../../lib/local/state-machines.ts';
import { readTemplate } from '../../lib/local/template.ts';
import { synthesise } from '../support/synthesise.ts';

describe('an event fits a pattern', () => {
  const event = { source: 'a', detail: { status: 'FAILED', count: 3, none: null, object: { key: 'backups/x/y' } } };

  it.each([
    {},
    { source: ['a'] },
    { source: ['b', 'a'] },
    { detail: {} },
    { detail: { status: ['ABORTED', 'FAILED'], count: [3] } },
    { detail: { none: [null] } },
    { detail: { object: { key: [{ prefix: 'backups/' }] } } },
    { detail: { object: { key: [{ prefix: 'other/' }, 'backups/x/y'] } } },
    { detail: { object: { key: [{ prefix: '' }] } } },
  ])('%j', (pattern) => expect(matches(pattern, event)).toBe(true));

  it.each([
    { source: ['b'] },
    { source: ['A'] },
    { source: [] },
    { missing: ['a'] },
    { missing: [null] },
    { missing: { deep: ['a'] } },
    { source: { deep: ['a'] } },
    { detail: { status: ['FAILED'], count: [4] } },
    { detail: { count: ['3'] } },
    { detail: ['FAILED'] },
    { detail: { none: { deep: [null] } } },
    { detail: { object: { key: [{ prefix: 'ackups/' }] } } },
    { detail: { object: { key: [{ prefix: 'backups/x/y/z' }] } } },
    { detail: { count: [{ prefix: '3' }] } },
  ])('not %j', (pattern) => expect(matches(pattern, event)).toBe(false));

  it('a kind of pattern that this machine does not know is an error, not a silence', () => {
    expect(() => matches({ source: [{ suffix: 'a' }] }, event)).toThrow('{"suffix":"a"}');
  });
});

describe('the bus', () => {
  const event: BusEvent = { source: 'a', 'detail-type': 't', detail: { n: 1 } };

  it('tells every target of every rule that fits, and no other', async () => {
    const told: unknown[] = [];
    const rules = [
      { pattern: { source: ['a'] }, targetArns: ['one', 'two'] },
      { pattern: { source: ['b'] }, targetArns: ['three'] },
      { pattern: { 'detail-type': ['t'] }, targetArns: ['four'] },
    ];
    await new EventBus(rules, async (target, what) => told.push([target, what])).put(event);
    expect(told).toEqual([
      ['one', event],
      ['two', event],
      ['four', event],
    ]);
  });

  it('waits for them, and reports one that fails without keeping the others from theirs', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const told: string[] = [];
    const rules = [{ pattern: {}, targetArns: ['slow', 'bad', 'last'] }];
    await new EventBus(rules, async (target) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (target === 'bad') throw new Error('no');
      told.push(target);
    }).put(event);
    expect(told).toEqual(['slow', 'last']);
    expect(reported).toHaveBeenCalledExactlyOnceWith('the target bad failed:', new Error('no'));
    reported.mockRestore();
  });
});

describe('the stack’s rules', () => {
  const { rules, functions, stateMachines } = readTemplate(synthesise(), ENTRY_METADATA);
  const told = async (event: BusEvent) => {
    const entries: (string | undefined)[] = [];
    await new EventBus(rules, async (target) => {
      entries.push(functions.find(({ arn }) => arn === target)?.entry);
    }).put(event);
    return entries;
  };
  const machineWith = (state: string) => stateMachines.find(({ definition }) => state in definition.States);
  const ended = (state: string, status: string) =>
    told(executionEnded({ stateMachineArn: machineWith(state)?.arn, status }));

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'])('an execution that ended as %s is told to its own', async (status) => {
    expect(await ended('Run restore pipeline', status)).toEqual(['record-ended-execution']);
    expect(await ended('Record failed verification', status)).toEqual(['record-ended-verification']);
    expect(await ended('Scan a part', status)).toEqual(['record-ended-job']);
    expect(await ended('Verify some new backups', status)).toEqual(['record-ended-job']);
  });

  it.each(['SUCCEEDED', 'RUNNING'])('one that %s is told to nobody', async (status) => {
    expect(await ended('Run restore pipeline', status)).toEqual([]);
    expect(await ended('Record failed verification', status)).toEqual([]);
  });

  it('an execution of another machine is told to nobody', async () => {
    expect(await told(executionEnded({ stateMachineArn: 'arn:another', status: 'FAILED' }))).toEqual([]);
  });

  it('a task of this cluster is told of when it has stopped', async () => {
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

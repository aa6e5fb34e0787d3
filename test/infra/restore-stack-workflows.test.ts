/** Rules for the deployed task, and for what receives the ends of executions and tasks. */

import { describe, expect, it } from 'vitest';
import { WORKER_SETTINGS } from '../../containers/restore/claimed-task.ts';
import { REACH_DATABASES } from '../../lib/api/routes.ts';
import type { AslState } from '../../lib/local/stack/template.ts';
import { ENDED_STATUSES } from '../../lib/restores/execution/ended-execution.ts';
import { TASK_PROGRAMS } from '../../lib/restores/execution/task-programs.ts';
import { settingsReadBy } from '../support/stack/calls.ts';
import { OF_ONE_MACHINE } from '../support/stack/one-machine.ts';
import { all, functions, local, properties, RUNTIME_SETTINGS, sorted, source } from '../support/stack/stack.ts';

const [definition] = properties('AWS::ECS::TaskDefinition');
const [container] = definition.ContainerDefinitions;

interface Overridden {
  Name: string;
  Command: string[];
  Environment: { Name: string }[];
}
interface RunTask {
  LaunchType: string;
  NetworkConfiguration: { AwsvpcConfiguration: { SecurityGroups: string[] } };
  Overrides: { ContainerOverrides: Overridden[] };
}
const states: AslState[] = local.stateMachines.flatMap(({ definition }) => Object.values(definition.States));
const runs = states
  .filter(({ Resource }) => Resource?.includes(':ecs:runTask'))
  .map(({ Parameters }) => Parameters as RunTask);
const overrides = runs.flatMap(({ Overrides }) => Overrides.ContainerOverrides);

/** What ECS itself tells a task, and the local runner in its stead. */
const FROM_ELSEWHERE: readonly string[] = [
  ...WORKER_SETTINGS.filter((name) => name !== 'RESTORE_ID'),
  ...OF_ONE_MACHINE,
];

describe('the restore task', () => {
  it('runs on ARM64 and writes only to its volume', () => {
    expect(definition.RuntimePlatform).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
    expect(definition.ContainerDefinitions).toHaveLength(1);
    expect(container.ReadonlyRootFilesystem).toBe(true);
    expect(container.MountPoints).toEqual([{ ContainerPath: '/work', ReadOnly: false, SourceVolume: 'work' }]);
    expect(definition.Volumes).toEqual([{ Name: 'work' }]);
    expect(local.taskEnvironment).toMatchObject({ WORK_DIR: '/work' });
    expect(source('containers/restore/Dockerfile')).toMatch(/^VOLUME \["\/work"\]$/m);
  });

  it('gets the program to run only from the state machines, and each program is run', () => {
    expect(overrides.map(({ Name }) => Name)).toEqual(TASK_PROGRAMS.map(() => container.Name));
    expect(sorted(overrides.flatMap(({ Command }) => Command))).toEqual(
      sorted(TASK_PROGRAMS.map((program) => `/app/${program}.mjs`)),
    );
    const dockerfile = source('containers/restore/Dockerfile');
    expect(dockerfile).toMatch(/^COPY dist\/\*\.mjs \/app\/$/m);
    expect(dockerfile).toMatch(/^CMD \["\/app\/main\.mjs"\]$/m);
  });

  it.each(TASK_PROGRAMS)('has every setting that %s reads, and the state machine gives it no others', (program) => {
    const [run] = overrides.filter(({ Command }) => Command.includes(`/app/${program}.mjs`));
    const given = run?.Environment.map(({ Name }) => Name) ?? [];
    const read = settingsReadBy(`containers/restore/${program}.ts`).filter((name) => !FROM_ELSEWHERE.includes(name));
    expect(read.filter((name) => ![...given, ...Object.keys(local.taskEnvironment)].includes(name))).toEqual([]);
    expect(given.filter((name) => !read.includes(name))).toEqual([]);
  });

  it('gets no setting that none of its programs reads', () => {
    const read = TASK_PROGRAMS.flatMap((program) => settingsReadBy(`containers/restore/${program}.ts`));
    const unread = Object.keys(local.taskEnvironment).filter((name) => !read.includes(name));
    expect(unread).toEqual(RUNTIME_SETTINGS);
  });

  it('is in the network, like the Lambdas that reach databases, and no others', () => {
    const [group] = runs.flatMap(({ NetworkConfiguration }) => NetworkConfiguration.AwsvpcConfiguration.SecurityGroups);
    expect(runs.map(({ LaunchType }) => LaunchType)).toEqual(runs.map(() => 'FARGATE'));
    for (const { entry, VpcConfig } of functions) {
      const reaches = REACH_DATABASES.some((name) => name === entry);
      const groups = VpcConfig?.SecurityGroupIds.map((id: { 'Fn::GetAtt': string[] }) => id['Fn::GetAtt'].join('.'));
      expect([entry, groups]).toEqual([entry, reaches ? [group] : undefined]);
    }
  });
});

describe('the end of an execution', () => {
  const entryOf = (arn: string) => local.functions.find((fn) => fn.arn === arn)?.entry;

  it.each(local.stateMachines)('of $definition.Comment triggers one Lambda, however it ended', ({ arn }) => {
    const heard = local.rules.filter(({ pattern = {} }) => JSON.stringify(pattern).includes(arn));
    expect(heard.map(({ pattern }) => pattern)).toEqual([
      {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: expect.arrayContaining([arn]), status: [...ENDED_STATUSES] },
      },
    ]);
    expect(heard.flatMap(({ targetArns }) => targetArns.map(entryOf))).toEqual([
      expect.stringMatching(/^record-.*-end$/),
    ]);
  });

  it('is delivered repeatedly to a Lambda that fails', () => {
    for (const { Targets } of properties('AWS::Events::Rule')) {
      expect(Targets).toMatchObject([{ RetryPolicy: { MaximumRetryAttempts: 10 } }]);
    }
  });

  it('is delivered: every rule may call its Lambda', () => {
    const permissions = properties('AWS::Lambda::Permission').filter(
      ({ Principal }) => Principal === 'events.amazonaws.com',
    );
    for (const [ruleId, { Properties }] of Object.entries(all('AWS::Events::Rule'))) {
      for (const { Arn } of Properties.Targets) {
        expect(permissions).toContainEqual(
          expect.objectContaining({ FunctionName: Arn, SourceArn: { 'Fn::GetAtt': [ruleId, 'Arn'] } }),
        );
      }
    }
  });
});

describe('the traces and limits of state machines', () => {
  it('are complete: every machine is traced, and has its own time limit', () => {
    for (const machine of properties('AWS::StepFunctions::StateMachine')) {
      expect(machine.TracingConfiguration).toEqual({ Enabled: true });
    }
    for (const { definition } of local.stateMachines) expect(definition.TimeoutSeconds).toBeGreaterThan(0);
  });
});

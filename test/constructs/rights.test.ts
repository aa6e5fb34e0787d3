/** Every role may do exactly what its code does, on exactly the resources that it uses. */
import { describe, expect, it } from 'vitest';
import { actionsFor } from '../../lib/constructs/command-actions.ts';
import { type TableName, tableCommands } from '../../lib/constructs/table-commands.ts';
import { TASK_PROGRAMS } from '../../lib/workflow/task-programs.ts';
import { type Calls, callsOf } from '../support/calls.ts';
import { all, functions, local, properties, sorted } from '../support/stack.ts';

interface Right {
  action: string;
  /** Intrinsic functions written out: `<logical id>.Arn`, `…:secret:jagad-restore/test/…`. */
  resource: string;
}

/**
 * What Lambda itself does in the function's name: logs, traces, a network interface, and keeping events that failed.
 */
const OF_THE_RUNTIME = /^(logs:(CreateLogStream|PutLogEvents)|xray:Put\w+|ec2:\w+|sqs:SendMessage)$/;

const SECRET_NAMES: Record<string, string> = {
  connection: 'connections',
  cipherPass: 'cipher-passes',
  storageProvider: 'storage-providers',
  encryptionKeys: 'encryption-keys',
  adminPassword: 'admin-password',
};

describe('the rights of', () => {
  it.each(functions)('$entry', ({ entry, Role, Environment }) => {
    const rights = rightsOf(Role['Fn::GetAtt'][0]);
    const calls = callsOf(`functions/${entry}.ts`);
    expectJust(rights, calls);
    const machines = rights.filter(({ action }) => action.startsWith('states:')).map(({ resource }) => resource);
    const named = Object.entries(Environment.Variables)
      .filter(([name]) => name.endsWith('_STATE_MACHINE_ARN'))
      .map(([, value]) => (value as { Ref: string }).Ref);
    // an execution's ARN is its machine's and more
    expect(named.filter((machine) => !machines.some((resource) => resource.includes(machine)))).toEqual([]);
    if (entry !== 'record-stopped-task') {
      expect(machines.filter((resource) => !named.some((machine) => resource.includes(machine)))).toEqual([]);
    }
  });

  it.each([
    ['RestoreTask', TASK_PROGRAMS.filter((program) => program !== 'recover')],
    ['RecoveryTask', ['recover']],
  ])('%s', (name, taskPrograms) => {
    const roles = properties('AWS::ECS::TaskDefinition').map(
      ({ TaskRoleArn }) => TaskRoleArn['Fn::GetAtt'][0] as string,
    );
    const role = roles.find((one) => one.startsWith(name)) ?? '';
    const programs = taskPrograms.map((program) => callsOf(`containers/restore/${program}.ts`));
    const together: Calls = {
      commands: new Set(programs.flatMap(({ commands }) => [...commands])),
      tables: new Map(),
      secrets: new Set(programs.flatMap(({ secrets }) => [...secrets])),
      knowsEdge: false,
    };
    for (const [table, methods] of programs.flatMap(({ tables }) => [...tables])) {
      together.tables.set(table, new Set([...(together.tables.get(table) ?? []), ...methods]));
    }
    expectJust(rightsOf(role), together);
  });
});

function expectJust(rights: Right[], calls: Calls): void {
  const own = rights.filter(({ action }) => !OF_THE_RUNTIME.test(action));
  const expected = [
    ...[...calls.tables].flatMap(([table, methods]) =>
      actionsFor(tableCommands(table, [...methods])).map((action) => `${action} on ${table}`),
    ),
    ...actionsFor([...calls.commands]),
  ];
  const given = own.map(({ action, resource }) =>
    action.startsWith('dynamodb:') ? `${action} on ${tableOf(resource)}` : action,
  );
  expect(sorted(new Set(given))).toEqual(sorted(new Set(expected)));

  const names = [...calls.secrets].map((name) => `jagad-restore/test/${SECRET_NAMES[name]}`);
  if (calls.knowsEdge) names.push('jagad-restore/test/origin-header');
  const readsPasswords = calls.secrets.has('connection') && given.includes('secretsmanager:GetSecretValue');
  const secrets = own
    .filter(({ action }) => action.startsWith('secretsmanager:'))
    .map(({ resource }) => resource.replace(/^.*:secret:/, '').replace(/(\/\*|-\?{6})$/, ''))
    .filter((name) => !(readsPasswords && name === 'rds!*'));
  expect(sorted(new Set(secrets))).toEqual(sorted(names));
}

/** Every action that a role is allowed, once for each resource. */
function rightsOf(roleId: string): Right[] {
  const policies = [...properties('AWS::IAM::Policy'), ...properties('AWS::IAM::ManagedPolicy')];
  return policies
    .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === roleId))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as { Action: unknown; Resource: unknown }[])
    .flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) =>
          [Resource].flat().map((resource) => ({ action: String(action), resource: written(resource) })),
        ),
    );
}

/** A table's ARN, or that of one of its indexes. */
function tableOf(arn: string): TableName | undefined {
  const logicalId = arn.split('.')[0] ?? '';
  expect(Object.keys(all('AWS::DynamoDB::Table'))).toContain(logicalId);
  const [setting = ''] = Object.entries(local.taskEnvironment).find(([, name]) => name === logicalId) ?? [];
  const words = setting.replace(/_TABLE$/, '').toLowerCase();
  return words.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as TableName;
}

function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, argument] = []] = Object.entries(value as object) as [string, unknown][];
  if (key === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(written).join(separator);
  }
  return key === 'Fn::Select' || key === 'Fn::Split' ? JSON.stringify(argument) : [argument].flat().join('.');
}

/**
 * Every function and task may make exactly the calls that its code makes, on exactly the resources that it uses: its
 * needs match the calls in its bundle, and its role matches its needs.
 */
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { actionsOn, type Needs, type TableName } from '../../../lib/api/needs.ts';
import { needsOfHandler, needsOfProgram } from '../../../lib/infra/functions/needs-of.ts';
import { TASK_PROGRAMS, type TaskProgram } from '../../../lib/restores/execution/task-programs.ts';
import { type Calls, callsOf } from '../../support/stack/calls.ts';
import { all, functions, local, properties, sorted } from '../../support/stack/stack.ts';

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

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the declared calls', () => {
  it.each([
    ['functions', functions.map(({ entry }) => entry)],
    ['containers/restore', TASK_PROGRAMS],
  ])('in %s are those of its entry points, each beside its own', (directory, entries) => {
    const files = globSync('**/*.needs.ts', { cwd: `${ROOT}${directory}` });
    expect(files.every((file) => file === basename(file))).toBe(true);
    expect(sorted(files.map((file) => file.replace('.needs.ts', '')))).toEqual(sorted(entries));
  });

  it.each(functions)('of $entry match its code', ({ entry }) => {
    expectCalled(needsOfHandler(entry), callsOf(`functions/${entry}.ts`));
  });

  it.each(TASK_PROGRAMS)('of the program %s match its code', (program) => {
    expectCalled(needsOfProgram(program), callsOf(`containers/restore/${program}.ts`));
  });
});

/** The code that reads other objects than full backups, and the folders that these are in: no command says so. */
const READERS: Record<string, readonly string[]> = {
  historyReader: ['pgbackrest/'],
  scanRepository: ['pgbackrest/'],
  registerObject: ['mariabackup/', 'xtrabackup/'],
  verifyBackup: ['mariabackup/', 'xtrabackup/'],
  presignedDownload: ['mariabackup/', 'xtrabackup/'],
  recoverDatabases: ['binlogs/', 'mariabackup/', 'pgbackrest/', 'xtrabackup/'],
};

describe('the readable objects', () => {
  const roles = new Map([
    ...functions.map(({ entry, Role }) => [`functions/${entry}.ts`, Role['Fn::GetAtt'][0]] as const),
    ...TASK_PROGRAMS.map((program) => [`containers/restore/${program}.ts`, taskRole(program)] as const),
  ]);

  it.each(Object.entries(READERS))('for code with %s include those in %s', (reader, folders) => {
    const users = [...roles].filter(([file]) => callsOf(file).functions.has(reader));
    expect(users).not.toEqual([]);
    const missing = users.flatMap(([file, role]) => {
      const readable = rightsOf(role).filter(({ action }) => action === 's3:GetObject');
      const lacks = (folder: string) => !readable.some(({ resource }) => resource.endsWith(`/${folder}*`));
      return folders.filter(lacks).map((folder) => `${file}: ${folder}`);
    });
    expect(missing).toEqual([]);
  });
});

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

  it.each(['RestoreTask', 'RecoveryTask'])('%s', (name) => {
    const taskPrograms = TASK_PROGRAMS.filter((program) => taskRole(program).startsWith(name));
    const role = taskRole(taskPrograms[0] ?? 'main');
    const programs = taskPrograms.map((program) => callsOf(`containers/restore/${program}.ts`));
    const together: Calls = {
      actions: new Set(programs.flatMap(({ actions }) => [...actions])),
      tables: new Map(),
      secrets: new Set(programs.flatMap(({ secrets }) => [...secrets])),
      knowsEdge: false,
      functions: new Set(),
    };
    for (const [table, methods] of programs.flatMap(({ tables }) => [...tables])) {
      together.tables.set(table, new Set([...(together.tables.get(table) ?? []), ...methods]));
    }
    expectJust(rightsOf(role), together);
  });
});

function expectCalled(needs: Needs, { tables, actions }: Calls): void {
  const methods = (lists: Iterable<[string, Iterable<string>]>) =>
    sorted([...lists].flatMap(([table, names]) => [...names].map((name) => `${table}.${name}`)));
  expect(methods(Object.entries(needs.tables ?? {}))).toEqual(methods(tables));
  const { secrets = {}, objects = [], ownObjects = [], events = [], metrics = [] } = needs;
  const needed = new Set<string>([...Object.values(secrets).flat(), ...objects, ...ownObjects, ...events, ...metrics]);
  // state machines are granted where they are made
  expect(sorted(needed)).toEqual(sorted([...actions].filter((action) => !action.startsWith('states:'))));
}

function expectJust(rights: Right[], calls: Calls): void {
  const own = rights.filter(({ action }) => !OF_THE_RUNTIME.test(action));
  const expected = [
    ...[...calls.tables].flatMap(([table, methods]) =>
      actionsOn(table, [...methods]).map((action) => `${action} on ${table}`),
    ),
    ...calls.actions,
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

/** The logical id of the role that a program runs as. */
function taskRole(program: TaskProgram): string {
  const name = program === 'recover' ? 'RecoveryTask' : 'RestoreTask';
  const roles = properties('AWS::ECS::TaskDefinition').map(({ TaskRoleArn }) => TaskRoleArn['Fn::GetAtt'][0] as string);
  return roles.find((role) => role.startsWith(name)) ?? '';
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

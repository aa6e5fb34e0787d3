/** Rules that hold for everything in the template, whatever is added to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RECORD_SETTINGS } from '../lib/aws/services.ts';
import { ENTRY_METADATA } from '../lib/constructs/service-function.ts';
import { readTemplate } from '../lib/local/template.ts';
import { DEFAULT_HANDLER, ROUTES } from '../lib/routes.ts';
import { synthesise } from './support/synthesise.ts';

const ROOT = new URL('../', import.meta.url);
/** What Node itself reads; set for every Lambda and the task. */
const RUNTIME_SETTINGS = ['NODE_OPTIONS'];

const json = synthesise();
const template = Assertions.fromJSON(json);
const local = readTemplate(json, ENTRY_METADATA);

/** The resources of a type by logical id. */
const all = (type: string) => template.findResources(type);
const properties = (type: string) => Object.values(all(type)).map(({ Properties }) => Properties);
const functions = Object.entries(all('AWS::Lambda::Function')).map(([logicalId, { Properties, Metadata }]) => ({
  logicalId,
  entry: String(Metadata?.[ENTRY_METADATA]),
  ...Properties,
}));
const source = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const sorted = (names: Iterable<string>) => [...names].sort();

describe('every Lambda', () => {
  it('is made from one file of functions/, and every handler there is deployed once', () => {
    const handlers = readdirSync(new URL('functions/', ROOT)).filter((file) =>
      /^export (const|async function|function) handler\b/m.test(source(`functions/${file}`)),
    );
    expect(sorted(functions.map(({ entry }) => `${entry}.ts`))).toEqual(sorted(handlers));
  });

  it.each(functions)('$entry runs Node 24 on arm64, with a time-out and a log that does not grow for ever', (fn) => {
    expect(fn).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x', Timeout: expect.any(Number) });
    expect(fn.Timeout).toBeLessThanOrEqual(900);
    const log = all('AWS::Logs::LogGroup')[fn.LoggingConfig?.LogGroup?.Ref];
    expect(log?.Properties).toMatchObject({ RetentionInDays: expect.any(Number) });
  });

  it.each(functions)('$entry is given exactly the settings that it reads', ({ entry, Environment }) => {
    const given = Object.keys(Environment?.Variables ?? {}).filter((name) => !RUNTIME_SETTINGS.includes(name));
    expect(sorted(given)).toEqual(sorted(settingsReadBy(`functions/${entry}.ts`)));
  });

  it('answers the API before API Gateway gives up', () => {
    const handlers = new Set<string>([DEFAULT_HANDLER, ...ROUTES.map(({ handler }) => handler)]);
    const slow = functions.filter(({ entry, Timeout }) => handlers.has(entry) && Timeout > 20);
    expect(slow).toEqual([]);
  });
});

describe('the API', () => {
  const routes = new Map(properties('AWS::ApiGatewayV2::Route').map((route) => [route.RouteKey as string, route]));

  it('has the routes of lib/routes.ts, a default, and no other', () => {
    expect(sorted(routes.keys())).toEqual(sorted([...ROUTES.map((r) => `${r.method} ${r.path}`), '$default']));
  });

  it.each([
    ...ROUTES.map(({ method, path, handler }) => ({ key: `${method} ${path}`, path, handler })),
    { key: '$default', path: '', handler: DEFAULT_HANDLER },
  ])('$key leads to $handler, which lets it in', ({ key, path, handler }) => {
    const integrationId = routes.get(key)?.Target['Fn::Join'][1][1].Ref;
    const integration = all('AWS::ApiGatewayV2::Integration')[integrationId]?.Properties;
    expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    const [logicalId] = integration.IntegrationUri['Fn::GetAtt'];
    expect(functions.find((fn) => fn.logicalId === logicalId)?.entry).toBe(handler);
    const sources = properties('AWS::Lambda::Permission')
      .filter((permission) => permission.FunctionName['Fn::GetAtt'][0] === logicalId)
      .filter(({ Principal }) => Principal === 'apigateway.amazonaws.com')
      .map(({ SourceArn }) => SourceArn['Fn::Join'][1].at(-1));
    expect(sources).toContain(`/*/*${path}`);
  });
});

describe('rights', () => {
  /** Actions that AWS only knows for all resources, or that CDK grants so, each with the reason. */
  const FOR_ALL_RESOURCES: Record<string, string> = {
    'ecr:GetAuthorizationToken': 'the token is for the whole registry; ECR has no narrower resource',
    'ecs:DescribeTasks': 'runTask.sync watches a task whose id is not known before it runs',
    'ecs:StopTask': 'the same, when the execution is stopped',
    'xray:GetSamplingRules': 'X-Ray has no resources to name',
    'xray:GetSamplingTargets': 'X-Ray has no resources to name',
    'xray:PutTelemetryRecords': 'X-Ray has no resources to name',
    'xray:PutTraceSegments': 'X-Ray has no resources to name',
  };
  const statements = [...properties('AWS::IAM::Policy'), ...properties('AWS::IAM::ManagedPolicy')].flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
  );
  const actions = ({ Action }: { Action: string | string[] }) => [Action].flat();

  it('never reach all resources, but for the actions that AWS knows only so', () => {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(actions);
    expect(sorted(new Set(wide))).toEqual(sorted(Object.keys(FOR_ALL_RESOURCES)));
  });

  it('never cover all actions of a service', () => {
    expect(statements.flatMap(actions).filter((action) => /^\*|:\*/.test(action))).toEqual([]);
  });

  it('come from AWS in one managed policy alone: a Lambda writes its log', () => {
    const managed = properties('AWS::IAM::Role').flatMap(({ ManagedPolicyArns }) => ManagedPolicyArns ?? []);
    const names = managed.map((arn: { 'Fn::Join': [string, unknown[]] }) => arn['Fn::Join'][1].at(-1));
    expect(new Set(names)).toEqual(new Set([':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']));
  });
});

describe('the restore task', () => {
  const [definition] = properties('AWS::ECS::TaskDefinition');
  const [container] = definition.ContainerDefinitions;

  it('runs on ARM64 and writes nowhere but in its volume', () => {
    expect(definition.RuntimePlatform).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
    expect(definition.ContainerDefinitions).toHaveLength(1);
    expect(container.ReadonlyRootFilesystem).toBe(true);
    expect(container.MountPoints).toEqual([{ ContainerPath: '/work', ReadOnly: false, SourceVolume: 'work' }]);
    expect(definition.Volumes).toEqual([{ Name: 'work' }]);
    expect(local.taskEnvironment).toMatchObject({ WORK_DIR: '/work' });
    expect(source('containers/restore/Dockerfile')).toMatch(/^VOLUME \["\/work"\]$/m);
  });

  it('reads every setting that it is given, by its definition or by the state machine', () => {
    const overrides = local.stateMachines
      .flatMap(({ definition }) => Object.values(definition.States))
      .map(({ Parameters }) => Parameters as { Overrides?: { ContainerOverrides: Overridden[] } } | undefined)
      .flatMap((parameters) => parameters?.Overrides?.ContainerOverrides ?? []);
    expect(overrides.map(({ Name }) => Name)).toEqual([container.Name]);
    const overridden = overrides.flatMap(({ Environment }) => Environment.map(({ Name }) => Name));
    expect(sorted([...Object.keys(local.taskEnvironment), ...overridden])).toEqual(
      sorted([...settingsReadBy('containers/restore/main.ts'), ...RUNTIME_SETTINGS]),
    );
  });

  interface Overridden {
    Name: string;
    Environment: { Name: string }[];
  }
});

describe('secrets', () => {
  it('are read at run time: no environment holds one, or a reference that would put it there', () => {
    const environments = [
      ...functions.map(({ Environment }) => Environment?.Variables),
      ...properties('AWS::ECS::TaskDefinition').flatMap(({ ContainerDefinitions }) => ContainerDefinitions),
    ];
    const text = JSON.stringify(environments);
    for (const logicalId of Object.keys(all('AWS::SecretsManager::Secret'))) expect(text).not.toContain(logicalId);
    expect(text).not.toContain('{{resolve:');
    expect(text).not.toContain('"Secrets":');
  });

  it('have no value in the template but an empty list', () => {
    const values = local.secrets.map(({ name, value }) => [name, value]);
    expect(Object.fromEntries(values)).toEqual({
      'jagad-restore/test/api-token': undefined,
      'jagad-restore/test/encryption-keys': '[]',
    });
  });
});

describe('data', () => {
  it('outlives the stack, and every table can go back in time', () => {
    const tables = Object.values(all('AWS::DynamoDB::Table'));
    expect(tables.length).toBe(RECORD_SETTINGS.length);
    for (const table of [...tables, ...Object.values(all('AWS::S3::Bucket'))]) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
    for (const { Properties } of tables) {
      expect(Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    }
  });

  it('lies in a bucket that is private, encrypted and spoken to over TLS only', () => {
    const [[bucketId, bucket] = []] = Object.entries(all('AWS::S3::Bucket'));
    expect(Object.values(bucket?.Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    expect(bucket?.Properties.BucketEncryption).toBeDefined();
    const [policy] = properties('AWS::S3::BucketPolicy').filter(({ Bucket }) => Bucket.Ref === bucketId);
    expect(policy.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it('stays in a bucket and a network that are there already', () => {
    const [vpcId, subnetId] = ['vpc-0123456789abcdef0', 'subnet-0123456789abcdef0'];
    const network = { vpcId, availabilityZones: ['eu-west-1a'], privateSubnetIds: [subnetId] };
    const given = Assertions.fromJSON(synthesise({ bucketName: 'our-backups', network }));
    const kinds = Object.values(given.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    expect(kinds.filter((kind) => /^AWS::S3::|^AWS::EC2::(?!SecurityGroup$)/.test(kind))).toEqual([]);
    expect(Object.values(given.findResources('AWS::EC2::SecurityGroup'))[0]?.Properties.VpcId).toBe(vpcId);
    const text = JSON.stringify(given.toJSON());
    expect(text).toContain(subnetId);
    expect(text).toContain(':s3:::our-backups/*');
  });
});

describe('the template', () => {
  it('refers to nothing that is not in it', () => {
    const known = new Set([...Object.keys(json.Resources), ...Object.keys(template.toJSON().Parameters)]);
    const referred = references(template.toJSON());
    expect(referred.length).toBeGreaterThan(100);
    expect(referred.filter((name) => !known.has(name) && !name.startsWith('AWS::'))).toEqual([]);
  });

  it('is the same each time', () => {
    expect(JSON.stringify(synthesise())).toBe(JSON.stringify(json));
  });

  it('has room to grow below the 500 resources of a stack', () => {
    expect(Object.keys(json.Resources).length).toBeLessThan(300);
  });
});

/** The settings in the list that an entry file hands to readEnvironment. */
function settingsReadBy(file: string): string[] {
  const text = source(file);
  const lists = [...text.matchAll(/\breadEnvironment\(\s*(RECORD_SETTINGS|\[[^\]]*\])\s*\)/g)].map(([, list]) => list);
  if (lists.length !== (text.match(/\breadEnvironment\(/g)?.length ?? 0))
    throw new Error(`${file} hides what it reads`);
  return lists
    .flatMap((list) => [...(list ?? '').matchAll(/RECORD_SETTINGS|'(\w+)'/g)])
    .flatMap(([, name]) => (name === undefined ? RECORD_SETTINGS : [name]));
}

/** Every logical id that a Ref, GetAtt, Sub or DependsOn names. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref') return [String(argument)];
    if (key === 'Fn::GetAtt') return [String([argument].flat()[0])];
    if (key === 'DependsOn') return [argument].flat().map(String);
    if (key === 'Fn::Sub') return [...String(argument).matchAll(/\$\{([^!}.]+)/g)].map(([, name]) => String(name));
    return references(argument);
  });
}

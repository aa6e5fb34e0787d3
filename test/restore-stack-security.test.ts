/** Rules on who may do what in the deployed service, and on where its secrets and data are. */
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RECORD_SETTINGS } from '../lib/aws/services.ts';
import { REACH_DATABASES } from '../lib/routes.ts';
import { all, functions, local, properties, sorted } from './support/stack.ts';
import { synthesise } from './support/synthesise.ts';

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
  // what is too long for a role's own policy, the CDK puts into managed ones
  const policies = [...properties('AWS::IAM::Policy'), ...properties('AWS::IAM::ManagedPolicy')];
  const statements = policies.flatMap(
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

  it('come from AWS in two managed policies alone: a Lambda writes its log, and some are in the network', () => {
    const log = ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    const network = ':iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole';
    for (const { entry, Role } of functions) {
      const managed = all('AWS::IAM::Role')[Role['Fn::GetAtt'][0]]?.Properties.ManagedPolicyArns;
      const names = managed.map((arn: { 'Fn::Join': [string, unknown[]] }) => arn['Fn::Join'][1].at(-1));
      expect([entry, names]).toEqual([entry, REACH_DATABASES.some((name) => name === entry) ? [log, network] : [log]]);
    }
    const others = properties('AWS::IAM::Role').filter(({ ManagedPolicyArns }) => ManagedPolicyArns !== undefined);
    // and the CDK's, which copies the pages
    expect(others).toHaveLength(functions.length + 1);
  });

  it('to change secrets are given to the handlers that take them alone', () => {
    expect(allowed('secretsmanager:PutSecretValue')).toEqual(['connections', 'encryption-keys', 'storage-providers']);
  });

  it('to write records are not given to those that only read them', () => {
    const writers = allowed('dynamodb:PutItem');
    const given = functions.filter(({ Environment }) => Environment.Variables.AUDIT_TABLE !== undefined);
    const readers = given.map(({ entry }) => entry).filter((entry) => !writers.includes(entry));
    expect(sorted(readers)).toEqual(['audit', 'health']);
  });

  /** The Lambdas whose roles may do something. */
  function allowed(action: string): string[] {
    const roles = policies
      .filter(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(actions).includes(action))
      .flatMap(({ Roles }) => Roles.map(({ Ref }: { Ref: string }) => Ref));
    return sorted(functions.filter(({ Role }) => roles.includes(Role['Fn::GetAtt'][0])).map(({ entry }) => entry));
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
      'jagad-restore/test/admin-password': undefined,
      'jagad-restore/test/encryption-keys': '[]',
    });
  });
});

describe('data', () => {
  it('outlives the stack, and every table can go back in time', () => {
    const tables = Object.values(all('AWS::DynamoDB::Table'));
    expect(tables.length).toBe(RECORD_SETTINGS.length);
    const { backups, pages } = buckets();
    expect(pages).toMatchObject({ DeletionPolicy: 'Delete' });
    for (const table of [...tables, backups]) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
    for (const { Properties } of tables) {
      expect(Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    }
  });

  it('lies in a bucket that is private, encrypted and spoken to over TLS only', () => {
    for (const [bucketId, bucket] of Object.entries(all('AWS::S3::Bucket'))) {
      expect(Object.values(bucket.Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
      expect(bucket.Properties.BucketEncryption).toBeDefined();
      const [policy] = properties('AWS::S3::BucketPolicy').filter(({ Bucket }) => Bucket.Ref === bucketId);
      expect(policy.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: 's3:*',
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });

  function buckets() {
    const [backups, pages, ...others] = Object.values(all('AWS::S3::Bucket'));
    expect(others).toEqual([]);
    return { backups, pages };
  }

  it('stays in a bucket and a network that are there already', () => {
    const [vpcId, subnetId] = ['vpc-0123456789abcdef0', 'subnet-0123456789abcdef0'];
    const network = { vpcId, availabilityZones: ['eu-west-1a'], privateSubnetIds: [subnetId] };
    const given = Assertions.fromJSON(synthesise({ bucketName: 'our-backups', network }));
    const kinds = Object.values(given.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    // the pages' own
    expect(kinds.filter((kind) => /^AWS::S3::|^AWS::EC2::(?!SecurityGroup$)/.test(kind))).toEqual([
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
    ]);
    expect(Object.values(given.findResources('AWS::EC2::SecurityGroup'))[0]?.Properties.VpcId).toBe(vpcId);
    const text = JSON.stringify(given.toJSON());
    expect(text).toContain(subnetId);
    expect(text).toContain(':s3:::our-backups/*');
  });
});

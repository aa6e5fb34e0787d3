/** Rules on who may do what in the deployed service, and on where its secrets and data are. */
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RECORD_SETTINGS } from '../../lib/api/tables.ts';
import type { Template } from '../../lib/local/stack/template.ts';
import { all, functions, json, local, properties, sorted } from '../support/stack/stack.ts';
import { synthesise } from '../support/stack/synthesise.ts';

describe('permissions', () => {
  /** Actions that AWS only knows for all resources, or that CDK grants so, each with the reason. */
  const FOR_ALL_RESOURCES: Record<string, string> = {
    'ecr:GetAuthorizationToken': 'the token is for the whole registry; ECR has no narrower resource',
    'ecs:DescribeTasks': 'runTask.sync watches a task whose id is not known before it runs',
    'ecs:StopTask': 'the same, when the execution is stopped',
    ...Object.fromEntries(
      ['CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets']
        .concat('AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses')
        .map((action) => [`ec2:${action}`, 'Lambda makes the interface of a function in the network']),
    ),
    ...Object.fromEntries(
      ['CreateLogDelivery', 'DeleteLogDelivery', 'GetLogDelivery', 'ListLogDeliveries', 'UpdateLogDelivery']
        .concat('DescribeLogGroups', 'DescribeResourcePolicies', 'PutResourcePolicy')
        .map((action) => [`logs:${action}`, 'how Step Functions has its log delivered; Logs has no narrower resource']),
    ),
    'cloudwatch:GetMetricData': 'CloudWatch has no resources to name',
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

  it('never cover all resources, except for actions that AWS allows only that way', () => {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(actions);
    expect(sorted(new Set(wide))).toEqual(sorted(Object.keys(FOR_ALL_RESOURCES)));
  });

  it('never cover all actions of a service', () => {
    expect(statements.flatMap(actions).filter((action) => /^\*|:\*/.test(action))).toEqual([]);
  });

  it('come from no AWS managed policy, which would allow too much', () => {
    const managed = properties('AWS::IAM::Role').filter(({ ManagedPolicyArns }) => ManagedPolicyArns !== undefined);
    // the CDK's own: one copies the pages, one empties their bucket when the stack goes
    expect(managed).toHaveLength(2);
    expect(functions.map(({ Role }) => Role['Fn::GetAtt'][0]).filter((role) => managed.includes(role))).toEqual([]);
  });

  it('to change secrets belong only to the handlers that receive them', () => {
    expect(allowed('secretsmanager:PutSecretValue')).toEqual(['connections', 'encryption-keys', 'storage-providers']);
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
  it('are read at run time: no environment contains one, or a reference that would resolve to one', () => {
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
      'jagad-restore/test/origin-header': undefined,
    });
  });
});

describe('data', () => {
  /** Resources that contain data which can't be recreated. */
  const kept = (of: Template) =>
    Object.values(of.Resources).filter(({ Type }) =>
      ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::SecretsManager::Secret'].includes(Type),
    );

  it('is kept after the stack in prod, and deleted with it elsewhere; backups are always kept', () => {
    const prod = synthesise({ stage: 'prod' });
    for (const resource of kept(prod)) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
    for (const resource of kept(json)) expect(resource).toMatchObject({ DeletionPolicy: 'Delete' });
    expect(kept(synthesise({ stage: 'prod', retainData: 'false' }))[0]).toMatchObject({ DeletionPolicy: 'Delete' });
    for (const { backups, pages } of [bucketsOf(prod), bucketsOf(json)]) {
      expect(backups).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      expect(pages).toMatchObject({ DeletionPolicy: 'Delete' });
    }
  });

  it('can be restored to a point in time, in every table', () => {
    expect(properties('AWS::DynamoDB::Table')).toHaveLength(RECORD_SETTINGS.length);
    for (const table of properties('AWS::DynamoDB::Table')) {
      expect(table.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    }
  });

  describe('is encrypted with one key', () => {
    const [keyId] = Object.keys(all('AWS::KMS::Key'));
    const key = { 'Fn::GetAtt': [keyId, 'Arn'] };

    it('that rotates, wherever the data is stored', () => {
      expect(Object.keys(all('AWS::KMS::Key'))).toHaveLength(1);
      expect(properties('AWS::KMS::Key')[0].EnableKeyRotation).toBe(true);
      for (const { SSESpecification } of properties('AWS::DynamoDB::Table')) {
        expect(SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key });
      }
      for (const { KmsKeyId } of properties('AWS::SecretsManager::Secret')) expect(KmsKeyId).toEqual(key);
      for (const { KmsKeyId } of properties('AWS::Logs::LogGroup')) expect(KmsKeyId).toEqual(key);
      for (const { KmsMasterKeyId } of properties('AWS::SNS::Topic')) expect(KmsMasterKeyId).toEqual(key);
      for (const { KmsKeyArn } of functions) expect(KmsKeyArn).toEqual(key);
      expect(bucketsOf(json).backups.Properties?.BucketEncryption).toMatchObject({
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } },
        ],
      });
      for (const { entry, Environment } of functions) {
        const { SECRETS_KEY_ARN: given } = Environment.Variables;
        if (given !== undefined) expect([entry, given]).toEqual([entry, key]);
      }
    });

    it('whose policy allows writing logs, sending alarms, and reading data only through its services', () => {
      const statements: Record<string, unknown>[] = properties('AWS::KMS::Key')[0].KeyPolicy.Statement;
      const byId = (sid: string) => statements.find(({ Sid }) => Sid === sid);
      expect(byId('Logs')).toMatchObject({ Principal: { Service: { 'Fn::Join': expect.anything() } } });
      expect(byId('Alarms')).toMatchObject({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Principal: { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
      const anybody = statements.filter(({ Principal }) => JSON.stringify(Principal) === '{"AWS":"*"}');
      expect(anybody).toHaveLength(1);
      expect(anybody[0]?.Condition).toMatchObject({
        StringEquals: { 'kms:CallerAccount': { Ref: 'AWS::AccountId' }, 'kms:ViaService': expect.any(Array) },
      });
    });

    it('that already exists, if one is given', () => {
      const keyArn = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
      const given = synthesise({ keyArn });
      expect(Object.values(given.Resources).filter(({ Type }) => Type === 'AWS::KMS::Key')).toEqual([]);
      for (const { Properties } of kept(given)) expect(JSON.stringify(Properties)).toContain(keyArn);
    });
  });

  it('is in a bucket that is private, encrypted and accessible only over TLS', () => {
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

  /** The stack's buckets, by what is in them. */
  function bucketsOf({ Resources }: Template) {
    const found = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::S3::Bucket');
    const named = (start: string) => found.find(([id]) => id.startsWith(start))?.[1] as Template['Resources'][string];
    expect(found).toHaveLength(4);
    return { backups: named('Backups'), pages: named('WebPages'), logs: named('AccessLogs'), own: named('Own') };
  }

  it('stays in an existing bucket and network', () => {
    const [vpcId, subnetId] = ['vpc-0123456789abcdef0', 'subnet-0123456789abcdef0'];
    const network = { vpcId, availabilityZones: 'eu-west-1a', privateSubnetIds: subnetId };
    const given = Assertions.fromJSON(synthesise({ bucketName: 'our-backups', ...network }));
    const kinds = Object.values(given.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    // the pages', that of access logs, and the service's own
    expect(sorted(kinds.filter((kind) => /^AWS::S3::|^AWS::EC2::(?!SecurityGroup$)/.test(kind)))).toEqual([
      ...['AWS::S3::Bucket', 'AWS::S3::Bucket', 'AWS::S3::Bucket'],
      ...['AWS::S3::BucketPolicy', 'AWS::S3::BucketPolicy', 'AWS::S3::BucketPolicy'],
    ]);
    expect(Object.values(given.findResources('AWS::EC2::SecurityGroup'))[0]?.Properties.VpcId).toBe(vpcId);
    const text = JSON.stringify(given.toJSON());
    expect(text).toContain(subnetId);
    expect(text).toContain(':s3:::our-backups/backups/*');
  });
});

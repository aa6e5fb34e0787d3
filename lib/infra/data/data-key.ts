import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StageSettings } from '../stage-settings.ts';

/** The services that use the key on behalf of those who may read or write their data. */
const ON_BEHALF = ['dynamodb', 's3', 'secretsmanager'];
const USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/** The one key for data at rest: the stage's own, or an existing one. */
export function dataKey(scope: Construct, { keyArn, retainData, stage }: StageSettings): IKey {
  if (keyArn !== undefined) return Key.fromKeyArn(scope, 'DataKey', keyArn);
  const key = new Key(scope, 'DataKey', {
    description: `Data at rest of jagad-restore, ${stage}`,
    enableKeyRotation: true,
    removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  for (const statement of keyPolicy(scope)) key.addToResourcePolicy(statement);
  return key;
}

/**
 * What the key's policy needs in addition to the account's administration. docs/deploy.md has the same for an existing
 * key.
 */
function keyPolicy(scope: Construct): PolicyStatement[] {
  const { account, region, partition } = Stack.of(scope);
  return [
    // as in AWS's own managed keys: the rights on a table, an object or a secret decide who may read it, not this
    // policy
    new PolicyStatement({
      sid: 'DataThroughItsServices',
      principals: [new AnyPrincipal()],
      actions: [...USE, 'kms:CreateGrant'],
      resources: ['*'],
      conditions: {
        StringEquals: {
          'kms:CallerAccount': account,
          'kms:ViaService': ON_BEHALF.map((service) => `${service}.${region}.amazonaws.com`),
        },
      },
    }),
    new PolicyStatement({
      sid: 'Logs',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: USE,
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:*` },
      },
    }),
    // services that publish to the alarms' topic
    new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com'), new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  ];
}

import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Api } from './constructs/api.ts';
import { Catalogue } from './constructs/catalogue.ts';
import { Records } from './constructs/records.ts';
import { RestoreTask } from './constructs/restore-task.ts';
import { RestoreWorkflow } from './constructs/restore-workflow.ts';
import { ServiceSecrets } from './constructs/service-secrets.ts';
import { VerificationWorkflow } from './constructs/verification-workflow.ts';
import { Web } from './constructs/web.ts';

/** What differs between stages. */
export interface StageSettings {
  /** Short name of the stage; part of the secrets' names. */
  stage: string;
  /** The bucket that Jagad writes to; a new one is made when it is not given. */
  bucketName?: string | undefined;
  /** An existing network, by ids, as nothing is looked up at synth; a small new one is made when it is not given. */
  network?: { vpcId: string; availabilityZones: string[]; privateSubnetIds: string[] } | undefined;
}

/** The whole service, as deployed. */
export class RestoreStack extends Stack {
  constructor(scope: Construct, id: string, settings: StageSettings, props?: StackProps) {
    super(scope, id, props);
    const backups = backupsBucket(this, settings.bucketName);
    const vpc = network(this, settings.network);
    const records = new Records(this, 'Records');
    const secrets = new ServiceSecrets(this, 'Secrets', settings.stage);
    const task = new RestoreTask(this, 'RestoreTask', { vpc, records, secrets });
    const restores = new RestoreWorkflow(this, 'Restore', { records, secrets, task, backups });
    const verifications = new VerificationWorkflow(this, 'Verification', { records, secrets, task, backups });
    const catalogue = new Catalogue(this, 'Catalogue', {
      records,
      secrets,
      backups,
      verifications: verifications.machine,
    });
    const api = new Api(this, 'Api', {
      ...{ records, secrets, task, backups },
      restores: restores.machine,
      verifications: verifications.machine,
      scans: catalogue.scans,
      newBackups: catalogue.newBackups,
    });

    const web = new Web(this, 'Web', { api: api.http });

    new CfnOutput(this, 'Url', { value: `https://${web.distribution.distributionDomainName}` });
    new CfnOutput(this, 'ApiUrl', { value: api.http.apiEndpoint });
    new CfnOutput(this, 'BackupsBucket', { value: backups.bucketName });
    new CfnOutput(this, 'TaskSecurityGroup', {
      value: task.securityGroup.securityGroupId,
      description: 'Let this group in at the databases that are restored to',
    });
  }
}

function backupsBucket(scope: Construct, name: string | undefined): IBucket {
  if (name !== undefined) return Bucket.fromBucketName(scope, 'Backups', name);
  const bucket = new Bucket(scope, 'Backups', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // by CloudFormation itself: the construct's own option brings a Lambda with rights on every bucket
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

function network(scope: Construct, given: StageSettings['network']): IVpc {
  if (given !== undefined) return Vpc.fromVpcAttributes(scope, 'Vpc', given);
  return new Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 1,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26 },
      { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
    ],
  });
}

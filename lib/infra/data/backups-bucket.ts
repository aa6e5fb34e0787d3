import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accessLogs } from '../api/access-logs.ts';
import type { StageSettings } from '../stage-settings.ts';

/** The bucket that Jagad writes to: an existing one, or a new one. */
export function backupsBucket(scope: Construct, settings: StageSettings, key: IKey): IBucket {
  if (settings.bucketName !== undefined) return Bucket.fromBucketName(scope, 'Backups', settings.bucketName);
  const bucket = new Bucket(scope, 'Backups', {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    // one KMS call for many objects
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    serverAccessLogsBucket: accessLogs(scope, settings),
    serverAccessLogsPrefix: 'backups/',
    // whatever happens to the stage, the backups must survive
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // through CloudFormation itself: the construct's own option adds a Lambda with rights on every bucket
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

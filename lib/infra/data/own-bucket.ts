import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accessLogs } from '../api/access-logs.ts';
import type { StageSettings } from '../stage-settings.ts';

/** What the service keeps beside its records, such as what each backup contains. It can be made again from the backups. */
export function ownBucket(scope: Construct, settings: StageSettings, key: IKey): IBucket {
  return new Bucket(scope, 'Own', {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    // one call of KMS for many objects
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    serverAccessLogsBucket: accessLogs(scope, settings),
    serverAccessLogsPrefix: 'own/',
    removalPolicy: settings.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}

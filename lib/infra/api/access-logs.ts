import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { StageSettings } from '../stage-settings.ts';

const ID = 'AccessLogs';

/** The stage's one bucket for the access logs of CloudFront and the buckets. Created when it is first needed. */
export function accessLogs(scope: Construct, { logRetentionDays, retainData }: StageSettings): Bucket {
  const stack = Stack.of(scope);
  const made = stack.node.tryFindChild(ID);
  if (made !== undefined) return made as Bucket;
  return new Bucket(stack, ID, {
    // S3 delivers access logs only to buckets without a KMS key
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    // CloudFront needs an access control list to deliver its logs
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [{ expiration: Duration.days(logRetentionDays) }],
    removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    autoDeleteObjects: !retainData,
  });
}

/** Why each finding of the security checks is accepted: cdk-nag's AwsSolutions pack, which bin/app.ts runs at each synth. */
import { Stack, Validations } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Accepts findings in a construct and everything inside it: a reason for each id. */
export function explain(construct: IConstruct, reasons: Record<string, string>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

const OF_THE_CDK = 'The CDK creates it. It copies the pages, which are public, into their own bucket.';

/** Wildcards in the resources of granted rights, in cdk-nag's notation. Any other wildcard stays a finding. */
const WILDCARDS: readonly [RegExp, string][] = [
  [
    /:secret:jagad-restore\/[a-z0-9-]+\/(connections|cipher-passes|storage-providers)\/\*$/,
    'Connections and storage providers are created at run time, and their secrets with them.',
  ],
  [/:secret:rds!\*$/, 'An RDS database whose password RDS manages may be connected later.'],
  [
    /(\.Arn>|:s3:::[a-z0-9.-]+)\/(backups\/.*|pgbackrest\/|mariabackup\/|xtrabackup\/|binlogs\/)\*$/,
    'Backups come and go; these are the prefixes that Jagad writes to.',
  ],
  [/\.Arn>\/contents\/\*$/, 'Backups come and go, and so do their contents, which are stored under their ids.'],
  [/^<\w+\.Arn>:\*$/, 'Every version of one Lambda: the CDK grants this to the state machine that calls it.'],
  [
    /(Restore|Recovery)TaskDefinition.*:\*$/,
    'Every revision of one task definition, so that a deployment does not break a running restore.',
  ],
  [
    /:execution:.*Machine\w+.*\*$/,
    'Every execution of one state machine; their names are the ids of restores and runs.',
  ],
];

/** Explains the wildcards in the rights granted in this scope. Call it after all rights have been granted. */
export function explainRights(scope: IConstruct): void {
  for (const policy of scope.node.findAll()) {
    if (!(policy instanceof CfnPolicy)) continue;
    const { Statement } = Stack.of(scope).resolve(policy.policyDocument) as { Statement: { Resource: unknown }[] };
    const resources = new Set(Statement.flatMap(({ Resource }) => Resource).map(written));
    for (const resource of resources) {
      const [, reason] = WILDCARDS.find(([pattern]) => pattern.test(resource)) ?? [];
      if (reason !== undefined) explain(policy, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reason });
    }
  }
}

/** Explains the resources that the CDK adds to copy the pages, which can't be configured. */
export function explainDeployment(scope: IConstruct, bucketArn: string): void {
  const stack = Stack.of(scope);
  const pages = written(stack.resolve(bucketArn));
  for (const helper of stack.node.children.filter(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'))) {
    const wildcards = [
      ...['GetObject*', 'GetBucket*', 'List*', 'DeleteObject*', 'Abort*'].map((action) => `Action::s3:${action}`),
      `Resource::${pages}/*`,
      'Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*',
    ];
    explain(helper, {
      'AwsSolutions-L1': OF_THE_CDK,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
        OF_THE_CDK,
      ...Object.fromEntries(wildcards.map((finding) => [`AwsSolutions-IAM5[${finding}]`, OF_THE_CDK])),
    });
  }
}

/** A resource with its intrinsic functions, in cdk-nag's notation for the id of a finding. */
function written(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const [[key, argument] = []] = Object.entries(resource as object) as [string, unknown][];
  if (key === 'Ref') return `<${String(argument)}>`;
  if (key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (key !== 'Fn::Join') return JSON.stringify(resource);
  const [separator, parts] = argument as [string, unknown[]];
  return parts.map(written).join(separator);
}

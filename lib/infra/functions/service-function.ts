import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Setting } from '../../api/environment.ts';
import type { ServiceData } from '../data/service-data.ts';
import type { Network } from '../workflows/network.ts';
import { explain } from './nag-reasons.ts';
import { needsOfHandler } from './needs-of.ts';

export interface ServiceFunctionProps {
  /** A file of functions/, without its extension. `<entry>.needs.ts`, next to it, says what data it needs. */
  entry: string;
  description: string;
  data: ServiceData;
  timeout: Duration;
  /** Environment variables in addition to those for the data. */
  environment?: Partial<Record<Setting, string>>;
  memoryMiB?: number;
  /** For a function that talks to databases. */
  network?: Network;
}

/** The metadata key under which the template says which file of functions/ a Lambda comes from. */
export const ENTRY_METADATA = 'jagad-restore:entry';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What Lambda needs to put a function into a network. EC2 only supports these actions for all resources. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** A Lambda of this service: one file of functions/, bundled, on arm64, with a role of its own. */
export class ServiceFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const { entry, data, network } = props;
    const needs = needsOfHandler(entry);
    const logGroup = new LogGroup(scope, `${id}Log`);
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    if (network !== undefined) {
      role.addToPolicy(new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }));
    }
    explain(role, {
      'AwsSolutions-IAM5[Resource::*]':
        'X-Ray has no resources, and EC2 has no narrower one for the network interface of a Lambda.',
    });
    data.grant(role, needs);
    super(scope, id, {
      entry: `${ROOT}functions/${entry}.ts`,
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}package-lock.json`,
      description: props.description,
      role,
      logGroup,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      tracing: Tracing.ACTIVE,
      memorySize: props.memoryMiB ?? 512,
      ...(network && { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.clients] }),
      environment: {
        ...(data.environment(needs) as Record<string, string>),
        ...(props.environment as Record<string, string> | undefined),
        NODE_OPTIONS: '--enable-source-maps',
      },
      bundling: {
        format: OutputFormat.ESM,
        // keep class names: the state machine catches errors by their class
        minify: false,
        keepNames: true,
        sourceMap: true,
        target: 'node24',
        mainFields: ['module', 'main'],
        // use the SDK version of the lock file, not the one that happens to be in the runtime
        bundleAwsSDK: true,
        banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    (this.node.defaultChild as CfnFunction).addMetadata(ENTRY_METADATA, entry);
  }
}

/** One whole CPU: the work is hashing and decrypting. */
export const VERIFY_MEMORY_MIB = 1792;

/** API Gateway gives up after 30 s. A call that takes longer than this is considered stuck. */
export const API_TIMEOUT = Duration.seconds(20);

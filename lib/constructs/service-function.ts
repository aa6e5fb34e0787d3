import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Architecture, type CfnFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Setting } from '../aws/environment.ts';

export interface ServiceFunctionProps {
  /** A file of functions/, without its ending. */
  entry: string;
  description: string;
  environment: Partial<Record<Setting, string>>;
  timeout: Duration;
  memoryMiB?: number;
  /** For a function that talks to databases. */
  vpc?: IVpc;
  securityGroups?: ISecurityGroup[];
}

/** Where the template says which file of functions/ a Lambda is made from. */
export const ENTRY_METADATA = 'jagad-restore:entry';

const ROOT = new URL('../..', import.meta.url).pathname;

/** A Lambda of this service: one file of functions/, bundled, on arm64. */
export class ServiceFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id, {
      entry: `${ROOT}functions/${props.entry}.ts`,
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}package-lock.json`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMiB ?? 512,
      ...(props.vpc === undefined ? {} : { vpc: props.vpc, securityGroups: props.securityGroups ?? [] }),
      environment: { ...(props.environment as Record<string, string>), NODE_OPTIONS: '--enable-source-maps' },
      logGroup: new LogGroup(scope, `${id}Log`, { retention: RetentionDays.THREE_MONTHS }),
      bundling: {
        format: OutputFormat.ESM,
        // names stay: the state machine catches errors by their class
        minify: false,
        keepNames: true,
        sourceMap: true,
        target: 'node24',
        mainFields: ['module', 'main'],
        // the SDK of the lock file, not the one that the runtime happens to have
        bundleAwsSDK: true,
        banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    (this.node.defaultChild as CfnFunction).addMetadata(ENTRY_METADATA, props.entry);
  }
}

/** One whole CPU: the work is hashing and decrypting. */
export const VERIFY_MEMORY_MIB = 1792;

/** API Gateway gives up after 30 s; an answer that takes longer than this is a fault. */
export const API_TIMEOUT = Duration.seconds(20);

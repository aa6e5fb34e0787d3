import { Duration, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { ContainerDefinition } from 'aws-cdk-lib/aws-ecs';
import {
  Cluster,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { TASK_PROGRAMS } from '../workflow/task-programs.ts';
import type { Records } from './records.ts';
import type { ServiceSecrets } from './service-secrets.ts';

interface RestoreTaskProps {
  vpc: IVpc;
  records: Records;
  secrets: ServiceSecrets;
}

const ROOT = new URL('../..', import.meta.url).pathname;
const IMAGE = `${ROOT}containers/restore`;
/** Where the image has its one writable volume; see the Dockerfile. */
const WORK_DIR = '/work';

/** Data passes outside of V8's heap; a small heap makes it collect what holds on to that data early. */
const NODE_OPTIONS = '--enable-source-maps --max-old-space-size=128';

/** The Fargate task that moves a backup into a database. */
export class RestoreTask extends Construct {
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  readonly definition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  /** What a database's own security group lets in. */
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { vpc, records, secrets }: RestoreTaskProps) {
    super(scope, id);
    if (Stack.of(this).bundlingRequired) bundle();
    this.vpc = vpc;
    this.cluster = new Cluster(this, 'Cluster', { vpc });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The restore task: no way in, any way out',
    });
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      volumes: [{ name: 'work' }],
    });
    this.container = this.definition.addContainer('restore', {
      image: ContainerImage.fromAsset(IMAGE, { platform: Platform.LINUX_ARM64, exclude: ['*.ts', 'engines'] }),
      environment: {
        ...(records.environment as Record<string, string>),
        ...(secrets.environment as Record<string, string>),
        WORK_DIR,
        NODE_OPTIONS,
      },
      logging: LogDrivers.awsLogs({
        streamPrefix: 'restore',
        logGroup: new LogGroup(this, 'Log', { retention: RetentionDays.THREE_MONTHS }),
      }),
      readonlyRootFilesystem: true,
      // an init reaps the restore tools; the time to stop covers ending the database session
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      stopTimeout: Duration.seconds(60),
    });
    this.container.addMountPoints({ containerPath: WORK_DIR, sourceVolume: 'work', readOnly: false });
    records.grantReadWrite(this.definition.taskRole);
    secrets.grantRead(this.definition.taskRole);
    secrets.grantReadOfRds(this.definition.taskRole);
  }
}

/** The image's programs as one file each, which the Dockerfile copies. */
function bundle(): void {
  buildSync({
    entryPoints: TASK_PROGRAMS.map((program) => `${IMAGE}/${program}.ts`),
    outdir: `${IMAGE}/dist`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    keepNames: true,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}

import { Duration, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { ContainerDefinition, ICluster } from 'aws-cdk-lib/aws-ecs';
import {
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { together } from '../../api/needs.ts';
import { TASK_PROGRAMS, type TaskProgram } from '../../restores/execution/task-programs.ts';
import type { ServiceData } from '../data/service-data.ts';
import { explain } from '../functions/nag-reasons.ts';
import { needsOfProgram } from '../functions/needs-of.ts';
import type { StageSettings } from '../stage-settings.ts';
import { bundlePrograms, IMAGE_DIRECTORY } from './image-bundle.ts';
import type { Network } from './network.ts';

interface RestoreTaskProps {
  network: Network;
  data: ServiceData;
  settings: Pick<StageSettings, 'postgresMajors' | 'storageOutageMinutes'>;
  /** Which target of the Dockerfile: only clients, or also the servers that physical backups need. */
  image: 'restore' | 'physical';
  /** A new one by default. */
  cluster?: ICluster;
}

/** The image's one writable volume; see the Dockerfile. */
const WORK_DIR = '/work';

/** Data is kept outside V8's heap. With a small heap, V8 collects the objects that hold it early. */
const NODE_OPTIONS = '--enable-source-maps --max-old-space-size=128';

/** The programs in each image. A task's role gets the rights that all of its programs need. */
const PROGRAMS: Record<RestoreTaskProps['image'], readonly TaskProgram[]> = {
  restore: TASK_PROGRAMS.filter((program) => program !== 'recover'),
  physical: ['recover'],
};

/** The Fargate task that restores a backup into a database. */
export class RestoreTask extends Construct {
  readonly cluster: ICluster;
  readonly definition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly securityGroup: ISecurityGroup;
  readonly subnets: SubnetSelection;

  constructor(scope: Construct, id: string, { network, data, settings, image, cluster }: RestoreTaskProps) {
    super(scope, id);
    const needs = together(...PROGRAMS[image].map(needsOfProgram));
    // both images contain the same programs
    if (image === 'restore' && Stack.of(this).bundlingRequired) bundlePrograms();
    this.cluster =
      cluster ?? new Cluster(this, 'Cluster', { vpc: network.vpc, containerInsightsV2: ContainerInsights.ENABLED });
    this.securityGroup = network.clients;
    this.subnets = network.subnets;
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      volumes: [{ name: 'work' }],
    });
    this.container = this.definition.addContainer('restore', {
      image: ContainerImage.fromAsset(IMAGE_DIRECTORY, {
        platform: Platform.LINUX_ARM64,
        target: image,
        buildArgs: { POSTGRES_MAJORS: settings.postgresMajors.join(' ') },
        exclude: ['*.ts', 'physical'],
      }),
      environment: {
        ...(data.environment(needs) as Record<string, string>),
        WORK_DIR,
        STORAGE_OUTAGE_MINUTES: String(settings.storageOutageMinutes),
        NODE_OPTIONS,
      },
      logging: LogDrivers.awsLogs({
        streamPrefix: 'restore',
        logGroup: new LogGroup(this, 'Log'),
      }),
      readonlyRootFilesystem: true,
      // an init process reaps the restore tools; the stop time-out is long enough to end the database session
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      stopTimeout: Duration.seconds(60),
    });
    this.container.addMountPoints({ containerPath: WORK_DIR, sourceVolume: 'work', readOnly: false });
    data.grant(this.definition.taskRole, needs);
    explain(this.definition, {
      'AwsSolutions-ECS2': 'The environment only has names: secrets are read at run time.',
      'AwsSolutions-IAM5[Resource::*]': 'An ECR token is valid for the whole registry; there is no narrower resource.',
    });
  }
}

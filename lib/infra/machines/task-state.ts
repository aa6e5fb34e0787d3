import { Duration } from 'aws-cdk-lib';
import { FargatePlatformVersion } from 'aws-cdk-lib/aws-ecs';
import { IntegrationPattern, JsonPath, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { EcsFargateLaunchTarget, EcsRunTask, type EcsRunTaskProps } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { programPath, type TaskProgram } from '../../restores/execution/task-programs.ts';
import type { RestoreTask } from '../workflows/restore-task.ts';
import { ECS_UNAVAILABLE } from './service-errors.ts';

export interface TaskStateProps {
  program: TaskProgram;
  /** The ids that tell the task what to work on, from the state's input. */
  environment: { name: 'RESTORE_ID' | 'BACKUP_ID' | 'EXECUTION_ARN'; value: string }[];
  /** The path of its `TaskOverrides` in the state's input; if undefined, the task has the definition's own size. */
  sizeAt?: string;
  timeout: Duration;
}

interface RunTaskJson {
  Parameters: { Overrides: Record<string, unknown> };
}

/** A task with a configurable disk, for which EcsRunTask has no property. */
class SizedRunTask extends EcsRunTask {
  readonly #sizeAt: string;

  constructor(scope: Construct, id: string, props: EcsRunTaskProps, sizeAt: string) {
    super(scope, id, {
      ...props,
      cpu: JsonPath.stringAt(`${sizeAt}.cpu`),
      memoryMiB: JsonPath.stringAt(`${sizeAt}.memory`),
    });
    this.#sizeAt = sizeAt;
  }

  override toStateJson(): object {
    const json = super.toStateJson() as RunTaskJson;
    const { Overrides } = json.Parameters;
    return {
      ...json,
      Parameters: {
        ...json.Parameters,
        Overrides: { ...Overrides, EphemeralStorage: { 'SizeInGiB.$': `${this.#sizeAt}.disk_gib` } },
      },
    };
  }
}

/** A state that runs a program of the restore image as a Fargate task, and waits until it ends. */
export function taskState(scope: Construct, name: string, task: RestoreTask, props: TaskStateProps): EcsRunTask {
  const runTask: EcsRunTaskProps = {
    integrationPattern: IntegrationPattern.RUN_JOB,
    cluster: task.cluster,
    taskDefinition: task.definition,
    securityGroups: [task.securityGroup],
    subnets: task.subnets,
    launchTarget: new EcsFargateLaunchTarget({ platformVersion: FargatePlatformVersion.LATEST }),
    containerOverrides: [
      {
        containerDefinition: task.container,
        command: [programPath(props.program)],
        environment: props.environment,
      },
    ],
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(props.timeout),
  };
  const state =
    props.sizeAt === undefined
      ? new EcsRunTask(scope, name, runTask)
      : new SizedRunTask(scope, name, runTask, props.sizeAt);
  // only the call that starts the task is retried; a started task is never retried blindly
  state.addRetry({ errors: ECS_UNAVAILABLE, interval: Duration.seconds(5), maxAttempts: 3, backoffRate: 2 });
  return state;
}

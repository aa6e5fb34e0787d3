import { Duration } from 'aws-cdk-lib';
import { FargatePlatformVersion } from 'aws-cdk-lib/aws-ecs';
import { IntegrationPattern, JsonPath, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { EcsFargateLaunchTarget, EcsRunTask } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { RestoreTask } from '../constructs/restore-task.ts';
import { ECS_UNAVAILABLE } from './service-errors.ts';
import { programPath, type TaskProgram } from './task-programs.ts';

export interface TaskStateProps {
  program: TaskProgram;
  /** What it is about, from the state's input. */
  environment: { name: 'RESTORE_ID' | 'BACKUP_ID'; value: string };
  timeout: Duration;
}

/** A state that runs a program of the restore image as a Fargate task, and waits for its end. */
export function taskState(scope: Construct, name: string, task: RestoreTask, props: TaskStateProps): EcsRunTask {
  const state = new EcsRunTask(scope, name, {
    integrationPattern: IntegrationPattern.RUN_JOB,
    cluster: task.cluster,
    taskDefinition: task.definition,
    securityGroups: [task.securityGroup],
    launchTarget: new EcsFargateLaunchTarget({ platformVersion: FargatePlatformVersion.LATEST }),
    containerOverrides: [
      {
        containerDefinition: task.container,
        command: [programPath(props.program)],
        environment: [props.environment],
      },
    ],
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(props.timeout),
  });
  // the call that starts the task; what becomes of a task that was started is never tried again blindly
  state.addRetry({ errors: ECS_UNAVAILABLE, interval: Duration.seconds(5), maxAttempts: 3, backoffRate: 2 });
  return state;
}

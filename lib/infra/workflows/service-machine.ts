import type { Duration } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, type IChainable, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { explain } from '../functions/nag-reasons.ts';

export interface ServiceMachineProps {
  comment: string;
  definition: IChainable;
  timeout: Duration;
}

/** A state machine of this service: traced, and its events in a log. */
export class ServiceMachine extends StateMachine {
  constructor(scope: Construct, id: string, { comment, definition, timeout }: ServiceMachineProps) {
    super(scope, id, {
      comment,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout,
      tracingEnabled: true,
      // without the states' inputs and outputs
      logs: { destination: new LogGroup(scope, `${id}Log`), level: LogLevel.ALL, includeExecutionData: false },
    });
    explain(this.role, {
      'AwsSolutions-IAM5[Resource::*]':
        'X-Ray, the delivery of logs, and a task whose id is not known before it runs have no narrower resource.',
    });
  }
}

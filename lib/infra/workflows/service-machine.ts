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

/** A state machine of this service, with tracing, and with its events in a log. */
export class ServiceMachine extends StateMachine {
  constructor(scope: Construct, id: string, { comment, definition, timeout }: ServiceMachineProps) {
    super(scope, id, {
      comment,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout,
      tracingEnabled: true,
      // the log leaves out the states' inputs and outputs
      logs: { destination: new LogGroup(scope, `${id}Log`), level: LogLevel.ALL, includeExecutionData: false },
    });
    explain(this.role, {
      'AwsSolutions-IAM5[Resource::*]':
        'X-Ray and log delivery have no narrower resource, and a task has no known id before it runs.',
    });
  }
}

import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENDED_STATUSES, type EndOfExecution } from '../../restores/execution/ended-execution.ts';
import type { ServiceFunction } from '../functions/service-function.ts';
import { EventTarget } from './event-target.ts';

const INPUT = { end: 'execution' } as const satisfies Partial<EndOfExecution>;

export interface ExecutionEndedProps {
  /** The machine whose executions are watched. */
  machines: StateMachine[];
  description: string;
  /** The function that records the end. */
  target: ServiceFunction;
}

/** The rule for executions that stopped, timed out, or failed without reaching a Catch. */
export class ExecutionEnded extends Rule {
  constructor(scope: Construct, { machines, description, target }: ExecutionEndedProps) {
    super(scope, 'ExecutionEnded', {
      description,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: machines.map(({ stateMachineArn }) => stateMachineArn),
          status: [...ENDED_STATUSES],
        },
      },
      targets: [
        new EventTarget(target, RuleTargetInput.fromObject({ ...INPUT, detail: EventField.fromPath('$.detail') })),
      ],
    });
  }
}

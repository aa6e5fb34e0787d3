import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENDED_STATUSES, type EndOfExecution } from '../../restores/execution/ended-execution.ts';
import type { ServiceFunction } from '../functions/service-function.ts';
import { EventTarget } from './event-target.ts';

const INPUT = { end: 'execution' } as const satisfies Partial<EndOfExecution>;

export interface ExecutionEndedProps {
  /** Whose executions. */
  machines: StateMachine[];
  description: string;
  /** Which records the end. */
  target: ServiceFunction;
}

/** The rule on executions that were stopped, took too long, or failed where no Catch sees it. */
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

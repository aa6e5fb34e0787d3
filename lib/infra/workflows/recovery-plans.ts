import { Match, Rule, type RuleProps, Schedule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ALARM_EVENTS } from '../../plans/triggers/plan-trigger.ts';
import { REQUEST_SOURCE } from '../../restores/events.ts';
import { OWN_SOURCE } from '../../storage/bus-event.ts';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../functions/service-function.ts';
import { PLAN_TIMEOUTS, planMachine } from '../machines/plan-machine.ts';
import { EventTarget } from './event-target.ts';
import { ExecutionEnded } from './execution-ended.ts';
import type { Network } from './network.ts';
import { ServiceMachine } from './service-machine.ts';

interface RecoveryPlansProps {
  data: ServiceData;
  network: Network;
  restores: StateMachine;
}

/** Recovery plans: their state machine, the functions of its states, and what starts them. */
export class RecoveryPlans extends Construct {
  readonly machine: StateMachine;
  readonly #data: ServiceData;

  constructor(scope: Construct, id: string, { data, network, restores }: RecoveryPlansProps) {
    super(scope, id);
    this.#data = data;
    const look = 'Checks everything that the restore of an entry would check';
    const functions = {
      group: this.#function('next-plan-group', 'Returns the next entries of a run, and ends the run if there are none'),
      choose: this.#function('choose-plan-backup', 'Chooses the backup of an entry'),
      look: this.#function('look-at-plan-entry', look, { network }),
      outcome: this.#function('record-plan-entry', 'Records how an entry ended', { timeout: PLAN_TIMEOUTS.outcome }),
      end: this.#function('record-plan-run-end', 'Ends a run that cannot go on'),
    };
    this.machine = new ServiceMachine(this, 'Machine', {
      comment: 'Runs a recovery plan',
      definition: planMachine(this, functions, restores),
      timeout: PLAN_TIMEOUTS.execution,
    });
    new ExecutionEnded(this, {
      machines: [this.machine],
      description: 'Runs whose execution was stopped, timed out, or failed without reaching a Catch',
      target: functions.end,
    });
    this.#startByEvents();
  }

  /**
   * The function decides which plans an event starts by reading the plans' records. So creating a plan needs no right
   * to create rules, and there is one source of truth. Running it every minute costs cents a month, and starts a
   * scheduled plan at most a minute late.
   */
  #startByEvents(): void {
    const start = this.#function('start-plans', 'Starts the recovery plans that an event triggers', {
      environment: { PLAN_STATE_MACHINE_ARN: this.machine.stateMachineArn },
    });
    this.machine.grantStartExecution(start);
    this.#rule('Alarms', start, {
      description: 'CloudWatch alarms that change state',
      eventPattern: { source: [ALARM_EVENTS.source], detailType: [ALARM_EVENTS.detailType] },
    });
    this.#rule('OthersEvents', start, {
      description: 'Events from other sources; events of the service itself would start a loop',
      eventBus: this.#data.events.bus,
      eventPattern: { source: Match.anythingBut(OWN_SOURCE, REQUEST_SOURCE) },
    });
    this.#rule('Minutes', start, {
      description: 'Every minute: starts the plans whose schedule is due',
      schedule: Schedule.expression('cron(* * * * ? *)'),
    });
  }

  #rule(id: string, fn: ServiceFunction, props: RuleProps): void {
    new Rule(this, id, { ...props, targets: [new EventTarget(fn)] });
  }

  #function(entry: string, description: string, props: Partial<ServiceFunctionProps> = {}): ServiceFunction {
    const timeout = PLAN_TIMEOUTS.step;
    return new ServiceFunction(this, entry, { timeout, ...props, entry, description, data: this.#data });
  }
}

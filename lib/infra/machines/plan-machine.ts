import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  IntegrationPattern,
  type IStateMachine,
  JsonPath,
  Map as MapState,
  Pass,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { ENTRIES_AT_ONCE, ENTRY_STATES, PLAN_STATES } from '../../plans/plan-states.ts';
import { lambdaState } from './lambda-state.ts';
import { STATE_TIMEOUTS } from './restore-machine.ts';
import { ANY_ERROR, STEP_FUNCTIONS_UNAVAILABLE } from './service-errors.ts';

export const PLAN_TIMEOUTS = {
  step: Duration.seconds(60),
  /** How long to wait for the outcome of a restore that was stopped. */
  outcome: Duration.minutes(3),
  /** Longer than the restore's own execution may take, because its own time-out says more. */
  restore: STATE_TIMEOUTS.execution.plus(Duration.hours(1)),
  execution: Duration.days(20),
};

export interface PlanMachineFunctions {
  group: IFunction;
  choose: IFunction;
  look: IFunction;
  outcome: IFunction;
  end: IFunction;
}

/**
 * A recovery plan's run: group after group, and within a group all entries in parallel, each in an execution of the
 * restore machine. Step Functions itself waits for that, without polling: a restore may take days, and an execution's
 * history is limited to 25,000 events.
 */
export function planMachine(scope: Construct, functions: PlanMachineFunctions, restores: IStateMachine): IChainable {
  const group = lambdaState(scope, PLAN_STATES.group, functions.group, {
    payload: {
      run_id: JsonPath.executionName,
      execution_arn: JsonPath.executionId,
      request: JsonPath.objectAt('$$.Execution.Input'),
    },
    timeout: PLAN_TIMEOUTS.step,
  });
  const entries = new MapState(scope, PLAN_STATES.restoreGroup, {
    itemsPath: '$.entries',
    maxConcurrency: ENTRIES_AT_ONCE,
    itemSelector: {
      run_id: JsonPath.stringAt('$.run_id'),
      dry_run: JsonPath.objectAt('$.dry_run'),
      entry: JsonPath.objectAt('$$.Map.Item.Value.entry'),
    },
    resultPath: JsonPath.DISCARD,
  });
  entries.itemProcessor(entryStates(scope, functions, restores));
  const failure = lambdaState(scope, PLAN_STATES.failure, functions.end, {
    payload: { end: 'failure', run_id: JsonPath.executionName, error: JsonPath.objectAt('$.error') },
    timeout: PLAN_TIMEOUTS.step,
  });
  const told = { errorPath: JsonPath.stringAt('$.code'), causePath: JsonPath.stringAt('$.message') };
  failure.next(new Fail(scope, PLAN_STATES.failed, told));
  const toFailure = { errors: [ANY_ERROR], resultPath: '$.error' };
  group.addCatch(failure, toFailure);
  entries.addCatch(failure, toFailure);
  const didAllGoWell = new Choice(scope, PLAN_STATES.didAllGoWell)
    .when(Condition.stringEquals('$.status', 'success'), new Succeed(scope, PLAN_STATES.done))
    .otherwise(new Fail(scope, PLAN_STATES.endedBadly, told));
  return group.next(
    new Choice(scope, PLAN_STATES.isThereOne)
      .when(Condition.booleanEquals('$.more', true), entries.next(group))
      .otherwise(didAllGoWell),
  );
}

function entryStates(scope: Construct, functions: PlanMachineFunctions, restores: IStateMachine): IChainable {
  const about = { run_id: JsonPath.stringAt('$.run_id'), entry: JsonPath.objectAt('$.entry') };
  const over = new Pass(scope, ENTRY_STATES.over);
  const look = lambdaState(scope, ENTRY_STATES.look, functions.look, { payload: about, timeout: PLAN_TIMEOUTS.step });
  const choose = lambdaState(scope, ENTRY_STATES.choose, functions.choose, {
    payload: about,
    resultPath: '$.chosen',
    timeout: PLAN_TIMEOUTS.step,
  });
  const restore = new StepFunctionsStartExecution(scope, ENTRY_STATES.restore, {
    stateMachine: restores,
    name: JsonPath.stringAt('$.chosen.restore_id'),
    input: TaskInput.fromJsonPathAt('$.chosen.request'),
    integrationPattern: IntegrationPattern.RUN_JOB,
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(PLAN_TIMEOUTS.restore),
  });
  restore.addRetry({
    errors: STEP_FUNCTIONS_UNAVAILABLE,
    interval: Duration.seconds(5),
    maxAttempts: 3,
    backoffRate: 2,
  });
  const outcome = lambdaState(scope, ENTRY_STATES.outcome, functions.outcome, {
    payload: about,
    timeout: PLAN_TIMEOUTS.outcome,
  });
  // the restore's own record says how it ended; an error here would stop the group's other restores
  for (const state of [look, choose, restore]) {
    state.addCatch(outcome, { errors: [ANY_ERROR], resultPath: JsonPath.DISCARD });
  }
  restore.next(outcome);
  choose.next(
    new Choice(scope, ENTRY_STATES.canItBe)
      .when(Condition.booleanEquals('$.chosen.can_be', true), restore)
      .otherwise(over),
  );
  return new Choice(scope, ENTRY_STATES.isDryRun)
    .when(Condition.booleanEquals('$.dry_run', true), look)
    .otherwise(choose);
}

import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { executionArnOf } from '../restores/execution/execution-arn.ts';
import type { Recorder } from '../storage/event-publisher.ts';
import type { PlanRun, RecoveryPlan, RunInput } from './model.ts';
import { newRun } from './plan-run.ts';
import { insertRun } from './plan-runs.ts';
import type { PlanTables } from './tables.ts';
import { takePlan } from './take-plan.ts';

export interface PlanStarter extends Recorder<PlanTables> {
  stepFunctions: SFNClient;
  planMachineArn: string;
}

/**
 * Starts a run of a plan. If a run with that id exists, returns it. The order is lock, execution, record, so that a
 * crash in between never leaves a run `running`. If the record is missing, the first state writes it.
 * @throws Conflict if the plan is already running.
 */
export async function startRun(
  starter: PlanStarter,
  plan: RecoveryPlan,
  runId: string,
  how: Omit<RunInput, 'plan_id'>,
  now: Date,
): Promise<PlanRun> {
  const { records, planMachineArn } = starter;
  const known = await records.planRuns.get(runId);
  if (known !== undefined) return known;
  if (!how.dry_run) await takePlan(records, plan, runId, now);
  const input: RunInput = { plan_id: plan.id, ...how };
  await startExecution(starter, runId, input);
  return insertRun(starter, {
    ...newRun(runId, plan, input, now),
    execution_arn: executionArnOf(planMachineArn, runId),
  });
}

async function startExecution({ stepFunctions, planMachineArn }: PlanStarter, name: string, input: RunInput) {
  try {
    const request = { stateMachineArn: planMachineArn, name, input: JSON.stringify(input) };
    await stepFunctions.send(new StartExecutionCommand(request));
  } catch (error) {
    // another delivery of the same event started it at the same time
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

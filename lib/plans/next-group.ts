import { Conflict, MalformedRequest } from '../errors/errors.ts';
import { issuesOf } from '../errors/issues.ts';
import { notFound } from '../errors/not-found.ts';
import type { Recorder } from '../storage/event-publisher.ts';
import { id } from '../storage/fields.ts';
import { type PlanRun, type RecoveryPlan, runInput } from './model.ts';
import { newRun, nextGroup } from './plan-run.ts';
import { endRun, insertRun } from './plan-runs.ts';
import type { NextGroupInput, NextGroupOutput } from './plan-states.ts';
import type { PlanTables } from './tables.ts';
import { takePlan } from './take-plan.ts';

/**
 * Returns the entries of a run that are next, and ends the run if there are none.
 * @throws MalformedRequest, NotFound or Conflict for an execution that was started by hand with an input that can't be
 * run.
 */
export async function takeNextGroup(
  recorder: Recorder<PlanTables>,
  input: NextGroupInput,
  now: Date,
): Promise<NextGroupOutput> {
  const run = (await recorder.records.planRuns.get(input.run_id)) ?? (await beginRun(recorder, input, now));
  const entries = run.status === 'running' ? nextGroup(run) : undefined;
  const about = { run_id: run.id, dry_run: run.dry_run };
  if (entries !== undefined) return { ...about, more: true, entries: entries.map((entry) => ({ entry })) };
  await endRun(recorder, run.id, undefined, now);
  const ended = (await recorder.records.planRuns.get(run.id)) ?? run;
  const { code = 'SUCCESS', message = '' } = ended.error ?? {};
  return { ...about, more: false, status: ended.status, code, message };
}

/**
 * Writes the record of a run that has none, because the execution was started by hand, or because this state ran before
 * the starter's own write.
 */
async function beginRun(recorder: Recorder<PlanTables>, input: NextGroupInput, now: Date): Promise<PlanRun> {
  if (!id.safeParse(input.run_id).success) {
    throw new MalformedRequest(`the execution's name is the run's id and must be a UUID, not "${input.run_id}"`, {
      hint: 'Keep the name that the console proposes.',
    });
  }
  const request = runInput.safeParse(input.request);
  if (!request.success) {
    throw new MalformedRequest(`the execution's input is not a request to run a plan: ${issuesOf(request.error)}`, {
      hint: 'Send at least {"plan_id": "<uuid>"}.',
    });
  }
  const plan = await recorder.records.recoveryPlans.get(request.data.plan_id);
  if (plan === undefined) throw notFound('recovery plan');
  const run = { ...newRun(input.run_id, plan, request.data, now), execution_arn: input.execution_arn };
  if (run.dry_run) return insertRun(recorder, run);
  const refused = await refusal(recorder, plan, run, now);
  const inserted = await insertRun(recorder, run);
  if (refused === undefined) return inserted;
  await endRun(recorder, run.id, { code: refused.code, message: refused.message }, now);
  throw refused;
}

async function refusal(
  { records }: Recorder<PlanTables>,
  plan: RecoveryPlan,
  run: PlanRun,
  now: Date,
): Promise<Conflict | undefined> {
  try {
    await takePlan(records, plan, run.id, now);
    return undefined;
  } catch (error) {
    if (error instanceof Conflict) return error;
    throw error;
  }
}

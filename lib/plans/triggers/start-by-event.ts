import { auditEvent } from '../../accounts/audit-event.ts';
import { RequestError, ServiceError, toFailure } from '../../errors/errors.ts';
import { eventRunId } from '../../restores/admission/idempotency.ts';
import { type BusEvent, OWN_SOURCE } from '../../storage/bus-event.ts';
import type { RecoveryPlan, Trigger } from '../model.ts';
import { type PlanStarter, startRun } from '../start-run.ts';
import { pulledTrigger, pullOf } from './plan-trigger.ts';

export interface StartedPlan {
  plan_id: string;
  run_id: string;
  /** Why the plan was not started. */
  refusal?: { code: string; message: string };
}

/**
 * Starts the plans that an event triggers, each of them once, however often the event is delivered. An event of the
 * service itself starts none, whatever a plan's pattern says, because that would be a loop.
 * @throws any error that isn't a refusal, after all plans have been checked: the event is then delivered again.
 */
export async function startPlans(starter: PlanStarter, event: BusEvent, now: Date): Promise<StartedPlan[]> {
  if (event.source === OWN_SOURCE) return [];
  const outcomes: StartedPlan[] = [];
  const errors: unknown[] = [];
  for await (const plan of starter.records.recoveryPlans.all()) {
    const trigger = pulledTrigger(plan, event);
    if (trigger === undefined) continue;
    try {
      outcomes.push(await startPlan(starter, plan, trigger, event, now));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} plans were not started`);
  return outcomes;
}

async function startPlan(
  starter: PlanStarter,
  plan: RecoveryPlan,
  trigger: Trigger,
  event: BusEvent,
  now: Date,
): Promise<StartedPlan> {
  const run_id = eventRunId(plan.id, pullOf(trigger, event));
  const outcome = { plan_id: plan.id, run_id };
  const audit = (status: number, detail: string) =>
    auditEvent(
      starter.records,
      event,
      { call: `event ${event['detail-type']}`, path: `/api/recovery-plan-runs/${run_id}`, status, detail },
      now,
    );
  const started_by = `event ${event.id} of ${event.source}`.slice(0, 500);
  try {
    await startRun(starter, plan, run_id, { dry_run: false, trigger: trigger.kind, started_by }, now);
    await audit(202, `the recovery plan ${plan.name} was started`);
    return outcome;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message } = toFailure(error);
    await audit(error instanceof RequestError ? error.status : 422, `${code}: ${message}`);
    return { ...outcome, refusal: { code, message } };
  }
}

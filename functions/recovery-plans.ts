/** The calls of `/api/recovery-plans` and `/api/recovery-plan-runs`. */
import { randomUUID } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { changesBetween } from '../lib/accounts/changes.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { cancelRun } from '../lib/plans/cancel-run.ts';
import { checkPlan } from '../lib/plans/check-plan.ts';
import { publicPlanRun, recoveryPlan } from '../lib/plans/model.ts';
import { startRun } from '../lib/plans/start-run.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { json, listAnswer, noContent } from './http/answers.ts';
import { find } from './http/find.ts';
import { given } from './http/given.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([
  ...RECORD_SETTINGS,
  'EVENT_BUS_NAME',
  'RESTORE_STATE_MACHINE_ARN',
  'PLAN_STATE_MACHINE_ARN',
]);
const records = openRecords(env);
const machines = {
  ...{ records, events: openEvents(env), stepFunctions: new SFNClient({}) },
  ...{ stateMachineArn: env.RESTORE_STATE_MACHINE_ARN, planMachineArn: env.PLAN_STATE_MACHINE_ARN },
};
const findPlan = (id: string) => find(records.recoveryPlans, id, 'recovery plan');
const findRun = (id: string) => find(records.planRuns, id, 'recovery plan run');

async function run(planId: string, username: string, dry_run: boolean) {
  const plan = await findPlan(planId);
  const how = { dry_run, trigger: 'api', started_by: username } as const;
  return json(202, publicPlanRun.parse(await startRun(machines, plan, randomUUID(), how, new Date())));
}

export const handler = apiHandler('recovery-plans', records, {
  'GET /api/recovery-plans': async ({ event, query }) => listAnswer(event, await records.recoveryPlans.list({}, query)),

  'POST /api/recovery-plans': async ({ body, noteChanges }) => {
    await checkPlan(records, body.groups);
    const now = new Date().toISOString();
    const plan = recoveryPlan.parse({ ...body, id: randomUUID(), created_at: now, updated_at: now });
    await records.recoveryPlans.put(plan);
    noteChanges(changesBetween(undefined, plan));
    return json(201, plan);
  },

  'GET /api/recovery-plans/{id}': async ({ id }) => json(200, await findPlan(id)),

  'PUT /api/recovery-plans/{id}': async ({ id, body, noteChanges }) => {
    const before = await findPlan(id);
    if (body.groups !== undefined) await checkPlan(records, body.groups);
    await records.recoveryPlans.update(id, { ...body, updated_at: new Date().toISOString() });
    noteChanges(changesBetween(before, { ...before, ...given(body) }));
    return json(200, await findPlan(id));
  },

  'DELETE /api/recovery-plans/{id}': async ({ id, noteChanges }) => {
    const plan = await findPlan(id);
    await records.recoveryPlans.delete(id);
    noteChanges(changesBetween(plan, undefined));
    return noContent();
  },

  'POST /api/recovery-plans/{id}/run': ({ id, session }) => run(id, session.username, false),

  'POST /api/recovery-plans/{id}/dry-run': ({ id, session }) => run(id, session.username, true),

  'GET /api/recovery-plan-runs': async ({ event, query: { plan_id, ...bounds } }) => {
    const page = await records.planRuns.list({ plan_id }, bounds);
    return listAnswer(event, { ...page, records: page.records.map((one) => publicPlanRun.parse(one)) });
  },

  'GET /api/recovery-plan-runs/{id}': async ({ id }) => json(200, publicPlanRun.parse(await findRun(id))),

  'POST /api/recovery-plan-runs/{id}/cancel': async ({ id, session }) => {
    await findRun(id);
    return json(202, publicPlanRun.parse(await cancelRun(machines, id, session.username, new Date())));
  },
});

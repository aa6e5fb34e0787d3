/** A run's record, with several concurrent writers. */
import { randomUUID } from 'node:crypto';
import { ExecutionAlreadyExists } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelRun } from '../../lib/plans/cancel-run.ts';
import { type PlanRun, recoveryPlan } from '../../lib/plans/model.ts';
import { endEntry } from '../../lib/plans/plan-entries.ts';
import { newRun } from '../../lib/plans/plan-run.ts';
import { changeRun, endRun } from '../../lib/plans/plan-runs.ts';
import { startRun } from '../../lib/plans/start-run.ts';
import { aRestore } from '../support/records.ts';
import { FakeStepFunctions } from '../support/step-functions.ts';
import { startTables, type TestTables } from '../support/tables.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Plan';
const NOW = new Date('2026-11-22T02:00:00Z');
const BY_HAND = { dry_run: false, trigger: 'api', started_by: 'me' } as const;

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const aPlan = (entries = 1) =>
  recoveryPlan.parse({
    ...{ id: randomUUID(), name: 'P', created_at: NOW.toISOString(), updated_at: NOW.toISOString() },
    groups: Array.from({ length: entries }, () => [
      { connection_id: randomUUID(), database: 'shop', target_connection: randomUUID() },
    ]),
  });
async function aRun(entries = 1): Promise<PlanRun> {
  const plan = aPlan(entries);
  const run = newRun(randomUUID(), plan, { plan_id: plan.id, ...BY_HAND }, NOW);
  await tables.records.planRuns.insert(run);
  return run;
}
const stored = (id: string) => tables.records.planRuns.get(id);

describe('a run', () => {
  it("loses no entry's end, however many end at once", async () => {
    const { id } = await aRun(12);
    await Promise.all(Array.from({ length: 12 }, (_, n) => endEntry(tables.records, id, n, null, NOW)));
    const run = await stored(id);
    expect(run?.entries.map(({ status }) => status)).toEqual(Array(12).fill('success'));
    expect(run?.revision).toBe(12);
  });

  it('ends once, and accepts no changes after that', async () => {
    const { id } = await aRun();
    await endEntry(tables.records, id, 0, null, NOW);
    const ends = await Promise.all([1, 2, 3].map(() => endRun(tables, id, undefined, NOW)));
    expect(ends.filter(Boolean)).toHaveLength(1);
    expect(tables.events.told.filter(({ detail }) => detail.run_id === id)).toMatchObject([
      { detailType: 'Recovery Plan Run Status Change', detail: { status: 'success' } },
    ]);
    expect(await changeRun(tables.records, id, () => ({ cancelled_by: 'me' }))).toBeUndefined();
    expect(await stored(id)).toMatchObject({ status: 'success', cancelled_by: null });
  });

  it('starts once per id, and one at a time per plan', async () => {
    const stepFunctions = new FakeStepFunctions(MACHINE);
    const starter = { ...tables, stepFunctions: stepFunctions.client, planMachineArn: MACHINE };
    const plan = aPlan();
    const id = randomUUID();
    const first = await startRun(starter, plan, id, BY_HAND, NOW);
    expect(await startRun(starter, plan, id, BY_HAND, NOW)).toEqual(first);
    await expect(startRun(starter, plan, randomUUID(), BY_HAND, NOW)).rejects.toThrow(
      `run ${id} of the plan P is under way`,
    );
    const dry = await startRun(starter, plan, randomUUID(), { ...BY_HAND, dry_run: true }, NOW);
    await endRun(tables, id, undefined, NOW);
    const next = await startRun(starter, plan, randomUUID(), BY_HAND, NOW);
    expect(stepFunctions.started.map(({ name }) => name)).toEqual([id, dry.id, next.id]);
    expect(first.execution_arn).toBe(`${MACHINE.replace(':stateMachine:', ':execution:')}:${id}`);
  });

  it('that was started by the same event at the same time is the same run', async () => {
    const stepFunctions = new FakeStepFunctions(MACHINE);
    stepFunctions.failure = new ExecutionAlreadyExists({ message: 'it is there', $metadata: {} });
    const starter = { ...tables, stepFunctions: stepFunctions.client, planMachineArn: MACHINE };
    const id = randomUUID();
    expect(await startRun(starter, aPlan(), id, BY_HAND, NOW)).toMatchObject({ id, status: 'running' });
  });

  it('that is cancelled tells its restores why before their executions stop', async () => {
    const stepFunctions = new FakeStepFunctions(MACHINE);
    const restore = aRestore();
    await tables.records.restores.insert(restore);
    const { id } = await aRun();
    await changeRun(tables.records, id, ({ entries }) => ({
      entries: entries.map((entry) => ({ ...entry, status: 'running', restore_id: restore.id })),
    }));
    const seen: unknown[] = [];
    stepFunctions.onStop = async () => void seen.push((await tables.records.restores.get(restore.id))?.cancelled_by);
    const machines = { stepFunctions: stepFunctions.client, stateMachineArn: MACHINE, planMachineArn: MACHINE };
    expect(await cancelRun({ ...tables, ...machines }, id, 'me', NOW)).toMatchObject({ cancelled_by: 'me' });
    expect(seen).toEqual(['me', 'me']);
    await endRun(tables, id, { code: 'STOPPED', message: 'stopped' }, NOW);
    expect(await stored(id)).toMatchObject({ status: 'cancelled', entries: [{ status: 'cancelled' }] });
  });
});

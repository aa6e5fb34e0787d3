/** Finds, changes and ends the records of runs. */

import type { Failure } from '../errors/errors.ts';
import type { Recorder } from '../storage/event-publisher.ts';
import type { PlanRun } from './model.ts';
import { endOfRun, entryOfRestore, planRunStatusChange } from './plan-run.ts';
import type { PlanTables } from './tables.ts';

type RunRecords = Pick<PlanTables, 'planRuns'>;

/**
 * Writes the record of a new run, and sends its event.
 * @returns the stored one.
 */
export async function insertRun({ records, events }: Recorder<PlanTables>, run: PlanRun): Promise<PlanRun> {
  if (await records.planRuns.insert(run)) {
    await events.publish(planRunStatusChange(run));
    return run;
  }
  return (await records.planRuns.get(run.id)) ?? run;
}

/**
 * Changes a run that hasn't ended. Entries may end at the same time, so if the record has changed since it was read,
 * the change is tried again.
 * @param change returns undefined if nothing should change.
 * @returns the run as written; undefined if it has ended, or if nothing was changed.
 */
export async function changeRun(
  records: RunRecords,
  runId: string,
  change: (run: PlanRun) => Partial<PlanRun> | undefined | Promise<Partial<PlanRun> | undefined>,
): Promise<PlanRun | undefined> {
  for (;;) {
    const run = await records.planRuns.get(runId);
    if (run?.status !== 'running') return undefined;
    const changes = await change(run);
    if (changes === undefined) return undefined;
    const fields = { ...changes, revision: run.revision + 1 };
    const where = { revision: run.revision, status: 'running' } as const;
    if (await records.planRuns.update(runId, fields, where)) return { ...run, ...fields };
  }
}

/**
 * Ends a run, and sends its event. All runs end through this function.
 * @param failure why it could not continue, if so.
 * @returns whether this call ended it.
 */
export async function endRun(
  { records, events }: Recorder<PlanTables>,
  runId: string,
  failure: Failure | undefined,
  now: Date,
): Promise<boolean> {
  const ended = await changeRun(records, runId, async (run) => {
    const restores = await records.restores.getMany(run.entries.flatMap(({ restore_id }) => restore_id ?? []));
    const entries = run.entries.map((entry) =>
      entry.status === 'running'
        ? { ...entry, ...entryOfRestore(entry, restores.get(entry.restore_id ?? ''), now) }
        : entry,
    );
    return endOfRun({ ...run, entries }, failure, now);
  });
  if (ended !== undefined) await events.publish(planRunStatusChange(ended));
  return ended !== undefined;
}

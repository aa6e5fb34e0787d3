import type { Preview } from '../backups/schemas.ts';
import type { Connection } from '../connections/model.ts';
import { ServiceError, toFailure } from '../errors/errors.ts';
import { pickBackup } from '../restores/admission/pick-backup.ts';
import { readOnce } from '../restores/admission/read-once.ts';
import { type PreviewStores, previewRestore } from '../restores/preview/preview-restore.ts';
import { eventRefusals } from '../restores/request.ts';
import type { Findings } from './model.ts';
import { admitEntry, changeEntry, endEntry } from './plan-entries.ts';
import { someLines } from './plan-run.ts';
import type { EntryInput } from './plan-states.ts';
import type { PlanTables } from './tables.ts';

/** A dry run's check of one entry. It checks everything that the entry's restore would check, and touches nothing. */
export async function lookAtEntry(
  records: PlanTables,
  stores: PreviewStores,
  { run_id, entry: position }: EntryInput,
  now: Date,
): Promise<void> {
  const started = { status: 'running', started_at: now.toISOString() } as const;
  const run = await changeEntry(records, run_id, position, () => started);
  const entry = run?.entries[position];
  if (run === undefined || entry === undefined) return;
  const end = (...what: [Parameters<typeof endEntry>[3], Parameters<typeof endEntry>[5]?]) =>
    endEntry(records, run_id, position, what[0], new Date(), what[1]);
  try {
    const backup = await pickBackup(records, entry, entry.pick);
    const once = readOnce(records, backup);
    const { target, database } = await admitEntry({ records: once }, run, entry, backup.id, now);
    const request = { backup_id: backup.id, target_connection: target.id, target_database: database } as const;
    const preview = await previewRestore(once, stores, { ...request, verify: 'always' }, 'operator', now);
    const plan = await records.recoveryPlans.get(run.plan_id);
    const findings = findingsOf(preview, backup.size_bytes, (plan?.triggers ?? []).length > 0 ? target : undefined);
    const [obstacle] = findings.obstacles;
    const failure = obstacle === undefined ? null : { code: 'OBSTACLE', message: obstacle };
    await end(failure, { backup_id: backup.id, findings });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    await end(toFailure(error));
  }
}

/** @param triggered the target of a plan that may be started automatically. */
function findingsOf(preview: Preview, dumpBytes: number | null, triggered: Connection | undefined): Findings {
  const { server_version, database_exists, object, overwritten, obstacles, warnings } = preview;
  const notAllowed = triggered === undefined ? [] : eventRefusals(triggered);
  return {
    ...{ server_version, database_exists, object_bytes: object.bytes, dump_bytes: dumpBytes },
    ...{ overwritten_bytes: overwritten.bytes, overwritten_tables: overwritten.table_count },
    obstacles: someLines([
      ...obstacles,
      ...notAllowed.map(({ message }) => `${message}: the plan's triggers would fail`),
    ]),
    warnings: someLines(warnings),
  };
}

/**
 * The standing check: every night, the newest dump of each database is compared with the database's own server, as a
 * preview of its restore would do. So an obstacle is known before the backup is needed. It only writes its results.
 */
import type { Backup } from '../../backups/model.ts';
import type { PartInput, PartOutput } from '../../backups/scan/job-states.ts';
import { endJob, newJob } from '../../backups/scan/jobs.ts';
import type { BackupTables } from '../../backups/tables.ts';
import { requirePassword } from '../../connections/connection-password.ts';
import type { Connection } from '../../connections/model.ts';
import { NotFound, ServiceError, toFailure } from '../../errors/errors.ts';
import type { Events } from '../../storage/event-publisher.ts';
import { emit } from '../../telemetry/emit.ts';
import { logger } from '../../telemetry/log.ts';
import { type PreviewStores, previewRestore } from '../preview/preview-restore.ts';
import type { RestoreTables } from '../tables.ts';
import { standingCheckChange } from './events.ts';
import type { StandingCheckCounts, StandingCheckPart } from './states.ts';
import { measuredCheck, type StandingCheckFields, standingCheck, standingCheckOf } from './verdict.ts';

/** How many databases of one server to check at once. Each check is a session there. */
const AT_ONCE = 4;
/** The function's time-out, less the time that one round may take. */
const PART_MS = 4 * 60_000;

const NOTHING_COUNTED: StandingCheckCounts = {
  ...{ checked: 0, yes: 0, with_warnings: 0, no: 0, unknown: 0, without_password: 0 },
};

export interface Checker {
  records: Pick<RestoreTables, 'restores' | 'locks'> & BackupTables;
  stores: PreviewStores;
  events: Events;
}

/** Checks databases for some minutes, one server after the other, and passes on where it stopped. */
export async function checkPart(
  checker: Checker,
  { job_id, part }: PartInput<StandingCheckPart>,
  partMs = PART_MS,
): Promise<PartOutput<StandingCheckPart>> {
  const { records } = checker;
  const until = Date.now() + partMs;
  await records.jobs.insert(newJob(job_id, 'standing_check', null, new Date()));
  let state: StandingCheckPart = {
    subject_id: null,
    cursor: part.cursor ?? null,
    after: part.after ?? null,
    listed: part.listed ?? false,
    counts: { ...NOTHING_COUNTED, ...part.counts },
  };
  while (!state.listed) {
    state = await checkNext(checker, state, until);
    if (!(await records.jobs.update(job_id, { counts: state.counts }, { status: 'running' }))) {
      return { ...state, more: false };
    }
    if (!state.listed && Date.now() >= until) return { ...state, more: true };
  }
  await endJob(records, job_id, { status: 'success' }, new Date());
  emit(measuredCheck(state.counts));
  return { ...state, more: false };
}

/** Checks the databases of the next connection, until all are checked or time is up. */
async function checkNext(checker: Checker, state: StandingCheckPart, until: number): Promise<StandingCheckPart> {
  const { connections } = checker.records;
  const page = await connections.list({}, { limit: 1, ...(state.cursor === null ? {} : { cursor: state.cursor }) });
  const [connection] = page.records;
  const next = { ...state, after: null, cursor: page.cursor ?? null, listed: page.cursor === undefined };
  if (connection === undefined) return next;
  if (!(await hasPassword(checker, connection))) {
    return { ...next, counts: { ...state.counts, without_password: state.counts.without_password + 1 } };
  }
  const newest = await newestDumps(checker.records, connection);
  const counts = { ...state.counts };
  const left = newest.filter(({ database_name }) => state.after === null || database_name > state.after);
  /** Why the server can't be inspected: if so, its other databases aren't tried either. */
  let silent: StandingCheckFields | undefined;
  while (left.length > 0) {
    const some = left.splice(0, AT_ONCE);
    const results = await Promise.all(
      some.map(async (backup) => {
        const fields = silent ?? (await check(checker, backup));
        await keep(checker, backup, fields);
        return fields;
      }),
    );
    for (const { would_restore } of results) {
      counts.checked++;
      if (would_restore !== null) counts[would_restore]++;
    }
    silent ??= results.every(({ would_restore }) => would_restore === 'unknown') ? results[0] : undefined;
    if (left.length > 0 && Date.now() >= until) {
      return { ...state, after: some.at(-1)?.database_name ?? null, counts };
    }
  }
  return { ...next, counts };
}

async function hasPassword({ stores }: Checker, connection: Connection): Promise<boolean> {
  try {
    await requirePassword(stores.secrets, connection);
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

/**
 * The newest dump of each database of a server, by name. Physical backups aren't checked, because they are recovered
 * into a copy of the server. The results of older dumps are deleted, because they are about an earlier state of the
 * server.
 */
async function newestDumps({ backups }: Pick<BackupTables, 'backups'>, { id }: Connection): Promise<Backup[]> {
  const newest = new Map<string, Backup>();
  const before = new Map<string, Backup['would_restore']>();
  for await (const backup of backups.all({ connection_id: id })) {
    const { database_name, backup_type, engine, status, would_restore } = backup;
    if (backup_type !== 'full' || engine !== null || status !== 'success') continue;
    if (!newest.has(database_name)) newest.set(database_name, backup);
    else if (would_restore !== null) {
      if (!before.has(database_name)) before.set(database_name, would_restore);
      await backups.update(backup.id, { would_restore: null, standing_check: null });
    }
  }
  return [...newest.values()]
    .map((backup) => ({ ...backup, would_restore: backup.would_restore ?? before.get(backup.database_name) ?? null }))
    .sort((a, b) => (a.database_name < b.database_name ? -1 : 1));
}

async function check({ records, stores }: Checker, backup: Backup): Promise<StandingCheckFields> {
  const now = new Date();
  try {
    const request = { backup_id: backup.id, target_connection: backup.connection_id, verify: 'always' } as const;
    return standingCheckOf(await previewRestore(records, stores, request, 'operator', now), now);
  } catch (error) {
    if (error instanceof NotFound) return standingCheck('unknown', [error.message], now);
    // one that can't be checked must not keep the others from being checked
    logger.error('a database could not be checked', { backup_id: backup.id, error: error as Error });
    return standingCheck('unknown', [`the check met an unexpected error: ${toFailure(error).message}`], now);
  }
}

/** Writes the result, and announces it if it differs from the previous one. */
async function keep({ records, events }: Checker, backup: Backup, fields: StandingCheckFields): Promise<void> {
  if (!(await records.backups.update(backup.id, fields))) return;
  if (fields.would_restore === backup.would_restore || fields.would_restore === 'unknown') return;
  await events.publish(standingCheckChange({ ...backup, ...fields }, backup.would_restore));
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Conflict } from '../../errors/errors.ts';
import type { Settings } from '../../settings/model.ts';
import { logger } from '../../telemetry/log.ts';
import { awaitsVerification } from '../catalogue/new-backup.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import { startVerification, type VerificationStarter } from '../verify/start-verification.ts';
import type { NewBackupsCounts, NewBackupsPart, PartInput, PartOutput } from './job-states.ts';
import { endJob, type JobStarter, jobAtWork, newJob, startJob } from './jobs.ts';

/**
 * How many verifications of one provider run at once. Each is a Lambda with a CPU of its own. Thousands of them would
 * use up the account's concurrency, which the API needs too, and then fail because of that.
 */
const AT_ONCE = 5;
const PAGE = 50;
const POLL_MS = 1000;
/** The function's time-out, less the time that one round may take. */
const PART_MS = 4 * 60_000;
/** If a verification hasn't begun after this long, it never will. */
const LOST_MS = 15 * 60_000;

/** If a backup could not be read, a job tries again after this long. */
const UNREAD_REST_MS = 60 * 60_000;

/** The backups of a provider that a job verifies. */
interface Choice {
  kind: 'verification' | 'contents';
  verify_status: 'pending' | 'passed';
  /** Whether a backup with that status is one of them. @param since when the job began */
  takes(backup: Backup, since: number): boolean;
  isWanted(settings: Settings): boolean;
}

/** Backups that were never verified, unless the settings say not to verify new ones. */
export const NEW_BACKUPS: Choice = {
  kind: 'verification',
  verify_status: 'pending',
  takes: (backup) => awaitsVerification(backup) && !attemptedSince(backup, Date.now() - UNREAD_REST_MS),
  isWanted: ({ verify_new_backups }) => verify_new_backups,
};

/** Backups that were verified before their contents were stored: a verification reads them again. */
export const WITHOUT_CONTENTS: Choice = {
  kind: 'contents',
  verify_status: 'passed',
  takes: (backup, since) =>
    backup.contents === null &&
    backup.engine === null &&
    !attemptedSince(backup, since) &&
    (backup.verified_at === null || Date.parse(backup.verified_at) < since),
  isWanted: () => true,
};

const NOTHING_COUNTED: NewBackupsCounts = { started: 0, passed: 0, failed: 0, unread: 0, lost: 0 };

/**
 * Verifies a provider's new backups in the background, a few at a time, newest first. There is one job per provider: a
 * job that is already running is told to look again.
 * @returns the job's id; null if the settings say not to verify.
 */
export async function verifyNewBackups(
  starter: JobStarter & { records: Pick<BackupTables, 'settings'> },
  providerId: string,
): Promise<string | null> {
  const { records } = starter;
  if (!(await records.settings.get()).verify_new_backups) return null;
  const atWork = await jobAtWork(records, 'verification', providerId);
  if (atWork !== undefined && (await records.jobs.update(atWork, { again: true }, { status: 'running' })))
    return atWork;
  try {
    return (await startJob(starter, 'verification', providerId, new Date())).id;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // a job that has only just taken the lock hasn't looked yet, and will find the new backups
    return (await jobAtWork(records, 'verification', providerId)) ?? null;
  }
}

/**
 * Verifies the backups of an import. If the verification doesn't start, the import stays: the verification can be
 * requested later.
 * @returns the first provider's job.
 */
export async function verifyImported(
  starter: Parameters<typeof verifyNewBackups>[0],
  providerIds: readonly string[],
): Promise<string | null> {
  const jobs = await Promise.all(
    providerIds.map((id) =>
      verifyNewBackups(starter, id).catch((error: Error) => {
        logger.error('a verification did not start', error);
        return null;
      }),
    ),
  );
  return jobs.find((job) => job !== null) ?? null;
}

/**
 * One part of such a job: keeps a few verifications running for some minutes, and passes on those that are still
 * running.
 */
export async function verifyPart(
  starter: VerificationStarter & { records: Pick<BackupTables, 'jobs' | 'settings'> },
  { job_id, part }: PartInput<NewBackupsPart>,
  choice: Choice,
  partMs = PART_MS,
): Promise<PartOutput<NewBackupsPart>> {
  const { records } = starter;
  const until = Date.now() + partMs;
  const { subject_id } = part;
  await records.jobs.insert(newJob(job_id, choice.kind, subject_id, new Date()));
  const state: NewBackupsPart = {
    subject_id,
    cursor: part.cursor ?? null,
    listed: part.listed ?? false,
    since: part.since ?? new Date().toISOString(),
    under_way: part.under_way ?? [],
    counts: { ...NOTHING_COUNTED, ...part.counts },
  };
  for (;;) {
    await settle(records, state, choice);
    const isWanted = choice.isWanted(await records.settings.get());
    if (isWanted) await startSome(starter, state, choice);
    if (!(await records.jobs.update(job_id, { counts: state.counts }, { status: 'running' }))) {
      return { ...state, more: false };
    }
    const isDone = state.under_way.length === 0 && (state.listed || !isWanted);
    if (isDone && (await end(records, job_id, isWanted))) return { ...state, more: false };
    if (isDone) Object.assign(state, { cursor: null, listed: false });
    if (Date.now() + POLL_MS >= until) return { ...state, more: true };
    if (!isDone) await sleep(POLL_MS);
  }
}

/** Counts the verifications that have ended. */
async function settle(records: Pick<BackupTables, 'backups'>, state: NewBackupsPart, choice: Choice): Promise<void> {
  const now = await records.backups.getMany(state.under_way.map(({ backup_id }) => backup_id));
  const counts = { ...state.counts };
  state.under_way = state.under_way.filter(({ backup_id, started_at }) => {
    const backup = now.get(backup_id);
    const started = Date.parse(started_at);
    const end = backup && endOf(backup, started, choice);
    if (end !== undefined) {
      counts[end]++;
      return false;
    }
    const isLost =
      backup === undefined || (backup.verify_status === choice.verify_status && Date.now() - started > LOST_MS);
    if (isLost) counts.lost++;
    return !isLost;
  });
  state.counts = counts;
}

/** The result of a verification that was started at a given time; undefined as long as it runs. */
function endOf(backup: Backup, started: number, choice: Choice): 'passed' | 'failed' | 'unread' | undefined {
  const { verify_status, verified_at } = backup;
  if (verify_status === 'verifying') return undefined;
  if (attemptedSince(backup, started)) return 'unread';
  if (verify_status === 'failed') return 'failed';
  // a backup that had passed before has been verified again once it has a newer result
  const hasPassed = choice.verify_status === 'pending' || (verified_at !== null && Date.parse(verified_at) >= started);
  return verify_status === 'passed' && hasPassed ? 'passed' : undefined;
}

/**
 * Starts further verifications as long as there are free places. The cursor moves on once a page has nothing left to
 * start.
 */
async function startSome(starter: VerificationStarter, state: NewBackupsPart, choice: Choice): Promise<void> {
  while (!state.listed && state.under_way.length < AT_ONCE) {
    const page = await starter.records.backups.list(
      { verify_status: choice.verify_status },
      { limit: PAGE, ...(state.cursor === null ? {} : { cursor: state.cursor }) },
    );
    // the index lags slightly behind the table
    const now = await starter.records.backups.getMany(page.records.map(({ id }) => id));
    for (const { id } of page.records) {
      const backup = now.get(id);
      if (backup === undefined || !isNext(backup, state, choice)) continue;
      if (state.under_way.length >= AT_ONCE) return;
      const started = new Date();
      await startVerification(starter, id, started);
      state.under_way.push({ backup_id: id, started_at: started.toISOString() });
      state.counts = { ...state.counts, started: state.counts.started + 1 };
    }
    state.cursor = page.cursor ?? null;
    state.listed = page.cursor === undefined;
  }
}

function attemptedSince(backup: Backup | undefined, time: number): boolean {
  return backup?.verify_attempt != null && Date.parse(backup.verify_attempt.at) >= time;
}

function isNext(backup: Backup, { subject_id, under_way, since }: NewBackupsPart, choice: Choice): boolean {
  const isUnderWay = under_way.some(({ backup_id }) => backup_id === backup.id);
  const isChosen = backup.verify_status === choice.verify_status && choice.takes(backup, Date.parse(since));
  return backup.storage_provider_id === subject_id && isChosen && !isUnderWay;
}

/**
 * Ends the job, unless new backups have arrived in the meantime.
 * @returns whether it has ended.
 */
async function end(records: Pick<BackupTables, 'jobs'>, jobId: string, isWanted: boolean): Promise<boolean> {
  const where = isWanted ? { again: false } : {};
  if (await endJob(records, jobId, { status: 'success' }, new Date(), where)) return true;
  return !(await records.jobs.update(jobId, { again: false }, { status: 'running' }));
}

import { randomUUID } from 'node:crypto';
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Conflict } from '../../errors/errors.ts';
import { endedAt } from '../../storage/span.ts';
import type { BackupTables } from '../tables.ts';
import type { Job } from './job.ts';
import type { JobInput } from './job-states.ts';

export interface JobStarter {
  records: Pick<BackupTables, 'jobs' | 'locks'>;
  stepFunctions: SFNClient;
  stateMachineArn: string;
}

/**
 * A lock is taken just before its job's record is written. If there is still no record after this time, the lock is
 * void.
 */
const RECORD_GRACE_MS = 60_000;

export function newJob(id: string, kind: Job['kind'], subjectId: Job['subject_id'], now: Date): Job {
  return {
    ...{ id, kind, subject_id: subjectId, status: 'running', counts: {}, skipped: [], follow_up: null, again: false },
    ...{ error: null, created_at: now.toISOString(), completed_at: null },
  };
}

/**
 * Starts a job, unless another of its kind already works on the same thing. The order is lock, execution, record, so
 * that a crash in between never leaves a job `running`. If the record is missing, the first state writes it.
 * @throws Conflict that names the running job.
 */
export async function startJob(
  starter: JobStarter,
  kind: Job['kind'],
  subjectId: Job['subject_id'],
  now: Date,
): Promise<Job> {
  const { records, stepFunctions, stateMachineArn } = starter;
  const job = newJob(randomUUID(), kind, subjectId, now);
  await takeLock(records, job, now);
  const input: JobInput = { subject_id: subjectId };
  await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name: job.id, input: JSON.stringify(input) }));
  if (await records.jobs.insert(job)) return job;
  return (await records.jobs.get(job.id)) ?? job;
}

/** The job that works on something, or is about to. */
export async function jobAtWork(
  records: JobStarter['records'],
  kind: Job['kind'],
  subjectId: string,
): Promise<string | undefined> {
  return (await records.locks.get(lockOf(kind, subjectId)))?.restore_id;
}

/**
 * Ends a running job.
 * @returns whether this call ended it.
 */
export async function endJob(
  records: Pick<BackupTables, 'jobs'>,
  jobId: string,
  end: Pick<Job, 'status'> & Partial<Job>,
  now: Date,
  where: Partial<Job> = {},
): Promise<boolean> {
  const job = await records.jobs.get(jobId);
  const fields = { ...end, completed_at: endedAt(job?.created_at ?? now.toISOString(), now) };
  return records.jobs.update(jobId, fields, { ...where, status: 'running' });
}

function lockOf(kind: Job['kind'], subjectId: Job['subject_id']): string {
  return `${kind}:${subjectId ?? 'all'}`;
}

async function takeLock(records: JobStarter['records'], job: Job, now: Date): Promise<void> {
  // the table calls the holder a restore, because most holders are
  const lock = { target: lockOf(job.kind, job.subject_id), restore_id: job.id, taken_at: now.toISOString() };
  if (await records.locks.take(lock)) return;
  const held = await records.locks.get(lock.target);
  if (held !== undefined) {
    const holder = await records.jobs.get(held.restore_id);
    const isVoid = holder ? holder.status !== 'running' : now.getTime() - Date.parse(held.taken_at) > RECORD_GRACE_MS;
    if (isVoid && (await records.locks.take(lock, held.restore_id))) return;
  }
  throw new Conflict(`job ${held?.restore_id ?? 'another one'} is already working on this`, {
    hint: 'Watch it with GET /api/jobs/{id}, and start another when it has ended.',
  });
}

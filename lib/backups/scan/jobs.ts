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

/** A lock is taken a moment before its job's record is written; a lock without a record is void after this time. */
const RECORD_GRACE_MS = 60_000;

export function newJob(id: string, kind: Job['kind'], subjectId: Job['subject_id'], now: Date): Job {
  return {
    ...{ id, kind, subject_id: subjectId, status: 'running', counts: {}, skipped: [], follow_up: null, again: false },
    ...{ error: null, created_at: now.toISOString(), completed_at: null },
  };
}

/**
 * Starts a job, unless one of its kind is already working on the same thing. Lock, execution, record, in this order: so
 * a crash in between never leaves a job `running`. The first state writes the record too if it is missing.
 * @throws Conflict naming the running job.
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

/** The job that is working on something, or is about to begin. */
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
  // the table calls the holder a restore, because most are
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

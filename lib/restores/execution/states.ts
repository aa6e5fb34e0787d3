/**
 * The restore state machine as the person sees it who reads its execution at night: the names of its states, and what
 * goes into and comes out of each. Inputs are small; what is large, or secret, is in the records.
 */

import type { TaskOverrides } from '../admission/task-size.ts';
import type { VerifyMode } from '../request.ts';

export const RESTORE_STATES = {
  validate: 'Validate request',
  isRead: 'Recover it, or verify it first?',
  verify: 'Verify checksum',
  verifyInTask: 'Verify checksum in a task',
  isPlanned: 'Restore it, or plan it again?',
  pipeline: 'Run restore pipeline',
  recovery: 'Run recovery pipeline',
  didTaskStart: 'Did the task start?',
  countStart: 'Count the start',
  waitForPlace: 'Wait for a place',
  startAgain: 'Start which task again?',
  success: 'Record success',
  failure: 'Record failure',
  failed: 'Restore failed',
} as const;

/** What `Validate request` is given: the execution's own name is the restore's id. */
export interface ValidateInput {
  restore_id: string;
  execution_arn: string;
  /** The execution's input as it stands; checked there. */
  request: unknown;
}

export interface ValidateOutput {
  restore_id: string;
  backup_id: string;
  /**
   * A dump is verified, then streamed; a physical backup is recovered on the task's disk first. Some of the latter have
   * archives that were never read: one of them is verified, then the plan is made again.
   */
  kind: 'dump' | 'unread' | 'physical';
  /** What is restored and where to, in words. */
  summary: string;
  /** How the backup is verified before. */
  verify: VerifyMode;
  /** How often the task was requested. */
  task: { starts: number };
  /** What the task is given. */
  size: TaskOverrides;
}

export interface VerifyInput {
  restore_id: string;
  verify: VerifyMode;
}

/** The version that was found sound; the task restores this one and no other. */
export interface VerifyOutput {
  etag: string;
  /** Null if the verification was skipped. */
  sha256: string | null;
  object_bytes: number;
}

/** What Step Functions puts where a Catch says. */
export interface CaughtError {
  Error: string;
  /** Of a Lambda: JSON with errorType and errorMessage. Of a task: JSON of the stopped ECS task. */
  Cause: string;
}

/** What a state that ends a restore, or another kind of work, gives its Lambda: `end` says which end it is. */
export type EndOfState<About> = (About & { end: 'success' }) | FailureEnd<About>;
export type FailureEnd<About> = About & { end: 'failure'; error: CaughtError };

/** What the Lambda answers of a failure: becomes the error and cause of the execution, as the console shows them. */
export interface RecordedFailure {
  code: string;
  message: string;
}

/** How often a task that never started is requested in total. */
export const MAX_TASK_STARTS = 3;

/**
 * The restore state machine as seen by someone who reads its execution at night: the names of its states, and the input
 * and output of each. Inputs are small; large or secret data is in the records.
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

/** The input of `Validate request`: the execution's own name is the restore's id. */
export interface ValidateInput {
  restore_id: string;
  execution_arn: string;
  /** The execution's input, unchecked; it is checked there. */
  request: unknown;
}

export interface ValidateOutput {
  restore_id: string;
  backup_id: string;
  /**
   * A dump is verified, then streamed; a physical backup is first recovered on the task's disk. Some physical backups
   * have archives that were never read: one of them is verified, then the plan is made again.
   */
  kind: 'dump' | 'unread' | 'physical';
  /** What is restored and where to, in words. */
  summary: string;
  /** How the backup is verified before the restore. */
  verify: VerifyMode;
  /** How often the task was requested. */
  task: { starts: number };
  /** The task's input. */
  size: TaskOverrides;
}

export interface VerifyInput {
  restore_id: string;
  verify: VerifyMode;
}

/** The version that was verified; the task restores this one and no other. */
export interface VerifyOutput {
  etag: string;
  /** Null if the verification was skipped. */
  sha256: string | null;
  object_bytes: number;
}

/** What Step Functions passes to a Catch. */
export interface CaughtError {
  Error: string;
  /** For a Lambda: JSON with errorType and errorMessage. For a task: JSON of the stopped ECS task. */
  Cause: string;
}

/** The input of a state that ends a restore, or other work: `end` says which end it is. */
export type EndOfState<About> = (About & { end: 'success' }) | FailureEnd<About>;
export type FailureEnd<About> = About & { end: 'failure'; error: CaughtError };

/** What the Lambda returns for a failure: it becomes the execution's error and cause, as the console shows them. */
export interface RecordedFailure {
  code: string;
  message: string;
}

/** How often a task that never started is requested in total. */
export const MAX_TASK_STARTS = 3;
